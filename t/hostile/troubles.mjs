// troubles.mjs: what befalls the servers while hostile.test.mjs goes on: a table; each row ends with
// everything running again.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from '../api/support/db.mjs';
import { setting, signal, stack, status, superuser } from '../fault/support.mjs';

const HELD_MS = 3000;

const aWorker = async () => {
	const { workers } = await status();

	return workers[Math.floor(Math.random() * workers.length)].pid;
};
const pidIn = (file) => Number(readFileSync(file, 'utf8').split('\n')[0]);
const children = (pid) =>
	execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).toString().trim().split(/\s+/).map(Number);

/** The process is there and does nothing for a while. */
async function stopped(pid) {
	process.kill(pid, 'SIGSTOP');
	await sleep(HELD_MS);
	process.kill(pid, 'SIGCONT');
}

async function relay() {
	const workers = new Set((await status()).workers.map((w) => w.pid));
	const master = pidIn(`${setting('api.run_dir')}/hob-api.pid`);

	return children(master).find((pid) => !workers.has(pid));
}

export const TROUBLES = {
	'a worker is killed': async () => process.kill(await aWorker(), 'SIGKILL'),
	'a worker is stopped': async () => stopped(await aWorker()),
	'Redis is killed': async () => {
		await stack('kill', 'redis');
		await sleep(HELD_MS);
		await stack('start', 'redis');
	},
	'Redis is stopped': async () => stopped(pidIn(`${setting('api.run_dir')}/redis.pid`)),
	'the relay is stopped': async () => stopped(await relay()),
	'connections to PostgreSQL are ended': () => superuser(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hob_api'"),
	'a table is locked': () =>
		sql(`BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(${HELD_MS / 1000}); COMMIT`),
	'PostgreSQL crashes': async () => {
		await stack('kill', 'postgres');
		await sleep(HELD_MS / 3);
		await stack('start', 'postgres');
	},
	'a reload': async () => signal('HUP'),
};
