// due.mjs: days that are due. The clock is the database's: what needs a moment to have come puts the hour of somebody,
// or a day, where it has, and says that all was made long ago.
import { makeMember, sql } from '../api/support/db.mjs';
import { expectOk, expectPage } from '../api/support/expect.mjs';
import { newResidence } from '../api/support/people.mjs';
import { until } from '../fault/support.mjs';

export const PATH = '/api/notifications';
const ids = (people) => `{${people.map(({ user }) => user.id)}}`;
export const noticesOf = async ({ client }) => expectPage(await client.get(PATH));
/** Of whatever somebody was told, what follows from a day: its kinds. */
export const remindersOf = ({ user }) => sql(`SELECT kind FROM notices
	WHERE user_id = :'id' AND kind IN ('task_due', 'task_overdue')`, { id: user.id });
export const unread = async ({ client }) => expectOk(await client.get(`${PATH}/unread-count`)).unread;

/** A home of the first; the others are its members. */
export async function homeOf([owner, ...others], role = 'member') {
	const home = await newResidence(owner, { time_zone: 'UTC' });

	for (const other of others)
		await makeMember(home, other.user, role);
	return home;
}

/** The hour of these people is now, `minutes` ago; their day as YYYY-MM-DD, and `days` later. */
export async function hourIsNow(people, minutes = 1, days = 0, zone = 'UTC') {
	const [day] = await sql(`UPDATE users SET time_zone = :'zone',
			remind_at = ((now() - :minutes * interval '1 minute') AT TIME ZONE :'zone')::time
		 WHERE id = ANY (:'ids');
		SELECT ((now() - :minutes * interval '1 minute') AT TIME ZONE :'zone')::date + :days`,
	{ ids: ids(people), minutes, zone, days });

	return day;
}

/** All of a home is as if it had been so for a year, and is looked at now. */
export const agesAgo = (home) => sql(`UPDATE users SET remind_since = NULL WHERE id IN (
		SELECT user_id FROM residence_members WHERE residence_id = :'home');
	UPDATE residence_members SET joined_at = joined_at - interval '1 year', remind_since = NULL
		WHERE residence_id = :'home';
	UPDATE reminders SET since = '-infinity', next_at = now() WHERE residence_id = :'home'`, { home: home.id });

/** Nothing of a home is due any more: all has been looked at, and what waits for a few seconds is done at once. */
export const looked = (home) => until('all was looked at', async () => (await sql(`
	SELECT hob.add_job(kind, key) FROM jobs
	 WHERE kind = 'remind' AND key = :'home' AND leased_by IS NULL AND tries = 0 AND run_at > now();
	SELECT 1 FROM reminders WHERE residence_id = :'home' AND next_at <= now()
	UNION ALL SELECT 1 FROM jobs WHERE kind = 'remind' AND key = :'home'`, { home: home.id })).length === 0);

/** What was told of a home: "kind days" with how many were told, sorted. */
export async function toldAt(home) {
	await looked(home);
	return sql(`SELECT kind || ' ' || offset_days || ': ' || count(*) FROM notices
		WHERE residence_id = :'home' GROUP BY kind, offset_days ORDER BY 1`, { home: home.id });
}

/** What was told of a task: "kind day occurrence", in the order of telling. */
export const toldOf = (task) => sql(`SELECT concat_ws(' ', kind, facts ->> 'due_on', occurrence) FROM notices
	WHERE subject_id = :'id' ORDER BY id`, { id: task.id });

/** When it is next looked at, "2030-06-15 09:00:00" in UTC or "infinity"; undefined: never. */
export const rowOf = async ({ id }) => (await sql(`SELECT next_at AT TIME ZONE 'UTC' FROM reminders
	WHERE subject_id = :'id'`, { id }))[0];

/** All moments of an open task: "kind days time" in UTC. */
export const momentsOf = ({ id }) => sql(`
	SELECT concat_ws(' ', m.notice, m.days, to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'))
	  FROM hob.dated d CROSS JOIN LATERAL hob.reminder_moments(d) m WHERE d.id = :'id' ORDER BY m.at`, { id });

/** Columns of somebody's account, without a word to anybody. */
export const setPerson = ({ user }, fields) => sql(`UPDATE users SET
	${Object.entries(fields).map(([name, value]) => `${name} = '${value}'`).join(', ')} 
	WHERE id = :'id'`, { id: user.id });

/** A day so many days later. */
export const plus = (day, days) => new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);
