// jobs.mjs: what hob-jobs does in a second: jobs that do nothing, leased and ended; and the reminders of one day among
// a million tasks, which have to cost what is due and not what there is.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const { BENCH_RUN, BENCH_QUICK } = process.env;
const JOBS = BENCH_QUICK ? 50_000 : 200_000;
const HOMES = BENCH_QUICK ? 5000 : 50_000;
const GOAL = 2000;

const psql = (script, user = 'hob_owner') => execFileSync('psql',
	['-XqAt', '-v', 'ON_ERROR_STOP=1', `host=${BENCH_RUN} dbname=hob user=${user}`],
	{ input: script, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 }).trim();

// --- jobs --------------------------------------------------------------------------------

async function doneInASecond() {
	psql(`UPDATE job_kinds SET paused = true WHERE kind = 'probe';
		INSERT INTO jobs (kind, key) SELECT 'probe', 'bench ' || n FROM generate_series(1, ${JOBS}) n;
		ANALYZE jobs;
		UPDATE job_kinds SET paused = false WHERE kind = 'probe';`);
	for (let i = 0; i < 600 && psql("SELECT count(*) FROM jobs WHERE kind = 'probe'") !== '0'; i++)
		await sleep(200);
	return Number(psql(`SELECT count(*) / extract(epoch FROM max(ended_at) - min(begun_at))
		FROM job_history WHERE kind = 'probe' AND key LIKE 'bench %' HAVING count(*) = ${JOBS}`));
}

const rate = await doneInASecond();
console.log(`\n${JOBS} jobs that do nothing, by two runners: ${Math.round(rate)} leased and ended a second `
	+ `(goal: ${GOAL})`);
if (!rate)
	throw new Error('not all of them were done within two minutes');

// --- reminders ---------------------------------------------------------------------------

const THEIRS = "SELECT id FROM users WHERE email LIKE 'remind%@bulk.example'";
const due = () => Number(psql('SELECT count(*) FROM reminders WHERE next_at <= now()'));

/** Homes of one person each, ten to a person, with twenty tasks each on the days of a year. */
function makeHomes() {
	psql(`INSERT INTO users (id, email, password_hash, time_zone, remind_at)
		SELECT hob.uuid_v7(), 'remind' || n || '@bulk.example', '-',
		       (ARRAY['UTC', 'Europe/Berlin', 'Asia/Kolkata'])[1 + n % 3], '00:00'
		  FROM generate_series(1, ${HOMES / 10}) n;
	INSERT INTO residences (id, owner_id, name, time_zone, created_at)
		SELECT hob.uuid_v7(), u.id, 'Home ' || n, u.time_zone, now() - interval '1 year'
		  FROM users u CROSS JOIN generate_series(1, 10) n WHERE u.id IN (${THEIRS});
	INSERT INTO tasks (id, residence_id, title, due_on, created_by)
		SELECT hob.uuid_v7(), r.id, 'Task ' || n,
		       current_date + ((abs(hashtext(r.id::text)::bigint) + n * 7919) % 365)::int, r.owner_id
		  FROM residences r CROSS JOIN generate_series(1, 20) n WHERE r.owner_id IN (${THEIRS});
	ANALYZE users, residences, residence_members, tasks, reminders;`);
}

/** hob-jobs looks at what is due within a month, when that is known: how many, and in what time. */
async function firstLook() {
	const [many, began] = [due(), performance.now()];
	for (let i = 0; i < 3000 && due() > 0; i++)
		await sleep(200);
	return [many, (performance.now() - began) / 1000];
}

/** The morning of today comes for those who have a task then: what is planned of it, and what that takes. */
function morning() {
	execFileSync(new URL('../../scripts/stack', import.meta.url).pathname, ['stop', 'jobs']);
	psql(`UPDATE reminders r SET next_at = now(), since = '-infinity'
		  FROM tasks t WHERE t.id = r.subject_id AND t.due_on = current_date AND t.created_by IN (${THEIRS});
		VACUUM ANALYZE reminders;`);
	const before = Number(psql('SELECT count(*) FROM notices'));
	const sum = { looked: due(), ms: 0, buffers: 0, batches: 0 };
	for (; due() > 0; sum.batches += 1) {
		const [{ Plan: top, 'Execution Time': ms }] = JSON.parse(psql(
			'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM hob.plan_reminders(100)', 'hob_jobs'));
		sum.ms += ms;
		sum.buffers += top['Shared Hit Blocks'] + top['Shared Read Blocks'];
	}
	return { ...sum, made: Number(psql('SELECT count(*) FROM notices')) - before };
}

makeHomes();
const [many, seconds] = await firstLook();
const day = morning();
console.log(`\n${HOMES * 20} tasks in ${HOMES} homes: hob-jobs looked at the ${many} of the next month `
	+ `in ${seconds.toFixed(0)} s (${Math.round(many / seconds)} a second)`);
console.log(`The reminders of one day: ${day.looked} rows looked at, ${day.made} notices made in `
	+ `${day.batches} batches, ${Math.round(day.looked / day.ms * 1000)} a second, `
	+ `${Math.round(day.buffers / day.looked)} buffers a row`);
console.log(psql(`BEGIN; SET LOCAL enable_seqscan = off; UPDATE reminders SET next_at = now()
		WHERE ctid = ANY (ARRAY(SELECT ctid FROM reminders LIMIT 100));
	EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT x.* FROM reminders x
	 WHERE x.next_at <= now() AND x.next_at < 'infinity' ORDER BY x.next_at LIMIT 100 FOR UPDATE SKIP LOCKED;
	ROLLBACK;`).split('\n').map((line) => `    ${line}`).join('\n'));
