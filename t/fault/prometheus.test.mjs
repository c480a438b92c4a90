// prometheus.test.mjs: Debian's Prometheus reads what the masters show, by the files of conf that say how, and its
// rules fire when they should.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { nginxDir, reconfigure } from './nginx.mjs';
import { metrics, textOf } from './seeing.mjs';
import { asOwner, isAlive, scratchFolder, settled, stack, until } from './support.mjs';

const PROGRAMS = ['hob-api', 'hob-admin', 'hob-jobs'];
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const alerts = path('conf/prometheus/alerts.yml');
const scrape = readFileSync(path('conf/prometheus/scrape.yml'), 'utf8');

/** promtool with these words, and this on its standard input: { code, said }. */
function promtool(words, input = '') {
	return new Promise((resolve) => {
		const child = execFile('promtool', words, (why, stdout, stderr) =>
			resolve({ code: why?.code ?? 0, said: stdout + stderr }));

		child.stdin.end(input);
	});
}

async function passes(words, input) {
	const { code, said } = await promtool(words, input);

	assert.equal(code, 0, said);
	return said;
}

async function freePort() {
	const listener = createServer();

	await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
	const { port } = listener.address();
	await new Promise((resolve) => { listener.close(resolve); });
	return port;
}

/** The names of all that is shown. */
async function names() {
	const shown = (await Promise.all(PROGRAMS.map((program) => textOf('/metrics', program)))).join('');

	return new Set(shown.match(/^# TYPE \w+/gm).map((line) => line.slice(7)));
}

let folder;
let metricsPort;
let robin;

before(async () => {
	folder = scratchFolder();
	robin = await signUp();
	metricsPort = await freePort();
	const name = `${nginxDir}/metrics.conf`;

	writeFileSync(name, readFileSync(name, 'utf8').replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${metricsPort}`));
	await reconfigure('nginx.conf', (text) => text.replace('include site.conf;', '$&\n\tinclude metrics.conf;'));
	await settled();
	await until('jobs are counted', async () =>
		(await textOf('/metrics', 'hob-jobs')).includes('hob_jobs_waiting'));
});
after(async () => {
	folder.remove();
	await stack('up');
});

describe('what the masters show', () => {
	for (const program of PROGRAMS)
		test(`is in order: ${program}`, async () => {
			expectOk(await robin.client.get('/api/auth/me'));
			expectProblem(await nobody.get('/api/no/such'), 404, 'not_found');
			assert.equal(await passes(['check', 'metrics'], await textOf('/metrics', program)), '');
		});

	test('has every name that rules and dashboard ask for', async () => {
		const known = await names();
		const asked = new Set([alerts, path('conf/grafana/hob.json')].flatMap((name) =>
			readFileSync(name, 'utf8').match(/\bhob_\w+/g)));
		const base = (name) => name.replace(/_(bucket|count|sum)$/, '');

		assert.ok(asked.size > 20);
		assert.deepEqual([...asked].filter((name) => !known.has(name) && !known.has(base(name))), []);
	});

	test('is in doc/seeing.md, and nothing else is', async () => {
		const known = await names();
		const told = readFileSync(path('doc/seeing.md'), 'utf8').match(/(?<=`)hob_\w+(?=`)/g);

		assert.deepEqual([...known].sort(), [...new Set(told)].sort());
	});

	test('is not shown to the public', async () => {
		for (const target of ['/metrics', '/metrics/hob-api', '/status', '/api/metrics'])
			expectProblem(await nobody.get(target), 404, 'not_found');
	});
});

describe('the rules', () => {
	test('can be read, and so can the configuration beside them', async () => {
		await passes(['check', 'rules', alerts]);
		await passes(['check', 'config', '--syntax-only', path('conf/prometheus/scrape.yml')]);
	});

	test('fire when they should', () => passes(['test', 'rules', path('t/fault/alerts.yml')]));

	test('each say what is so and what to do, and have a case', () => {
		const rules = readFileSync(alerts, 'utf8').split(/^ {6}- alert: /m).slice(1);
		const cases = readFileSync(path('t/fault/alerts.yml'), 'utf8');

		assert.ok(rules.length >= 15);
		for (const rule of rules) {
			const [name] = rule.split('\n');

			assert.match(rule, /^ {10}summary: ./m, name);
			assert.match(rule, /^ {10}description: ./m, name);
			assert.match(rule, /severity: (critical|warning) \}$/m, name);
			assert.ok(cases.includes(`alertname="${name}"`), `${name} has no case in t/fault/alerts.yml`);
		}
	});
});

describe('Prometheus', () => {
	let child;
	let url;

	/** The value of an expression by the label `job`. */
	async function ask(query) {
		const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
		const { status, data } = await answer.json();

		assert.equal(status, 'success');
		return Object.fromEntries(data.result.map(({ metric, value }) => [metric.job, Number(value[1])]));
	}

	before(async () => {
		const port = await freePort();

		url = `http://127.0.0.1:${port}`;
		writeFileSync(`${folder.path}/alerts.yml`, readFileSync(alerts));
		writeFileSync(`${folder.path}/prometheus.yml`, scrape
			.replaceAll('127.0.0.1:9178', `127.0.0.1:${metricsPort}`).replaceAll(': 15s', ': 1s'));
		child = spawn('prometheus', [`--config.file=${folder.path}/prometheus.yml`,
			`--storage.tsdb.path=${folder.path}/data`, `--web.listen-address=127.0.0.1:${port}`,
			'--log.level=error'], { ...asOwner, stdio: ['ignore', 'ignore', 'inherit'] });
		await until('Prometheus answers', () => fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false), 30);
	});
	after(async () => {
		child.kill();
		await until('it has ended', () => !isAlive(child.pid));
	});

	test('reads all three programs through nginx', async () => {
		await until('all are up', async () => {
			const up = await ask('up{job=~"hob-.*"}');

			return PROGRAMS.every((program) => up[program] === 1);
		}, 20);
		const { data } = await (await fetch(`${url}/api/v1/targets`)).json();

		assert.deepEqual(data.activeTargets.map(({ lastError }) => lastError), ['', '', '']);
		assert.deepEqual(await ask('hob_database_up'), { 'hob-api': 1, 'hob-admin': 1, 'hob-jobs': 1 });
	});

	test('makes of the histogram how many there were, and how long they took', async () => {
		const many = 'sum by (job) (hob_http_request_duration_seconds_count'
			+ '{job="hob-api",route="/api/auth/me"})';
		const before = (await ask(many))['hob-api'] ?? 0;

		for (let i = 0; i < 20; i += 1)
			expectOk(await robin.client.get('/api/auth/me'));
		await until('it has read them', async () => (await ask(many))['hob-api'] === before + 20, 20);
		await until('it has a quantile', async () => {
			const { 'hob-api': p99 } = await ask('histogram_quantile(0.99, sum by (job, le) ('
				+ 'rate(hob_http_request_duration_seconds_bucket{job="hob-api"}[20s])))');

			return p99 > 0 && p99 <= 10;
		}, 20);
	});

	test('sees a program go, and come back', async () => {
		await stack('stop', 'jobs');
		await until('it is down', async () => (await ask('up{job="hob-jobs"}'))['hob-jobs'] === 0, 20);
		await stack('start', 'jobs');
		await until('it is up', async () => (await ask('up{job="hob-jobs"}'))['hob-jobs'] === 1, 20);
		assert.ok((await metrics('hob-jobs')).hob_workers_configured > 0);
	});
});
