// crew.mjs: a residence of four people, and what they do with its tasks.
import { makeMember } from './db.mjs';
import { expectOk, expectPage } from './expect.mjs';
import { crowd, newResidence, newTask, signUp } from './people.mjs';

/**
 * robin owns a residence in `zone`, nan and gus are members, maud is a manager; and their acts, robin's
 * where nobody is named.
 */
export async function newCrew(zone) {
	const robin = await signUp();
	const residence = await newResidence(robin, { time_zone: zone });
	const [nan, gus, maud] = await crowd(3);

	await makeMember(residence, nan.user, 'member');
	await makeMember(residence, gus.user, 'member');
	await makeMember(residence, maud.user, 'manager');

	const make = (fields = {}) => newTask(robin, residence, fields);
	const weekly = (fields = {}) => make({ due_on: '2031-01-06', recurrence: 'weekly', ...fields });
	const read = async (task) => expectOk(await robin.client.get(`/api/tasks/${task.id}`));
	const tap = (task, act, body, who = robin) => who.client.post(`/api/tasks/${task.id}/${act}`, body);
	const complete = async (task, fields = {}, who = robin) =>
		expectOk(await tap(task, 'complete', { occurrence: task.occurrence, ...fields }, who), 201);
	const skip = async (task, fields = {}) =>
		expectOk(await tap(task, 'skip', { occurrence: task.occurrence, ...fields }), 201);
	const undo = (completion, who = robin) => who.client.post(`/api/completions/${completion.id}/undo`);
	const history = async (task, query = '') =>
		expectPage(await robin.client.get(`/api/tasks/${task.id}/completions${query}`));

	return { robin, nan, gus, maud, residence, make, weekly, read, tap, complete, skip, undo, history };
}

/** What undo must put back: all of a task but its version and its time of change. */
export function essence({ version, updated_at, ...rest }) {
	return rest;
}
