// promises.mjs: what a developer of a client takes from the API document: which columns the tables of a store
// need, and what the client may rely on.

/** The properties of a schema, those of its parts among them. */
function propertiesOf(schemas, name) {
	const { properties, allOf = [] } = schemas[name];

	return Object.assign({}, properties, ...allOf.map((part) =>
		(part.$ref ? propertiesOf(schemas, part.$ref.split('/').at(-1)) : part.properties)));
}

export function promisesOf({ paths, components: { schemas } }) {
	const columns = (name, other) => Object.keys(propertiesOf(schemas, schemas[name] ? name : other));
	const { patch } = paths['/api/tasks/{task_id}'];
	const task = propertiesOf(schemas, 'Task');

	return {
		columns: {
			residences: columns('SyncResidence', 'Residence'), members: columns('SyncMember', 'Member'),
			tasks: columns('SyncTask', 'Task'), completions: columns('SyncCompletion', 'Completion'),
		},
		// PATCH and DELETE take keys, too, and a replay is answered as the first time was.
		keysEverywhere: /idempotency/i.test(JSON.stringify(patch.parameters)),
		// A completion is found by the id that a phone gave it, also when another phone was faster.
		aliases: schemas.CompletionAndTask !== undefined,
		// The position of a task is always its place in the order of a column.
		positions: !JSON.stringify(task.position.type).includes('null'),
		// A task may have a first day, before which it is hidden.
		starts: task.starts_on !== undefined,
	};
}
