// staff.mjs: what lists of staff take at the database among a million accounts: EXPLAIN ANALYZE of the very text that
// hob-admin prepares, as hob_staff and under somebody's session. staff_users.sql makes the accounts.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { prepared } from './statements.mjs';

const { BENCH_RUN, BENCH_ADMIN_STATEMENTS } = process.env;
const RUNS = 11;
const KEY = 'a bench';
const PERSON = '01900000-0000-7010-8000-0000000000ff';

const psql = (user, script) =>
	execFileSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', `host=${BENCH_RUN} dbname=hob user=${user}`],
		{ input: script, encoding: 'utf8' });

const source = readFileSync(BENCH_ADMIN_STATEMENTS, 'utf8');

/** The median of execution times in ms of `name` with these parameters, the others null, and its last plan. */
function explain(name, values) {
	const { text, names } = prepared(source, name);
	const given = names.map((param) => (param in values ? `'${values[param]}'` : 'NULL')).join(', ');
	const plans = psql('hob_staff', `SELECT set_config('hob.staff_token', '${KEY}', false) \\g /dev/null
		PREPARE p AS ${text};
		${`EXPLAIN (ANALYZE, COSTS OFF, SUMMARY) EXECUTE p(${given});\n`.repeat(RUNS)}`)
		.split(/Execution Time: ([\d.]+) ms\n/);
	const times = plans.filter((_, i) => i % 2).map(Number).sort((a, b) => a - b);

	return { median: times[RUNS >> 1], plan: plans.at(-3) };
}

psql('hob_owner', `${readFileSync(new URL('staff_users.sql', import.meta.url), 'utf8')}
INSERT INTO staff (id, email, name, role, password_hash, totp_nonce)
VALUES (gen_random_uuid(), 'bench@staff.example', 'Bench', 'admin', '-', '-') ON CONFLICT DO NOTHING;
INSERT INTO staff_sessions (id, staff_id, token_hash, address, agent, ends_at)
SELECT gen_random_uuid(), id, '${KEY}', '', '', now() + interval '1 hour' FROM staff
 WHERE email = 'bench@staff.example';`);

const NEWEST = 'users_list#-created_at';
const reads = [
	['the newest', NEWEST, {}],
	['the oldest', 'users_list#created_at', {}],
	['the newest since a day', NEWEST, { created_at__gte: new Date(Date.now() - 86400e3).toISOString() }],
	['page 40', NEWEST, { offset: 975 }],
	['disabled', NEWEST, { is_active: 'f' }],
	['not proved', NEWEST, { is_verified: 'f' }],
	['disabled and not proved', NEWEST, { is_active: 'f', is_verified: 'f' }],
	['leaving', NEWEST, { is_leaving: 't' }],
	['two ids', NEWEST, { id__in: `${PERSON},01900000-0000-7010-8000-0000000000fe` }],
	['a search for an id', NEWEST, { search: PERSON }],
	['a search for an address', NEWEST, { search: 'noah.brandt1@bulk.example' }],
	['the beginning of addresses, 1,500', NEWEST, { search: 'mara.abel72' }],
	['the beginning of last names, 2,500', NEWEST, { search: 'Díaz17' }],
	['the beginning of names, 3,100', NEWEST, { search: 'pia diaz3' }],
	['the beginning of names, 125,000', NEWEST, { search: 'm' }],
	['what nobody is called', NEWEST, { search: 'unlu' }],
	['sessions of somebody', 'sessions_list#-created_at', { user_id: PERSON }],
	['phones of somebody', 'devices_list#-created_at', { user_id: PERSON }],
	['one account', 'users_get', { subject_id: PERSON }],
];

console.log('\nA million accounts, what staff read of them, at the database, ms (goal for a first page: under 20):');
for (const [what, name, values] of reads) {
	const { median, plan } = explain(name, { page_size: 25, offset: 0, ...values });
	const whole = [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => table);

	console.log(`  ${what.padEnd(40)} ${median.toFixed(2)}${whole.length > 0 ? `, not by index: ${whole}` : ''}`);
}
