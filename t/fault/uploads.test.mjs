// uploads.test.mjs: files that are sent and cleaned while workers, runners, hob-image, nginx and PostgreSQL are killed
// under them, and while there is no room: what was acknowledged is there, whole, and becomes ready; what was not leaves
// a row and its bytes, or neither, or bytes that the sweep finds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Upload } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { crowd, newId, signUp } from '../api/support/people.mjs';
import { beginAnew, bytesOf, cleaning, filesDir, form, isThere, keysKnown, keysThere, notCleaning, png, sent, sha256 }
	from '../api/support/uploads.mjs';
import { programs } from '../api/support/workers.mjs';
import { childPids } from '../jobs/support.mjs';
import { asOwner, configure, logged, logMark, pids, reload, settled, stack, until } from './support.mjs';

const run = promisify(execFile);
const KILLS = 300;
const MIB = 2 ** 20;

before(async () => {
	await sql("UPDATE settings SET value = -1 WHERE name LIKE 'limit.staged%'");
	await notCleaning();
	await beginAnew();
});
after(async () => {
	configure();
	await stack('up');
	await sql("UPDATE settings SET value = 20 WHERE name = 'limit.staged_files';"
		+ "UPDATE settings SET value = 256 WHERE name = 'limit.staged_mib'");
	await cleaning();
});

/** `hob files sweep`, as if a day had passed for all that is there. */
async function sweep() {
	const then = new Date(Date.now() - 25 * 3_600_000);

	keysThere().forEach((key) => utimesSync(join(filesDir(), key), then, then));
	await sql("UPDATE file_leavings SET since = since - interval '1 day'");
	await run(`${programs}/hob`, ['files', 'sweep'], asOwner);
}

describe('whoever is killed', () => {
	let killed = 0;
	const deaths = {};
	const acknowledged = [];

	before(cleaning);
	after(notCleaning);

	/** Sends files, each until it is answered for good, as a phone does with its outbox; one for each death. */
	async function sender(person) {
		while (killed < KILLS) {
			if (acknowledged.length > killed + 20) {
				await sleep(5);
				continue;
			}
			const bytes = png(200_000 + Math.floor(Math.random() * 600_000));
			const body = Math.random() < 0.5 ? new Upload(bytes, 'image/png', 'a.png') : form([['a.png',
				bytes]], 'x');
			const key = newId();

			for (;;) {
				const res = await person.client.post('/api/uploads', body,
					{ headers: { 'Idempotency-Key': key } })
					.catch(() => undefined);

				if (res?.status === 201) {
					acknowledged.push({ id: res.body.upload_id });
					break;
				}
				if (res !== undefined)
					assert.ok([409, 429, 500, 502, 503, 504].includes(res.status),
						`${res.status} ${res.text}`);
				await sleep(20);
			}
		}
	}

	/** A worker that is there; none at the moment. */
	async function anyWorker() {
		const { stdout } = await run(`${programs}/hob`, ['status', '--json'], { env: process.env })
			.catch((failed) => failed);
		const { workers = [] } = JSON.parse(stdout);

		return workers[Math.floor(Math.random() * workers.length)]?.pid;
	}

	const pick = (list) => list[Math.floor(Math.random() * list.length)];
	const childrenOf = async (pids) => (await run('ps', ['-o', 'pid=', '--ppid', pids.join(',')])
		.catch(() => ({ stdout: '' }))).stdout.split(/\s+/).filter(Boolean).map(Number);

	/** A child of hob-jobs, or hob-image, which lives for moments. */
	async function anyOfJobs() {
		const children = await childPids();

		return pick(await childrenOf(children)) ?? pick(children);
	}

	// Places in a pool whose processes die one behind the other wait longer each time.
	async function killOne(who, program) {
		const pid = await who();

		if (pid === undefined) {
			await stack('restart', program);
			return false;
		}
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			return false;
		}
		return true;
	}

	const anew = async (server) => {
		await stack('kill', server);
		await stack('start', server);
		return true;
	};
	/** [share, who, how]: false when nobody was there. */
	const ways = [[0.03, 'PostgreSQL', () => anew('postgres')], [0.05, 'nginx', () => anew('nginx')],
		[0.22, 'hob-jobs', () => killOne(anyOfJobs, 'jobs')], [1, 'a worker', () => killOne(anyWorker, 'api')]];

	async function kill() {
		let dice = Math.random();
		const [, who, how] = ways.find(([share]) => (dice -= share) < 0);

		if (!await how())
			return;
		deaths[who] = (deaths[who] ?? 0) + 1;
		killed += 1;
		await sleep(Math.random() * 60);
	}

	/** Until all files are clean: nobody tells runners that the lease of one that died is over. */
	const cleaned = () => until('all files are clean', async () => {
		await sql(`UPDATE jobs SET run_at = now(), tries = least(tries, 1) WHERE kind = 'image'
			AND (leased_by IS NULL OR leased_at < now() - interval '20 seconds')`);
		return (await sql("SELECT 1 FROM files WHERE state = 'processing' UNION ALL SELECT 1 FROM jobs"
			+ " WHERE kind = 'image'")).length === 0;
	}, 240);

	test(`${KILLS} times: no acknowledged file is lost, and nothing is half there`, { timeout: 800_000 },
		async () => {
		const people = await crowd(6);
		const senders = people.map(sender);

		while (killed < KILLS)
			await kill();
		await stack('restart', 'api');
		await settled(() => true, 60);
		await Promise.all(senders);
		assert.ok(acknowledged.length > 50, `${acknowledged.length} were sent`);
		await stack('restart', 'jobs');
		await cleaned();

		const rows = new Map((await sql("SELECT id, state, encode(sha256, 'hex') FROM files"))
			.map((line) => line.split('|')).map(([id, ...rest]) => [id, rest]));

		const copies = (await sql("SELECT file_id, variant, key, encode(sha256, 'hex') FROM file_copies"))
			.map((line) => line.split('|'));

		const mains = new Map(copies.filter(([, variant]) => variant === 'main')
			.map(([id, , , hash]) => [id, hash]));

		for (const { id } of acknowledged)
			assert.deepEqual(rows.get(id), ['ready', mains.get(id)], id);
		for (const [id, variant, key, hash] of copies)
			assert.equal(sha256(bytesOf(key)), hash, `${variant} of ${id}`);
		assert.equal(copies.length, 3 * rows.size, 'of each three');
		assert.equal(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length, 'each is there once');
		const known = await keysKnown();

		assert.deepEqual(known.filter((key) => !isThere(key)), [], 'no row without bytes');
		const told = (await sql('SELECT key FROM file_leavings')).length;
		const before = keysThere().length - known.length;

		await sweep();
		assert.deepEqual(keysThere(), known, 'no bytes without a row');
		console.log(`${acknowledged.length} files were sent; of ${before} that were left ${told} were told of`,
			JSON.stringify(deaths));
	});
});

describe('without room', () => {
	let robin;

	const limit = async (bytes) => {
		for (const pid of await pids())
			await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], asOwner);
	};

	before(async () => {
		robin = await signUp();
	});
	after(() => limit('unlimited'));

	test('a file is refused, and leaves nothing', async () => {
		const there = keysThere();
		const mark = logMark();

		// Their log is a file, too.
		await limit(statSync(mark.path).size + MIB);
		for (const body of [new Upload(png(20 * MIB)), form([['b.png', png(20 * MIB)]])]) {
			const res = await robin.client.post('/api/uploads', body);

			expectProblem(res, 507, 'storage_full');
			assert.ok(Number(res.headers['retry-after']) > 0);
		}
		assert.equal((await logged(mark, 'file_not_kept')).error, 'full');
		expectOk(await robin.client.post('/api/uploads', new Upload(png(1000))), 201);
		assert.equal(keysThere().length, there.length + 1);
		await limit('unlimited');
		await sent(robin, png(20 * MIB));
	});
});

describe('memory', () => {
	test('of a worker does not grow with what is sent', async () => {
		const [robin] = await crowd(1);

		await reload({ 'api.workers': 1 });
		const [worker] = await pids();
		const peak = () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${worker}/status`,
			'utf8'))[1]);

		await sent(robin, png(10_000));
		await sent(robin, Buffer.from('a note\n'));
		const before = peak();

		for (let i = 0; i < 8; i++)
			await sent(robin, png(24 * MIB));
		assert.ok(peak() - before < 1024, `it has grown by ${peak() - before} KiB`);
	});
});
