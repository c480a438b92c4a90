// workers.mjs: which worker processes there are, from the scoreboard.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const programs = process.env.HOB_BUILD ?? 'build/release';

/** What `hob status` says. */
export async function statusNow() {
	const { stdout } = await run(`${programs}/hob`, ['status', '--json']);

	return JSON.parse(stdout);
}

/** The pids of all workers, sorted. */
export async function workerPids() {
	return (await statusNow()).workers.map((worker) => worker.pid).sort((a, b) => a - b);
}

/** Fails when a worker died or was replaced since `before` was read. */
export async function expectSameWorkers(before) {
	assert.deepEqual(await workerPids(), before, 'a worker was lost');
}

/** How many workers have ended otherwise than they should. One that is replaced because it is used up has not. */
export const crashes = async () => (await statusNow()).crashes;
