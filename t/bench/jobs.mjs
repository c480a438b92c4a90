// jobs.mjs: what hob-jobs does in a second: jobs that do nothing, leased and ended.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const { BENCH_RUN, BENCH_QUICK } = process.env;
const JOBS = BENCH_QUICK ? 50_000 : 200_000;
const GOAL = 2000;

const psql = (script) => execFileSync('psql',
	['-XqAt', '-v', 'ON_ERROR_STOP=1', `host=${BENCH_RUN} dbname=hob user=hob_owner`],
	{ input: script, encoding: 'utf8' }).trim();

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
