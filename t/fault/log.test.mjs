// log.test.mjs: what the log says of time that passed before a worker had the request, and
// what becomes of it on a disk that is full.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newId, registration, signUp } from '../api/support/people.mjs';
import { asOwner, configure, holding, installHold, logged, logMark, reload, removeHold, scratchFolder, setting, settled,
	stack, state, status, until } from './support.mjs';

const run = promisify(execFile);
let robin;
let folder;

before(async () => {
	robin = await signUp();
	folder = scratchFolder();
	await installHold();
});

after(async () => {
	await removeHold();
	configure();
	await stack('restart', 'api');
	folder.remove();
});

test('log.slow counts what the caller waited: a quick request behind a slow one is a slow one', async () => {
	await reload({ 'api.workers': 1, 'log.slow': '400ms' });
	const mark = logMark();
	const { answer } = await holding(robin, 900);
	const quick = robin.client.get('/api/residences', { headers: { 'X-Request-Id': 'quick-but-late' } });

	expectOk(await answer);
	expectOk(await quick);
	const line = await logged(mark, 'slow_request', { request_id: 'quick-but-late' });
	assert.equal(line.level, 'warn');
	assert.ok(line.queue_ms + line.total_ms >= 400, JSON.stringify(line));
	assert.ok(line.total_ms < 400, 'it was slow by itself');
});

describe('what PostgreSQL refuses', () => {
	const mark = `marigold${process.pid}`;
	const personal = { first_name: `First ${mark}`, last_name: `Last ${mark}` };

	test('stands in its log without what the caller sent: no mail address, no row', async () => {
		const email = `${mark}@example.test`;
		const path = `${state}/log/postgresql.log`;
		const from = statSync(path).size;
		const person = await signUp({ email, ...personal });
		const residence = expectOk(await person.client.post('/api/residences', { name: `Home ${mark}` }), 201);
		const task = expectOk(await person.client.post('/api/tasks',
			{ residence_id: residence.id, title: `Task ${mark}` }), 201);
		const elsewhere = { time_zone: 'Nowhere/At_All' };
		const stranger = '01890000-0000-7000-8000-000000000000';

		expectProblem(await nobody.post('/api/auth/register', registration({ email })), 409, 'email_taken');
		expectProblem(await nobody.post('/api/auth/register', registration({ email: email.toUpperCase() })),
			409, 'email_taken');
		for (const res of [
			await nobody.post('/api/auth/register',
				registration({ ...personal, email: `2.${email}`, ...elsewhere })),
			await person.client.patch('/api/auth/me', { ...personal, ...elsewhere }),
			await person.client.post('/api/residences', { name: `Hut ${mark}`, ...elsewhere }),
			await person.client.patch(`/api/residences/${residence.id}`,
				{ name: `Hut ${mark}`, ...elsewhere }),
			await person.client.post('/api/residences', { name: `Hut ${mark}`, type: 'castle' }),
			await person.client.patch(`/api/tasks/${task.id}`,
				{ title: `Chore ${mark}`, category: 'alchemy' }),
			await person.client.patch(`/api/tasks/${task.id}`,
				{ title: `Chore ${mark}`, assigned_to_id: stranger }),
			await person.client.post('/api/tasks',
				{ residence_id: residence.id, title: `Chore ${mark}`, recurrence: 'weekly' }),
			await person.client.post(`/api/tasks/${task.id}/complete`,
				{ note: `Note ${mark}`, completed_at: '2199-01-01T00:00:00Z' }),
			await person.client.post(`/api/tasks/${task.id}/complete`,
				{ note: `Note ${mark}`, completed_by_id: stranger }),
		])
			expectProblem(res, 400, 'validation_error');
		const { id } = expectOk(await person.client.post('/api/tasks',
			{ residence_id: residence.id, title: `Own ${mark}`, id: newId() }), 201);
		const other = await signUp();
		const foreign = expectOk(await other.client.post('/api/residences', { name: 'Elsewhere' }), 201);
		assert.equal((await other.client.post('/api/tasks',
			{ residence_id: foreign.id, title: `Theirs ${mark}`, id })).status, 409);
		const said = readFileSync(path).subarray(from).toString();

		assert.match(said, /users_email_key|taken/);
		assert.doesNotMatch(said, new RegExp(mark, 'i'));
	});
});

describe('a disk that is full', () => {
	/** From now on no process of the pool may make a file longer than this: EFBIG, as ENOSPC would be. */
	async function limit(bytes) {
		const { master_pid: master, workers } = await status();

		for (const pid of [master, ...workers.map((w) => w.pid)])
			await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], asOwner);
	}

	test('loses lines, of which the next one tells, and no request, no worker and no later line', async () => {
		await reload({ 'api.workers': 2, 'log.file': `${folder.path}/log` });
		const path = setting('log.file');
		const before_ = (await settled()).workers.map((w) => w.pid);
		const said = () => readFileSync(path, 'utf8');

		await until('there is a log', () => statSync(path, { throwIfNoEntry: false }));
		await limit(statSync(path).size + 100);
		for (let i = 0; i < 20; i += 1)
			expectOk(await robin.client.get('/api/auth/me',
				{ headers: { 'X-Request-Id': `lost-line-${i}` } }));
		await until('the disk is full', () => statSync(path).size > 0 && !said().endsWith('\n'));
		await limit('unlimited');
		const mark = logMark(path);
		expectOk(await robin.client.get('/api/auth/me', { headers: { 'X-Request-Id': 'after-the-loss' } }));
		await logged(mark, 'request', { request_id: 'after-the-loss' });
		const told = await logged(mark, 'log_lost');
		const torn = said().split('\n').filter((line) => line !== '' && !line.endsWith('}'));

		const kept = said().match(/"lost-line-\d+".*}\n/g)?.length ?? 0;
		assert.ok(told.lines >= 1 && kept + told.lines >= 20, `${kept} are there, ${told.lines} lost`);
		assert.equal(torn.length, 1, torn.join('\n'));
		assert.deepEqual((await settled()).workers.map((w) => w.pid), before_, 'a worker was lost');
	});
});
