// queue.test.mjs: what waits and what was told: staff see it without what is secret, and have it tried again, ended or
// asked anew; hob-jobs hears of it at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { sql } from '../api/support/db.mjs';
import { expectProblem } from '../api/support/expect.mjs';
import { crowd } from '../api/support/people.mjs';
import { newDelivery, newJob, newPurchase, newStoreEvent, newUser } from './support/queue.mjs';
import { events, staffPanel } from './support/staff.mjs';

const WHY = { headers: { 'X-Hob-Reason': 'a%20ticket' } };
const ENTITIES = ['jobs', 'deliveries', 'notices', 'subscriptions', 'store-events', 'plan-grants'];
let panel;

before(async () => {
	panel = await staffPanel('admin');
});

/** One of an entity, as it is shown. */
async function shown(entity, id) {
	const { status, body } = await panel.get(`/${entity}/${id}`);

	assert.equal(status, 200, JSON.stringify(body));
	return body;
}

/** Does that, and returns its event. */
async function act(entity, id, name) {
	const reply = await panel.post(`/${entity}/${id}/actions/${name}`, undefined, WHY);

	assert.equal(reply.status, 204, reply.text);
	const [event, ...more] = (await events(name, id)).filter((e) => e.request_id === reply.headers['x-request-id']);

	assert.deepEqual([event.entity, event.staff_id, more.length], [entity, panel.id, 0]);
	return event;
}

async function refused(entity, id, name, code) {
	const done = await events(name, id);
	const { status, body } = await panel.post(`/${entity}/${id}/actions/${name}`, undefined, WHY);

	assert.deepEqual([status, body.code], [409, code]);
	assert.deepEqual(await events(name, id), done);
}

const listed = async (entity, query) => {
	const { status, body } = await panel.get(`/${entity}?page_size=100&${query}`);

	assert.equal(status, 200, JSON.stringify(body));
	return body.results;
};

async function until(what, condition) {
	for (const end = Date.now() + 15000; Date.now() < end;) {
		const found = await condition();

		if (found)
			return found;
		await delay(50);
	}
	throw new Error(`${what}: not within 15 s`);
}

for (const entity of ENTITIES)
	test(`nobody changes, makes or deletes ${entity} but by what can be done with them`, async () => {
		const { body } = await panel.get('/schema');
		const { may, actions } = body.entities.find(({ name }) => name === entity);

		assert.deepEqual(Object.entries(may).filter(([, is]) => is).map(([what]) => what), ['read']);
		for (const { name } of actions)
			expectProblem(await panel.post(`/${entity}/${randomUUID()}/actions/${name}`, undefined, WHY),
				404, 'not_found');
	});

describe('jobs', () => {
	test('show what is there and what was, without its arguments', async () => {
		const id = await newJob();

		await sql(`UPDATE jobs SET args = '{"email": "somebody@example.test"}' WHERE id = :'id'`, { id });
		const { body, text } = await panel.get(`/jobs/${id}`);

		assert.deepEqual([body.kind, body.state, body.tries, body.last_error],
			['probe', 'dead', 8, 'no answer']);
		assert.ok(!text.includes('somebody'));
	});

	test('are found by their kind and state', async () => {
		const [dead, waiting] = [await newJob('dead'), await newJob('waiting')];
		const ids = async (query) => (await listed('jobs', query)).map(({ id }) => id)
			.filter((id) => id === dead || id === waiting);

		assert.deepEqual(await ids('kind=probe'), [waiting, dead]);
		assert.deepEqual(await ids('kind=probe&state=dead'), [dead]);
		assert.deepEqual(await ids('kind=probe&state=waiting&ordering=id'), [waiting]);
		assert.deepEqual(await ids('kind=mail'), []);
		assert.deepEqual(await ids(`id__in=${dead},${waiting}&ordering=id`), [dead, waiting]);
	});

	test('that are dead are taken up again at once', async () => {
		const id = await newJob();
		const { before: was, after: now } = await act('jobs', id, 'retry');

		assert.deepEqual([was.state, was.tries, now.state, now.tries], ['dead', 8, 'waiting', 0]);
		const done = await until('it is done', async () => {
			const job = await shown('jobs', id);

			return job.state === 'done' && job;
		});

		assert.ok(done.ended_at);
		await refused('jobs', id, 'cancel', 'job_over');
	});

	test('are cancelled', async () => {
		const id = await newJob('waiting');
		const event = await act('jobs', id, 'cancel');

		assert.deepEqual([event.before.kind, event.before.state, event.after.state],
			['probe', 'waiting', 'cancelled']);
		assert.equal((await shown('jobs', id)).state, 'cancelled');
		await refused('jobs', id, 'retry', 'job_over');
	});

	test('that a runner has are not taken from it', async () => {
		const id = await newJob('waiting');

		await sql("UPDATE jobs SET leased_by = 'somebody' WHERE id = :'id'", { id });
		assert.equal((await shown('jobs', id)).state, 'leased');
		for (const name of ['retry', 'cancel'])
			await refused('jobs', id, name, 'job_leased');
		assert.equal((await shown('jobs', id)).state, 'leased');
		await sql("UPDATE jobs SET leased_by = NULL WHERE id = :'id'", { id });
		await act('jobs', id, 'cancel');
	});

	test('that are asked for again while they run are two: what was, and what is to be', async () => {
		const key = randomUUID();

		await sql("SELECT hob.add_job('probe', :'key', now(), '{\"wait_ms\": 1000}')", { key });
		await until('it runs', async () =>
			(await sql("SELECT 1 FROM jobs WHERE key = :'key' AND state = 'leased'",
				{ key })).length === 1);
		await sql("SELECT hob.add_job('probe', :'key', now() + interval '1 day')", { key });
		await until('it is done', async () =>
			(await sql("SELECT 1 FROM job_history WHERE key = :'key'", { key })).length === 1);
		const both = (await listed('jobs', 'kind=probe')).filter((job) => job.key === key);

		assert.deepEqual(both.map(({ state }) => state), ['waiting', 'done']);
		assert.equal(new Set(both.map(({ id }) => id)).size, 2);
		await act('jobs', both[0].id, 'cancel');
	});
});

describe('deliveries and notices', () => {
	test('show who was told of what, and what became of it', async () => {
		const user = await newUser();
		const id = await newDelivery('failed', user);
		const delivery = await shown('deliveries', id);

		assert.deepEqual([delivery.user_id, delivery.kind, delivery.channel, delivery.state, delivery.reason],
			[user, 'security', 'mail', 'failed', 'refused']);
		const found = await listed('deliveries', `user_id=${user}&state=failed&channel=mail`);

		assert.deepEqual(found.map((d) => d.id), [id]);
		const [notice] = await listed('notices', `user_id=${user}&kind=security`);

		assert.deepEqual([notice.id, notice.subject, notice.read_at], [delivery.notice_id, 'account', null]);
		assert.ok(!('facts' in await shown('notices', notice.id)));
	});

	test('notices are listed of somebody, and not of all', async () => {
		assert.equal((await panel.get('/notices')).status, 400);
	});

	test('one that has failed is sent again', async () => {
		const id = await newDelivery('failed');
		const event = await act('deliveries', id, 'retry');

		assert.deepEqual([event.before, event.after],
			[{ state: 'failed', reason: 'refused' }, { state: 'waiting', reason: null }]);
		await until('its job has tried', async () => (await sql(`SELECT 1 FROM jobs WHERE key = :'id'
			UNION ALL SELECT 1 FROM job_history WHERE key = :'id'`, { id })).length === 1);
	});

	test('one that waits for the end of quiet hours is cancelled', async () => {
		const id = await newDelivery('held');

		await act('deliveries', id, 'cancel');
		const { state, reason, ended_at: at } = await shown('deliveries', id);

		assert.deepEqual([state, reason], ['failed', 'cancelled']);
		assert.ok(at);
		await refused('deliveries', id, 'cancel', 'delivery_over');
	});

	test('one that is being sent is not cancelled', async () => {
		const id = await newDelivery('waiting');

		await sql(`INSERT INTO jobs (kind, key, run_at, leased_by)
			VALUES ('mail', :'id', now() + interval '1 year', 'somebody')`, { id });
		await refused('deliveries', id, 'cancel', 'job_leased');
		assert.equal((await shown('deliveries', id)).state, 'waiting');
		await sql("UPDATE jobs SET leased_by = NULL WHERE key = :'id'", { id });
		await act('deliveries', id, 'cancel');
	});

	test('one that was accepted is not sent again, nor one to an address that nobody has proved', async () => {
		const user = await newUser();

		await refused('deliveries', await newDelivery('accepted', user), 'retry', 'delivery_sent');
		await sql("UPDATE users SET email_verified_at = NULL WHERE id = :'user'", { user });
		await refused('deliveries', await newDelivery('failed', user), 'retry', 'delivery_moot');
	});

	test('what its owner is told of a delivery that was cancelled is what staff have done', async () => {
		const [person] = await crowd(1);
		const id = await newDelivery('held', person.user.id);
		const [notice] = await listed('notices', `user_id=${person.user.id}&kind=security`);

		await act('deliveries', id, 'cancel');
		const { body } = await person.client.get(`/api/notifications/${notice.id}/deliveries`);

		assert.deepEqual(body.results.map(({ state, reason }) => [state, reason]), [['failed', 'cancelled']]);
	});
});

describe('subscriptions and what stores tell', () => {
	test('have the number of Apple\'s, and of Google\'s no more than the end', async () => {
		const number = `2000000${Date.now()}`;
		const apple = await newPurchase('apple', number);
		const google = await newPurchase('google', 'secret-purchase-token-abcd');

		assert.deepEqual((await listed('subscriptions', `search=${number}`)).map(({ id }) => id), [apple]);
		assert.equal((await shown('subscriptions', apple)).tier, 'plus');
		const { body, text } = await panel.get(`/subscriptions/${google}`);

		assert.deepEqual([body.hint, body.transaction_id], ['abcd', null]);
		assert.ok(!text.includes('secret-purchase'));
		await sql("DELETE FROM purchases WHERE id = :'google'", { google });
	});

	test('have their store asked', async () => {
		const id = await newPurchase();

		await act('subscriptions', id, 'ask_store');
		assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'id'", { id }), ['apple_purchase']);
	});

	test('an event that is done has its store asked once more', async () => {
		const purchase = await newPurchase('google');
		const id = await newStoreEvent('done', purchase);
		const event = await act('store-events', id, 'replay');

		assert.deepEqual([event.before, event.after], [{ state: 'done' }, { state: 'waiting' }]);
		assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'purchase'", { purchase }),
			['google_purchase']);
	});

	test('an event that nobody has proved is judged, and shows neither its token nor the purchase', async () => {
		const id = await newStoreEvent('unproven');
		const { body, text } = await panel.get(`/store-events/${id}`);

		assert.deepEqual([body.state, body.purchase_hint], ['unproven', 'oken']);
		assert.doesNotMatch(text, /jwt|the-purchase|a proof/);
		await act('store-events', id, 'replay');
		assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'id'", { id }), ['google_push']);
		// Here is no Google that could judge it.
		await sql("DELETE FROM jobs WHERE key = :'id'; DELETE FROM store_events WHERE id = :'id'", { id });
	});

	test('an event that was forged has nothing left to do', async () => {
		await refused('store-events', await newStoreEvent('forged'), 'replay', 'event_over');
	});

	test('a grant shows who gave it, and why', async () => {
		const [person] = await crowd(1);
		const user = person.user.id;

		await sql(`SELECT hob.grant_tier(u.email, 'plus', 'they helped', current_date + 10, 'robin')
			FROM users u WHERE u.id = :'user'`, { user });
		const [grant] = await listed('plan-grants', `user_id=${user}`);

		assert.deepEqual([grant.tier, grant.reason, grant.granted_by, grant.revoked_at],
			['plus', 'they helped', 'robin', null]);
	});
});
