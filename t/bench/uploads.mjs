// uploads.mjs: what uploads take from those who read boards beside them, and how fast they are beside nginx alone
// writing the same bytes to the same disk (BENCH_PUT, a location that takes PUT).
//
// Called with "client" it is the load: sixteen people who send one file again and again, in a process of its own, so
// that its CPU time can be told from that of the rest.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { cpus } from 'node:os';
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

/** `most`: so many of each client at most, for the sake of the disk. Who is told to come again later does. */
async function client(method, url, file, tokens, seconds, most) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
	const [body, began] = [readFileSync(file), performance.now()];
	const result = { count: 0, later: 0, failed: [] };

	await Promise.all(tokens.map(async (token, i) => {
		const headers = { 'Content-Type': 'text/plain', Authorization: `Token ${token}` };

		for (let n = 0; n < most && performance.now() - began < seconds * 1000; n++) {
			const status = await send(agent, method, method === 'PUT' ? `${url}${i}` : url, headers, body);
			if (status >= 200 && status < 300)
				result.count += 1;
			else if (status === 503)
				result.later += 1;
			else
				result.failed.push(status);
		}
	}));
	console.log(JSON.stringify({ ...result, seconds: (performance.now() - began) / 1000 }));
}

if (process.argv[2] === 'client') {
	const [method, url, file, tokens, seconds, most] = process.argv.slice(3);
	await client(method, url, file, tokens.split(','), Number(seconds), Number(most));
	process.exit();
}

// --- measuring -----------------------------------------------------------------------------

const run = promisify(execFile);
const { env } = process;
const rounds = env.BENCH_QUICK ? 1 : 3;
const seconds = env.BENCH_QUICK ? 4 : 8;
const WRITTEN_MAX = 1536 * MIB;		// of one phase
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
const memory = () => Math.max(...pssKib(children(pids.master))) / 1024;

async function sending(method, url, mib) {
	const { stdout } = await run(process.execPath, [`${here}/uploads.mjs`, 'client', method, url, file,
		senders.join(), String(seconds), String(WRITTEN_MAX / CLIENTS / mib / MIB)],
	{ timeout: (seconds + 60) * 1000 });
	return JSON.parse(stdout);
}

async function reading() {
	const { stdout } = await run('wrk', ['-t', '2', '-c', '16', '-d', `${seconds}s`, '-s', `${here}/requests.lua`,
		env.BENCH_URL, '--', 'board', env.BENCH_TOKENS, '1', String(READERS)], { timeout: (seconds + 20) * 1000 });
	const r = JSON.parse(/^result (.*)$/m.exec(stdout)[1]);

	return { ...r, failed: Array(r.refused + r.broken).fill('a board') };
}

/** What was sent goes again, so that each phase finds the same disk. */
function forget() {
	psql(`DELETE FROM files; TRUNCATE file_leavings; DELETE FROM jobs WHERE kind = 'image';`);
	for (const folder of readdirSync(`${env.BENCH_STATE}/files`).filter((name) => /^[0-9a-f]{2}$/.test(name)))
		rmSync(`${env.BENCH_STATE}/files/${folder}`, { recursive: true });
}

/** Runs these beside each other: what they did, the CPU seconds of everything of ours, and what there was. */
async function measure(...loads) {
	const before = cpuSoFar(pids);
	const began = performance.now();
	const done = await Promise.all(loads.map((load) => load()));
	const wall = (performance.now() - began) / 1000;
	const { all, ...ours } = difference(before, cpuSoFar(pids));
	const cpu = Object.values(ours).reduce((a, b) => a + b, 0) / 1e6;
	const others = Math.max(0, all / 1e6 - cpu);

	forget();
	return { done, cpu, ours, others: others / wall, had: cpus().length * wall - others, wall };
}

const rate = (r) => r.count / r.seconds;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function oneRound(mib, failed) {
	const upload = () => sending('POST', `${env.BENCH_URL}/api/uploads`, mib);
	const alone = await measure(reading);
	const uploads = await measure(upload);
	const both = await measure(reading, upload);
	const nginx = await measure(() => sending('PUT', env.BENCH_PUT, mib));
	const [sent, read, besides] = [uploads.done[0], ...both.done];
	const each = uploads.cpu / sent.count;
	console.log(JSON.stringify({ alone, uploads, both, nginx }));

	failed.push(...[alone, uploads, both, nginx].flatMap((phase) => phase.done.flatMap((r) => r.failed)));
	return {
		uploads: rate(sent), ofNginx: rate(sent) / rate(nginx.done[0]), later: sent.later + besides.later,
		eachMs: each * 1000, nginxMs: nginx.cpu / nginx.done[0].count * 1000,
		besides: rate(besides), boards: rate(read), ofAlone: rate(read) / rate(alone.done[0]),
		// What an upload takes no reader could have had; what nobody used was there for them.
		ofLeft: (read.count / (both.had - each * besides.count)) / (alone.done[0].count / alone.had),
		others: Math.max(alone.others, uploads.others, both.others, nginx.others),
		memory: memory(),
	};
}

async function ofSize(mib, failed) {
	const samples = [];

	writeFileSync(file, 'The boiler was looked at.\n'.repeat(Math.ceil(mib * MIB / 26)).slice(0, mib * MIB));
	for (let i = 0; i < rounds; i++)
		samples.push(await oneRound(mib, failed));
	const all = Object.fromEntries(Object.keys(samples[0]).map((key) => [key, samples.map((s) => s[key])]));
	const m = (key, digits = 0) => median(all[key]).toFixed(digits);
	const range = (key) => `${Math.min(...all[key]).toFixed(2)}-${Math.max(...all[key]).toFixed(2)}`;

	console.log(`  ${mib} MiB: ${m('uploads', 1)} a second, ${m('ofNginx', 2)} (${range('ofNginx')}) of nginx alone; `
		+ `${m('eachMs', 1)} ms of CPU each, ${m('nginxMs', 1)} with nginx alone`);
	console.log(`    boards beside ${m('besides', 1)} a second: ${m('boards')}/s, ${m('ofAlone', 2)} of alone, `
		+ `${m('ofLeft', 2)} (${range('ofLeft')}) per CPU second left (goal: 0.80)`);
	console.log(`    ${Math.max(...all.later)} told to come later; others used ${m('others', 1)} cores`);
}

const failed = [];
psql(`UPDATE job_kinds SET paused = true WHERE kind = 'image';
	UPDATE settings SET value = -1 WHERE name LIKE 'limit.staged%';`);
await reading();
const before = memory();
console.log(`\nUploads by ${CLIENTS} clients, beside as many readers of boards:`);
for (const mib of [1, 25])
	await ofSize(mib, failed);
console.log(`  the largest worker: ${before.toFixed(1)} MiB before, ${memory().toFixed(1)} after`);
psql(`UPDATE job_kinds SET paused = false WHERE kind = 'image'`);
if (failed.length > 0)
	throw new Error(`${failed.length} requests failed: ${[...new Set(failed)].join(' ')}`);
