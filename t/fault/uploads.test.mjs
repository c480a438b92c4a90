// uploads.test.mjs: files that are sent while workers, nginx and PostgreSQL are killed under them, and while there is
// no room: what was acknowledged is there, whole; what was not leaves a row and its bytes, or neither, or bytes that
// the sweep finds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Upload } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { crowd, newId, signUp } from '../api/support/people.mjs';
import { beginAnew, bytesOf, cleaning, form, isThere, keysKnown, keysThere, notCleaning, png, sent, sha256 }
	from '../api/support/uploads.mjs';
import { programs } from '../api/support/workers.mjs';
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

/** `hob files sweep`, as if a day had passed for what no row knows. */
const sweep = () => run(`${programs}/hob`, ['files', 'sweep', '--age', '0'], asOwner);

describe('whoever is killed', () => {
	let killed = 0;
	const acknowledged = [];

	/** Sends files, each until it is answered for good, as a phone does with its outbox. */
	async function sender(person) {
		while (killed < KILLS) {
			const bytes = png(200_000 + Math.floor(Math.random() * 600_000));
			const body = Math.random() < 0.5 ? new Upload(bytes, 'image/png', 'a.png') : form([['a.png',
				bytes]], 'x');
			const key = newId();

			for (;;) {
				const res = await person.client.post('/api/uploads', body,
					{ headers: { 'Idempotency-Key': key } })
					.catch(() => undefined);

				if (res?.status === 201) {
					acknowledged.push({ id: res.body.upload_id, hash: sha256(bytes) });
					break;
				}
				if (res !== undefined)
					assert.ok([409, 500, 502, 503, 504].includes(res.status),
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

	async function kill() {
		const dice = Math.random();

		if (dice < 0.03) {
			await stack('kill', 'postgres');
			await stack('start', 'postgres');
		} else if (dice < 0.08) {
			await stack('kill', 'nginx');
			await stack('start', 'nginx');
		} else {
			const pid = await anyWorker();

			// Places in the pool whose workers die one behind the other wait longer each time.
			if (pid === undefined) {
				await stack('restart', 'api');
				return;
			}
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				return;
			}
		}
		killed += 1;
		await sleep(Math.random() * 60);
	}

	test(`${KILLS} times: no acknowledged file is lost, and nothing is half there`, { timeout: 600_000 },
		async () => {
		const people = await crowd(6);
		const senders = people.map(sender);

		while (killed < KILLS)
			await kill();
		await stack('restart', 'api');
		await settled(() => true, 60);
		await Promise.all(senders);
		assert.ok(acknowledged.length > 50, `${acknowledged.length} were sent`);

		const rows = new Map((await sql(`SELECT f.id, f.state, c.key, encode(c.sha256, 'hex') FROM files f
			LEFT JOIN file_copies c ON c.file_id = f.id`)).map((line) => line.split('|')).map(([id,
				...rest]) => [id, rest]));

		for (const { id, hash } of acknowledged) {
			const [state, key, known] = rows.get(id) ?? assert.fail(`${id} is lost`);

			assert.deepEqual([state, known, sha256(bytesOf(key))], ['processing', hash, hash]);
		}
		assert.equal(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length, 'each is there once');
		const known = await keysKnown();

		assert.deepEqual(known.filter((key) => !isThere(key)), [], 'no row without bytes');
		const before = keysThere().length - known.length;

		await sweep();
		assert.deepEqual(keysThere(), known, 'no bytes without a row');
		console.log(`${acknowledged.length} files were sent; ${before} had left bytes behind`);
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
