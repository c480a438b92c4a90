// story.ts: the same day as story.arazzo.yaml, lived by the client that hey-api generates
// from the document. client.test.mjs puts it beside that client, checks and runs it.
import { client } from './client/client.gen';
import { createResidence, createTask, getBoard, getTask, register, updateTask } from './client';
import type { Board, Problem, Task } from './client';

function expect(fact: boolean, words: string): asserts fact {
	if (!fact)
		throw new Error(words);
}

/** The data of an answer that must have gone well. */
function good<T>(answer: { data?: T; error?: unknown; response?: Response }): T {
	expect(answer.data !== undefined, `${answer.response?.status} ${JSON.stringify(answer.error)}`);
	return answer.data;
}

async function main(base: string, email: string): Promise<void> {
	client.setConfig({ baseUrl: base });
	const session = good(await register({ body: { email, password: 'a lamp in the 3rd window' } }));

	client.setConfig({ auth: session.token });
	const residence = good(await createResidence({ body: { name: 'Hill House', bathrooms: 1.5 } }));
	const body = { residence_id: residence.id, title: 'Sweep the chimney', estimated_cost: '25.00' };
	const headers = { 'Idempotency-Key': 'sweep-once' };
	const task: Task = good(await createTask({ body, headers }));
	const again = await createTask({ body, headers });

	expect(residence.bathrooms === '1.5', 'a number is taken, a string is given');
	expect(good(again).id === task.id, 'a retry makes nothing new');
	expect(again.response?.headers.get('Idempotency-Replayed') === 'true', 'and says so');

	const board: Board = good(await getBoard({ query: { residence_id: residence.id, days_threshold: 7 } }));
	const upcoming = board.columns.find((column) => column.name === 'upcoming');
	expect(upcoming?.tasks[0]?.id === task.id && !upcoming.tasks[0].is_overdue, 'the task is on the board');

	const change = (title: string) => updateTask({
		path: { task_id: task.id }, body: { title }, headers: { 'If-Match': `"${task.version}"` },
	});
	expect(good(await change('Sweep both chimneys')).version === 2, 'a change counts');
	const stale = await change('Sweep no chimney');
	const problem: Problem | undefined = stale.error;
	expect(stale.response?.status === 412 && problem?.code === 'stale', 'who did not see it is refused');
	expect(good(await getTask({ path: { task_id: task.id } })).title === 'Sweep both chimneys', 'and nothing is lost');
}

const [base = '', email = ''] = process.argv.slice(2);

main(base, email).catch((why: unknown) => {
	console.error(why);
	process.exitCode = 1;
});
