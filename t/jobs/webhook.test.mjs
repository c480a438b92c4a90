// webhook.test.mjs: what was done in a residence arrives where its owner wants it: signed, once it was taken, and
// again until it is.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk, expectPage } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { metrics } from '../fault/seeing.mjs';
import {
	configure, logged, logMark, reload, scratchFolder, separateConf, stack, until, worldIn,
} from '../fault/support.mjs';
import { addProbe, ended, expectSilentLogs, historyOf, hobJobs, secret } from './support.mjs';

let receiver;
let robin;

/** A server of a stranger: what it was sent, and what it answers next (the last for ever). */
async function listen() {
	const seen = [];
	const state = { seen, answers: [200], hung: [] };
	const server = http.createServer((req, res) => {
		const chunks = [];

		req.on('data', (chunk) => chunks.push(chunk));
		req.on('end', () => {
			const answer = state.answers.length > 1 ? state.answers.shift() : state.answers[0];

			seen.push({ path: req.url, headers: req.headers, body: Buffer.concat(chunks).toString() });
			if (answer === 'cut')
				req.socket.destroy();
			else if (answer === 'hang')
				state.hung.push(res);
			else
				res.writeHead(answer, { location: '/elsewhere' }).end('x'.repeat(100));
		});
	});

	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	state.url = `http://127.0.0.1:${server.address().port}`;
	state.close = () => server.close();
	return state;
}

async function newHook(path, events = ['task.created', 'task.updated'], host = receiver.url) {
	const residence = await newResidence(robin);
	const hooks = `/api/residences/${residence.id}/webhooks`;
	const hook = expectOk(await robin.client.post(hooks, { url: `${host}${path}`, events }), 201);

	secret(hook.secret.slice(6));
	return { residence, hook, path: `${hooks}/${hook.id}` };
}

const at = (path) => receiver.seen.filter((sent) => sent.path === path);
const arrived = (path, count) => until(`${count} at ${path}`, () => at(path).length >= count && at(path), 15);
const shown = async ({ path }) => expectOk(await robin.client.get(path));
const deliveries = async ({ path }) => expectPage(await robin.client.get(`${path}/deliveries`));
/** The time of the next try has come. */
const moveTime = ({ hook }) => sql(`UPDATE webhook_deliveries SET next_at = now() - interval '1 s'
	WHERE webhook_id = :'id' AND next_at IS NOT NULL; SELECT hob.add_job('webhook', :'id')`, { id: hook.id });
/** What its owner was told of it. */
const told = async ({ hook }) => expectPage(await robin.client.get('/api/notifications?kind=webhook_off'))
	.filter(({ subject_id }) => subject_id === hook.id).map(({ title, body }) => `${title}. ${body}`);
const unread = async () => expectOk(await robin.client.get('/api/notifications/unread-count')).unread;
const tried = (one, tries) => until(`${tries} tries`, async () => (await deliveries(one))[0]?.attempts === tries);

before(async () => {
	receiver = await listen();
	configure({ 'webhooks.anywhere': 'on' });
	await reload();
	await stack('restart', 'jobs');
	robin = await signUp();
});

after(async () => {
	receiver.close();
	configure();
	await stack('up');
});

describe('a delivery', () => {
	test('arrives, signed with the secret that was shown', async () => {
		const one = await newHook('/signed');
		const task = await newTask(robin, one.residence);
		const [{ headers, body }] = await arrived('/signed', 1);
		const key = Buffer.from(one.hook.secret.slice(6), 'base64');

		assert.equal(headers['content-type'], 'application/json');
		assert.match(headers['user-agent'], /^Hob\//);
		assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key)
			.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`);
		assert.ok(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 60);
		const said = JSON.parse(body);
		assert.deepEqual([said.type, said.subject_id, said.id],
			['task.created', task.id, headers['webhook-id']]);
		await until('it is noted', async () => (await deliveries(one))[0].status === 'delivered');
		const [{ attempts, next_at, response_status }] = await deliveries(one);
		assert.deepEqual([attempts, next_at, response_status], [1, null, 200]);
		assert.equal((await shown(one)).failing_since, null);
	});

	test('comes in the order of what was done, however many', async () => {
		const one = await newHook('/many', ['task.created']);
		const made = [];

		for (let i = 0; i < 45; i += 1)
			made.push((await newTask(robin, one.residence, { title: `Task ${i}` })).id);
		const all = await arrived('/many', 45);
		assert.deepEqual(all.map(({ body }) => JSON.parse(body).subject_id), made);
	});

	const sent = async (result) =>
		(await metrics('hob-jobs'))[`hob_deliveries_total{channel="webhooks",result="${result}"}`];

	for (const [what, answer, status, result] of [['is answered 500', 500, 500, 'later'],
		['is cut off', 'cut', null, 'away'], ['is sent elsewhere', 302, 302, 'later']])
		test(`that ${what} comes again, under the same id`, async () => {
			const path = `/${answer}`;
			const one = await newHook(path);
			const [before, taken] = [await sent(result), await sent('accepted')];

			receiver.answers = [answer, 200];
			await newTask(robin, one.residence);
			await tried(one, 1);
			const [failed] = await deliveries(one);
			assert.deepEqual([failed.status, failed.response_status], ['pending', status]);
			assert.ok(new Date(failed.next_at) > new Date());
			assert.notEqual((await shown(one)).failing_since, null);
			await moveTime(one);
			const [first, second] = await arrived(path, 2);
			assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
			assert.equal(first.body, second.body);
			await until('it is well', async () => (await shown(one)).failing_since === null);
			assert.ok(await sent(result) > before, result);
			assert.ok(await sent('accepted') > taken);
			assert.equal(at('/elsewhere').length, 0, 'no redirect is followed');
		});

	test('that has no answer lets other work have its turn before the next', async () => {
		const one = await newHook('/turns');

		receiver.answers = ['cut'];
		await hobJobs('pause', 'webhook');
		for (const title of ['One', 'Two', 'Three'])
			await newTask(robin, one.residence, { title });
		await hobJobs('resume', 'webhook');
		await until('each is tried', async () => (await deliveries(one)).every(({ attempts }) => attempts > 0));
		receiver.answers = [200];
		assert.ok((await historyOf(one.hook.id)).length >= 2, 'each is a job');
	});

	test('that nobody takes is given up after ten tries, and others go on', async () => {
		const one = await newHook('/never');

		receiver.answers = [503];
		await newTask(robin, one.residence);
		for (let tries = 1; tries < 10; tries += 1) {
			await tried(one, tries);
			await moveTime(one);
		}
		await until('it has failed', async () => (await deliveries(one))[0].status === 'failed');
		assert.deepEqual([(await deliveries(one))[0].attempts, (await deliveries(one))[0].next_at], [10, null]);
		receiver.answers = [200];
		await newTask(robin, one.residence, { title: 'Another' });
		await until('the next arrives', async () => (await deliveries(one))[0].status === 'delivered');
	});
});

describe('webhooks that hang', () => {
	test('do not hold all runners: other work goes on', async () => {
		const hooks = [await newHook('/hang/1'), await newHook('/hang/2')];

		receiver.answers = ['hang'];
		for (const { residence } of hooks)
			await newTask(robin, residence);
		await until('one hangs', () => receiver.hung.length > 0);
		for (let i = 0; i < 3; i += 1)
			await ended(await addProbe(), 1, 5);
		assert.equal(receiver.hung.length, 1, 'one of two runners has a seat');
		receiver.answers = [200];
		receiver.hung[0].writeHead(200).end();
		for (const one of hooks)
			await until('it arrives', async () => (await deliveries(one))[0].status === 'delivered');
	});
});

describe('a webhook', () => {
	test('that says it is gone is switched off, and goes on when it is switched on', async () => {
		const one = await newHook('/gone');

		receiver.answers = [410, 200];
		await newTask(robin, one.residence);
		await until('it is off', async () => !(await shown(one)).active);
		const [said, ...more] = await told(one);
		assert.match(said, /^A webhook of .* is switched off: 127\.0\.0\.1:\d+\. .* gone for good/);
		assert.deepEqual(more, [], 'told once');
		expectOk(await robin.client.patch(one.path, { active: true }));
		assert.equal((await shown(one)).failing_since, null);
		await moveTime(one);
		await arrived('/gone', 2);
	});

	test('that took nothing for five days is switched off', async () => {
		const one = await newHook('/days');

		await sql("UPDATE webhooks SET failing_since = now() - interval '6 days' WHERE id = :'id'",
			{ id: one.hook.id });
		const before = await unread();

		receiver.answers = [500];
		await newTask(robin, one.residence);
		await until('it is off', async () => !(await shown(one)).active);
		assert.match((await told(one))[0], /nothing for five days/);
		await until('the badge knows', async () => await unread() === before + 1);
		receiver.answers = [200];
	});

	test('is not sent to a private address, but where the server may', async () => {
		const one = await newHook('/private');

		configure({});
		await stack('restart', 'jobs');
		await newTask(robin, one.residence);
		await tried(one, 1);
		assert.deepEqual([at('/private').length, (await deliveries(one))[0].response_status], [0, null]);
	});
});

test('no log has the secret of a webhook', async () => {
	const one = await newHook('/rotated');

	secret(expectOk(await robin.client.post(`${one.path}/rotate-secret`)).secret.slice(6));
	await newTask(robin, one.residence);
	await tried(one, 1);
	expectSilentLogs(10);
});

describe('a name that leads to a private address', () => {
	// Of the public internet by its form; a stranger may have it lead anywhere, and later elsewhere.
	const name = 'inside.test.example.org';
	const folder = scratchFolder();
	let connections = 0;
	let inside;
	let start;

	before(async () => {
		inside = net.createServer((socket) => {
			connections += 1;
			socket.destroy();
		});
		await new Promise((resolve) => { inside.listen(0, '127.0.0.1', resolve); });
		start = await worldIn(folder, 'hob-jobs');
		writeFileSync(`${folder.path}/${name}`, '127.0.0.1');
		await reload({});
		await stack('stop', 'jobs');
	});
	after(() => {
		inside.close();
		folder.remove();
	});

	/** hob-jobs with this setting, until it has tried: why that failed. */
	async function whyNot(one, anywhere) {
		const conf = separateConf(folder, { 'webhooks.anywhere': anywhere });
		const mark = logMark(`${folder.path}/log`);
		const jobs = start('-c', conf);

		try {
			return (await logged(mark, 'webhook_failed', { webhook_id: one.hook.id })).why;
		} finally {
			process.kill(jobs.pid, 'SIGTERM');
			assert.equal((await jobs.ended).code, 0);
		}
	}

	test('is looked up and refused, before anything connects, but where the server may', async () => {
		const one = await newHook('/', ['task.created'], `https://${name}:${inside.address().port}`);

		await newTask(robin, one.residence);
		assert.equal(await whyNot(one, 'off'), 'forbidden');
		const [{ attempts, status, response_status }] = await deliveries(one);
		assert.deepEqual([connections, attempts, status, response_status], [0, 1, 'pending', null]);
		await moveTime(one);
		assert.notEqual(await whyNot(one, 'on'), 'forbidden');
		assert.equal(connections, 1);
	});
});
