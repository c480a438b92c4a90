// reminders.test.mjs: who is told what of a task's day, at which moment, and what moves that.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { makeMember, Session, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { crowd, newResidence, newTask } from '../api/support/people.mjs';
import { stack, until } from '../fault/support.mjs';
import { agesAgo, homeOf, hourIsNow, looked, momentsOf, noticesOf, PATH, plus, remindersOf, rowOf, setPerson,
	toldAt, toldOf } from './due.mjs';

before(() => stack('up'));
after(() => stack('up'));

describe('the moments of a task', () => {
	let robin;
	let home;

	beforeEach(async () => {
		[robin] = await crowd(1);
		home = await newResidence(robin, { time_zone: 'UTC' });
	});

	const reader = (fields) => setPerson(robin, fields);
	const at = (zone) => sql("UPDATE residences SET time_zone = :'zone' WHERE id = :'id'", { zone, id: home.id });

	test('are the hour of its reader in their own zone, on the day and as many days before', async () => {
		const task = await newTask(robin, home, { due_on: '2030-06-15' });

		for (const [zone, day, time] of [['Pacific/Kiritimati', '2030-06-14', '19:00'],
			['Asia/Kolkata', '2030-06-15', '03:30'], ['Europe/Berlin', '2030-06-15', '07:00'],
			['America/New_York', '2030-06-15', '13:00'], ['Pacific/Pago_Pago', '2030-06-15', '20:00']]) {
			await at(zone);
			await reader({ time_zone: zone, remind_days: '{0,7}' });
			assert.deepEqual(await momentsOf(task), [`task_due 7 ${plus(day, -7)}T${time}`,
				`task_due 0 ${day}T${time}`, `task_overdue -1 ${plus(day, 1)}T${time}`], zone);
		}
	});

	test('move forward out of a gap of the clock, and are the first of an hour that comes twice', async () => {
		const [spring, autumn] = [await newTask(robin, home, { due_on: '2030-03-31' }),
			await newTask(robin, home, { due_on: '2030-10-27' })];

		await at('Europe/Berlin');
		await reader({ time_zone: 'Europe/Berlin', remind_at: '02:30', remind_days: '{1,0}' });
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
			await reader({ time_zone: zone, remind_at: hour });
			assert.equal((await momentsOf(task)).at(-1), `task_overdue -1 ${overdue}`, `${zone} ${hour}`);
		}
	});
});

describe('a reminder', () => {
	test('comes when the hour of its reader has come, each in their own zone', async () => {
		const people = await crowd(5);
		const zones = ['Pacific/Kiritimati', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York',
			'Pacific/Pago_Pago'];
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
		assert.deepEqual(await Promise.all(people.map(async (one) => (await noticesOf(one)).length)),
			[1, 1, 1, 0, 0]);
		const [wait] = await sql(`SELECT round(extract(epoch FROM next_at - now()) / 60) FROM reminders
			WHERE subject_id = :'id'`, { id: task.id });
		assert.ok(['59', '60'].includes(wait), wait);
		await hourIsNow(people.slice(3), 1, 0, zones[3]);
		await looked(home);
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
		assert.deepEqual([notice.kind, notice.subject, notice.subject_id, notice.residence_id,
			notice.occurrence], ['task_due', 'task', task.id, home.id, 1]);
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

		await setPerson(people[0], { remind_days: '{30,7,1,0}' });
		await newTask(people[0], home, { due_on: day });
		await newTask(people[0], home, { due_on: plus(day, 4) });
		await newTask(people[0], home, { due_on: plus(day, 20) });
		await newTask(people[0], home, { due_on: plus(day, -9) });
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), ['task_due 0: 1', 'task_due 7: 1']);
	});

	test('comes as long before as its task says, and else as its reader does', async () => {
		const people = await crowd(1);
		const home = await homeOf(people);
		const day = await hourIsNow(people);
		const moved = async (fields) => {
			const task = await newTask(people[0], home, { due_on: plus(day, 20), ...fields });
			return (await momentsOf(task)).map((moment) => moment.split(' ')[1]).join();
		};

		await setPerson(people[0], { remind_days: '{3}' });
		assert.deepEqual([await moved({}), await moved({ remind_before: ['P0D', 'P14D'] }),
			await moved({ remind_before: [] }), await moved({ remind_before: null })],
		['3,-1', '14,0,-1', '-1', '3,-1']);
		const task = await newTask(people[0], home, { due_on: plus(day, 14), remind_before: ['P14D'] });
		const other = await newTask(people[0], home, { due_on: day, remind_before: [] });
		await agesAgo(home);
		await looked(home);
		assert.deepEqual([await toldOf(task), await toldOf(other)], [[`task_due ${plus(day, 14)} 1`], []]);
		expectOk(await people[0].client.patch(`/api/tasks/${other.id}`, { remind_before: ['P0D'] }));
		await agesAgo(home);
		await until('it is told', async () => (await toldOf(other)).join() === `task_due ${day} 1`);
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
		await makeMember(home, people[2].user, 'viewer');
		await setPerson(people[3], { is_active: false });
	});

	const told = async () => {
		await agesAgo(home);
		await looked(home);
		return Promise.all(people.map(async (one) => (await remindersOf(one)).length));
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
		await looked(home);
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
		assert.deepEqual(await sql("SELECT residence_id FROM reminders WHERE subject_id = :'id'",
			{ id: task.id }), [other.id]);
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
		await setPerson(robin, { remind_days: '{1}' });
		const task = await newTask(robin, home, { due_on: plus(day, -1), recurrence: { unit: 'day' } });
		const { id } = await act(task, 'complete', { occurrence: 1 });

		await sql("UPDATE residence_members SET joined_at = '2020-01-01' WHERE residence_id = :'id'",
			{ id: home.id });
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
		assert.deepEqual(await remindersOf(kim), [], 'the hour of this day is over');
		await setPerson(kim, { time_zone: 'UTC', remind_at: '23:59' });
		await looked(home);
		assert.equal(await rowOf(task), `${day} 23:59:00`);
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
		day = await hourIsNow([robin]);
		await setPerson(robin, { remind_at: '23:59' });
		task = await newTask(robin, home, { due_on: day });
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
	});

	const wants = async (fields) => expectOk(await robin.client.patch(`${PATH}/preferences`, fields));

	test('earlier is told at once, and later not again', async () => {
		await wants({ remind_at: '00:00' });
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
		await wants({ remind_at: '23:59' });
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
	});

	test('days before is told then', async () => {
		const later = await newTask(robin, home, { due_on: plus(day, 14) });

		await looked(home);
		await wants({ remind_before: ['P14D'] });
		await looked(home);
		assert.equal((await rowOf(later)).slice(0, 10), day);
	});

	test('is not lost when it changes while a planner is at work', async () => {
		const planner = new Session();
		const jobNow = () => sql("UPDATE jobs SET run_at = now() WHERE kind = 'remind' AND key = :'home'",
			{ home: home.id });

		await stack('stop', 'jobs');
		try {
			await agesAgo(home);
			await planner.run('BEGIN; SELECT hob.plan_reminders(100)');
			await wants({ remind_at: '00:00' });
			await jobNow();
			await stack('start', 'jobs');
			await until('the job gave way to the planner, or is through', async () => (await sql(`
				SELECT 1 FROM jobs WHERE kind = 'remind' AND key = :'home' AND last_error IS NULL`,
			{ home: home.id })).length === 0);
			await planner.run('COMMIT');
			await jobNow();
		} finally {
			planner.end();
			await stack('up');
		}
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
	});

	test('has what is far off left alone, and changes that follow each other looked at once', async () => {
		const far = await newTask(robin, home, { due_on: plus(day, 90) });
		const done = async () => Number((await sql(`SELECT count(*) FROM job_history
			WHERE kind = 'remind' AND key = :'home'`, { home: home.id }))[0]);
		const [was, before] = [await rowOf(far), await done()];

		await wants({ remind_at: '22:00' });
		await wants({ remind_at: '21:00' });
		await wants({ remind_at: '23:58' });
		await looked(home);
		assert.equal(await rowOf(far), was);
		assert.equal((await rowOf(task)).slice(11), '23:58:00');
		assert.equal(await done(), before + 1);
	});

	test('in another zone is told there', async () => {
		await wants({ remind_at: '12:00' });
		expectOk(await robin.client.patch('/api/auth/me', { time_zone: 'Pacific/Kiritimati' }));
		await looked(home);
		assert.match(await rowOf(task), / 22:00:00$/);
	});

	test('is told to a member who may do more now, but for what lay behind', async () => {
		const [kim] = await crowd(1);

		await makeMember(home, kim.user, 'viewer');
		await hourIsNow([kim]);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
		expectOk(await robin.client.patch(`/api/residences/${home.id}/members/${kim.user.id}`,
			{ role: 'member' }));
		assert.deepEqual(await toldAt(home), []);
		await hourIsNow([kim], 0);
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
		assert.equal((await remindersOf(kim)).length, 1);
	});

	test('is told as the new list has it, but for what lay behind', async () => {
		await hourIsNow([robin]);
		await newTask(robin, home, { due_on: plus(day, 3) });
		const own = await newTask(robin, home, { due_on: plus(day, 7), remind_before: ['P7D'] });
		await setPerson(robin, { remind_at: '23:59' });
		await agesAgo(home);
		await looked(home);
		await wants({ remind_before: ['P3D'] });
		await hourIsNow([robin]);
		assert.deepEqual(await toldAt(home), ['task_due 7: 1']);
		assert.equal((await toldOf(own)).length, 1, 'has a list of its own');
		await hourIsNow([robin], 0);
		assert.deepEqual(await toldAt(home), ['task_due 3: 1', 'task_due 7: 1']);
	});

	test('is told to one whose account works again', async () => {
		const [jo] = await crowd(1);

		await makeMember(home, jo.user, 'member');
		await setPerson(jo, { is_active: false });
		await hourIsNow([jo]);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
		await setPerson(jo, { is_active: true });
		assert.deepEqual(await toldAt(home), ['task_due 0: 1']);
	});

	test('is not told to who joined when the hour was over', async () => {
		const [kim] = await crowd(1);

		await hourIsNow([kim]);
		await makeMember(home, kim.user, 'member');
		assert.deepEqual(await toldAt(home), []);
	});
});
