// cost.test.mjs: nothing that a caller sends costs a worker more than its share. For every
// route of the table the worst bodies, queries and headers that its fields and the limits of
// size allow: CPU as a multiple of a plain request of the same run, memory from the kernel.
// A new route joins by itself.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Cards, Client, Csv, nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { emptyResidence, fillResidence, fillWithFiles } from '../api/support/largest.mjs';
import { missingId, newAccess, newDocument, newId, newResidence, newTask, newToken, signUp }
	from '../api/support/people.mjs';
import { address, fill, nameOf, routeTable } from '../api/support/routes.mjs';
import { exportToken, fileToken, newExport, sessionOf } from '../api/support/seals.mjs';
import { cards } from './cards.mjs';
import { configure, median, reload, stack, superuser } from './support.mjs';

const KIB = 1024;
// A plain write is 0.2 ms of CPU where 50 ms are the bound.
const RATIO_MAX = 250;
// At the database a plain write is 0.5 to 1 ms.
const ASKED_MAX = 100;
const GROWTH_MAX_KIB = 16 * KIB;

const table = await routeTable();
const small = (route) => (route.reads_body ? 1024 * KIB : 160 * KIB);

let robin;
let ids;
let worker;
let plain;
let rss;
const worst = [];

function kib(field) {
	const status = readFileSync(`/proc/${worker}/status`, 'utf8');

	return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
}

/** ns of CPU of the one worker. It sleeps once it has answered, and then the number is exact. */
function cpu() {
	return Number(readFileSync(`/proc/${worker}/schedstat`, 'utf8').split(' ')[0]);
}

/** So that the next peak is that of its own request; where this is not allowed, of all so far. */
function forgetPeak() {
	try {
		writeFileSync(`/proc/${worker}/clear_refs`, '5');
	} catch { /* the worker is somebody else's */ }
}

/** What requests of another kind have left in the heap is no growth of the next. */
function growFromHere() {
	forgetPeak();
	rss = kib('VmRSS');
}

/** Sends it; resolves to { res, ns }. */
async function priced(send) {
	const from = cpu();
	const res = await send();

	return { res, ns: cpu() - from };
}

/** Dear by chance is cheap another time: the cheapest of five counts. It is as many requests as `reads` says. */
async function hold(what, send, reads = () => 1) {
	let best = Infinity;
	let seen;

	for (let i = 0; i < 5; i += 1) {
		const { res, ns } = await priced(send);

		seen = res;
		best = Math.min(best, ns);
		if (best < RATIO_MAX / 4 * plain)
			break;
	}
	const grown = kib('VmHWM') - rss;

	forgetPeak();
	worst.push({ what, ratio: best / plain, grown, status: seen.status });
	assert.ok(seen.status < 500 || seen.status === 503, `${what}: ${seen.status} ${seen.text.slice(0, 300)}`);
	assert.ok(best < RATIO_MAX * plain * reads(seen),
		`${what}: ${(best / plain).toFixed(0)} plain requests, ${(best / 1e6).toFixed(1)} ms`);
	assert.ok(grown < GROWTH_MAX_KIB, `${what}: the worker has grown by ${grown} KiB`);
}

function tellWorst(list) {
	for (const { what, ratio, status } of list.sort((a, b) => b.ratio - a.ratio).slice(0, 5))
		console.log(`${ratio.toFixed(1)} plain requests (${status}): ${what}`);
}

before(async () => {
	await reload({ 'api.workers': 1 });
	robin = await signUp();
	const residence = await newResidence(robin);
	const task = await newTask(robin, residence);
	const create = () => robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Plain' });
	const done = expectOk(await robin.client.post(`/api/tasks/${(await newTask(robin, residence)).id}/complete`,
		{ occurrence: 1 }), 201);
	const hired = { residence_id: residence.id, name: 'Plain' };
	const { id: contractor_id } = expectOk(await robin.client.post('/api/contractors', hired), 201);

	ids = { residence_id: residence.id, task_id: task.id, contractor_id,
		completion_id: done.id ?? done.completion?.id ?? missingId(), session_id: missingId(),
		user_id: robin.user.id, share_code_id: missingId(), feed_id: missingId(),
		access_token_id: missingId(), webhook_id: missingId(), device_id: missingId(),
		document_id: (await newDocument(robin, residence)).id,
		notification_id: missingId(), invitation_id: missingId(), sent_invitation_id: missingId(),
		list: 'task_states', feed: 'x'.repeat(43), unsubscribe_token: 'x'.repeat(4096),
		export_id: missingId(), export_token: 'x'.repeat(4096),
		upload_id: missingId(), file_id: missingId(), file_token: 'x'.repeat(4096) };
	// A worker that has never made a hash, which takes 19 MiB.
	await reload();
	const first = await create();
	worker = first.headers['x-hob-worker'];
	const prices = [];
	for (let i = 0; i < 50; i += 1)
		prices.push((await priced(create)).ns);
	plain = median(prices);
	rss = kib('VmRSS');
});

after(async () => {
	console.log(`plain: ${(plain / 1e6).toFixed(3)} ms of CPU; ${worst.length} kinds; `
		+ `grown by ${Math.max(...worst.map((w) => w.grown))} KiB`);
	tellWorst(worst);
	configure();
	await stack('up');
});

// --- bodies --------------------------------------------------------------------------------

/** `make(i)` as often as fits into `bytes`, with commas between. */
function asMany(bytes, make) {
	const pieces = [];

	for (let i = 0, size = 0; ; i += 1) {
		const piece = make(i);

		size += Buffer.byteLength(piece) + 1;
		if (size > bytes)
			return pieces.join();
		pieces.push(piece);
	}
}

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i)).join();

// The longest that a field of each type takes.
const LONGEST = {
	text: ({ max }) => '\u{1f600}'.repeat(max), line: ({ max }) => '\u{1f600}'.repeat(max),
	search: ({ max }) => '\u{1f600}'.repeat(max), url: ({ max }) => 'https://x'.padEnd(max, '/'),
	password: () => 'x'.repeat(300), email: () => `${'x'.repeat(64)}@${'y.'.repeat(90)}z`,
	int: ({ max }) => max, decimal: ({ max }) => `${max}`, bool: () => true, day: () => '2199-12-31',
	time: () => '23:59', uuid: ({ name }) => ids[name.replace('assigned_to', 'user')] ?? missingId(),
	uuids: ({ max }) => Array.from({ length: max }, newId), new_id: () => newId(),
	code: ({ max }) => 'x'.repeat(max),
	codes: ({ max }) => Array.from({ length: max }, (_, i) => `${i}_`.padEnd(64, 'x')),
	choice: ({ choice }) => choice, choices: ({ max, choice }) => Array(max).fill(choice),
	zone: () => 'America/Argentina/ComodRivadavia', currency: () => 'XXX', country: () => 'XX',
	lines: ({ max, scale }) => Array.from({ length: max }, (_, i) => `${i}`.padEnd(2 * scale, '\u{1f600}')),
	locale: () => 'x'.repeat(35), instant: () => '2025-12-31T23:59:59.999999+14:00',
	recurrence: () => ({ unit: 'month', every: 999, weekdays: ['mon'], nth_weekday: -1, until: '2199-12-31',
		starts_on: '2030-01-07' }),
};

/** Of objects: the route table has their fields. */
function longestList({ max, fields }) {
	return Array.from({ length: max }, () => longest(fields));
}

function longest(fields, patch) {
	return Object.fromEntries(fields.filter((f) => !(patch && f.create) && f.type !== 'new_id')
		.map((f) => [f.name, (LONGEST[f.type] ?? longestList)(f)]));
}

/** Everything of one route that is as bad as `bytes` and `values` allow: [what, text]. */
function* objects(fields, bytes, values, patch = false) {
	const names = fields.map((f) => f.name);
	const share = Math.floor(bytes / Math.max(1, names.length)) - 40;
	const room = Math.floor(bytes / values) - 20;
	const object = (members) => `{${members}}`;
	// Without fields this would be "{}", which is no body at all.
	const each = (make) => object(names.map((name) => `"${name}":${make(name)}`).join() || '"x":0');
	const free = Math.max(1, values - 4);

	if (names.length > 0)
		yield ['the longest of everything', JSON.stringify(longest(fields, patch))];
	yield ['long strings', each(() => `"${'x'.repeat(share)}"`)];
	yield ['long strings of wide characters', each(() => `"${'\u{1f600}'.repeat(share / 4)}"`)];
	yield ['long strings of marks', each(() => `"${'\u0301'.repeat(share / 4)}${'\u0323'.repeat(share / 4)}"`)];
	yield ['long strings of marks in short runs',
		each(() => `"${`a${'\u0301\u0323'.repeat(8)}`.repeat(share / 33)}"`)];
	yield ['long strings of escapes', each(() => `"${'\\u0001'.repeat(share / 6)}"`)];
	yield ['long strings of commas', each(() => `"${','.repeat(share)}"`)];
	yield ['long numbers', each(() => '9'.repeat(63))];
	yield ['wrong types', each((name) => (/id$/.test(name) ? '{}' : '[[]]'))];
	yield ['nulls', each(() => 'null')];
	yield ['all the deepest', each(() => '['.repeat(15) + ']'.repeat(15))];
	yield ['too deep', '['.repeat(bytes)];
	yield ['small values', object(`"x":[${asMany(bytes - 20, () => '0')}]`)];
	yield ['as many small values as are read', object(`"x":[${times(free, () => '0')}]`)];
	yield ['empty objects', object(`"x":[${asMany(bytes - 20, () => '{}')}]`)];
	yield ['many members', object(asMany(bytes - 20, (i) => `"${i}":0`))];
	yield ['as many members as are read', object(times(free, (i) => `"${i}":0`))];
	yield ['names that differ at their end', object(times(free, (i) => `"${'n'.repeat(room - 10)}${i}":0`))];
	yield ['names full of escapes', object(times(free, (i) => `"${'\\u0061'.repeat((room - 10) / 6)}${i}":0`))];
	yield ['names full of controls', object(times(free, (i) => `"${'\\u0001'.repeat((room - 10) / 6)}${i}":0`))];
	yield ['names of slashes', object(times(free, (i) => `"${'/~'.repeat((room - 10) / 2)}${i}":0`))];
	yield ['a name as long as the body', `{"${'~'.repeat(bytes - 20)}":0}`];
	yield ['the same long name twice', `{"${'n'.repeat(bytes / 2 - 20)}":0,"${'n'.repeat(bytes / 2 - 20)}":0}`];
	yield ['nothing but spaces', ' '.repeat(bytes)];
	yield ['an open string', `{"x":"${'x'.repeat(bytes - 20)}`];
	for (const f of fields.filter(({ type }) => ['codes', 'choices', 'recurrence'].includes(type))) {
		const inside = (list) =>
			(f.type === 'recurrence' ? `{"unit":"week","weekdays":[${list}]}` : `[${list}]`);
		const list = (items) => object(`"${f.name}":${inside(items)}`);

		yield [`${f.name}: a list without an end`, list(asMany(bytes - 80, (i) => `"${i}"`))];
		yield [`${f.name}: a list of the same`, list(asMany(bytes - 80, () => '"mon"'))];
		yield [`${f.name}: a list as long as is read`, list(times(free, (i) => `"${i}"`))];
		yield [`${f.name}: a list of long items`,
			list(times(free, (i) => `"${'x'.repeat(Math.max(1, room - 20))}${i}"`))];
		yield [`${f.name}: an item of commas`, list(`"${','.repeat(bytes - 100)}"`)];
	}
}

const of = (method, path) => table.find((route) => route.method === method && route.path === path);

/** The same of a bulk: every part the worst of its own route, and the whole as bad as it may be. */
function* bulks() {
	const task = of('POST', '/api/tasks');
	const lists = { create: task, update: of('PATCH', '/api/tasks/{task_id}'),
		complete: of('POST', '/api/tasks/{task_id}/complete'), skip: of('POST', '/api/tasks/{task_id}/skip') };
	const bytes = 1000 * KIB;

	for (const [list, route] of Object.entries(lists)) {
		const target = { create: '', update: `"id":"${ids.task_id}",` }[list] ?? `"task_id":"${ids.task_id}",`;

		yield* [...objects(route.body, Math.floor(bytes / 100) - 100, route.values_max, list === 'update')]
			.filter(([what, part]) => part.startsWith('{') && !/^(an open|the longest)/.test(what))
			// One list has all of them, the others what hangs on their fields.
			.filter(([what]) => list === 'create'
				|| /^(long|wrong|all|.*as are read|names full)/.test(what))
			.map(([what, part]) => [`100 times ${list}, ${what}`,
				`{"${list}":[${times(100, () => part.replace('{', `{${target}`))}]}`]);
		yield [`${list} of zeros without an end`, `{"${list}":[${asMany(bytes, () => '0')}]}`];
		yield [`${list} of a list of long weekdays`,
			`{"${list}":[{"recurrence":{"weekdays":[${asMany(bytes, (i) => `"${i}"`)}]}}]}`];
	}
	const text = { ...longest(task.body), category: 'other', priority: 'medium', title: 'x'.repeat(200),
		description: 'x'.repeat(9000), assigned_to_id: null };
	yield ['100 tasks as long as fit', JSON.stringify({ create: Array(100).fill(text) })];
	const marked = `a${'\u0301\u0323'.repeat(8)}`.repeat(290);
	yield ['100 tasks as full of marks as fit', JSON.stringify({ create: Array(100)
		.fill({ residence_id: ids.residence_id, title: 'x', description: marked }) })];
	yield ['100 skips as full of marks as fit',
		JSON.stringify({ skip: Array(100).fill({ task_id: ids.task_id, occurrence: 1, note: marked }) })];
	yield ['100 tasks of controls',
		JSON.stringify({ create: Array(100).fill({ ...text, description: '\u0001'.repeat(1500) }) })];
	yield ['100 changes as long as fit',
		JSON.stringify({ update: Array(100).fill({ id: ids.task_id, description: 'x'.repeat(9000) }) })];
	yield* objects([], bytes, of('POST', '/api/tasks/bulk').values_max);
}

/** Files of tasks that are long, or are none. */
function* files() {
	const bytes = 250 * KIB;
	const rows = (head, row) => `${head}\n${Array.from({ length: 250 }, (_, i) => row(i)).join('\n')}`;
	const all = 'title,description,category,priority,due_on,due_time,recurrence,estimated_cost,'
		+ 'state,completed,archived,last_completed_at';

	for (const c of ['\n', ',', ';', '\t', '"', "'", ' ', 'x', '\r', '🏡'])
		yield [`nothing but ${JSON.stringify(c)}`, c.repeat(bytes / Buffer.byteLength(c))];
	for (const c of ['\u0301\u0323', ';', "'", ';\'', ';=', ' ', '""', 'x\n', '\u0001', '\ufb03', '🏡'])
		yield [`rows as long as fit of ${JSON.stringify(c)}`,
			rows('title,description', () => `x,"${c.repeat(Math.floor(950 / Buffer.byteLength(c)))}"`)];
	yield ['long titles', rows('title', () => 'x'.repeat(950))];
	yield ['lines without an end', `title\n${'x\n'.repeat(bytes / 2 - 10)}`];
	yield ['rows that say the same', rows('title', () => 'x')];
	yield ['rows with all there is', rows(all, (i) =>
		`Task ${i},x,garden,low,2031-01-06,08:30,"{""unit"":""week"",""starts_on"":""2031-01-06""}",1.5,,,1,`)];
	yield ['rows that are done',
		rows(all, (i) => `Task ${i},x,garden,low,2026-01-06,08:30,,1.5,,1,1,2026-01-06T08:30:00Z`)];
	yield ['rows that are wrong', rows(all, () => 'x,x,?,?,?,?,?,?,?,?,?,?')];
	yield ['rules of many days', rows('title,recurrence',
		() => `x,"{""unit"":""week"",""weekdays"":[${asMany(800, (i) => `""${i}""`)}]}"`)];
	yield ['a rule of zeros without an end',
		`title,recurrence\nx,"{""unit"":""week"",""weekdays"":[${'0,'.repeat(bytes / 2 - 100)}0]}"`];
	yield ['rules of zeros',
		rows('title,recurrence', () => `x,"{""unit"":""week"",""weekdays"":[${'0,'.repeat(400)}0]}"`)];
	yield ['rules that are deep', rows('title,recurrence', () => `x,"${'['.repeat(900)}"`)];
}

/** Of a route whose handler reads its body. */
const bodiesOf = (route) => (route.path.endsWith('/contractors/import')
	? [...cards()].map(([what, text]) => [what, new Cards(text)])
	: route.path.endsWith('/import') ? [...files()].map(([what, text]) => [what, new Csv(text)]) : bulks());
const asSent = (body) => (body instanceof Csv ? { body } : { raw: body });
const lengthOf = (body) => Buffer.byteLength(body instanceof Csv ? body.text : body);

describe('the worst body', () => {
	for (const route of table.filter(({ method }) => method !== 'GET'))
		test(`costs no more than its share: ${nameOf(route)}`, async () => {
			const path = fill(route.path, ids);
			const bodies = route.reads_body ? bodiesOf(route)
				: objects(route.body, small(route), route.values_max, route.method === 'PATCH');

			for (const [what, raw] of bodies) {
				assert.ok(lengthOf(raw) <= small(route), `${what}: ${lengthOf(raw)} bytes`);
				await hold(`${nameOf(route)}: ${what}`,
					() => robin.client.request(route.method, path, asSent(raw)));
			}
		});

	test('costs no more than its share with a made-up token of the right form', async () => {
		const made = new Client(newToken());

		for (const [what, raw] of [...bulks()].filter(([name]) => /create|fit/.test(name)))
			await hold(`a made-up token: ${what}`, () => made.request('POST', '/api/tasks/bulk', { raw }));
		for (const [what, text] of files())
			await hold(`a made-up token: ${what}`, () => made.request('POST',
				fill('/api/residences/{residence_id}/tasks/import', ids), { body: new Csv(text) }));
	});
});

test('a write that names thousands of keys finds each by its hash', async () => {
	await sql(`INSERT INTO sessions (id, user_id, token_hash)
		SELECT gen_random_uuid(), :'id', encode(sha256(('many ' || n)::bytea), 'hex')
		  FROM generate_series(1, 10000) n`,
	{ id: robin.user.id });
	await hold('10,000 sessions are ended',
		() => robin.client.post('/api/auth/logout-all', { keep_current: true }));
});

// --- queries and headers ---------------------------------------------------------------------

function* queries(route) {
	const bytes = 7 * KIB;

	yield ['many unknown names', asMany(bytes, (i) => `x${i}=`).replaceAll(',', '&')];
	yield ['nothing but separators', '&'.repeat(bytes)];
	yield ['one letter each', 'a&'.repeat(bytes / 2)];
	yield ['a name as long as the line', `${'n'.repeat(bytes)}=`];
	yield ['escapes', `${'%01'.repeat(bytes / 3)}=%7e`];
	for (const f of route.query) {
		yield [`${f.name}: long`, `${f.name}=${'x'.repeat(bytes)}`];
		yield [`${f.name}: commas`, `${f.name}=${','.repeat(bytes)}`];
		yield [`${f.name}: a list`, `${f.name}=${asMany(bytes, (i) => `${i}`)}`];
		yield [`${f.name}: again and again`, `${f.name}=x&`.repeat(bytes / (f.name.length + 3))];
	}
	const all = new URLSearchParams(Object.entries(longest(route.query)));
	yield ['the longest of everything', `${all}`.slice(0, bytes)];
}

describe('the worst query', () => {
	before(growFromHere);
	for (const route of table.filter(({ access, method }) => access !== 'internal' && method === 'GET'))
		test(`costs no more than its share: ${nameOf(route)}`, async () => {
			for (const [what, query] of queries(route))
				await hold(`${nameOf(route)}: ${what}`,
					() => robin.client.get(`${fill(route.path, ids)}?${query}`));
		});
});

// --- a residence at its limits -----------------------------------------------------------------

describe('of a residence that is as full as it may be', () => {
	let lord;
	let full;
	let backend;
	let plainAsked;
	const dearest = [];

	/** ns of CPU of what the worker asks. */
	const asked = () => Number(readFileSync(`/proc/${backend}/schedstat`, 'utf8').split(' ')[0]);

	before(async () => {
		lord = await signUp();
		const residence = await newResidence(lord);
		await fillResidence(residence, lord);
		const { id: feedId, path } = expectOk(await lord.client.post('/api/calendar-feeds', {}), 201);
		const hook = expectOk(await lord.client.post(`/api/residences/${residence.id}/webhooks`,
			{ url: 'https://example.com', events: ['task.created'] }), 201);
		const device = expectOk(await lord.client.post('/api/devices',
			{ platform: 'ios', token: newId() }), 201);
		await sql(`INSERT INTO devices (id, user_id, session_id, platform, environment, token)
			SELECT gen_random_uuid(), s.user_id, s.id, 'android', 'production', gen_random_uuid()::text
			  FROM generate_series(2, 20) CROSS JOIN sessions s WHERE s.user_id = :'user'`,
		{ user: lord.user.id });
		const [notice] = await sql(`SELECT id FROM hob.notify(ARRAY[:'user'::uuid], 'task_due', NULL, 'task',
			:'task')`, { user: lord.user.id, task: newId() });
		const [taskId, doneId, paper] = (await sql(`SELECT c.task_id, c.id, d.id
			  FROM completions c JOIN documents d USING (residence_id)
			 WHERE residence_id = :'residence' LIMIT 1`, { residence: residence.id }))[0].split('|');
		// That of the most tasks.
		const [contractorId] = await sql(`SELECT contractor_id FROM tasks WHERE residence_id = :'residence'
			GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`, { residence: residence.id });
		const copy = await newExport(lord.user.id);

		full = { residence_id: residence.id, user_id: lord.user.id, task_id: taskId, completion_id: doneId,
			contractor_id: contractorId, export_id: copy, export_token: exportToken(copy),
			access_token_id: (await newAccess(lord)).id, webhook_id: hook.id, feed_id: feedId,
			device_id: device.id, notification_id: notice, document_id: paper,
			feed: path.split('/').at(-1), upload_id: lord.user.id,
			file_token: fileToken(residence.id, 'main', await sessionOf(lord)) };
		await fillWithFiles(full);
		backend = Number((await superuser(`SELECT pid FROM pg_stat_activity
			WHERE usename = 'hob_api' ORDER BY backend_start DESC LIMIT 1`)).stdout);
		const prices = [];
		for (let i = 0; i < 50; i += 1) {
			const from = asked();
			await robin.client.post('/api/tasks', { residence_id: ids.residence_id, title: 'Plain' });
			prices.push(asked() - from);
		}
		plainAsked = median(prices);
		await lord.client.get('/api/tasks/kanban');
		growFromHere();
	});

	/** How many reads it is by app/serve/limits.c; a feed has a limit of its own, a fortieth of that of reads. */
	function counted(route, query, res) {
		if (route.path.includes('{feed}'))
			return 40;
		return 1 + Math.floor(Buffer.byteLength(res.text) / (128 * KIB))
			+ (route.dear || query.includes('search=') ? 9 : 0);
	}

	function* reads(route) {
		yield '';
		const rare = { search: 'nowhere', completed_by_id: missingId(), state: 'cancelled' };

		for (const { name, type, choice } of route.query.filter((f) => f.name in rare))
			yield `${name}=${type === 'choice' && choice !== 'pending' ? choice : rare[name]}`;
	}

	const valuesOf = (route) => ({ ...full, file_id: full[/\{(\w+)\}/.exec(route.path)?.[1]] });

	/** What it takes at the database for each read that it counts as, in plain requests. */
	async function asks(route, query) {
		const from = asked();
		const res = await lord.client.get(address(route, valuesOf(route), query));

		assert.equal(res.status, 200, res.text.slice(0, 200));
		return (asked() - from) / plainAsked / counted(route, query, res);
	}

	for (const route of table.filter(({ access, method, path }) =>
		access !== 'internal' && method === 'GET' && !/session|static/.test(path)))
		test(`a read costs no more than its share: ${nameOf(route)}`, async () => {
			for (const query of reads(route)) {
				const what = `${nameOf(route)}?${query}`;

				await hold(what, () => lord.client.get(address(route, valuesOf(route), query)),
					(res) => counted(route, query, res));
				const ratio = Math.min(await asks(route, query), await asks(route, query));

				dearest.push({ what, ratio, status: 200 });
				assert.ok(ratio < ASKED_MAX, `${what}: ${ratio.toFixed(0)} plain requests at the `
					+ 'database for each read that it counts as');
			}
		});

	after(() => {
		console.log('at the database:');
		tellWorst(dearest);
		return emptyResidence({ id: full.residence_id });
	});
});

describe('the worst headers', () => {
	const long = 7 * KIB;
	const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`X-Header-${i}`, `${i}`.repeat(10)]));
	const headers = {
		'tags to match': { 'If-None-Match': '"1-x",'.repeat(long / 6) },
		'versions to match': { 'If-Match': asMany(long, (i) => `"${i}-x"`) },
		'commas to match': { 'If-None-Match': ','.repeat(long), 'If-Match': ','.repeat(long) },
		languages: { 'Accept-Language': 'x-y;q=0.001,'.repeat(long / 12) },
		'commas of languages': { 'Accept-Language': ','.repeat(long) },
		'a key': { 'Idempotency-Key': 'k'.repeat(long) },
		'a token': { Authorization: `Token ${'x'.repeat(long)}` }, 'an origin': { Origin: 'x'.repeat(long) },
		'a trace': { Traceparent: '-'.repeat(long) }, 'many of them': many,
		'a content type': { 'Content-Type': `application/json;${'x=";";'.repeat(long / 6)}` },
	};

	for (const [what, list] of Object.entries(headers))
		test(`cost no more than their share: ${what}`, async () => {
			for (const [method, path, body] of [['GET', '/api/auth/me'], ['GET', '/api/tasks'],
				['GET', '/api/nothing'], ['PATCH', `/api/tasks/${ids.task_id}`, { title: 'x' }],
				['POST', '/api/tasks', {}], ['POST', '/api/tasks/bulk', { create: [{}] }]])
				await hold(`${what}: ${method} ${path}`,
					() => robin.client.request(method, path, { body, headers: list }));
			await hold(`${what}: nobody`, () => nobody.get('/api/static-data', { headers: list }));
		});
});
