// reminders.test.mjs: who is told what of a task's day, at which moment, once, whatever dies or changes meanwhile.
//
// The clock is the database's: a test that needs a moment to have come puts the hour of somebody, or a day, where it
// has, and says that all was made long ago.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { makeMember, seedTasks, sql } from '../api/support/db.mjs';
import { expectOk, expectPage } from '../api/support/expect.mjs';
import { crowd, newResidence, newTask } from '../api/support/people.mjs';
import { psql, stack, superuser, until, urlOf } from '../fault/support.mjs';
import { childPids } from './support.mjs';

const PATH = '/api/notifications';
const ids = (people) => `{${people.map(({ user }) => user.id)}}`;
const noticesOf = async ({ client }) => expectPage(await client.get(PATH));
const unread = async ({ client }) => expectOk(await client.get(`${PATH}/unread-count`)).unread;

/** Without telling the workers: hob-jobs has to. */
const quietly = (text) => psql(urlOf('hob_owner', 'hob'), text);

/** A home of the first; the others are its members. */
async function homeOf([owner, ...others], role = 'member') {
	const home = await newResidence(owner, { time_zone: 'UTC' });

	for (const other of others)
		await makeMember(home, other.user, role);
	return home;
}

/** The hour of these people is now, `minutes` ago; their day as YYYY-MM-DD, and `days` later. */
async function hourIsNow(people, minutes = 1, days = 0, zone = 'UTC') {
	const [day] = await sql(`UPDATE users SET time_zone = :'zone',
			remind_at = ((now() - :minutes * interval '1 minute') AT TIME ZONE :'zone')::time
		 WHERE id = ANY (:'ids');
		SELECT ((now() - :minutes * interval '1 minute') AT TIME ZONE :'zone')::date + :days`,
	{ ids: ids(people), minutes, zone, days });

	return day;
}

/** All of a home is as if it had been there for a year, and is looked at now. */
const agesAgo = (home) => sql(`UPDATE residence_members SET joined_at = joined_at - interval '1 year'
		WHERE residence_id = :'home';
	UPDATE reminders SET since = '-infinity', next_at = now() WHERE residence_id = :'home'`, { home: home.id });

/** Nothing of a home is due any more: all has been looked at. */
const looked = (home) => until('all was looked at', async () => (await sql(`SELECT count(*) FROM reminders
	WHERE residence_id = :'home' AND next_at <= now()
	UNION ALL SELECT count(*) FROM jobs WHERE kind = 'remind' AND key = :'home'`, { home: home.id })).join() === '0,0');

/** What was told of a home: "kind days" with how many were told, sorted. */
async function toldAt(home) {
	await looked(home);
	return sql(`SELECT kind || ' ' || offset_days || ': ' || count(*) FROM notices
		WHERE residence_id = :'home' GROUP BY kind, offset_days ORDER BY 1`, { home: home.id });
}

/** What was told of a task: "kind day occurrence", in the order of telling. */
const toldOf = (task) => sql(`SELECT concat_ws(' ', kind, facts ->> 'due_on', occurrence) FROM notices
	WHERE subject_id = :'id' ORDER BY id`, { id: task.id });

const rowOf = async (task) => (await sql("SELECT next_at FROM reminders WHERE subject_id = :'id'", { id: task.id }))[0];
const momentsOf = (task) => sql(`SET TIME ZONE 'UTC';
	SELECT concat_ws(' ', m.notice, m.days, to_char(m.at, 'YYYY-MM-DD"T"HH24:MI'))
	  FROM hob.dated d CROSS JOIN LATERAL hob.reminder_moments(d) m WHERE d.id = :'id' ORDER BY m.at`, { id: task.id });
const plus = (day, days) => new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);

before(() => stack('up'));
after(() => stack('up'));

describe('the moments of a task', () => {
	let robin;
	let home;

	beforeEach(async () => {
		[robin] = await crowd(1);
		home = await newResidence(robin, { time_zone: 'UTC' });
	});

	const reader = (fields) => sql(`UPDATE users SET time_zone = :'zone', remind_at = :'at', remind_days = :'days'
		WHERE id = :'id'`, { id: robin.user.id, zone: 'UTC', at: '09:00', days: '{0}', ...fields });
	const at = (zone) => sql("UPDATE residences SET time_zone = :'zone' WHERE id = :'id'", { zone, id: home.id });

	test('are the hour of its reader in their own zone, on the day and as many days before', async () => {
		const task = await newTask(robin, home, { due_on: '2030-06-15' });

		for (const [zone, hour] of [['Pacific/Kiritimati', '2030-06-14T19:00'], ['Asia/Kolkata', '2030-06-15T03:30'],
			['Europe/Berlin', '2030-06-15T07:00'], ['America/New_York', '2030-06-15T13:00'],
			['Pacific/Pago_Pago', '2030-06-15T20:00']]) {
			await at(zone);
			await reader({ zone, days: '{0,7}' });
			const [day, time] = hour.split('T');
			assert.deepEqual(await momentsOf(task), [`task_due 7 ${plus(day, -7)}T${time}`, `task_due 0 ${hour}`,
				`task_overdue -1 ${plus(day, 1)}T${time}`], zone);
		}
	});

	test('move forward out of a gap of the clock, and are the first of an hour that comes twice', async () => {
		const [spring, autumn] = [await newTask(robin, home, { due_on: '2030-03-31' }),
			await newTask(robin, home, { due_on: '2030-10-27' })];

		await at('Europe/Berlin');
		await reader({ zone: 'Europe/Berlin', at: '02:30', days: '{1,0}' });
		assert.deepEqual(await momentsOf(spring), ['task_due 1 2030-03-30T01:30', 'task_due 0 2030-03-31T01:30',
			'task_overdue -1 2030-04-01T00:30']);
		assert.deepEqual(await momentsOf(autumn), ['task_due 1 2030-10-26T00:30', 'task_due 0 2030-10-27T00:30',
			'task_overdue -1 2030-10-28T01:30']);
	});

	test('do not call it overdue before its day is over at home', async () => {
		const task = await newTask(robin, home, { due_on: '2030-06-15' });

		for (const [zone, there, hour, overdue] of [
			['Pacific/Kiritimati', 'Pacific/Pago_Pago', '09:00', '2030-06-16T19:00'],
			['Pacific/Kiritimati', 'Pacific/Pago_Pago', '00:30', '2030-06-17T10:30'],
			['Pacific/Pago_Pago', 'Pacific/Kiritimati', '09:00', '2030-06-16T20:00'],
			['Europe/Berlin', 'Europe/Berlin', '00:00', '2030-06-15T22:00']]) {
			await at(there);
			await reader({ zone, at: hour });
			assert.equal((await momentsOf(task)).at(-1), `task_overdue -1 ${overdue}`, `${zone} ${hour}`);
		}
	});
});

describe('a reminder', () => {
	test('comes when the hour of its reader has come, each in their own zone', async () => {
		const people = await crowd(5);
		const zones = ['Pacific/Kiritimati', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York', 'Pacific/Pago_Pago'];
		const home = await homeOf(people);
		const day = await hourIsNow([], 0, 2);

		for (const [i, person] of people.entries()) {
			const here = await hourIsNow([person], i < 3 ? 2 : -60 * (i - 2), 0, zones[i]);
			await sql("UPDATE users SET remind_days = ARRAY[:'day'::date - :'here'::date] WHERE id = :'id'",
				{ day, here, id: person.user.id });
		}
		const task = await newTask(people[0], home, { due_on: day });
		await agesAgo(home);
		await looked(home);
		assert.deepEqual(await Promise.all(people.map(async (one) => (await noticesOf(one)).length)), [1, 1, 1, 0, 0]);
		const [wait] = await sql(`SELECT round(extract(epoch FROM next_at - now()) / 60) FROM reminders
			WHERE subject_id = :'id'`, { id: task.id });
		assert.ok(['59', '60'].includes(wait), wait);
		await hourIsNow(people.slice(3), 1, 0, zones[3]);
		await until('the fourth is told', async () => (await noticesOf(people[3])).length === 1);
	});

	test('says what is due when, where', async () => {
		const people = await crowd(1);
		const home = await homeOf(people);
		const day = await hourIsNow(people);
		const task = await newTask(people[0], home, { due_on: day, title: 'Bleed the radiators' });

		await agesAgo(home);
		const [notice] = await until('it is told', async () => {
			const all = await noticesOf(people[0]);
			return all.length > 0 && all;
		});
		assert.deepEqual([notice.kind, notice.subject, notice.subject_id, notice.residence_id, notice.occurrence],
			['task_due', 'task', task.id, home.id, 1]);
		assert.match(notice.title, /^Due on \d+ \w+ \d+: Bleed the radiators$/);
		assert.equal(notice.body, 'A task at Hill House.');
	});

	test('tells of a task that is overdue once, on the day behind', async () => {
		const people = await crowd(1);
		const home = await homeOf(people);
		const day = await hourIsNow(people, 1, -1);
		const task = await newTask(people[0], home, { due_on: day });

		await agesAgo(home);
		assert.deepEqual(await toldAt(home), ['task_overdue -1: 1']);
		assert.equal(await rowOf(task), 'infinity');
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), ['task_overdue -1: 1'], 'and not again');
	});

	test('is the last of several that were missed, and none that is more than a week old', async () => {
		const people = await crowd(1);
		const home = await homeOf(people);
		const day = await hourIsNow(people);

		await sql("UPDATE users SET remind_days = '{30,7,1,0}' WHERE id = :'id'", { id: people[0].user.id });
		await newTask(people[0], home, { due_on: day });
		await newTask(people[0], home, { due_on: plus(day, 4) });
		await newTask(people[0], home, { due_on: plus(day, 20) });
		await newTask(people[0], home, { due_on: plus(day, -9) });
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), ['task_due 0: 1', 'task_due 7: 1']);
	});

	test('does not come for what lay behind when the task was made', async () => {
		const people = await crowd(1);
		const home = await homeOf(people);
		const day = await hourIsNow(people);

		for (const days of [0, -1, -3])
			await newTask(people[0], home, { due_on: plus(day, days) });
		assert.deepEqual(await toldAt(home), []);
	});
});

describe('who is told', () => {
	let people;
	let home;
	let day;

	beforeEach(async () => {
		people = await crowd(4);
		home = await homeOf(people);
		day = await hourIsNow(people);
		await sql("UPDATE residence_members SET role = 'viewer' WHERE user_id = :'id'", { id: people[2].user.id });
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: people[3].user.id });
	});

	const told = async () => {
		await agesAgo(home);
		await looked(home);
		return Promise.all(people.map(async ({ user }) => Number((await sql(
			"SELECT count(*) FROM notices WHERE user_id = :'id'", { id: user.id }))[0])));
	};

	test('of a task of nobody are all who may complete it: no viewer, and no disabled account', async () => {
		await newTask(people[0], home, { due_on: day });
		assert.deepEqual(await told(), [1, 1, 0, 0]);
	});

	test('of a task of somebody is that one', async () => {
		await newTask(people[0], home, { due_on: day, assigned_to_id: people[1].user.id });
		assert.deepEqual(await told(), [0, 1, 0, 0]);
	});

	test('is nobody who does not want it anywhere', async () => {
		expectOk(await people[1].client.patch(`${PATH}/preferences`, { inbox: [], push: [], mail: [] }));
		await newTask(people[0], home, { due_on: day });
		assert.deepEqual(await told(), [1, 0, 0, 0]);
	});

	test('is nobody of a residence that is deleted, and all when it is restored', async () => {
		await newTask(people[0], home, { due_on: day });
		await sql("UPDATE residences SET deleted_at = now() WHERE id = :'id'", { id: home.id });
		assert.deepEqual(await told(), [0, 0, 0, 0]);
		await sql("UPDATE residences SET deleted_at = NULL WHERE id = :'id'", { id: home.id });
		await until('they are told', async () => (await toldAt(home)).join() === 'task_due 0: 2');
	});
});

describe('what is done with a task', () => {
	let robin;
	let home;
	let day;

	beforeEach(async () => {
		[robin] = await crowd(1);
		home = await homeOf([robin]);
		day = await hourIsNow([robin]);
	});

	const act = async (task, name, body) => expectOk(await robin.client.post(`/api/tasks/${task.id}/${name}`, body),
		name === 'complete' || name === 'skip' ? 201 : 200);

	test('ends its reminders as long as it is not open, or has no day', async () => {
		const task = await newTask(robin, home, { due_on: day });

		for (const [away, back] of [['cancel', 'uncancel'], ['archive', 'unarchive']]) {
			assert.ok(await rowOf(task));
			await act(task, away);
			assert.equal(await rowOf(task), undefined, away);
			await act(task, back);
		}
		assert.ok(await rowOf(task));
		const { id } = await act(task, 'complete', { occurrence: 1 });
		assert.equal(await rowOf(task), undefined, 'complete');
		expectOk(await robin.client.delete(`/api/completions/${id}`), 204);
		assert.ok(await rowOf(task));
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { due_on: null }));
		assert.equal(await rowOf(task), undefined, 'no day');
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { due_on: day }));
		assert.ok(await rowOf(task));
		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		assert.equal(await rowOf(task), undefined, 'deleted');
		assert.deepEqual(await toldOf(task), []);
	});

	test('that changes neither day nor reader leaves the row alone', async () => {
		const task = await newTask(robin, home, { due_on: plus(day, 90) });
		const version = () => sql("SELECT xmin, ctid FROM reminders WHERE subject_id = :'id'", { id: task.id });
		const was = await version();

		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Another', priority: 'high' }));
		await act(task, 'start');
		await act(task, 'move', { after_id: null });
		assert.deepEqual(await version(), was);
	});

	test('follows it to another home', async () => {
		const other = await homeOf([robin]);
		const task = await newTask(robin, home, { due_on: plus(day, 90) });

		await act(task, 'transfer', { residence_id: other.id });
		assert.deepEqual(await sql("SELECT residence_id FROM reminders WHERE subject_id = :'id'", { id: task.id }),
			[other.id]);
	});

	test('is told of again for the day that it was put off to, and not twice for one day', async () => {
		const task = await newTask(robin, home, { due_on: day });
		const told = async () => {
			await agesAgo(home);
			await looked(home);
			return toldOf(task);
		};
		const yesterday = plus(day, -1);

		assert.deepEqual(await told(), [`task_due ${day} 1`]);
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { due_on: yesterday }));
		assert.deepEqual(await told(), [`task_due ${day} 1`, `task_overdue ${yesterday} 1`]);
		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { due_on: day }));
		assert.equal((await told()).length, 2);
	});

	test('brings the reminders of the next occurrence, and an undone one those that came meanwhile', async () => {
		await sql("UPDATE users SET remind_days = '{1}' WHERE id = :'id'", { id: robin.user.id });
		const task = await newTask(robin, home, { due_on: plus(day, -1), recurrence: { unit: 'day', every: 1 } });
		const { id } = await act(task, 'complete', { occurrence: 1 });

		await sql("UPDATE residence_members SET joined_at = '2020-01-01' WHERE residence_id = :'id'", { id: home.id });
		await looked(home);
		assert.deepEqual(await toldOf(task), [], 'its hour had come before it was done');
		expectOk(await robin.client.delete(`/api/completions/${id}`), 204);
		await looked(home);
		assert.deepEqual(await toldOf(task), [`task_overdue ${plus(day, -1)} 1`]);
		await act(task, 'complete', { occurrence: 1 });
		await agesAgo(home);
		await looked(home);
		assert.deepEqual((await toldOf(task)).slice(1), [`task_due ${plus(day, 1)} 2`]);
	});

	test('tells the one whom it is given to of what is still to come', async () => {
		const [kim] = await crowd(1);
		const task = await newTask(robin, home, { due_on: day, assigned_to_id: robin.user.id });

		await makeMember(home, kim.user, 'member');
		await agesAgo(home);
		await looked(home);
		await act(task, 'assign', { assigned_to_id: kim.user.id });
		await looked(home);
		assert.equal((await noticesOf(kim)).length, 0, 'the hour of this day is over');
		await sql("UPDATE users SET time_zone = 'UTC', remind_at = '23:59' WHERE id = :'id'", { id: kim.user.id });
		await looked(home);
		assert.match(await rowOf(task), new RegExp(`^${day} 23:59`));
	});
});

describe('what somebody wants to be told', () => {
	let robin;
	let home;
	let day;
	let task;

	beforeEach(async () => {
		[robin] = await crowd(1);
		home = await homeOf([robin]);
		day = await hourIsNow([robin], -120);
		task = await newTask(robin, home, { due_on: day });
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
	});

	const wants = async (fields) => expectOk(await robin.client.patch(`${PATH}/preferences`, fields));

	test('earlier is told at once, and later not again', async () => {
		await wants({ remind_at: '00:00' });
		await until('it is told', async () => (await toldOf(task)).length === 1);
		await wants({ remind_at: '23:59' });
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
	});

	test('days before is told then', async () => {
		const later = await newTask(robin, home, { due_on: plus(day, 14) });

		await looked(home);
		await wants({ remind_before: ['P14D'] });
		await until('the row has moved', async () => (await rowOf(later)).startsWith(day));
	});

	test('in another zone is told there', async () => {
		await wants({ remind_at: '12:00' });
		expectOk(await robin.client.patch('/api/auth/me', { time_zone: 'Pacific/Kiritimati' }));
		await looked(home);
		const [row] = await sql(`SET TIME ZONE 'UTC'; SELECT to_char(next_at, 'HH24:MI') FROM reminders
			WHERE subject_id = :'id'`, { id: task.id });
		assert.equal(row, '22:00');
	});

	test('is told to a member who may do more now, and to one whose account works again', async () => {
		const [kim] = await crowd(1);

		await makeMember(home, kim.user, 'viewer');
		await hourIsNow([kim]);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
		expectOk(await robin.client.patch(`/api/residences/${home.id}/members/${kim.user.id}`, { role: 'member' }));
		await until('the member is told', async () => (await noticesOf(kim)).length === 1);
		const [jo] = await crowd(1);
		await makeMember(home, jo.user, 'member');
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: jo.user.id });
		await hourIsNow([jo]);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
		await sql("UPDATE users SET is_active = true WHERE id = :'id'", { id: jo.user.id });
		await until('the account is told', async () => (await toldAt(home)).join() === 'task_due 0: 2');
	});

	test('is not told to who joined when the hour was over', async () => {
		const [kim] = await crowd(1);

		await hourIsNow([kim]);
		await makeMember(home, kim.user, 'member');
		assert.deepEqual(await toldAt(home), []);
	});
});

describe('planners', () => {
	const due = async (people, count) => {
		const home = await homeOf(people);
		const day = await hourIsNow(people);

		await seedTasks(home, people[0], count, { due_on: `'${day}'` });
		await agesAgo(home);
		return home;
	};

	test('of several hosts look at each row once, and tell once', async () => {
		const people = await crowd(2);

		await stack('stop', 'jobs');
		const home = await due(people, 300);
		const made = (await Promise.all(Array.from({ length: 6 }, () =>
			sql('SELECT made FROM hob.plan_reminders(60)')))).flat().map(Number);
		await stack('start', 'jobs');
		assert.deepEqual(await toldAt(home), ['task_due 0: 600']);
		assert.ok(made.reduce((a, b) => a + b) > 120, `${made}`);
	});

	test('that die lose nothing and repeat nothing', async () => {
		const people = await crowd(2);
		const home = await due(people, 2000);

		const left = async () => Number((await sql(`SELECT count(*) FROM reminders
			WHERE residence_id = :'home' AND next_at <= now()`, { home: home.id }))[0]);

		for (let i = 0, was = 2001; i < 6; i += 1) {
			const now = await until('it goes on', async () => {
				const count = await left();
				return count < was && String(count);
			}, 30);
			was = Number(now);
			if (i % 2)
				await superuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE application_name = 'hob-planner'`);
			else
				(await childPids()).forEach((pid) => process.kill(pid, 'SIGKILL'));
		}
		assert.ok(await left() > 0, 'it died before it was through');
		await until('all are told', async () => await left() === 0, 60);
		assert.deepEqual(await toldAt(home), ['task_due 0: 4000']);
	});

	test('tell after an outage of hours what came due meanwhile', async () => {
		const people = await crowd(1);

		await stack('stop', 'jobs');
		const home = await homeOf(people);
		const day = await hourIsNow(people, 5 * 60);
		const task = await newTask(people[0], home, { due_on: day });
		await agesAgo(home);
		await stack('start', 'jobs');
		await until('it is told', async () => (await toldOf(task)).join() === `task_due ${day} 1`);
	});

	test('touch the rows that are due, and no task but theirs', async () => {
		const people = await crowd(1);

		await stack('stop', 'jobs');
		const far = await homeOf(people);
		await seedTasks(far, people[0], 3000, { due_on: "'2031-05-05'" });
		await sql('ANALYZE reminders; ANALYZE tasks');
		await looked(far);
		await due(people, 20);
		const { stderr } = await psql(urlOf('postgres', 'hob'), "LOAD 'auto_explain'",
			'SET auto_explain.log_min_duration = 0', 'SET auto_explain.log_nested_statements = on',
			'SET auto_explain.log_analyze = on', 'SET client_min_messages = log',
			'SELECT * FROM hob.plan_reminders(100)');
		await stack('start', 'jobs');
		const scans = [...stderr.matchAll(/\b(\w+) Scan (?:using (\w+) )?on (\w+) .* rows=(\d+) loops/g)]
			.map(([, how, index, table, rows]) => ({ how, index, table, rows: Number(rows) }))
			.filter(({ how }) => ['Seq', 'Index', 'Heap', 'Only'].includes(how));
		const of = (table) => scans.filter((scan) => scan.table === table)
			.map(({ how, index, rows }) => `${how} ${index} ${rows}`);

		assert.deepEqual(of('reminders').filter((scan) => !scan.includes('pkey')), ['Index reminders_next_at_idx 20']);
		assert.deepEqual(of('tasks'), Array(20).fill('Index tasks_pkey 1'));
		assert.deepEqual(scans.filter(({ how, table, rows }) => how === 'Seq' || rows > 1 && table !== 'reminders'), []);
	});
});

describe('the number of unread notices', () => {
	let robin;
	let home;

	/** Its number is remembered by workers; a task of it becomes due, and nobody but hob-jobs says so. */
	const arrange = async () => {
		[robin] = await crowd(1);
		home = await homeOf([robin]);
		const day = await hourIsNow([robin]);
		await newTask(robin, home, { due_on: day });
		await looked(home);
		assert.equal(await unread(robin), 0);
		return () => quietly(`UPDATE residence_members SET joined_at = '2020-01-01' WHERE residence_id = '${home.id}';
			UPDATE reminders SET since = '-infinity', next_at = now() WHERE residence_id = '${home.id}'`);
	};
	const counted = () => until('it is counted', async () => await unread(robin) === 1);

	test('is what was planned, though workers remember another', async () => {
		await (await arrange())();
		await looked(home);
		await counted();
	});

	test('is so without Redis, and when it is back', async () => {
		const come = await arrange();

		await stack('kill', 'redis');
		try {
			await come();
			await counted();
		} finally {
			await stack('start', 'redis');
		}
		await (await arrange())();
		await counted();
	});

	test('is so when the planner that made them died before it could say so', async () => {
		const come = await arrange();

		await stack('stop', 'jobs');
		assert.equal(await unread(robin), 0);
		await come();
		await quietly('SELECT hob.plan_reminders(100)');
		assert.equal(await unread(robin), 0, 'this is remembered: else the test shows nothing');
		await stack('start', 'jobs');
		await counted();
	});
});
