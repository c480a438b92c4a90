// calendar.test.mjs: the feed for calendar programs, read by ical.js as they would read it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { ICAL, READERS } from './support/calendars.mjs';
import { nobody } from './support/client.mjs';
import { localDay, withinOneDay } from './support/days.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes,
	SAME_ID } from './support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let residence;

const feedOf = async (person, fields = {}) => expectOk(await person.client.post('/api/calendar-feeds', fields), 201);

/** What a calendar program makes of the feed: events as { uid, summary, days, ... }. */
async function read(path, days = 12) {
	const res = await nobody.get(path);

	assert.equal(res.status, 200, res.text);
	assert.match(res.headers['content-type'], /^text\/calendar/);
	for (const line of res.text.split('\r\n'))
		assert.ok(Buffer.byteLength(line) <= 75, line);
	const calendar = new ICAL.Component(ICAL.parse(res.text));
	assert.equal(calendar.getFirstPropertyValue('version'), '2.0');
	return calendar.getAllSubcomponents('vevent').map((component) => {
		const event = new ICAL.Event(component);
		const iterator = event.iterator();
		const seen = [];

		for (let next = iterator.next(); next && seen.length < days; next = iterator.next())
			seen.push(next.isDate ? next.toString() : next.toJSDate().toISOString());
		return { uid: event.uid, summary: event.summary, description: event.description,
			location: event.location, rule: component.getFirstPropertyValue('rrule')?.toString(),
			days: seen };
	});
}

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin, { name: 'Hill; House, the "big" one', time_zone: 'America/New_York' });
});

/** A feed of a residence of its own with one task in it; what it shows. */
async function shown(fields, zone = 'America/New_York', act = async () => {}) {
	const own = await newResidence(robin, { time_zone: zone });
	const task = await newTask(robin, own, fields);

	await act(task);
	const { path, id } = await feedOf(robin, { residence_id: own.id });
	const events = await read(path);

	expectOk(await robin.client.delete(`/api/calendar-feeds/${id}`), 204);
	return events;
}

describe('a calendar feed', () => {
	test('of 125 events is read alike by three libraries, and has the same UIDs again', async () => {
		const person = await signUp();
		const own = await newResidence(person, { name: 'Ünï; House', time_zone: 'Europe/Berlin' });
		const texts = [`${'x'.repeat(62)}\nDrain; the \\ tank, "all" of it`,
			'👩‍👩‍👧‍👦'.repeat(30), 'שלום, בית', `a\r\n\t${'é'.repeat(200)}`, null];
		const task = (n) => ({ residence_id: own.id,
			title: `${n} ${['mow; rake, burn', 'a\\ b', 'Ärger 🏡', 'x'.repeat(180)][n % 4]}`,
			description: texts[n % texts.length], due_on: `2031-0${1 + n % 9}-1${n % 10}`,
			...(n % 3 === 0 && { due_time: '08:30' }),
			...(n % 5 === 0 && n % 3 && { recurrence: { unit: 'month', every: 2 } }) });
		const made = expectOk(await person.client.post('/api/tasks/bulk',
			{ create: Array.from({ length: 100 }, (_, n) => task(n)) })).created;
		made.push(...expectOk(await person.client.post('/api/tasks/bulk',
			{ create: Array.from({ length: 25 }, (_, n) => task(100 + n)) })).created);
		assert.deepEqual([...new Set(made.map(({ status }) => status))], [201]);
		const { path } = await feedOf(person);
		const [{ text }, { text: again }] = [await nobody.get(path), await nobody.get(`${path}?x=1`)];
		const sorted = (events) => [...events].sort(([a], [b]) => (a < b ? -1 : 1));
		const expected = sorted(READERS['ical.js'](text));

		assert.equal(expected.length, 125);
		assert.equal(new Set(expected.map(([uid]) => uid)).size, 125);
		for (const [name, readIt] of Object.entries(READERS)) {
			assert.deepEqual(sorted(readIt(text)), expected, name);
			assert.deepEqual(sorted(readIt(again)).map(([uid]) => uid), expected.map(([uid]) => uid), name);
		}
		assert.deepEqual(expected.map(([, title, , description]) => [title, description]).sort(),
			made.map(({ task: { title, description } }) => [title, description]).sort());
	});

	test('is made, looked at and revoked, and its secret is shown once', async () => {
		const person = await signUp();

		assert.deepEqual(expectPage(await person.client.get('/api/calendar-feeds')), []);
		const made = await feedOf(person);
		expectKeys(made, ['id', 'path', 'already_shown', 'name', 'residence_id', 'assigned_to_me',
			'alarm_minutes', 'created_at', 'updated_at', 'version']);
		assert.equal(made.already_shown, false);
		assert.match(made.path, /^\/api\/calendar\/[A-Za-z0-9_-]{32}\.ics$/);
		const { path, already_shown, ...rest } = made;
		assert.deepEqual(expectPage(await person.client.get('/api/calendar-feeds')), [rest]);
		assert.deepEqual(expectOk(await person.client.get(`/api/calendar-feeds/${made.id}`)), rest);
		assert.deepEqual(await read(path), []);
		const [stored] = await sql("SELECT row_to_json(f) FROM calendar_feeds f WHERE user_id = :'user'",
			{ user: person.user.id });
		assert.ok(!stored.includes(path.slice(14, 46)), 'the secret is not in the database');

		expectOk(await person.client.delete(`/api/calendar-feeds/${made.id}`), 204);
		expectProblem(await nobody.get(path), 404, 'not_found');
		expectProblem(await person.client.delete(`/api/calendar-feeds/${made.id}`), 404, 'not_found');
	});

	test('is one of several, each with its name, what it shows and its own secret', async () => {
		const person = await signUp();
		const own = await newResidence(person, { name: 'Hütte' });
		await newTask(person, own, { title: 'mow', due_on: '2031-01-06' });
		const [all, hut, mine] = [await feedOf(person), await feedOf(person, { residence_id: own.id }),
			await feedOf(person, { name: 'Mine, only; mine', assigned_to_me: true })];
		const nameOf = async ({ path }) => new ICAL.Component(ICAL.parse((await nobody.get(path)).text));

		assert.deepEqual([all.name, hut.name, mine.name], ['Hob', 'Hütte', 'Mine, only; mine']);
		assert.equal(new Set([all.path, hut.path, mine.path]).size, 3);
		for (const feed of [all, hut, mine])
			for (const property of ['name', 'x-wr-calname'])
				assert.equal((await nameOf(feed)).getFirstPropertyValue(property)
					.replaceAll('\\', ''), feed.name);
		expectOk(await person.client.delete(`/api/calendar-feeds/${hut.id}`), 204);
		assert.deepEqual([(await read(all.path)).length, (await read(mine.path)).length], [1, 0]);
	});

	test('of an id that there is already is shown without its address, and to others not at all', async () => {
		const person = await signUp();
		const { path, ...feed } = await feedOf(person);
		const { id } = feed;

		assert.ok(path);
		assert.deepEqual(expectOk(await person.client.post('/api/calendar-feeds', { id })),
			{ ...feed, path: null, already_shown: true });
		assert.equal((await read(path)).length, 0);
		expectProblem(await robin.client.post('/api/calendar-feeds', { id }), 409, 'id_taken');
	});

	test('is renamed and shows something else at the same address', async () => {
		const person = await signUp();
		const [hut, barn] = [await newResidence(person), await newResidence(person)];
		await newTask(person, hut, { title: 'sweep', due_on: '2031-01-06' });
		await newTask(person, barn, { title: 'mow', due_on: '2031-01-07' });
		const feed = await feedOf(person, { residence_id: hut.id });
		const target = `/api/calendar-feeds/${feed.id}`;
		const changed = expectOk(await person.client.patch(target,
			{ name: 'Barn', residence_id: barn.id, alarm_minutes: 15 }));

		assert.deepEqual([changed.name, changed.residence_id, changed.alarm_minutes, changed.version],
			['Barn', barn.id, 15, 2]);
		assert.deepEqual((await read(feed.path)).map((e) => e.summary), ['mow']);
		assert.equal(expectOk(await person.client.patch(target, { residence_id: null })).residence_id, null);
		assert.deepEqual((await read(feed.path)).map((e) => e.summary), ['sweep', 'mow']);
		expectProblem(await person.client.patch(target, { residence_id: residence.id }), 404, 'not_found');
		expectProblem(await person.client.patch(target, { name: 'x' }, { headers: { 'If-Match': '"1-x"' } }),
			412, 'stale');
		expectProblem(await robin.client.patch(target, { name: 'x' }), 404, 'not_found');
	});

	test('is made 20 times, and not more', async () => {
		const person = await signUp();

		const made = await Promise.all(Array.from({ length: 25 },
			() => person.client.post('/api/calendar-feeds', {})));
		assert.deepEqual([201, 402]
			.map((code) => made.filter(({ status }) => status === code).length), [20, 5]);
		const { limit, used, max } = expectProblem(await person.client.post('/api/calendar-feeds', {}),
			402, 'plan_limit_reached', ['limit', 'used', 'max', 'tier_needed']);
		assert.deepEqual({ limit, used, max }, { limit: 'feeds', used: 20, max: 20 });
	});

	test('shows tomorrow in a zone where today is another day', async () => {
		// At any hour one of them has another day than UTC.
		const zones = ['Pacific/Pago_Pago', 'Pacific/Kiritimati'];

		await withinOneDay(zones, async () => {
			for (const zone of zones) {
				const fields = { title: 'sweep', due_on: localDay(zone),
					recurrence: { unit: 'day', starts_on: localDay(zone) } };
				const [event] = await shown(fields, zone);

				assert.deepEqual(event.days.slice(0, 2), [localDay(zone), localDay(zone, 1)], zone);
				const late = await shown({ ...fields, due_on: localDay(zone, -1),
					recurrence: { unit: 'day', starts_on: localDay(zone, -1) } }, zone);
				assert.deepEqual(late.map(({ days }) => days[0]).sort(),
					[localDay(zone, -1), localDay(zone, 1)], zone);
			}
		});
	});

	test('rings as its settings or its address say', async () => {
		const person = await signUp();
		const own = await newResidence(person);
		await newTask(person, own, { title: 'mow', due_on: '2031-01-06', due_time: '08:30' });
		await newTask(person, own, { title: 'sweep', due_on: '2031-01-07' });
		const alarms = async (path) =>
			new ICAL.Component(ICAL.parse((await nobody.get(path)).text)).getAllSubcomponents('vevent')
				.map((event) => event.getAllSubcomponents('valarm').map((a) =>
					`${a.getFirstPropertyValue('action')} ${a.getFirstPropertyValue('trigger')}`));
		const [silent, rings] = [await feedOf(person), await feedOf(person, { alarm_minutes: 90 })];

		assert.deepEqual(await alarms(silent.path), [[], []]);
		assert.deepEqual(await alarms(rings.path), [['DISPLAY -PT90M'], ['DISPLAY -PT90M']]);
		assert.deepEqual(await alarms(`${silent.path}?alarm=5&x=1`), [['DISPLAY -PT5M'], ['DISPLAY -PT5M']]);
	});

	test('that is none, or looks like none, is answered alike', async () => {
		const person = await signUp();
		const { path } = await feedOf(person);
		const ask = (target) => nobody.get(target, SAME_ID);
		const nothing = await ask('/api/calendar/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics');

		expectProblem(nothing, 404, 'not_found');
		for (const other of [path.replace('.ics', ''), path.replace('.ics', '.ICS'), `${path}x`,
			path.slice(0, -5), '/api/calendar/x.ics'])
			expectSameBytes(await ask(other), nothing);
	});

	test('is read on one round trip, and not again when nothing changed', async () => {
		const person = await signUp();
		const own = await newResidence(person);
		await newTask(person, own, { due_on: '2031-01-06' });
		const { path } = await feedOf(person);
		const first = await nobody.get(path);

		assert.equal(first.headers['x-hob-round-trips'], '1');
		assert.equal((await nobody.get(path, { headers: { 'If-None-Match': first.headers.etag } })).status,
			304);
	});

	test('needs a residence of the caller, and nothing else', async () => {
		const stranger = await signUp();

		expectProblem(await stranger.client.post('/api/calendar-feeds', { residence_id: residence.id }),
			404, 'not_found');
		expectProblem(await robin.client.post('/api/calendar-feeds', { residence_id: missingId() }),
			404, 'not_found');
		expectInvalid(await robin.client.post('/api/calendar-feeds',
			{ residence_id: '7', assigned_to_me: 'yes', colour: 'red' }),
			{ residence_id: 'format', assigned_to_me: 'type', colour: 'unknown_field' });
		expectProblem(await nobody.post('/api/calendar-feeds'), 401, 'unauthorized');
	});
});

describe('what a feed shows', () => {
	test('is of one residence, of all, or what is the caller\'s to do', async () => {
		const person = await signUp();
		const mate = await signUp();
		const [hut, barn] = [await newResidence(person, { name: 'Hut' }),
			await newResidence(mate, { name: 'Barn' })];
		await makeMember(barn, person.user, 'viewer');
		await newTask(person, hut, { title: 'sweep', due_on: '2031-01-06' });
		await newTask(mate, barn, { title: 'mow', due_on: '2031-01-07' });
		await newTask(mate, barn, { title: 'paint', due_on: '2031-01-08', assigned_to_id: person.user.id });
		const titles = async (fields) =>
			(await read((await feedOf(person, fields)).path)).map((e) => e.summary);

		assert.deepEqual(await titles({}), ['sweep', 'mow', 'paint']);
		assert.deepEqual(await titles({ residence_id: barn.id }), ['mow', 'paint']);
		assert.deepEqual(await titles({ assigned_to_me: true }), ['paint']);
		const { path } = await feedOf(person);
		expectOk(await person.client.post(`/api/residences/${barn.id}/leave`), 204);
		assert.deepEqual((await read(path)).map((e) => e.summary), ['sweep'], 'who has left sees no more');
	});

	test('of a residence ends when its maker loses the residence, and does not come back with them', async () => {
		const [owner, mate] = [await signUp(), await signUp()];
		const ends = {
			leaving: (own) => mate.client.post(`/api/residences/${own.id}/leave`),
			removal: (own) => owner.client.delete(`/api/residences/${own.id}/members/${mate.user.id}`),
			'the end of the residence': (own) => owner.client.delete(`/api/residences/${own.id}`),
		};

		for (const [what, end] of Object.entries(ends)) {
			const own = await newResidence(owner);

			await makeMember(own, mate.user, 'viewer');
			await newTask(owner, own, { title: 'mow', due_on: '2031-01-07' });
			const { path } = await feedOf(mate, { residence_id: own.id });
			assert.equal((await read(path)).length, 1);
			expectOk(await end(own), 204);
			await makeMember(own, mate.user, 'viewer');
			expectProblem(await nobody.get(path), 404, 'not_found', what);
			assert.deepEqual(expectPage(await mate.client.get('/api/calendar-feeds')), []);
		}
	});

	test('of a residence that is being lost is not made', async () => {
		const owner = await signUp();

		for (let i = 0; i < 10; i += 1) {
			const [own, mate] = [await newResidence(owner), await signUp()];

			await makeMember(own, mate.user, 'viewer');
			const [, removed] = await Promise.all([
				mate.client.post('/api/calendar-feeds', { residence_id: own.id }),
				owner.client.delete(`/api/residences/${own.id}/members/${mate.user.id}`)]);
			expectOk(removed, 204);
			assert.deepEqual(expectPage(await mate.client.get('/api/calendar-feeds')), []);
		}
	});

	test('is what is open and has a day', async () => {
		const own = await newResidence(robin);
		const task = (title, fields = { due_on: '2031-01-06' }) => newTask(robin, own, { title, ...fields });
		const act = async (t, name, body, status = 200) =>
			expectOk(await robin.client.post(`/api/tasks/${t.id}/${name}`, body), status);

		await task('open');
		await act(await task('started'), 'start');
		await task('undated', {});
		await act(await task('done'), 'complete', { occurrence: 1 }, 201);
		await act(await task('cancelled'), 'cancel');
		await act(await task('archived'), 'archive');
		expectOk(await robin.client.delete(`/api/tasks/${(await task('deleted')).id}`), 204);
		const { path } = await feedOf(robin, { residence_id: own.id });
		assert.deepEqual((await read(path)).map((e) => e.summary).sort(), ['open', 'started']);
	});

	test('is escaped and folded, and comes back as it was', async () => {
		const title = 'Backslash \\, comma, semicolon; "quotes" and 🏡 ünïcödé that goes on and on, '
			+ 'longer than one line of 75 octets can hold 🏡🏡🏡🏡🏡🏡';
		const description = 'First line.\nSecond; line, with \\n in it.\n\n'
			+ 'Ärger mit Ölöfen. '.repeat(20);

		await newTask(robin, residence, { title, description, due_on: '2031-01-06' });
		const { path } = await feedOf(robin, { residence_id: residence.id });
		const [event] = await read(path);
		assert.deepEqual([event.summary, event.description, event.location],
			[title, `${description.slice(0, 279)}…`, 'Hill; House, the "big" one']);
	});

	test('has a rule where one says the same', async () => {
		const rules = [
			['2031-01-06', 'weekly', 'FREQ=WEEKLY;WKST=MO', ['2031-01-06', '2031-01-13']],
			['2031-01-31', 'monthly', 'FREQ=MONTHLY;BYMONTHDAY=-1',
				['2031-01-31', '2031-02-28', '2031-03-31']],
			['2032-02-29', 'annually', 'FREQ=YEARLY;BYMONTHDAY=-1;BYMONTH=2',
				['2032-02-29', '2033-02-28', '2034-02-28', '2035-02-28', '2036-02-29']],
			['2031-01-31', { unit: 'month', nth_weekday: -1, weekdays: ['fri'] }, 'FREQ=MONTHLY;BYDAY=-1FR',
				['2031-01-31', '2031-02-28', '2031-03-28']],
			['2031-01-06', { unit: 'day', every: 10, count: 3 }, 'FREQ=DAILY;COUNT=3;INTERVAL=10',
				['2031-01-06', '2031-01-16', '2031-01-26']],
			['2031-01-06', { unit: 'week', weekdays: ['thu', 'mon'], until: '2031-01-13' },
				'FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20310113;WKST=MO',
				['2031-01-06', '2031-01-09', '2031-01-13']],
		];

		for (const [due_on, recurrence, rule, days] of rules) {
			const events = await shown({ due_on, recurrence });
			const part = (text) => text.split(';').filter((p) => !['INTERVAL=1', 'WKST=MO'].includes(p))
				.sort().join(';').replace('UNTIL=2031-01-13', 'UNTIL=20310113');

			assert.equal(events.length, 1);
			assert.equal(part(events[0].rule), part(rule));
			assert.deepEqual(events[0].days.slice(0, days.length), days);
			if (rule.includes('COUNT') || rule.includes('UNTIL'))
				assert.equal(events[0].days.length, days.length);
		}
	});

	test('has single events for a year where none does', async () => {
		const year = new Date().getUTCFullYear() + 1;
		const events = await shown({ due_on: `${year}-01-30`, recurrence: 'monthly' });
		const days = events.map((e) => e.days);

		assert.ok(events.every((e) => e.rule === undefined && e.days.length === 1));
		assert.ok(days.flat().length >= 10, days.join());
		assert.deepEqual(days.flat().slice(0, 4),
			[`${year}-01-30`, `${year}-02-${year % 4 === 0 ? 29 : 28}`, `${year}-03-30`, `${year}-04-30`]);
		assert.equal(new Set(events.map((e) => e.uid)).size, events.length);
	});

	test('counts on from where the task is', async () => {
		const complete = (task) => robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 });
		const [event] = await shown({ due_on: '2031-01-06', recurrence: { unit: 'day', count: 3 } },
			'UTC', complete);

		assert.deepEqual(event.days, ['2031-01-07', '2031-01-08']);
	});

	test('has an occurrence that was moved for itself, and the rule behind it', async () => {
		const snooze = (task) => robin.client.post(`/api/tasks/${task.id}/snooze`, { until: '2031-01-08' });
		const events = await shown({ due_on: '2031-01-06', recurrence: 'weekly' }, 'UTC', snooze);

		assert.deepEqual(events.map((e) => e.days.slice(0, 2)), [['2031-01-08'], ['2031-01-13', '2031-01-20']]);
		assert.equal(new Set(events.map((e) => e.uid)).size, 2);
	});

	test('has a day that is none of the rule for itself, too', async () => {
		const events = await shown({ due_on: '2031-02-10',
			recurrence: { unit: 'month', every: 3, month_day: 10, starts_on: '2031-01-10' } });
		const weekday = await shown({ due_on: '2031-01-08', recurrence: { unit: 'week', weekdays: ['mon'] } });

		assert.deepEqual(events.map((e) => e.days.slice(0, 2)), [['2031-02-10'], ['2031-04-10', '2031-07-10']]);
		assert.deepEqual(weekday.map((e) => e.days.slice(0, 2)),
			[['2031-01-08'], ['2031-01-13', '2031-01-20']]);
	});

	test('goes on from today where a task is late', async () => {
		const soon = new Date(Date.now() + 3 * 86400e3).toISOString();
		const timed = await shown({ due_on: '2020-01-01', due_time: '08:00',
			recurrence: { unit: 'day' } }, 'UTC');
		const cut = await shown({ due_on: '2020-01-30', recurrence: 'monthly' }, 'UTC');

		assert.equal(timed[0].days[0], '2020-01-01T08:00:00.000Z');
		assert.ok(timed.some((e) => e.days[0].slice(0, 10) === soon.slice(0, 10)));
		assert.ok(cut.length >= 10 && cut[1].days[0] > new Date().toISOString().slice(0, 10));
	});

	test('shows a late day for itself, none of those that were missed, and the rule from after today', async () => {
		const day = (n) => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
		const [late, rule, ...more] =
			await shown({ due_on: day(-5), recurrence: { unit: 'day', count: 3 } }, 'UTC');

		assert.deepEqual([late.days, late.rule, rule.days, more], [[day(-5)], undefined, [day(1), day(2)], []]);
		const weekly = await shown({ due_on: day(-63), recurrence: 'weekly' }, 'UTC');

		assert.deepEqual(weekly.map((e) => e.days[0]), [day(-63), day(7)]);
		assert.match(weekly[1].rule, /WEEKLY/);
		const [today] = await shown({ due_on: day(0), recurrence: 'weekly' }, 'UTC');

		assert.equal(today.days[0], day(0));
	});

	test('gives a task with a time half an hour', async () => {
		const residence = await newResidence(robin, { time_zone: 'UTC' });

		await newTask(robin, residence, { due_on: '2031-01-06', due_time: '08:30' });
		const { path } = await feedOf(robin, { residence_id: residence.id });
		assert.match((await nobody.get(path)).text, /\r\nDTSTART:20310106T083000Z\r\nDURATION:PT30M\r\n/);
	});

	test('is read with whatever stands behind a question mark', async () => {
		const { path } = await feedOf(robin, {});

		for (const query of ['?x=1', '?nocache=7&y', '?='])
			assert.equal((await nobody.get(path + query)).status, 200, query);
	});

	test('stays quick and readable with hundreds of such tasks', async () => {
		const own = await newResidence(robin, { time_zone: 'Europe/Lisbon' });
		const create = Array.from({ length: 100 },
			(_, i) => ({ residence_id: own.id, title: `Task ${i}`, due_on: '2026-01-01',
				due_time: '08:00',
				recurrence: { unit: 'week', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'] } }));

		for (let i = 0; i < 5; i++)
			expectOk(await robin.client.post('/api/tasks/bulk', { create }));
		const { path } = await feedOf(robin, { residence_id: own.id });
		const events = await read(path);
		assert.ok(events.length >= 1000 && events.length <= 3000, `${events.length}`);
	});

	test('has one event where the next day hangs on completion', async () => {
		const [event, ...more] = await shown({ due_on: '2031-01-06',
			recurrence: { unit: 'week', anchor: 'completion' } });

		assert.deepEqual([event.days, event.rule, more], [['2031-01-06'], undefined, []]);
	});

	test('has times as instants, each day for itself: clocks change in between', async () => {
		const year = new Date().getUTCFullYear() + 1;
		const events = await shown({ due_on: `${year}-01-15`, due_time: '08:30', recurrence: 'monthly' });
		const hours = Object.fromEntries(events.map((e) => [e.days[0].slice(0, 7), e.days[0].slice(11, 16)]));

		assert.equal(hours[`${year}-01`], '13:30');
		assert.equal(hours[`${year}-07`] ?? '12:30', '12:30');
		assert.equal(new Set(events.map((e) => e.uid)).size, events.length);
		const [once] = await shown({ due_on: '2026-03-08', due_time: '02:30' });
		assert.deepEqual(once.days, ['2026-03-08T07:30:00.000Z'], 'forward out of the gap');
		const [twice] = await shown({ due_on: '2026-11-01', due_time: '01:30' });
		assert.deepEqual(twice.days, ['2026-11-01T05:30:00.000Z'], 'the first of two');
	});
});
