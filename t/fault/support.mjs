// support.mjs: the stack, taken apart and put together while it is being used.
//
// scripts/test says by environment which stack: HOB_STATE, HOB_CONF, HOB_URL, HOB_OWNER_URL.
// Nothing here sleeps for luck: what should come about is waited for, with an end.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { dropIdle } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectProblem } from '../api/support/expect.mjs';
import { programs } from '../api/support/workers.mjs';

const run = promisify(execFile);
const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

export const state = process.env.HOB_STATE;
export const confPath = process.env.HOB_CONF;

if (!state || !confPath)
	throw new Error('HOB_STATE and HOB_CONF are not set: run the suite by scripts/test');

// --- waiting ---------------------------------------------------------------------------

/** Asks `probe` until it is truthy and resolves to that; fails after `seconds`. */
export async function until(what, probe, seconds = 10) {
	const deadline = performance.now() + seconds * 1000;

	for (;;) {
		const found = await probe();

		if (found)
			return found;
		assert.ok(performance.now() < deadline, `not within ${seconds} s: ${what}`);
		await sleep(10);
	}
}

export function median(numbers) {
	return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The value below which `share` (0..1) of the numbers lie. */
export function quantile(numbers, share) {
	const sorted = [...numbers].sort((a, b) => a - b);

	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

// --- servers ---------------------------------------------------------------------------

/** scripts/stack with these words. */
export async function stack(...words) {
	try {
		return await run(`${scripts}stack`, words);
	} finally {
		dropIdle();
	}
}

/** One setting of hob-api, as its configuration file says it. */
export function setting(key, path = confPath) {
	const line = readFileSync(path, 'utf8').split('\n').find((l) => l.startsWith(`${key} = `));

	return line?.slice(key.length + 3);
}

/** The stack's database as another user, or another of its databases. */
export function urlOf(user, database) {
	return setting('db.url').replace(/user=\w+/, `user=${user}`).replace(/dbname=\w+/, `dbname=${database}`);
}

/** Statements through psql, each a transaction of its own. */
export function psql(url, ...statements) {
	return run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((s) => ['-c', s]), url]);
}

export function superuser(...statements) {
	return psql(urlOf('postgres', 'postgres'), ...statements);
}

const original = readFileSync(confPath, 'utf8');

function settingsWith(changes) {
	const kept = original.split('\n').filter((line) => !(line.split(' = ')[0] in changes));
	const added = Object.entries(changes).map(([key, value]) => `${key} = ${value}`);

	return [...kept.filter((line) => line !== ''), ...added, ''].join('\n');
}

// `hob` reads the configuration too: it gets one that stays whole whatever a test breaks.
const wholeConf = `${state}/hob.whole.conf`;

writeFileSync(wholeConf, original);

/** `hob status` with these words: { code, stdout, stderr }. */
export function hobStatus(words = [], conf = wholeConf) {
	return run(`${programs}/hob`, ['status', ...words], { env: { ...process.env, HOB_CONF: conf } })
		.then((done) => ({ code: 0, ...done }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
}

/** What `hob status --json` says, also of a master that is gone. */
export async function status(conf = wholeConf) {
	const { stdout, stderr } = await hobStatus(['--json'], conf);

	assert.notEqual(stdout, '', stderr);
	return JSON.parse(stdout);
}

/** True when all workers there should be are there, warmed up, and no others. */
function complete(board) {
	return board.workers.length === board.workers_configured &&
		board.workers.every((worker) => !['starting', 'leaving'].includes(worker.state));
}

/** Resolves to the status once the pool is complete and `also` holds. */
export function settled(also = () => true, seconds = 15) {
	return until('all workers are there', async () => {
		const board = await status();

		return complete(board) && also(board) && board;
	}, seconds);
}

/** The pids of the workers once all are there, sorted. */
export async function pids() {
	return (await settled()).workers.map((worker) => worker.pid).sort((a, b) => a - b);
}

/** The configuration as the stack made it, with these changes; not yet read by anybody. */
export function configure(changes = {}) {
	writeFileSync(confPath, settingsWith(changes));
}

/** A signal to the master of hob-api; scripts/stack does the same, 100 ms slower. */
export function signal(name) {
	process.kill(Number(readFileSync(`${setting('api.run_dir', wholeConf)}/hob-api.pid`, 'utf8')), `SIG${name}`);
}

/** HUP, and the new generation of workers has taken over. */
export async function reload(changes) {
	const { generation } = await settled();

	if (changes !== undefined)
		configure(changes);
	signal('HUP');
	return settled((board) => board.generation > generation);
}

const owner = statSync(state);
/** Options of spawn() by which a child runs as the user of the servers. */
export const asOwner = process.getuid() === 0 ? { uid: owner.uid, gid: owner.gid } : {};

/** A folder the servers may write in; `remove` takes it away again. */
export function scratchFolder() {
	const path = mkdtempSync('/tmp/hob-fault.');

	if (asOwner.uid !== undefined)
		chownSync(path, asOwner.uid, asOwner.gid);
	return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A configuration of its own in `folder`, with its own socket, run directory and log. */
export function separateConf(folder, changes) {
	const path = `${folder.path}/hob.conf`;

	writeFileSync(path, settingsWith({
		'api.socket': `${folder.path}/api.sock`, 'api.run_dir': folder.path,
		'log.file': `${folder.path}/log`, 'api.workers': 1, ...changes,
	}));
	return path;
}

/**
 * A program of the stack as our own child: { pid, ended }. `ended` resolves to { code, signal, said } (all it wrote).
 * Not waited for: see until().
 */
function start(program, words) {
	const child = spawn(`${state}/bin/${program}`, words, { ...asOwner, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	child.stdout.on('data', (chunk) => { said += chunk; });
	child.stderr.on('data', (chunk) => { said += chunk; });
	const ended = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ code, signal, said }));
	});

	return { pid: child.pid, ended };
}

export const startApi = (...words) => start('hob-api', words);
export const startAdmin = (...words) => start('hob-admin', words);

/** startApi() with a name server and a wall clock of the test's own, for any program: see world.c. */
export async function worldIn(folder, program = 'hob-api') {
	const library = `${folder.path}/world.so`;
	const env = { LD_PRELOAD: library, HOB_FAULT_WORLD: folder.path };

	await run('cc', ['-shared', '-fPIC', '-D_GNU_SOURCE', '-o', library,
		fileURLToPath(new URL('world.c', import.meta.url))]);
	await run('chmod', ['755', folder.path, library]);
	return (...words) => {
		Object.assign(process.env, env);
		try {
			return start(program, words);
		} finally {
			Object.keys(env).forEach((name) => delete process.env[name]);
		}
	};
}

export function isAlive(pid) {
	try {
		// A zombie has ended, whoever has yet to notice.
		return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}

// --- the log ---------------------------------------------------------------------------

/** Where a log ends now: hand it to logSince. */
export function logMark(path = setting('log.file')) {
	return { path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
}

/** The lines written since, parsed. The last may still be on its way: it is left out. */
export function logSince(mark, event) {
	const text = statSync(mark.path, { throwIfNoEntry: false }) === undefined ? ''
		: readFileSync(mark.path).subarray(mark.bytes).toString('utf8');
	const lines = text.split('\n').slice(0, -1).filter((line) => line.startsWith('{'));

	return lines.map((line) => JSON.parse(line)).filter((line) => !event || line.event === event);
}

/** Resolves to the first line of `event` since `mark`, with these members. */
export function logged(mark, event, members = {}, seconds = 10) {
	return until(`a log line ${event} ${JSON.stringify(members)}`, () => logSince(mark, event)
		.find((line) => Object.entries(members).every(([k, v]) => line[k] === v)), seconds);
}

// --- requests that take long -------------------------------------------------------------

/** From now on the database holds who changes the first name to "held 800" for 800 ms. */
export function installHold() {
	return sql(`CREATE OR REPLACE FUNCTION hob.fault_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
		BEGIN
			PERFORM pg_sleep(substr(new.first_name, 6)::numeric / 1000);
			RETURN new;
		END $$;
		CREATE OR REPLACE TRIGGER fault_hold BEFORE UPDATE ON users FOR EACH ROW
		WHEN (new.first_name LIKE 'held %') EXECUTE FUNCTION hob.fault_hold()`);
}

export function removeHold() {
	return sql('DROP TRIGGER fault_hold ON users; DROP FUNCTION hob.fault_hold()');
}

/** A request of `person` that spends `ms` in the database. One at a time per person. */
export function held(person, ms, options = {}) {
	return person.client.patch('/api/auth/me', { first_name: `held ${ms}` }, options);
}

let names = 0;

/** held() that has begun: resolves to { answer (a promise), requestId, pid of its worker }. */
export async function holding(person, ms) {
	const requestId = `held-${process.pid}-${names += 1}`;
	const answer = held(person, ms, { headers: { 'X-Request-Id': requestId } });
	// Heard in any case, so that it cannot end the process before somebody awaits it.
	answer.catch(() => {});
	const worker = await until(`a worker has ${requestId}`, async () => (await status()).workers
		.find((w) => w.request_id === requestId && w.state === 'db wait'));

	return { answer, requestId, pid: worker.pid };
}

// --- load --------------------------------------------------------------------------------

/** An answer is all there: as long as it said, and JSON (client.mjs has parsed it). */
export function expectWhole(res) {
	assert.equal(Buffer.byteLength(res.text), Number(res.headers['content-length'] ?? 0),
		`${res.status}: cut short: ${res.text.slice(0, 200)}`);
	if (res.status === 200)
		assert.equal(typeof res.body, 'object', `not JSON: ${res.text.slice(0, 200)}`);
}

/**
 * `clients` clients, each with a connection of its own, doing `work(options, client, round)`
 * again and again until stop(). What each answer was is in `answers` as { status, at (ms
 * since 1970), ms }; an answer that is not whole, a 503 that is no proper problem, and a
 * connection that broke are in `broken`.
 */
export function load(clients, work, { pauseMs = 0 } = {}) {
	const answers = [];
	const broken = [];
	let going = true;

	async function one(client) {
		const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });

		for (let round = 0; going; round += 1) {
			const started = performance.now();

			try {
				const res = await work({ agent }, client, round);

				expectWhole(res);
				if (res.status === 503)
					expectProblem(res, 503, 'try_later');
				answers.push({ status: res.status, at: Date.now(), ms: performance.now() - started });
			} catch (why) {
				broken.push(why);
			}
			if (pauseMs > 0)
				await sleep(pauseMs);
		}
		agent.destroy();
	}
	const all = Promise.all(Array.from({ length: clients }, (_, i) => one(i)));

	return {
		answers,
		broken,
		/** How many answers had this status. */
		count: (code) => answers.filter((a) => a.status === code).length,
		/** Resolves once `more` further answers were good. */
		flowing: (more = 50) => {
			const good = () => answers.filter((a) => a.status < 300).length;
			const from = good();

			return until('good answers flow', () => good() >= from + more, 20);
		},
		stop: () => {
			going = false;
			return all;
		},
	};
}

/** The load is over, and nothing but `codes` was answered. */
export function expectOnly(traffic, codes) {
	assert.deepEqual(traffic.broken, [], 'broken answers');
	const seen = [...new Set(traffic.answers.map((a) => a.status))];

	assert.deepEqual(seen.filter((code) => !codes.includes(code)), [],
		JSON.stringify(Object.fromEntries(seen.map((code) => [code, traffic.count(code)]))));
}
