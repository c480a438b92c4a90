// ledger.test.mjs: the reminders of a day, as accountants look at them. Two hosts run hob-jobs on one database whose clock
// is moved through four days in steps of twenty minutes; runners and planners are killed 300 times, Gorush and the mail
// server fail at three tries of ten. In the end every notice that the rules ask for is there once, and each of its
// deliveries was taken once, or twice where the answer was lost.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { gorush } from '../jobs/gorush.mjs';
import { folder as postOffice, open as openPostOffice, own, reply, sweepUp } from '../jobs/post_office.mjs';
import { asOwner, setting, until } from './support.mjs';

const run = promisify(execFile);
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEP = 20 * MINUTE;
const KILLS = 300;
// Five failures take 86 minutes and a fifth more; a lease of who was killed two, and each is seen a step later.
const LATE = 4 * HOUR;
// Clocks go forward in Europe in that night; those of New York have, those of Auckland go back a week later.
const DUE = '2027-03-28';
const BEGIN = Date.parse('2027-03-26T16:00:00Z'), END = Date.parse('2027-03-30T18:00:00Z');
const ZONES = ['Pacific/Kiritimati', 'Pacific/Auckland', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York'];

// --- chance, the same in each run ----------------------------------------------------

let seed = 20270328;
function dice() {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return seed / 2 ** 32;
}
const count = (all, id) => all.filter((one) => one === id).length;
const pick = (list) => list[Math.floor(dice() * list.length)];

/** Fails at three tries of ten, and at no more than five of one id: eight are the last. */
function unlucky(failures, id) {
	const before = failures.get(id) ?? 0;
	if (before >= 5 || dice() >= 0.3)
		return false;
	failures.set(id, before + 1);
	return true;
}

// --- a stack of its own ------------------------------------------------------------------

const folder = mkdtempSync(`${tmpdir()}/hob-ledger.`);
const clock = `${folder}/clock`, home = `${folder}/state`;
const environment = { ...process.env, HOB_STATE: home, HOB_THROWAWAY: '1', HOB_CLOCK: clock,
	HOB_PORT: String(20000 + process.pid % 10000), HOB_CONF: '', HOB_OWNER_URL: '' };
const stack = (...words) => run(fileURLToPath(new URL('../../scripts/stack', import.meta.url)), words,
	{ env: environment });
let owner, started, elsewhere, phones, office;

/** The time of the database, from now on. */
const setClock = (to) => writeFileSync(clock, `${to >= Date.now() ? '+' : ''}${Math.round((to - Date.now()) / 1000)}\n`);

async function sql(text) {
	const child = execFile('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', owner], { maxBuffer: 1 << 26 });
	let out = '', err = '';
	child.stdout.on('data', (piece) => { out += piece; });
	child.stderr.on('data', (piece) => { err += piece; });
	child.stdin.end(text);
	const code = await new Promise((resolve) => { child.on('close', resolve); });
	assert.equal(code, 0, err);
	return out.trim() === '' ? [] : out.trim().split('\n');
}
const rows = async (query) => (await sql(`SELECT to_json(q) FROM (${query}) q;`)).map((line) => JSON.parse(line));

/** A second host: a master with a folder of its own for what runs. */
function startElsewhere(conf) {
	const there = `${folder}/elsewhere`;
	mkdirSync(there);
	chmodSync(there, 0o777);
	writeFileSync(`${folder}/elsewhere.conf`, `${conf}api.run_dir = ${there}\nlog.file = ${there}/log\n`);
	chmodSync(`${folder}/elsewhere.conf`, 0o644);
	elsewhere = spawn(`${home}/bin/hob-jobs`, ['-c', `${folder}/elsewhere.conf`], { ...asOwner, stdio: 'ignore' });
}

const masters = () => [Number(readFileSync(`${setting('api.run_dir', `${home}/hob.conf`)}/hob-jobs.pid`, 'utf8')),
	elsewhere.pid];

/** One of the children that were not just begun: those that die at once are held back. */
async function killOne() {
	const { stdout } = await run('ps', ['-o', 'pid=,etimes=', '--ppid', masters().join(',')]);
	const old = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)).filter(([, s]) => s >= 2);
	if (old.length === 0)
		return false;
	try {
		process.kill(pick(old)[0], 'SIGKILL');
		return true;
	} catch {
		return false;	// It had ended by itself.
	}
}

// --- what fails ------------------------------------------------------------------------------

/** A Gorush of whose POSTs three in ten end badly; in `lost` are those that phones have and Hob does not know it. */
async function badGorush() {
	const g = await gorush();
	const failures = new Map(), lost = [];
	g.by((n) => {
		if (!unlucky(failures, n.notif_id))
			return 'ok';
		const end = pick(['away', 'unreachable', 'cut', 'half', 'status_500', 'full', 'unknown']);
		if (end === 'half')
			lost.push(n.notif_id);
		return end;
	});
	return Object.assign(g, { lost });
}

async function badPostOffice() {
	const failures = new Map(), accepted = [], lost = [];
	const it = await openPostOffice({
		taken({ parsed, session }, o) {
			const id = parsed.messageId.slice(1, 37);
			if (!unlucky(failures, id)) {
				accepted.push(id);
				return undefined;
			}
			if (dice() < 0.7)
				return reply(451, '4.7.1 greylisted, come again');
			accepted.push(id);
			lost.push(id);
			o.hangUp(session);
			return new Promise(() => {});
		},
	});
	return Object.assign(it, { accepted, lost });
}

// --- the people and what the rules ask for -------------------------------------------------------

const uuid = (kind, n) => `01900000-0000-7${kind}-8000-${String(n).padStart(12, '0')}`;
const HOURS = ['07:00', '09:00', '12:30', '21:00'];
const people = Array.from({ length: 20 }, (_, n) => ({
	id: uuid('00a', n), zone: ZONES[n % 5], remindAt: HOURS[(n >> 1) % 4], days: n % 3 === 0 ? [1, 0] : [0],
	quiet: n % 2 === 0 ? ['22:00', '08:00'] : null, mail: n % 4 === 0,
}));
const homes = Array.from({ length: 10 }, (_, n) => ({
	id: uuid('00b', n), zone: people[2 * n].zone, owner: people[2 * n], member: people[2 * n + 1],
}));
const tasks = Array.from({ length: 200 }, (_, n) => {
	const at = homes[n % 10];
	return { id: uuid('00c', n), home: at, who: [at.owner, at.member, null, null][n % 4],
		days: n % 7 === 0 ? [1] : null };
});

/** Minutes by which the clocks of a zone are ahead of UTC at a moment. */
function ahead(zone, at) {
	const parts = Object.fromEntries(new Intl.DateTimeFormat('en', { timeZone: zone, hourCycle: 'h23', year: 'numeric',
		month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' }).formatToParts(at)
		.map(({ type, value }) => [type, Number(value)]));
	return (Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - at) / MINUTE;
}

function instant(day, time, zone) {
	const local = Date.parse(`${day}T${time}:00Z`);
	const guess = local - ahead(zone, local) * MINUTE;
	return local - ahead(zone, guess) * MINUTE;
}
const dayBefore = (n) => new Date(Date.parse(DUE) - n * DAY).toISOString().slice(0, 10);

/** When a task is overdue, and at whose hour behind that they hear of it. */
function overdueAt(person, at) {
	const over = instant(dayBefore(-1), '00:00', at.zone);
	return Math.min(...[1, 2, 3].map((n) => instant(dayBefore(-n), person.remindAt, person.zone))
		.filter((moment) => moment >= over));
}

/** { "kind user task days": moment } of all that is to be told. */
function expected() {
	const all = new Map();
	for (const task of tasks)
		for (const person of task.who ? [task.who] : [task.home.owner, task.home.member]) {
			for (const n of task.days ?? person.days)
				all.set(`task_due ${person.id} ${task.id} ${n}`, instant(dayBefore(n), person.remindAt, person.zone));
			all.set(`task_overdue ${person.id} ${task.id}`, overdueAt(person, task.home));
		}
	return all;
}

/** When quiet hours that hold something at this moment end; the moment itself when none do. */
function quietEnd({ zone, quiet }, at) {
	if (!quiet)
		return at;
	const day = new Date(at + ahead(zone, at) * MINUTE).toISOString().slice(0, 10);
	const next = new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
	if (at < instant(day, quiet[1], zone))
		return instant(day, quiet[1], zone);
	return at >= instant(day, quiet[0], zone) ? instant(next, quiet[1], zone) : at;
}

/** A try that falls into quiet hours waits for their end. */
function latest(person, from) {
	const night = quietEnd(person, from + LATE);
	return night === from + LATE ? night : night + LATE;
}

const quote = (value) => (value === null ? 'NULL' : `'${value}'`);
const values = (list, row) => list.map((x) => `(${row(x).map(quote).join(', ')})`).join(',\n');

/** The whole world, made at the begin of the four days. Sessions would end, and phones with them, by a sweep. */
function world() {
	const both = homes.flatMap((h) => [[h.id, h.owner], [h.id, h.member]]);
	return `INSERT INTO users (id, email, password_hash, first_name, time_zone, remind_at, remind_days, quiet_from,
			quiet_until, email_verified_at) VALUES ${values(people, (p) => [p.id, `${p.id}@ledger.example.test`, '-', 'P', p.zone, p.remindAt,
		`{${p.days}}`, p.quiet?.[0] ?? null, p.quiet?.[1] ?? null, 'now'])};
	INSERT INTO notice_preferences (user_id, kind, inbox, push, mail)
		SELECT u.id, k, true, true, u.id = ANY ('{${people.filter((p) => p.mail).map((p) => p.id)}}')
		  FROM users u CROSS JOIN unnest(ARRAY['task_due', 'task_overdue']) k
		 WHERE u.email LIKE '%@ledger.example.test';
	INSERT INTO sessions (id, user_id, token_hash, expires_at)
		SELECT u.id, u.id, u.id, now() + interval '180 days' FROM users u WHERE u.email LIKE '%@ledger.example.test';
	INSERT INTO devices (id, user_id, session_id, platform, environment, token)
		SELECT u.id, u.id, u.id, CASE WHEN random() < 0.5 THEN 'ios' ELSE 'android' END, 'production', 'phone ' || u.id
		  FROM users u WHERE u.email LIKE '%@ledger.example.test';
	INSERT INTO residences (id, owner_id, name, time_zone) VALUES
		${values(homes, (h) => [h.id, h.owner.id, 'A home', h.zone])};
	INSERT INTO residence_members (residence_id, user_id, role) VALUES
		${values(both.filter(([id, p]) => homes.every((h) => h.id !== id || h.owner !== p)), ([id, p]) => [id, p.id, 'member'])};
	UPDATE residence_members SET joined_at = now() - interval '1 year' WHERE residence_id = ANY ('{${homes.map((h) => h.id)}}');
	INSERT INTO tasks (id, residence_id, title, due_on, assigned_to_id, remind_before, created_by) VALUES
		${values(tasks, (t) => [t.id, t.home.id, 'A task', DUE, t.who?.id ?? null,
		t.days && t.days.map((n) => `P${n}D`).join(','), t.home.owner.id])};`;
}

// --- the four days -----------------------------------------------------------------------------------

/** Nothing is due that nobody has, or the step has waited long enough for those who were killed. */
const settle = () => until('nothing is due', async () => (await sql(`SELECT 1
	WHERE NOT EXISTS (SELECT FROM reminders WHERE next_at <= now())
	  AND NOT EXISTS (SELECT FROM jobs WHERE dead_at IS NULL AND run_at <= now() AND kind IN ('push', 'mail', 'digest'))`))
	.length > 0, 1.5).catch(() => {});

before(async () => {
	writeFileSync(clock, '+0\n');
	chmodSync(folder, 0o755);
	chmodSync(postOffice, 0o755);
	chmodSync(clock, 0o644);
	[phones, office] = [await badGorush(), await badPostOffice()];
	started = true;
	await stack('up');
	for (const name of ['nginx', 'api', 'jobs'])
		await stack('stop', name);
	owner = setting('db.owner_url', `${home}/hob.conf`);
	const more = `push.gorush = ${phones.url}\npush.timeout = 500ms\nmail.server = ${office.url}\nmail.tls = on\n`
		+ `mail.ca = ${own.file}\nmail.from = Hob <hob@example.org>\nmail.timeout = 1s\njobs.poll = 50ms\njobs.rest = 10ms\n`
		+ 'jobs.kill_after = 60s\n';
	const conf = readFileSync(`${home}/hob.conf`, 'utf8') + more;
	writeFileSync(`${home}/hob.conf`, conf);
	setClock(BEGIN);
	await sql(world());
	await stack('start', 'jobs');
	startElsewhere(conf);
});

after(async () => {
	elsewhere?.kill('SIGTERM');
	if (started)
		await stack('down');
	await phones?.close();
	await office?.close();
	sweepUp();
	rmSync(folder, { recursive: true });
});

test('a day of reminders through kills and failures', { timeout: 900_000 }, async (t) => {
	const steps = (END - BEGIN) / STEP;
	let kills = 0;

	for (let n = 0; n < steps; n++) {
		setClock(BEGIN + n * STEP);
		while (kills < (n + 1) * KILLS / steps && await killOne())
			kills += 1;
		await settle();
	}
	for (; kills < KILLS; kills += await killOne() ? 1 : 0)
		await settle();
	await until('everything was sent', async () => {
		setClock(END + kills++ * STEP);
		await settle();
		return (await sql("SELECT 1 FROM deliveries WHERE state IN ('waiting', 'held')")).length === 0;
	}, 120);

	const notices = await rows(`SELECT kind, user_id, subject_id, nullif(offset_days, -1) AS days,
		extract(epoch FROM created_at) * 1000 AS at FROM notices WHERE user_id = ANY ('{${people.map((p) => p.id)}}')`);
	const wanted = expected();
	const told = new Map(notices.map((n) => [[n.kind, n.user_id, n.subject_id, ...n.days === null ? [] : [n.days]].join(' '),
		n.at]));
	await t.test('every notice once, and none besides', () => {
		assert.equal(told.size, notices.length);
		assert.deepEqual([...told.keys()].filter((key) => !wanted.has(key)), []);
		assert.deepEqual([...wanted.keys()].filter((key) => !told.has(key)), []);
	});
	await t.test('none early, and none later than the killed need to come back', () => {
		for (const [key, at] of told)
			assert.ok(at >= wanted.get(key) - 2000 && at <= wanted.get(key) + 4 * STEP,
				`${key}: ${(at - wanted.get(key)) / MINUTE} minutes late`);
	});

	const deliveries = await rows(`SELECT d.id, d.user_id, d.channel, d.form, d.state, d.reason,
		(SELECT coalesce(sum(h.attempt), 0) FROM job_history h WHERE h.kind = d.channel AND h.key = d.id::text)
			- d.attempts AS unheard,
		extract(epoch FROM coalesce(f.ended_at, d.ended_at)) * 1000 AS at,
		extract(epoch FROM n.created_at) * 1000 AS made
		FROM deliveries d LEFT JOIN deliveries f ON f.id = d.folded_into LEFT JOIN notices n ON n.id = d.notice_id
		WHERE d.user_id = ANY ('{${people.map((p) => p.id)}}')`);
	const sent = deliveries.filter((d) => d.state === 'accepted');
	await t.test('every delivery was accepted, by itself or in a digest', () => {
		assert.deepEqual(deliveries.filter((d) => !['accepted', 'folded'].includes(d.state)), []);
		assert.ok(sent.some((d) => d.form === 'digest') && sent.some((d) => d.channel === 'mail'));
	});
	await t.test('once, or again under the same id where the answer was lost', () => {
		for (const d of sent) {
			const [taken, lost] = d.channel === 'push'
				? [phones.taken(d.id), count(phones.lost, d.id)]
				: [count(office.accepted, d.id), count(office.lost, d.id)];
			assert.ok(taken >= 1 && taken <= 1 + lost + d.unheard,
				`${d.id}: taken ${taken} times, ${lost} answers lost, ${d.unheard} tries not noted: `
				+ phones.sent.filter((n) => n.notif_id === d.id).map((n) => n.end).join(' '));
		}
		const ids = new Set(sent.map((d) => d.id));
		assert.deepEqual(phones.sent.filter((n) => n.taken && !ids.has(n.notif_id)), []);
		assert.deepEqual(office.accepted.filter((id) => !ids.has(id)), []);
	});
	await t.test('none in quiet hours, and none later than five failures and the killed can make it', () => {
		for (const d of deliveries.filter((one) => one.made)) {
			const person = people.find((p) => p.id === d.user_id);
			const from = quietEnd(person, d.made);
			// One that was looked at just before may end when the clock has been moved.
			assert.ok([d.at, d.at - STEP].some((at) => quietEnd(person, at) === at), `${d.id} came in quiet hours`);
			assert.ok(d.at >= from && d.at <= latest(person, from), `${d.id}: ${(d.at - from) / MINUTE} minutes late: `
				+ JSON.stringify(d));
		}
	});
	const late = deliveries.filter((d) => d.made).map((d) => (d.at - d.made) / MINUTE).sort((a, b) => a - b);
	t.diagnostic(`${notices.length} notices, ${deliveries.length} deliveries (${sent.length} sent, `
		+ `${deliveries.length - sent.length} folded), ${phones.sent.length} POSTs to Gorush, ${office.mails.length} `
		+ `mails offered; the latest came ${Math.round(late.at(-1))} simulated minutes behind its notice`);
});
