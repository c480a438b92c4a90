// fetch.ts: the same day as story.ts, lived by openapi-fetch with the types that
// openapi-typescript makes of the document. client.test.mjs puts it beside them.
import createClient from 'openapi-fetch';

import type { components, paths } from './paths';

type Schemas = components['schemas'];

function expect(fact: boolean, words: string): asserts fact {
	if (!fact)
		throw new Error(words);
}

/** The data of an answer that must have gone well. */
function good<T>(answer: { data?: T; error?: unknown; response: Response }): T {
	expect(answer.data !== undefined, `${answer.response.status} ${JSON.stringify(answer.error)}`);
	return answer.data;
}

async function main(baseUrl: string, email: string): Promise<void> {
	const nobody = createClient<paths>({ baseUrl });
	const session: Schemas['Session'] = good(await nobody.POST('/api/auth/register',
		{ body: { email, password: 'a lamp in the 3rd window' } as Schemas['RegisterBody'] }));
	const hob = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${session.token}` } });
	const residence = good(await hob.POST('/api/residences',
		{ body: { name: 'Hill House', bathrooms: 1.5 } as Schemas['ResidenceCreate'] }));
	const body = {
		residence_id: residence.id, title: 'Sweep the chimney', due_on: '2031-05-14',
		recurrence: { unit: 'month', every: 6, month_day: -1 },
	} as Schemas['TaskCreate'];
	const params = { header: { 'Idempotency-Key': 'sweep-once' } };
	const task: Schemas['Task'] = good(await hob.POST('/api/tasks', { body, params }));
	const again = await hob.POST('/api/tasks', { body, params });

	expect(good(again).id === task.id, 'a retry makes nothing new');
	expect(again.response.headers.get('Idempotency-Replayed') === 'true', 'and says so');
	expect(task.recurrence?.month_day === -1, 'a rule is answered as it was sent');

	const bulk: Schemas['TaskBulkResults'] = good(await hob.POST('/api/tasks/bulk',
		{ body: { update: [{ id: task.id, version: task.version, title: 'Sweep both chimneys' }] } }));
	expect(bulk.updated[0]?.task?.title === 'Sweep both chimneys', 'an item of a bulk is typed');

	const stale = await hob.PATCH('/api/tasks/{task_id}', {
		params: { path: { task_id: task.id }, header: { 'If-Match': `"${task.version}"` } },
		body: { title: 'Sweep no chimney' },
	});
	const problem = stale.error as Schemas['StaleTask'] | undefined;
	expect(stale.response.status === 412 && problem?.code === 'stale', 'who did not see it is refused');
	expect(problem.current.title === 'Sweep both chimneys', 'and sees the task as it is now');
}

const [base = '', email = ''] = process.argv.slice(2);

main(base, email).catch((why: unknown) => {
	console.error(why);
	process.exitCode = 1;
});
