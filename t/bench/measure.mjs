// measure.mjs: puts load on a running stack, candidate after candidate, in rounds, and
// writes down rates, CPU and memory. t/bench/run sets the stage and the variables.
import { execFile } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { children, cpuSoFar, difference, pssKib } from './machine.mjs';
import { report, summary } from './report.mjs';
import { pipeline } from './statements.mjs';

const run = promisify(execFile);
const env = process.env;
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const rounds = Number(env.BENCH_ROUNDS);
const seconds = Number(env.BENCH_SECONDS);
const workers = Number(env.BENCH_WORKERS);
const clients = workers * 8;
const pids = {
	nginx: Number(env.BENCH_NGINX_PID), master: Number(env.BENCH_MASTER_PID),
	yardstick: Number(env.BENCH_YARDSTICK_PID), postgres: Number(env.BENCH_POSTGRES_PID),
};
const tokens = readFileSync(env.BENCH_TOKENS, 'utf8').trim().split('\n').length;

// Boards are read in one half of the residences and grow in the other.
const half = Math.floor(Math.min(tokens, 1000, Number(env.BENCH_HOUSEHOLDS) / 3) / 2);
const READ = { first: 1, last: half };
const WRITE = { first: half + 1, last: 2 * half };

// pgbench knows only numbers and must make values out of them: the id of the bulk residence of
// that number, and ids of tasks that grow with time like those of uuid_v7.
const residence = "('01900000-0000-7002-8000-' || lpad(to_hex(:token_hash::bigint), 12, '0'))";
const newId = "(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')"
	+ " || '7' || left(md5(random()::text), 19))";
const ENTER_AND = (...names) => ['enter', ...names];

const candidates = [
	{ name: 'plain', kind: 'wrk', ...READ, say: 'plain libfcgi, connection per request' },
	{ name: 'livez', kind: 'wrk', ...READ, say: 'GET /livez' },
	{ name: 'me', kind: 'wrk', ...READ, say: 'GET /api/auth/me' },
	{ name: 'me_quiet', kind: 'wrk', sends: 'me', clients: 2, ...READ, say: 'the same, two clients' },
	{ name: 'residences', kind: 'wrk', ...READ, say: 'GET /api/residences' },
	{ name: 'me_ceiling', kind: 'pgbench', ...READ, of: 'me', say: 'its statements alone',
		statements: ENTER_AND('me') },
	{ name: 'board', kind: 'wrk', ...READ, say: 'GET /api/tasks/kanban' },
	{ name: 'board_ceiling', kind: 'pgbench', ...READ, of: 'board', say: 'its statements alone',
		statements: ENTER_AND('task_board') },
	{ name: 'create', kind: 'wrk', ...WRITE, say: 'POST /api/tasks' },
	{ name: 'create_ceiling', kind: 'pgbench', ...WRITE, of: 'create', say: 'its statements alone',
		statements: ENTER_AND('scope_residence', 'task_create'),
		instead: { residence_id: residence, new_id: newId } },
];

const goals = [
	{ say: '/livez ÷ plain', of: ['ratio', 'livez'], least: 1.5 },
	{ say: 'me ÷ plain', of: ['ratio', 'me'], least: 1 },
	{ say: 'me ÷ /livez', of: ['hello', 'me'], least: 0.75 },
	{ say: 'board ÷ its statements alone', of: ['share', 'board'], least: 0.5 },
	{ say: 'create ÷ its statements alone', of: ['share', 'create'], least: 0.5 },
	{ say: 'memory of a worker, MiB', of: ['memory'], most: 8 },
];

// --- load --------------------------------------------------------------------------

async function wrk(c, duration) {
	const { stdout } = await run('wrk', ['-t', '2', '-c', String(c.clients ?? clients), '-d', `${duration}s`,
		'-s', `${here}/requests.lua`, env.BENCH_URL, '--', c.sends ?? c.name, env.BENCH_TOKENS,
		String(c.first), String(c.last)], { timeout: (duration + 20) * 1000 });
	const r = JSON.parse(/^result (.*)$/m.exec(stdout)[1]);

	return { ...r, rate: r.count / r.seconds, failed: r.refused + r.broken };
}

// What a body of POST /api/tasks becomes; the same values as in requests.lua.
const values = {
	now: new Date().toISOString(), request_id: 'bench-request', scope_role: 'member', title: 'Clean the gutters',
	description: 'Bring the long ladder.', category: 'exterior', priority: 'high',
	due_on: '2027-05-14', estimated_cost: '25.00',
};

async function pgbench(c, duration) {
	const script = `${env.BENCH_WORK}/${c.name}.sql`;

	writeFileSync(script, pipeline(env.BENCH_STATEMENTS, c.statements, c));
	const { stdout } = await run('pgbench', ['-n', '-M', 'prepared', '-c', String(workers),
		'-j', '2', '-T', String(duration), '-f', script, '-h', env.BENCH_RUN, '-U', 'hob_api',
		...Object.entries(values).flatMap(([k, v]) => ['-D', `${k}=${v}`]), 'hob'],
	{ timeout: (duration + 20) * 1000 });
	const find = (words) => Number(new RegExp(`${words} = ([0-9.]+)`).exec(stdout)[1]);

	return {
		rate: find('tps'), count: Number(/actually processed: (\d+)/.exec(stdout)[1]),
		failed: Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0),
	};
}

const loads = { wrk, pgbench };

async function hob(...args) {
	const { stdout } = await run(`${env.BENCH_STATE}/bin/hob`, args,
		{ env: { ...env, HOB_CONF: env.BENCH_CONF } });

	return JSON.parse(stdout);
}

// The share of reads whose caller, and whose answer, was remembered.
function hits(before, after) {
	const more = (name) => after[name] - before[name];
	const share = (hit, ...miss) => hit / (hit + miss.reduce((a, b) => a + b, 0));

	return {
		callers: share(more('session_hits'), more('session_redis_hits'), more('session_misses')),
		answers: share(more('answer_hits'), more('answer_misses')),
	};
}

async function measure(c, duration) {
	// 300 bytes a request would otherwise fill a small /tmp.
	truncateSync(env.BENCH_API_LOG);
	const [before, counted] = [cpuSoFar(pids), await hob('cache', 'stats', '--json')];
	const r = await loads[c.kind](c, duration);
	const cpu = difference(before, cpuSoFar(pids));
	const cached = hits(counted, await hob('cache', 'stats', '--json'));
	const ours = cpu.nginx + cpu.workers + cpu.master + cpu.yardstick + cpu.postgres + cpu.load;

	return { ...r, cpu, cached, others: Math.max(0, cpu.all - ours) / (duration * 1e6) };
}

// --- rounds ------------------------------------------------------------------------

async function oneRound(number, wanted) {
	const results = {};
	// Every other round backwards, so that a slow minute does not always hit the same one.
	const order = number % 2 ? [...wanted].reverse() : wanted;

	for (const c of order) {
		const r = await measure(c, number ? seconds : 1);

		results[c.name] = r;
		console.log(`  ${number ? `round ${number}/${rounds}` : 'warming up'}  ${c.name.padEnd(15)}`
			+ `${Math.round(r.rate).toString().padStart(7)}/s`
			+ `${r.failed ? `  ${r.failed} FAILED` : ''}`
			+ `${r.others > 0.1 ? `  (others used ${r.others.toFixed(1)} cores)` : ''}`);
	}
	return results;
}

// What the gate has seen since it started.
async function poolState() {
	const { queue_max, queue_limit, handed, retaken, shed, hung_up, crashes, kills } =
		await hob('status', '--json');

	return { queue_max, queue_limit, handed, retaken, shed, hung_up, crashes, kills };
}

const wanted = env.BENCH_ONLY
	? candidates.filter((c) => c.name === 'plain' || env.BENCH_ONLY.split(',').includes(c.name)
		|| env.BENCH_ONLY.split(',').includes(c.of))
	: candidates;
const memory = { idle: pssKib(children(pids.master)) };
const samples = [];

await oneRound(0, wanted);
for (let number = 1; number <= rounds; number++)
	samples.push(await oneRound(number, wanted));
memory.loaded = pssKib(children(pids.master));

const results = summary({ candidates: wanted, samples, memory, goals, workers, clients,
	seconds, households: Number(env.BENCH_HOUSEHOLDS), pool: await poolState() });

writeFileSync(env.BENCH_RESULTS, `${JSON.stringify(results, null, '\t')}\n`);
report(results);
process.exitCode = results.failed ? 1 : 0;
