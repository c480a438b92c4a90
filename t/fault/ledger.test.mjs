// ledger.test.mjs: the reminders of a day, as accountants look at them. Two hosts run hob-jobs on one database whose
// clock is moved through four days in steps of twenty minutes; runners and planners are killed 300 times, Gorush and
// the mail server fail at three tries of ten. In the end every notice that the rules ask for is there once, and each of
// its deliveries was taken once, or again where the answer was lost: on its way, or with the runner that was killed.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { gorush } from '../jobs/gorush.mjs';
import { folder as postOffice, open as openPostOffice, own, reply, sweepUp } from '../jobs/post_office.mjs';
import { BEGIN, END, MINUTE, expected, latest, mine, people, quietEnd, world } from './ledger.mjs';
import { asOwner, setting, until } from './support.mjs';

const run = promisify(execFile);
const STEP = 20 * MINUTE;
const KILLS = 300;

// --- chance, the same in each run ----------------------------------------------------

let seed = 20270328;
function dice() {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return seed / 2 ** 32;
}
const count = (all, id) => all.filter((one) => one === id).length;
const idOf = (mail) => mail.messageId.slice(1, 37);
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
function setClock(to) {
	const seconds = Math.round((to - Date.now()) / 1000);
	writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
}

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
	const old = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number))
		.filter(([, seconds]) => seconds >= 2);
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

/** Notes each lease that ran out, for its runner was killed before it said what came of the job. */
const NOTE_LOST_LEASES = `CREATE TABLE lost_leases (key text);
	CREATE FUNCTION note_lost_lease() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO public.lost_leases VALUES (old.key); RETURN NULL; END $$;
	CREATE TRIGGER jobs_lost_lease AFTER UPDATE ON jobs FOR EACH ROW
		WHEN (old.leased_by IS NOT NULL AND new.leased_by IS NOT NULL AND new.attempt > old.attempt)
		EXECUTE FUNCTION note_lost_lease();`;

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
			const id = idOf(parsed);
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

// --- the four days -----------------------------------------------------------------------------------

/** Nothing is due that nobody has, or the step has waited long enough for those who were killed. */
const settle = () => until('nothing is due', async () => (await sql(`SELECT 1
	WHERE NOT EXISTS (SELECT FROM reminders WHERE next_at <= now())
	  AND NOT EXISTS (SELECT FROM jobs WHERE dead_at IS NULL AND run_at <= now()
		AND kind IN ('push', 'mail', 'digest'))`))
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
	const more = `push.gorush = ${phones.url}\npush.timeout = 5s\nmail.server = ${office.url}\nmail.tls = on\n`
		+ `mail.ca = ${own.file}\nmail.from = Hob <hob@example.org>\nmail.timeout = 5s\n`
		+ 'jobs.poll = 50ms\njobs.rest = 10ms\njobs.kill_after = 60s\n';
	const conf = readFileSync(`${home}/hob.conf`, 'utf8') + more;
	writeFileSync(`${home}/hob.conf`, conf);
	setClock(BEGIN);
	await sql(world() + NOTE_LOST_LEASES);
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
		return (await sql(`SELECT 1 FROM deliveries
			WHERE state IN ('waiting', 'held') AND ${mine('user_id')}`)).length === 0;
	}, 120);

	const notices = await rows(`SELECT kind, user_id, subject_id, nullif(offset_days, -1) AS days,
		extract(epoch FROM created_at) * 1000 AS at FROM notices WHERE ${mine('user_id')}`);
	const wanted = expected();
	const nameOf = (n) => [n.kind, n.user_id, n.subject_id, ...n.days === null ? [] : [n.days]].join(' ');
	const told = new Map(notices.map((n) => [nameOf(n), n.at]));
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

	const deliveries = await rows(`SELECT d.id, d.user_id, d.channel, d.form, d.state, d.reason, d.attempts,
		(SELECT count(*) FROM lost_leases l WHERE l.key = d.id::text) AS killed,
		extract(epoch FROM coalesce(f.ended_at, d.ended_at)) * 1000 AS at,
		extract(epoch FROM n.created_at) * 1000 AS made
		FROM deliveries d LEFT JOIN deliveries f ON f.id = d.folded_into
		LEFT JOIN notices n ON n.id = d.notice_id
		WHERE ${mine('d.user_id')}`);
	const sent = deliveries.filter((d) => d.state === 'accepted');
	await t.test('every delivery was accepted, by itself or in a digest', () => {
		assert.deepEqual(deliveries.filter((d) => !['accepted', 'folded'].includes(d.state)), []);
		assert.ok(sent.some((d) => d.form === 'digest') && sent.some((d) => d.channel === 'mail'));
	});
	let again = 0;
	await t.test('once, or again under the same id where the answer was lost', () => {
		// What is no try of its own (status_500: Gorush is away) is not among the attempts.
		const tries = [...phones.sent.filter(({ end }) => end !== 'status_500').map((n) => n.notif_id),
			...office.mails.map(({ parsed }) => idOf(parsed))];

		for (const d of sent) {
			const [taken, lost] = d.channel === 'push'
				? [phones.taken(d.id), count(phones.lost, d.id)]
				: [count(office.accepted, d.id), count(office.lost, d.id)];
			const unheard = count(tries, d.id) - d.attempts;
			const said = `${d.id}: taken ${taken} times, ${lost} answers lost, ${unheard} tries not noted, `
				+ `${d.killed} runners killed: `
				+ phones.sent.filter((n) => n.notif_id === d.id).map((n) => n.end).join(' ');

			assert.ok(unheard >= 0 && unheard <= d.killed, said);
			assert.ok(taken >= 1 && taken <= 1 + lost + unheard, said);
			again += taken - 1;
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
			assert.ok([d.at, d.at - STEP].some((at) => quietEnd(person, at) === at),
				`${d.id} came in quiet hours`);
			assert.ok(d.at >= from && d.at <= latest(person, from),
				`${d.id}: ${(d.at - from) / MINUTE} minutes late: ${JSON.stringify(d)}`);
		}
	});
	const late = deliveries.filter((d) => d.made).map((d) => (d.at - d.made) / MINUTE).sort((a, b) => a - b);
	t.diagnostic(`${notices.length} notices, ${deliveries.length} deliveries (${sent.length} sent, `
		+ `${deliveries.length - sent.length} folded), ${phones.sent.length} POSTs to Gorush, `
		+ `${office.mails.length} mails offered, ${again} taken again; the latest came `
		+ `${Math.round(late.at(-1))} simulated minutes behind its notice`);
});
