// package.ts: a program of somebody who installed the client. package.test.mjs compiles and runs it.
import { completeTask, connect, createResidence, createTask, good, HobError, isProblem, listTasks, MemoryCopy, register,
	sync, updateTask, uuidv7 } from 'hob-client';
import type { Task } from 'hob-client';

async function main(server: string, email: string): Promise<void> {
	let token: string | undefined;
	const client = connect({ server, token: () => token, language: 'de' });
	const id = uuidv7();

	token = (await good(register({ client, body: { email, password: 'a lamp in the 3rd window' } }))).token;
	const residence = await good(createResidence({ client, body: { name: 'Hill House' } }));
	await good(createTask({ client, body: {
		id, residence_id: residence.id, title: 'Sweep the chimney', due_on: '2031-05-01', description: 'The left one' } }));

	// What is left out stays, null clears.
	const task: Task = await good(updateTask({ client, path: { task_id: id }, body: { description: null } }));
	if (task.due_on !== '2031-05-01' || task.description !== null)
		throw new Error('a PATCH does what it says');

	await good(completeTask({ client, path: { task_id: id }, body: { occurrence: task.occurrence },
		headers: { 'Idempotency-Key': `complete-${id}` } }));
	const { results } = await good(listTasks({ client, query: { completed: true } }));
	const copy = new MemoryCopy();
	await sync(client, copy);
	if (results[0]?.id !== id || copy.all('completions')[0]?.task_id !== id)
		throw new Error('what was done is in lists and in the copy');

	try {
		await good(createTask({ client, body: { residence_id: residence.id, title: '' } }));
		throw new Error('a task without a title is refused');
	} catch (error) {
		if (!(error instanceof HobError) || !isProblem(error.problem) || error.problem.errors?.[0]?.field !== 'title')
			throw error;
	}
}

const [server = '', email = ''] = process.argv.slice(2);

main(server, email).catch((why: unknown) => {
	console.error(why);
	process.exitCode = 1;
});
