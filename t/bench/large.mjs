// large.mjs: what the board of a household with 5,000 tasks and 20,000 completions takes at the
// database: EXPLAIN ANALYZE of the very text that hob-api prepares, as hob_api and under
// row-level security. The other reads of the same residence stand below it. Then what lists of papers
// and contractors read for somebody with a few homes among all the others.
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

/** Execution times in ms of `name` with these parameters, the others null, its last plan and the pages that it read. */
function explain(user, name, values) {
	const { text, names } = prepared(source, name);
	const given = names.map((param) => (param in values ? `'${values[param]}'` : 'NULL')).join(', ');
	const execute = `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE p(${given});\n`;
	const plans = psql('hob_api', `SELECT set_config('hob.user_id', '${user}', false) \\g /dev/null
		PREPARE p AS ${text};\n${execute.repeat(RUNS)}`).split(/Execution Time: ([\d.]+) ms\n/);
	const times = plans.filter((_, i) => i % 2).map(Number).sort((a, b) => a - b);

	const plan = plans.at(-3).replaceAll(/^ *(Buffers|Planning|I\/O Timings):.*\n/gm, '').trim();
	const [, , hit = 0, read = 0] = /Buffers: (shared (?:hit=(\d+))? ?(?:read=(\d+))?)/.exec(plans.at(-3)) ?? [];

	return {
		median: times[RUNS >> 1], least: times[0], most: times.at(-1),
		plan, pages: Number(hit) + Number(read),
	};
}

const indented = (text) => text.split('\n').map((line) => `      ${line}`).join('\n');

psql('hob_owner', readFileSync(new URL('large.sql', import.meta.url), 'utf8'));
const now = new Date().toISOString();
// A search that finds nothing looks at every task; the other at all that its words stand in.
const reads = [
	['task_board', { now, residence_id: RESIDENCE }],
	['task_list#due_on, a search for words in all',
		{ residence_id: RESIDENCE, limit: 51, search: 'nümber noted' }],
	['task_list#due_on, a search for what is nowhere',
		{ residence_id: RESIDENCE, limit: 51, search: 'etagere unlu' }],
	['residence_summary#name', { now }],
	['task_list#due_on', { residence_id: RESIDENCE, limit: 51 }],
	['completion_list#-completed_at', { residence_id: RESIDENCE, limit: 51 }],
	['residence_report', { now, residence_id: RESIDENCE }],
];

console.log('\nA household of 5,000 tasks and 20,000 completions, at the database, ms '
	+ '(goal for the board and a search: under 10):');
for (const [name, values] of reads) {
	const { median, least, most, plan } = explain(USER, name.split(',')[0], values);

	console.log(`  ${name.padEnd(40)} ${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`);
	if (name === 'task_board' || name.endsWith('nowhere'))
		console.log(indented(plan));
}

// --- papers and contractors among those of all households --------------------------------------

// Whoever owns the last of the residences that have an owner of their own owns one more (seed/bulk.sql).
const somebody = psql('hob_owner', `SELECT owner_id FROM residences WHERE id::text LIKE '01900000-0000-7002-8000-%'
	GROUP BY owner_id HAVING count(*) = 2 ORDER BY owner_id DESC LIMIT 1`).trim();
const [homes, documents, contractors] = psql('hob_owner', `SELECT count(*), (SELECT count(*) FROM documents),
	(SELECT count(*) FROM contractors) FROM residence_members WHERE user_id = '${somebody}'`).trim().split('|');
const LISTS = ['document_list#-created_at', 'document_list#title', 'document_list#expires_on',
	'warranty_list#expires_on', 'contractor_list#name', 'contractor_list#-rating', 'expiring_list#ends_on',
	'residence_summary#name'];

console.log(`\n${documents} documents and ${contractors} contractors, for somebody with ${homes} homes and one `
	+ 'contractor of their own: ms, and pages of 8 KiB read');
for (const name of LISTS) {
	const { median, plan, pages } = explain(somebody, name, { limit: 51, days: 90, now });
	const whole = [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => table);

	console.log(`  ${name.padEnd(40)} ${median.toFixed(2)}, ${pages} pages; by index${whole.length > 0
		? `, all but ${[...new Set(whole)].join(' ')}` : ''}`);
	if (name.startsWith('expiring_list'))
		console.log(indented(plan));
}
