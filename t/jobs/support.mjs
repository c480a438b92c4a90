// support.mjs: hob-jobs of the stack, its jobs in the database, its log, and what no log of the stack may have.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { sql } from '../api/support/db.mjs';
import { OTHER_PASSWORD, PASSWORD } from '../api/support/people.mjs';
import { programs, statusNow } from '../api/support/workers.mjs';
import { asOwner, setting, state, until } from '../fault/support.mjs';

const run = promisify(execFile);

export const logPath = `${state}/log/hob-jobs.log`;

/** `hob jobs` with these words: { code, stdout, stderr }. */
export const hobJobs = (...words) => run(`${programs}/hob`, ['jobs', ...words])
	.then((done) => ({ code: 0, ...done }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));

/** hob-jobs of the stack as our own child, to its end: { code, said }. */
export function runJobs(...words) {
	const options = words[0]?.uid === undefined ? asOwner : words.shift();
	const child = spawn(`${state}/bin/hob-jobs`, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	child.stdout.on('data', (chunk) => { said += chunk; });
	child.stderr.on('data', (chunk) => { said += chunk; });
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, said }));
	});
}

export const masterPid = () => Number(readFileSync(`${setting('api.run_dir')}/hob-jobs.pid`, 'utf8'));

/** All children of the master. */
export async function childPids() {
	// It fails when there is none.
	const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(masterPid())]).catch(() => ({ stdout: '' }));

	return stdout.split(/\s+/).filter(Boolean).map(Number);
}

/** The runners' pids. */
export const runnerPids = async () => (await statusNow()).jobs.runners.map(({ pid }) => pid);

let serial = 0;
export const newKey = () => `${process.pid}.${serial += 1}`;

/** Adds a job of the kind "probe" and returns its key. */
export async function addProbe(args = {}, key = newKey()) {
	await sql("SELECT hob.add_job('probe', :'key', now(), :'args')", { key, args: JSON.stringify(args) });
	return key;
}

/** What is there of a job: { state, attempt, tries, late_s, leased_by, last_error }, or undefined. */
export async function jobOf(key) {
	const [line] = await sql(`SELECT json_build_object('id', id, 'attempt', attempt, 'tries', tries,
		'again', again_at IS NOT NULL,
		'state', CASE WHEN dead_at IS NOT NULL THEN 'dead'
			WHEN leased_by IS NULL THEN 'waiting' ELSE 'leased' END,
		'wait_s', extract(epoch FROM run_at - now()), 'leased_by', leased_by, 'last_error', last_error)
		FROM jobs WHERE key = :'key'`, { key });

	return line && JSON.parse(line);
}

/** How it ended, each time: [{ attempt, outcome, leased_by }]. */
export const historyOf = async (key) => (await sql(`SELECT json_build_object('attempt', attempt,
	'outcome', outcome, 'leased_by', leased_by) FROM job_history WHERE key = :'key' ORDER BY ended_at`, { key }))
	.map((line) => JSON.parse(line));

export const ended = (key, times = 1, seconds = 15) => until(`${key} has ended`, async () => {
	const history = await historyOf(key);

	assert.ok(history.length <= times, JSON.stringify(history));
	return history.length === times && history;
}, seconds);

export const inState = (key, wanted) =>
	until(`${key} is ${wanted}`, async () => (await jobOf(key))?.state === wanted && jobOf(key));

/** The time that it waits for has come: its next try, or the end of its lease. */
export const moveTime = (key) => sql("UPDATE jobs SET run_at = now() WHERE key = :'key'", { key });

// --- logs ----------------------------------------------------------------------------------

const LOGS = ['hob-api.err', 'hob-api.log', 'hob-jobs.err', 'hob-jobs.log', 'nginx.log', 'postgresql.log',
	'redis.log'];
// What nobody may find in a log, for the whole suite.
const secrets = new Set();

/** This is secret from now on: a token, a code, an address. Returns it. */
export function secret(text) {
	secrets.add(text);
	return text;
}

/** All texts of a line of JSON: a number may look like a code of digits. */
function textsOf(line) {
	const texts = [];

	JSON.parse(line, (_, value) => {
		if (typeof value === 'string')
			texts.push(value);
		return value;
	});
	return texts;
}

/** The forms in which a text is one to look for: as it is, and as a part of an address. */
const formsOf = (text) => [text, encodeURIComponent(text)].map((form) => form.toLowerCase());

/** No log of any server has a password or what was secret() in this file: so many at least. */
export function expectSilentLogs(count) {
	const isCode = (text) => /^\d+$/.test(text);
	const texts = [PASSWORD, OTHER_PASSWORD, ...[...secrets].filter((text) => !isCode(text))];
	const files = readdirSync(`${state}/log`);

	assert.ok(secrets.size >= count, `${secrets.size} secrets`);
	assert.deepEqual(LOGS.filter((file) => !files.includes(file)), []);
	for (const file of files) {
		const log = readFileSync(`${state}/log/${file}`, 'utf8');
		const lower = log.toLowerCase();
		const words = /^hob-(api|jobs)\.log$/.test(file) ? log.trim().split('\n').flatMap(textsOf) : [];

		for (const text of texts)
			assert.ok(!formsOf(text).some((form) => lower.includes(form)), `${file} has ${text}`);
		for (const code of [...secrets].filter(isCode))
			assert.ok(!words.some((word) => new RegExp(`\\b${code}\\b`).test(word)), `${file} has ${code}`);
	}
}
