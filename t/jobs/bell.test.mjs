// bell.test.mjs: a request that adds a job rings for the runners, who would look only much later; others do not ring.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { newDelivery, newJob } from '../admin/support/queue.mjs';
import { staffPanel } from '../admin/support/staff.mjs';
import { makeMember } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { configure, median, reload, setting, stack, until } from '../fault/support.mjs';

const POLL = '60s';
const SOON_S = 5;

/** What is said on the doorbell: a line of redis-cli for each ring. */
async function listen() {
	const cli = spawn('redis-cli', ['-s', setting('redis.address'), 'SUBSCRIBE', 'hob:jobs'],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	const heard = { text: '', count: () => heard.text.split('\n').filter((line) => line === 'message').length };

	cli.stdout.on('data', (chunk) => { heard.text += chunk; });
	heard.close = () => cli.kill();
	await until('it is subscribed', () => heard.text.includes('subscribe'));
	return heard;
}

let bell;
let robin;
let server;
const taken = [];

before(async () => {
	server = http.createServer((req, res) => {
		taken.push(performance.now());
		req.resume().on('end', () => res.end());
	});
	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	configure({ 'webhooks.anywhere': 'on', 'jobs.poll': POLL });
	await reload();
	await stack('restart', 'jobs');
	robin = await signUp();
	bell = await listen();
});

after(async () => {
	bell.close();
	server.close();
	configure();
	await stack('up');
});

async function newHook() {
	const residence = await newResidence(robin);

	expectOk(await robin.client.post(`/api/residences/${residence.id}/webhooks`,
		{ url: `http://127.0.0.1:${server.address().port}/`, events: ['task.created', 'task.updated'] }), 201);
	return residence;
}

describe('a request that adds a job', () => {
	test('has it done at once, long before anybody would look', async (t) => {
		const residence = await newHook();
		const waits = [];

		for (let i = 0; i < 20; i += 1) {
			taken.length = 0;
			await newTask(robin, residence, { title: `Task ${i}` });
			const answered = performance.now();
			await until('it arrives', () => taken.length > 0, SOON_S);
			waits.push(taken[0] - answered);
		}
		t.diagnostic(`a webhook is taken ${median(waits).toFixed(1)} ms after the answer (median of 20)`);
	});

	test('rings once, however many it adds', async () => {
		const residence = await newHook();
		const before = bell.count();

		expectOk(await robin.client.post('/api/tasks/bulk', { create: Array.from({ length: 20 }, (_, i) =>
			({ residence_id: residence.id, title: `Task ${i}` })) }));
		await until('it has rung', () => bell.count() > before, SOON_S);
		await newTask(robin, residence);
		await until('it has rung again', () => bell.count() > before + 1, SOON_S);
		assert.equal(bell.count(), before + 2);
	});

	test('rings for what a notice sends', async () => {
		const residence = await newResidence(robin);
		const kim = await signUp();
		const before = bell.count();

		await makeMember(residence, kim.user, 'member');
		expectOk(await kim.client.post('/api/devices', { platform: 'ios', token: newId().repeat(2),
			environment: 'sandbox', app_version: '1', locale: 'en' }), 201);
		await newTask(robin, residence, { assigned_to_id: kim.user.id });
		await until('it has rung', () => bell.count() > before, SOON_S);
	});

	test('rings for what staff have tried again', async () => {
		const panel = await staffPanel('support');

		for (const [entity, id] of [['jobs', await newJob()], ['deliveries', await newDelivery()]]) {
			const before = bell.count();

			expectOk(await panel.post(`/${entity}/${id}/actions/retry`), 204);
			await until('it has rung', () => bell.count() > before, SOON_S);
		}
	});
});

describe('any other request', () => {
	test('does not ring', async () => {
		const residence = await newResidence(robin);
		const before = bell.count();
		const task = await newTask(robin, residence, { due_on: '2031-05-01' });

		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Oil the hinges' }));
		expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
		expectOk(await robin.client.get('/api/tasks'));
		// What rings for sure is heard behind all of them.
		await newTask(robin, await newHook());
		await until('it has rung', () => bell.count() > before, SOON_S);
		assert.equal(bell.count(), before + 1);
	});
});
