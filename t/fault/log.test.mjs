// log.test.mjs: what the log says of time that passed before a worker had the request, and
// what becomes of it on a disk that is full.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { expectOk } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { asOwner, configure, holding, installHold, logged, logMark, reload, removeHold, scratchFolder, setting, settled,
	stack, status, until } from './support.mjs';

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
			expectOk(await robin.client.get('/api/auth/me', { headers: { 'X-Request-Id': `lost-line-${i}` } }));
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
