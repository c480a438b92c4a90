// large.mjs: what the board of a household with 5,000 tasks and 20,000 completions takes at the
// database: EXPLAIN ANALYZE of the very text that hob-api prepares, as hob_api and under
// row-level security. The other reads of the same residence stand below it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { prepared } from './statements.mjs';

const { BENCH_RUN, BENCH_STATEMENTS } = process.env;
const RUNS = 21;
const USER = '01900000-0000-7009-8000-000000000001';
const RESIDENCE = '01900000-0000-7009-8000-000000000002';

const psql = (user, script) =>
	execFileSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', `host=${BENCH_RUN} dbname=hob user=${user}`],
		{ input: script, encoding: 'utf8' });

const source = readFileSync(BENCH_STATEMENTS, 'utf8');

/** Execution times in ms of `name` with these parameters, the others null, and its last plan. */
function explain(name, values) {
	const { text, names } = prepared(source, name);
	const given = names.map((param) => (param in values ? `'${values[param]}'` : 'NULL')).join(', ');
	const execute = `EXPLAIN (ANALYZE, COSTS OFF) EXECUTE p(${given});\n`;
	const plans = psql('hob_api', `SELECT set_config('hob.user_id', '${USER}', false) \\g /dev/null
		PREPARE p AS ${text};\n${execute.repeat(RUNS)}`).split(/Execution Time: ([\d.]+) ms\n/);
	const times = plans.filter((_, i) => i % 2).map(Number).sort((a, b) => a - b);

	return { median: times[RUNS >> 1], least: times[0], most: times.at(-1), plan: plans.at(-3).trim() };
}

psql('hob_owner', readFileSync(new URL('large.sql', import.meta.url), 'utf8'));
const now = new Date().toISOString();
// A search that finds nothing looks at every task; the other at all that its words stand in.
const reads = [
	['task_board', { now, residence_id: RESIDENCE }],
	['task_list#due_on, a search for words in all',
		{ residence_id: RESIDENCE, limit: 51, search: 'nümber noted' }],
	['task_list#due_on, a search for what is nowhere',
		{ residence_id: RESIDENCE, limit: 51, search: 'etagere unlu' }],
	['residence_summary', { now }],
	['task_list#due_on', { residence_id: RESIDENCE, limit: 51 }],
	['completion_list#-completed_at', { residence_id: RESIDENCE, limit: 51 }],
	['residence_report', { now, residence_id: RESIDENCE }],
];

console.log('\nA household of 5,000 tasks and 20,000 completions, at the database, ms '
	+ '(goal for the board and a search: under 10):');
for (const [name, values] of reads) {
	const { median, least, most, plan } = explain(name.split(',')[0], values);

	console.log(`  ${name.padEnd(40)} ${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`);
	if (name === 'task_board' || name.endsWith('nowhere'))
		console.log(plan.split('\n').map((line) => `      ${line}`).join('\n'));
}
