// phones.mjs: phones that are registered, notices for their owners, and what became of each delivery.
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, newResidence, newTask } from '../api/support/people.mjs';
import { until } from '../fault/support.mjs';
import { secret } from './support.mjs';

export const DAY = '2031-05-04';

/** A phone of the session: { id, token }. */
export async function newPhone({ client }, fields = {}) {
	const token = secret(`t${newId().replaceAll('-', '')}`);
	const { id } = expectOk(await client.post('/api/devices', { platform: 'ios', token, ...fields }), 201);

	return { id, token };
}

/** A task of a home of its own that is due: { residence, task }. */
export async function newDue(person, fields = {}) {
	const residence = await newResidence(person);
	const task = await newTask(person, residence, { due_on: DAY, ...fields });

	return { residence, task };
}

/** Tells somebody; the id of the notice. Without a home nothing but the person can change what is so. */
export async function tell({ user }, fields = {}) {
	const { kind = 'member_joined', home = '', subject = 'member', subject_id = newId(), facts = {},
		occurrence = 1 } = fields;
	const [id] = await sql(`SELECT id FROM hob.notify(ARRAY[:'user'::uuid], :'kind', nullif(:'home', '')::uuid,
		:'subject', :'subject_id', :'facts', :'occurrence')`, { user: user.id, kind, home, subject, subject_id,
		facts: JSON.stringify({ who: 'Kim', home: 'Chestnut Hill', role: 'member', ...facts }), occurrence });

	return id;
}

/** Tells them that a task is due. */
export const remind = (person, { residence, task }, fields = {}) => tell(person, { kind: 'task_due',
	home: residence.id, subject: 'task', subject_id: task.id, occurrence: task.occurrence,
	facts: { title: task.title, home: residence.name, due_on: task.due_on }, ...fields });

const rows = async (where, variables) => (await sql(`SELECT to_jsonb(d) FROM deliveries d WHERE ${where}
	ORDER BY d.id`, variables)).map((line) => JSON.parse(line));

/** Those of a notice by a channel, as the table has them. */
export const deliveriesOf = (notice, channel = 'push') =>
	rows("notice_id = :'notice' AND channel = :'channel'", { notice, channel });

/** All of a person's of this form. */
export const deliveriesFor = ({ user }, form = 'notice') => rows("user_id = :'user' AND form = :'form'",
	{ user: user.id, form });

/** The only delivery of a notice, once it is so. */
export const becomes = (notice, state, reason, channel = 'push') =>
	until(`the delivery of ${notice} is ${state}: ${reason}`, async () => {
		const [one] = await deliveriesOf(notice, channel);

		return one?.state === state && (reason === undefined || one.reason === reason) && one;
	}, 15);
