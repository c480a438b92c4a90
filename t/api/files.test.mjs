// files.test.mjs: tasks as files: a spreadsheet's or a to-do list's, and back.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { ICAL, READERS } from './support/calendars.mjs';
import { Csv } from './support/client.mjs';
import { parseCsv, readCsv, writeCsv } from './support/csv.mjs';
import { makeMember, manyTasks, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, INSTANT, UUID } from './support/expect.mjs';
import { missingId, newId, newResidence, newTask, signUp } from './support/people.mjs';

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin, { time_zone: 'Europe/Berlin' });
});

const target = (where, what) => `/api/residences/${where.id}/tasks/${what}`;
const importing = (where, text, query = '', person = robin) =>
	person.client.post(target(where, `import${query}`), new Csv(text));
const tasksOf = async (where, person = robin) =>
	expectPage(await person.client.get(`/api/tasks?residence_id=${where.id}&limit=200&ordering=title`));
const act = async (task, name, body) => expectOk(await robin.client.post(`/api/tasks/${task.id}/${name}`, body),
	['complete', 'skip'].includes(name) ? 201 : 200);
const RULE = { unit: 'week', every: 2, weekdays: ['mon', 'thu'], starts_on: '2031-01-06' };

async function exported(where, query = '', person = robin) {
	const res = await person.client.get(target(where, `export${query}`));

	assert.equal(res.status, 200, res.text);
	return res;
}

/** One of each kind that there is. */
async function fill(where) {
	await newTask(robin, where, { title: 'plain' });
	await newTask(robin, where, { title: 'all', description: '=1+1\n"quotes", commas; and ünïcode 🏡\n- a\n- b',
		category: 'garden', priority: 'urgent', due_on: '2031-01-06', due_time: '08:30', recurrence: RULE,
		assigned_to_id: robin.user.id, estimated_cost: '12.50', remind_before: ['P7D', 'P0D'] });
	await newTask(robin, where, { title: "'=quoted", due_on: '2031-02-01', remind_before: [] });
	await act(await newTask(robin, where, { title: 'begun' }), 'start');
	await act(await newTask(robin, where, { title: 'cancelled' }), 'cancel');
	await act(await newTask(robin, where, { title: 'stored' }), 'archive');
	await act(await newTask(robin, where, { title: 'done', due_on: '2026-01-01' }), 'complete',
		{ occurrence: 1, completed_at: '2026-01-02T10:00:00Z' });
}

describe('an export as CSV', () => {
	test('has a row for each task, the archived too, and all that it is', async () => {
		const own = await newResidence(robin);
		await fill(own);
		const res = await exported(own);
		const rows = readCsv(res.text);
		const all = rows.find((row) => row.title === 'all');

		assert.match(res.headers['content-type'], /^text\/csv; charset=utf-8/);
		assert.equal(res.headers['content-disposition'], 'attachment; filename="tasks.csv"');
		assert.equal(res.headers.link, undefined);
		assert.deepEqual(rows.map((row) => row.title).sort(),
			["''=quoted", 'all', 'begun', 'cancelled', 'done', 'plain', 'stored']);
		const { id, created_at, updated_at, recurrence, ...rest } = all;
		assert.match(id, UUID);
		assert.match(created_at, INSTANT);
		assert.match(updated_at, INSTANT);
		assert.deepEqual({ ...JSON.parse(recurrence), ...RULE }, JSON.parse(recurrence));
		assert.deepEqual(rest, { residence_id: own.id, title: 'all',
			description: '\'=1+1\n"quotes", commas; and ünïcode 🏡\n\'- a\n\'- b',
			category: 'garden', priority: 'urgent', starts_on: '', due_on: '2031-01-06', due_time: '08:30',
			remind_before: 'P7D P0D', assigned_to_id: robin.user.id, assigned_to_name: robin.user.name,
			contractor_id: '', estimated_cost: '12.50',
			state: 'pending', completed: 'false', archived: 'false',
			completion_count: '0', last_completed_at: '', created_by_name: robin.user.name });
		assert.deepEqual(["'=quoted", 'done'].map((title) =>
			rows.find((row) => row.title.endsWith(title)).remind_before), ['none', '']);
		const done = rows.find((row) => row.title === 'done');
		assert.deepEqual([done.completed, done.completion_count, done.last_completed_at],
			['true', '1', '2026-01-02T10:00:00Z']);
	});

	test('begins with a byte order mark for who asks', async () => {
		assert.deepEqual([(await exported(residence)).text[0], (await exported(residence, '?bom=1')).text[0]],
			['r', '\ufeff']);
	});

	test('is read by who belongs to the residence', async () => {
		const [viewer, stranger] = [await signUp(), await signUp()];
		await makeMember(residence, viewer.user, 'viewer');

		await exported(residence, '', viewer);
		expectProblem(await stranger.client.get(target(residence, 'export')), 404, 'not_found');
		expectInvalid(await robin.client.get(target(residence, 'export?format=xls')),
			{ format: 'choice' }, 'query');
	});

	test('of more than 250 tasks, or of long texts, goes on where its link says', async () => {
		const own = await newResidence(robin);
		await sql(`INSERT INTO tasks (id, residence_id, title, created_by)
			SELECT gen_random_uuid(), :'residence', 'Task ' || n, :'user' FROM generate_series(1, 1100) n`,
			{ residence: own.id, user: robin.user.id });
		await sql(`INSERT INTO tasks (id, residence_id, title, description, created_by)
			SELECT gen_random_uuid(), :'residence', 'Long ' || n, repeat('🏡', 10000), :'user'
			  FROM generate_series(1, 60) n`, { residence: own.id, user: robin.user.id });
		const ids = [];
		let [path, pages] = [target(own, 'export?format=csv&bom=1'), 0];

		while (path) {
			const res = await robin.client.get(path);
			assert.ok(Buffer.byteLength(res.text) < 256 << 10);
			assert.equal(res.text[0], '\ufeff');
			ids.push(...readCsv(res.text.slice(1)).map((row) => row.id));
			path = /^<(.*)>; rel="next"$/.exec(res.headers.link ?? '')?.[1];
			pages += 1;
		}
		assert.ok(pages >= 5, String(pages));
		assert.equal(ids.length, 1160);
		assert.equal(new Set(ids).size, 1160);
	});
});

describe('an export as iCalendar', () => {
	const todos = (res) => Object.fromEntries(new ICAL.Component(ICAL.parse(res.text)).getAllSubcomponents('vtodo')
		.map((todo) => [todo.getFirstPropertyValue('summary'), todo]));

	test('has a to-do for each task', async () => {
		const own = await newResidence(robin, { time_zone: 'Europe/Berlin' });
		await fill(own);
		await newTask(robin, own, { title: 'timed', due_on: '2031-07-01', due_time: '08:30' });
		await newTask(robin, own, { title: 'whole days', due_on: '2031-01-06', recurrence: RULE });
		const skipped = await newTask(robin, own,
			{ title: 'skipped', due_on: '2031-01-06', recurrence: { unit: 'week', count: 2 } });
		await act(skipped, 'skip', { occurrence: 1 });
		await act(skipped, 'skip', { occurrence: 2 });
		await newTask(robin, own, { title: 'after it', due_on: '2031-07-01',
			recurrence: { unit: 'day', every: 3, anchor: 'completion' } });
		const res = await exported(own, '?format=ics');
		const by = todos(res);
		const of = (title, name) => by[title].getFirstPropertyValue(name)?.toString() ?? null;

		assert.match(res.headers['content-type'], /^text\/calendar/);
		assert.equal(res.headers['content-disposition'], 'attachment; filename="tasks.ics"');
		assert.deepEqual(Object.keys(by).sort(), ["'=quoted", 'after it', 'all', 'begun', 'cancelled', 'done',
			'plain', 'skipped', 'timed', 'whole days']);
		assert.deepEqual(['plain', 'begun', 'cancelled', 'done'].map((title) => of(title, 'status')),
			['NEEDS-ACTION', 'IN-PROCESS', 'CANCELLED', 'COMPLETED']);
		assert.deepEqual([of('done', 'completed'), of('done', 'due'), of('plain', 'due')],
			['2026-01-02T10:00:00Z', '2026-01-01', null]);
		assert.deepEqual([of('timed', 'due'), of('timed', 'dtstart')], ['2031-07-01T06:30:00Z', null]);
		assert.deepEqual([of('skipped', 'status'), of('skipped', 'completed')], ['COMPLETED', null]);
		assert.deepEqual(['dtstart', 'due', 'duration', 'priority'].map((name) => of('whole days', name)),
			['2031-01-06', null, 'P1D', '5']);
		assert.match(of('whole days', 'rrule'), /FREQ=WEEKLY;INTERVAL=2;.*BYDAY=MO,TH/);
		// At this time of the clock, summer and winter: no rule in UTC says that.
		assert.deepEqual(['dtstart', 'due', 'rrule', 'priority'].map((name) => of('all', name)),
			[null, '2031-01-06T07:30:00Z', null, '1']);
		assert.equal(JSON.parse(by.all.getFirstPropertyValue('x-hob-recurrence')
			.replaceAll('\\', '')).every, 2);
		assert.equal(of('all', 'description'), '=1+1\n"quotes", commas; and ünïcode 🏡\n- a\n- b');
		assert.deepEqual([of('after it', 'rrule'), of('after it', 'due')], [null, '2031-07-01']);
		assert.equal(JSON.parse(by['after it'].getFirstPropertyValue('x-hob-recurrence')
			.replaceAll('\\', '')).anchor, 'completion');
		assert.match(of('all', 'uid'), /^[0-9a-f-]{36}@hob$/);
		const [read, ...others] = Object.values(READERS).map((readIt) => readIt(res.text, 'VTODO').sort());
		assert.equal(read.length, 10);
		for (const other of others)
			assert.deepEqual(other, read);
	});
});

describe('an import', () => {
	const counts = ({ created, existing, refused }) => [created, existing, refused];

	test('of what was exported makes nothing twice, in the same residence', async () => {
		const own = await newResidence(robin);
		await fill(own);
		const before = await tasksOf(own);
		const { text } = await exported(own);

		for (const where of [own, { id: own.id.toUpperCase() }])
			assert.deepEqual(counts(expectOk(await importing(where, text))), [0, 7, 0]);
		assert.deepEqual(await tasksOf(own), before);
	});

	test('into another residence makes each of them there, as they were, and again nothing', async () => {
		const [from, to] = [await newResidence(robin), await newResidence(robin)];
		await fill(from);
		const { text } = await exported(from);
		const told = expectOk(await importing(to, text, '?dry_run=1'));

		assert.deepEqual([told.dry_run, ...counts(told)], [true, 7, 0, 0]);
		assert.deepEqual(await tasksOf(to), []);
		const done = expectOk(await importing(to, text));
		assert.deepEqual([done.dry_run, ...counts(done)], [false, 7, 0, 0]);
		assert.deepEqual(done.rows.map((row) => row.id), told.rows.map((row) => row.id));
		const again = expectOk(await importing(to, text));
		assert.deepEqual(counts(again), [0, 7, 0]);
		assert.deepEqual(again.rows.map(({ line, id, status }) => [line, id, status]),
			done.rows.map(({ line, id }) => [line, id, 200]));
		const kept = ['title', 'description', 'category', 'priority', 'due_on', 'due_time', 'recurrence',
			'remind_before', 'assigned_to_id', 'estimated_cost', 'state', 'completed', 'archived',
			'completion_count', 'last_completed_at'];
		const rowsOf = async (where) => readCsv((await exported(where)).text)
			.map((row) => Object.fromEntries(kept.map((name) => [name, row[name]])))
			.sort((a, b) => (a.title < b.title ? -1 : 1));
		assert.deepEqual(await rowsOf(to), await rowsOf(from));
	});

	test('brings what is left of a rule, and a last time without one', async () => {
		const [from, to] = [await newResidence(robin), await newResidence(robin)];
		const weekly = { unit: 'week', starts_on: '2031-01-06' };
		const times = async (title, rule, n) => {
			const task = await newTask(robin, from,
				{ title, due_on: '2031-01-06', recurrence: { ...weekly, ...rule } });
			for (let occurrence = 1; occurrence <= n; occurrence += 1)
				await act(task, 'complete', { occurrence });
		};
		await times('7 of 10', { count: 10 }, 6);
		await times('2 of 2', { count: 2 }, 1);
		await times('to the 13th', { until: '2031-01-13' }, 1);
		await times('over', { count: 2 }, 2);
		const skipped = await newTask(robin, from,
			{ title: 'skipped', due_on: '2031-01-06', recurrence: { ...weekly, count: 2 } });
		await act(skipped, 'skip', { occurrence: 1 });
		await act(skipped, 'skip', { occurrence: 2 });
		const { text } = await exported(from);

		assert.deepEqual(counts(expectOk(await importing(from, text))), [0, 5, 0]);
		assert.deepEqual(counts(expectOk(await importing(to, text))), [5, 0, 0]);
		const shown = (t) =>
			[t.title, t.recurrence?.count ?? null, t.due_on, t.state, t.completed, t.completion_count];
		assert.deepEqual((await tasksOf(to)).map(shown), [
			['2 of 2', null, '2031-01-13', 'pending', false, 0],
			['7 of 10', 4, '2031-02-17', 'pending', false, 0],
			['over', null, '2031-01-13', 'pending', true, 1],
			['skipped', null, '2031-01-13', 'cancelled', false, 0],
			['to the 13th', null, '2031-01-13', 'pending', false, 0],
		]);
	});

	test('knows a row again that a spreadsheet has put in another way', async () => {
		const own = await newResidence(robin);

		assert.deepEqual(counts(expectOk(await importing(own, 'title,category\nsweep,\n'))), [1, 0, 0]);
		assert.deepEqual(counts(expectOk(await importing(own,
			'category;updated_at;title;;\r\n;today; sweep ;;\r\n'))), [0, 1, 0]);
		assert.deepEqual(counts(expectOk(await importing(own, '\n\ntitle\nsweep'))), [0, 1, 0]);
	});

	test('keeps the spaces of a description, and a simple rule', async () => {
		const own = await newResidence(robin);
		const [row] = expectOk(await importing(own, writeCsv([['title', 'description', 'recurrence', 'due_on'],
			[' a ', '  - one\n  - two', 'weekly', '2031-01-06']]))).rows;
		const task = expectOk(await robin.client.get(`/api/tasks/${row.id}`));

		assert.deepEqual([task.title, task.description, task.recurrence.unit],
			['a', '  - one\n  - two', 'week']);
	});

	test('with a key is done once under it', async () => {
		const own = await newResidence(robin);
		const options = { headers: { 'Idempotency-Key': newId() } };
		const send = (text) => robin.client.post(target(own, 'import'), new Csv(text), options);

		const first = expectOk(await send('title\nsweep\n'));
		assert.deepEqual(counts(first), [1, 0, 0]);
		const again = await send('title\nsweep\n');
		assert.deepEqual(expectOk(again), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		expectProblem(await send('title\nsweep\nmow\n'), 422, 'idempotency_key_reused');
		assert.equal((await tasksOf(own)).length, 1);
	});

	test('with a key says of a task that was deleted since that it is gone', async () => {
		const own = await newResidence(robin);
		const options = { headers: { 'Idempotency-Key': newId() } };
		const send = async () => expectOk(await robin.client.post(target(own, 'import'),
			new Csv('title\nsweep\nmow\n'), options));
		const { rows } = await send();

		expectOk(await robin.client.delete(`/api/tasks/${rows[0].id}`), 204);
		const again = await send();
		assert.deepEqual(counts(again), [1, 0, 1]);
		assert.deepEqual([again.rows[0].status, again.rows[0].problem.code], [410, 'gone']);
		assert.deepEqual(again.rows[1], rows[1]);
	});

	test('of a file that somebody typed takes what a spreadsheet makes of it', async () => {
		const own = await newResidence(robin);
		const files = ['Title;Due on\r\nsweep;2031-01-06\r\n', '\ufefftitle\tcategory\nmow\tgarden\n',
			'title,,\n"rake, then burn",,\n\n'];

		for (const file of files)
			assert.deepEqual(counts(expectOk(await importing(own, file))), [1, 0, 0], file);
		assert.deepEqual((await tasksOf(own)).map((t) => [t.title, t.due_on, t.category]),
			[['mow', null, 'garden'], ['rake, then burn', null, 'other'],
				['sweep', '2031-01-06', 'other']]);
	});

	test('makes like rows each, and none of them again', async () => {
		const own = await newResidence(robin);
		const file = 'title\nsweep\nmow\nsweep\n';

		assert.deepEqual(counts(expectOk(await importing(own, file))), [3, 0, 0]);
		assert.deepEqual(counts(expectOk(await importing(own, `${file}rake\n`))), [1, 3, 0]);
		assert.deepEqual((await tasksOf(own)).map((t) => t.title), ['mow', 'rake', 'sweep', 'sweep']);
	});

	test('tells what is wrong with each row, dry or not, and makes the others', async () => {
		const own = await newResidence(robin);
		const stranger = await signUp();
		const taken = await newTask(robin, await newResidence(robin));
		const gone = await newTask(robin, own);
		const twice = newId();
		expectOk(await robin.client.delete(`/api/tasks/${gone.id}`), 204);
		const file = writeCsv([
			['id', 'title', 'due_on', 'recurrence', 'category', 'state', 'completed', 'last_completed_at',
				'assigned_to_id'],
			['', 'good'],
			['', ''],
			['', 'two\nlines', '24.12.2031'],
			['', 'rule', '', '{'],
			['', 'rule', '', '{"unit":"fortnight"}'],
			['', 'category', '', '', 'gardening'],
			['', 'state', '', '', '', 'asleep', 'perhaps'],
			['', 'done', '', '', '', '', 'true', 'yesterday'],
			['', 'somebody', '', '', '', '', '', '', stranger.user.id],
			[taken.id, 'elsewhere'],
			[gone.id, 'deleted'],
			['7', 'id'],
			['', 'good too'],
			['', 'a', '', '', '', '', '', '', '', ' comma'],
			[twice, 'once'],
			[twice.toUpperCase(), 'twice'],
		]);
		const outcome = (body) => body.rows.map(({ line, status, problem }) => [line, status,
			problem?.errors?.map((e) => `${e.field} ${e.code}`).join() ?? problem?.code ?? null]);
		const expected = [
			[2, 201, null],
			[3, 400, 'title required'],
			[4, 400, 'title format,due_on format'],
			[6, 400, 'recurrence format'],
			[7, 400, 'recurrence.unit choice'],
			[8, 400, 'category not_found'],
			[9, 400, 'completed type,state choice'],
			[10, 400, 'last_completed_at format'],
			[11, 400, 'assigned_to_id not_a_member'],
			[12, 409, 'id_taken'],
			[13, 409, 'id_taken'],
			[14, 400, 'id format'],
			[15, 201, null],
			[16, 400, 'cells too_long'],
			[17, 201, null],
			[18, 400, 'id duplicate'],
		];
		const told = expectOk(await importing(own, file, '?dry_run=true'));
		const done = expectOk(await importing(own, file));

		assert.deepEqual(outcome(told), expected);
		assert.deepEqual(outcome(done), expected);
		assert.deepEqual(counts(told), [3, 0, 13]);
		assert.deepEqual((await tasksOf(own)).map((t) => t.title), ['good', 'good too', 'once']);
		assert.deepEqual(await sql(`SELECT count(*) FROM activity
			WHERE residence_id = :'residence' AND subject = 'task' AND action = 'created'`,
		{ residence: own.id }), ['4']);
	});

	test('is refused as a whole for what is no such file', async () => {
		expectInvalid(await importing(residence, 'name\nsweep\n'),
			{ name: 'unknown_field', title: 'required' }, 'query');
		expectInvalid(await importing(residence, 'title,Title\na,b\n'), { title: 'duplicate' }, 'query');
		expectInvalid(await importing(residence, ''), { title: 'required' }, 'query');
		expectInvalid(await importing(residence, `title\n${'x\n'.repeat(251)}`), { rows: 'too_long' }, 'query');
		expectProblem(await importing(residence, 'title\n"a\n'), 400, 'malformed_csv');
		expectProblem(await importing(residence, `title\n${','.repeat(64)}\n`), 400, 'malformed_csv');
		expectProblem(await importing(residence, Buffer.from([0x74, 0xff])), 400, 'malformed');
		const url = target(residence, 'import');
		expectProblem(await robin.client.post(url, { title: 'a' }), 415, 'unsupported_media_type');
		expectProblem(await robin.client.post(url, new Csv('title\n'),
			{ headers: { 'Content-Type': 'text/csv; charset=utf-16' } }), 415, 'unsupported_media_type');
		expectInvalid(await importing(residence, 'title\na\n', '?dry_run=2'), { dry_run: 'type' }, 'query');
		expectProblem(await importing(residence, `title\n${'x'.repeat(1 << 20)}\n`), 413, 'too_large');
		assert.deepEqual(await tasksOf(residence), []);
	});

	test('of nothing but a head is nothing', async () => {
		const body = expectOk(await importing(residence, 'title\n'));

		expectKeys(body, ['dry_run', 'created', 'existing', 'refused', 'rows']);
		assert.deepEqual(counts(body), [0, 0, 0]);
	});

	test('of 250 rows is one round trip, and as many as an export has', async () => {
		const own = await newResidence(robin);
		const res = await importing(own,
			`title,state\n${Array.from({ length: 250 }, (_, n) => `Task ${n},in_progress\n`).join('')}`);

		assert.deepEqual(counts(expectOk(res)), [250, 0, 0]);
		assert.equal(res.headers['x-hob-round-trips'], '1');
		assert.equal((await importing(own, (await exported(own)).text)).headers['x-hob-round-trips'], '1');
		assert.equal(parseCsv((await exported(own)).text).length, 251);
		assert.equal((await exported(own)).headers.link, undefined);
	});

	test('is for who may edit, and stops where the residence is full', async () => {
		const [owner, viewer, stranger] = [await signUp(), await signUp(), await signUp()];
		const own = await newResidence(owner);
		await makeMember(own, viewer.user, 'viewer');

		expectProblem(await importing(own, 'title\na\n', '', viewer), 403, 'forbidden');
		expectProblem(await importing(own, 'title\na\n', '', stranger), 404, 'not_found');
		expectProblem(await importing({ id: missingId() }, 'title\na\n'), 404, 'not_found');
		await manyTasks(own, owner, 4999);
		const body = expectOk(await importing(own, 'title\na\nb\n', '', owner));
		assert.deepEqual(body.rows.map((row) => [row.status, row.problem?.limit]),
			[[201, undefined], [402, 'tasks']]);
	});

	test('keeps an id that a phone or another program made', async () => {
		const [own, id] = [await newResidence(robin), newId()];

		assert.deepEqual(expectOk(await importing(own, `id,title\n${id.toUpperCase()},a\n`)).rows,
			[{ line: 2, status: 201, id }]);
		assert.deepEqual(expectOk(await importing(own, `id,title\n${id},b\n`)).rows,
			[{ line: 2, status: 200, id }]);
	});
});
