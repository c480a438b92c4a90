// uploads.mjs: what uploads take from those who read boards beside them, and how fast they are beside nginx alone
// writing the same bytes to the same disk (BENCH_PUT, a location that takes PUT).
//
// Called with "client" it is the load: sixteen people who send one file again and again, in a process of its own, so
// that its CPU time can be told from that of the rest.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { children, cpuSoFar, difference, pssKib } from './machine.mjs';

const CLIENTS = 16;
const MIB = 2 ** 20;
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

// --- the load ------------------------------------------------------------------------------

function send(agent, method, url, headers, body) {
	return new Promise((resolve) => {
		const req = http.request(url, { agent, method, headers: { ...headers, 'Content-Length': body.length } },
			(res) => res.resume().on('end', () => resolve(res.statusCode)));
		req.on('error', (e) => resolve(e.code));
		req.end(body);
	});
}

/** In a second `rate`, or as many as can be when it is 0; `most` by each, for the sake of the disk. */
async function client(method, url, file, tokens, seconds, most, rate) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
	const [body, began] = [readFileSync(file), performance.now()];
	const result = { count: 0, later: 0, failed: [] };
	const passed = () => (performance.now() - began) / 1000;

	await Promise.all(tokens.map(async (token, i) => {
		const headers = { 'Content-Type': 'text/plain', Authorization: `Token ${token}` };

		const due = (n) => (rate > 0 ? (n * CLIENTS + i) / rate : passed());

		for (let n = 0; n < most && due(n) < seconds; n++) {
			await sleep((due(n) - passed()) * 1000);
			const status = await send(agent, method, method === 'PUT' ? `${url}${i}` : url, headers, body);
			if (status >= 200 && status < 300)
				result.count += 1;
			else if (status === 503)
				result.later += 1;
			else
				result.failed.push(status);
		}
	}));
	console.log(JSON.stringify({ ...result, seconds: passed() }));
}

if (process.argv[2] === 'client') {
	const [method, url, file, tokens, ...numbers] = process.argv.slice(3);
	await client(method, url, file, tokens.split(','), ...numbers.map(Number));
	process.exit();
}

// --- measuring -----------------------------------------------------------------------------

const run = promisify(execFile);
const { env } = process;
const rounds = env.BENCH_QUICK ? 1 : 3;
const seconds = 4;
const WRITTEN_MAX = 800 * MIB;		// of one phase
const READERS = 100;
const pids = {
	nginx: Number(env.BENCH_NGINX_PID), master: Number(env.BENCH_MASTER_PID),
	yardstick: Number(env.BENCH_YARDSTICK_PID), postgres: Number(env.BENCH_POSTGRES_PID),
};
const file = `${env.BENCH_WORK}/upload.txt`;
// Senders are other people than readers, whose boards would be forgotten with each file.
const senders = readFileSync(env.BENCH_TOKENS, 'utf8').split('\n').slice(READERS, READERS + CLIENTS)
	.map((line) => line.split(' ')[0]);

const psql = (script) => execFileSync('psql',
	['-XqAt', '-v', 'ON_ERROR_STOP=1', `host=${env.BENCH_RUN} dbname=hob user=hob_owner`], { input: script });

async function sending(method, url, mib, most = 0) {
	const numbers = [seconds, WRITTEN_MAX / CLIENTS / mib / MIB, most].map(String);
	const { stdout } = await run(process.execPath, [`${here}/uploads.mjs`, 'client', method, url, file,
		senders.join(), ...numbers], { timeout: (seconds + 60) * 1000 });

	return JSON.parse(stdout);
}

async function reading() {
	const { stdout } = await run('wrk', ['-t', '2', '-c', String(CLIENTS), '-d', `${seconds}s`,
		'-s', `${here}/requests.lua`, env.BENCH_URL, '--', 'board', env.BENCH_TOKENS, '1', String(READERS)],
	{ timeout: (seconds + 20) * 1000 });
	const r = JSON.parse(/^result (.*)$/m.exec(stdout)[1]);

	return { ...r, failed: Array(r.refused + r.broken).fill('a board') };
}

/** What was sent goes again, so that each phase finds the same disk. */
function forget() {
	psql(`DELETE FROM files; TRUNCATE file_leavings; DELETE FROM jobs WHERE kind = 'image';`);
	for (const folder of readdirSync(`${env.BENCH_STATE}/files`).filter((name) => /^[0-9a-f]{2}$/.test(name)))
		rmSync(`${env.BENCH_STATE}/files/${folder}`, { recursive: true });
}

/**
 * Runs these beside each other: what each did, the CPU seconds of everything of ours, and how many cores nobody else
 * used: work that waits for the disk leaves them idle, and yet they were there.
 */
async function measure(...loads) {
	const [before, began] = [cpuSoFar(pids), performance.now()];
	const watch = setInterval(() => { memory.most = Math.max(memory.most, largest()); }, 100);
	const done = await Promise.all(loads.map((load) => load()));
	const wall = (performance.now() - began) / 1000;
	const { all, ...ours } = difference(before, cpuSoFar(pids));
	const cpu = Object.values(ours).reduce((a, b) => a + b, 0) / 1e6;
	const others = Math.max(0, all / 1e6 - cpu) / wall;

	clearInterval(watch);
	failed.push(...done.flatMap((r) => r.failed));
	forget();
	return { done, cpu, others, cores: cpus().length - others };
}

const rate = (r) => r.count / r.seconds;

/** Beside readers half as many are sent as could be: of all that there is nothing would be left to measure. */
async function oneRound(mib) {
	const alone = await measure(reading);
	const uploads = await measure(() => sending('POST', `${env.BENCH_URL}/api/uploads`, mib));
	const nginx = await measure(() => sending('PUT', env.BENCH_PUT, mib));
	const half = rate(uploads.done[0]) / 2;
	const both = await measure(reading, () => sending('POST', `${env.BENCH_URL}/api/uploads`, mib, half));
	const [[boards], [sent], [put]] = [alone, uploads, nginx].map((phase) => phase.done);
	const [beside, meanwhile] = both.done;
	const each = uploads.cpu / sent.count;

	return {
		uploads: rate(sent), ofNginx: rate(sent) / rate(put), later: sent.later + meanwhile.later,
		ms: each * 1000, nginxMs: nginx.cpu / put.count * 1000,
		meanwhile: rate(meanwhile), boards: rate(beside), ofAlone: rate(beside) / rate(boards),
		ofLeft: rate(beside) / (both.cores - each * rate(meanwhile)) / (rate(boards) / alone.cores),
		p99Ms: beside.p99_us / 1000, others: Math.max(alone.others, uploads.others, nginx.others, both.others),
	};
}

// --- telling -------------------------------------------------------------------------------

async function ofSize(mib) {
	const samples = [];

	writeFileSync(file, 'The boiler was looked at.\n'.repeat(mib * MIB / 26 + 1).slice(0, mib * MIB));
	for (let i = 0; i < rounds; i++)
		samples.push(await oneRound(mib));
	const all = (key) => samples.map((s) => s[key]).sort((a, b) => a - b);
	const m = (key, digits = 0) => all(key)[rounds >> 1].toFixed(digits);
	const range = (key) => `${m(key, 2)} (${all(key)[0].toFixed(2)}-${all(key).at(-1).toFixed(2)})`;

	console.log(`  ${mib} MiB: ${m('uploads', 1)} a second, ${range('ofNginx')} of nginx alone; `
		+ `${m('ms', 1)} ms of CPU each, ${m('nginxMs', 1)} with nginx alone`);
	console.log(`    beside ${m('meanwhile', 1)} of them a second: ${m('boards')} boards a second, `
		+ `${range('ofAlone')} of alone, p99 ${m('p99Ms')} ms`);
	console.log(`    per CPU second left: ${range('ofLeft')} of alone (goal: 0.80)`);
	console.log(`    ${all('later').at(-1)} were told to come later; others used ${m('others', 1)} cores`);
}

const failed = [];
const largest = () => Math.max(...pssKib(children(pids.master))) / 1024;
const memory = { before: 0, most: 0 };

psql(`UPDATE job_kinds SET paused = true WHERE kind = 'image';
	UPDATE settings SET value = -1 WHERE name LIKE 'limit.staged%';`);
await reading();
memory.before = largest();
console.log(`\nUploads by ${CLIENTS} clients, beside as many readers of boards:`);
for (const mib of [1, 25])
	await ofSize(mib);
console.log(`  the largest worker: ${memory.before.toFixed(1)} MiB before, ${memory.most.toFixed(1)} at most, `
	+ `${largest().toFixed(1)} after`);
psql("UPDATE job_kinds SET paused = false WHERE kind = 'image'");
if (failed.length > 0)
	throw new Error(`${failed.length} requests failed: ${[...new Set(failed)].join(' ')}`);
