// purchases_refused.test.mjs: what one purchase is refused for is no matter of the others, who asks for nothing asks no
// store for long, and what a store tells of something else is taken and put aside.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { until } from '../fault/support.mjs';
import { signBy } from '../stores/apple.mjs';
import { makeClock } from '../stores/clock.mjs';
import * as googleForgeries from '../stores/forge_google.mjs';
import { EXPIRED, makeLeaf } from '../stores/x509.mjs';
import { buy, expectTier, judged, openStores, PLUS, proofOf, quiet, send, show, verify } from './purchases.mjs';
import { secret } from './support.mjs';

/** Longer than a test: a store that rests is not asked within it. */
const LONG = { 'jobs.rest': '60s' };
/** Certificates that are over by now were good. */
const THEN = Date.UTC(2020, 5);
let stores, apple, google;

const countOf = async (table, where, values = {}) => Number((await sql(`SELECT count(*) FROM ${table}
	WHERE ${where}`, values))[0]);
const knows = (id) => countOf('purchases', "subscription_id = :'id'", { id });
const jobOf = async (id) => (await sql(`SELECT j.tries, j.last_error FROM jobs j JOIN purchases p ON p.id::text = j.key
	WHERE p.subscription_id = :'id' AND j.leased_by IS NULL AND j.last_error IS NOT NULL`, { id }))[0]?.split('|');
const token = (n) => secret(`nobody-has-bought-this-${String(n).padStart(4, '0')}`);
const invented = (n) => ({ store: 'google', purchase_token: token(n) });

before(async () => {
	stores = await openStores(LONG);
	({ apple, google } = stores);
});
beforeEach(async () => {
	apple.api.well();
	google.api.well();
	for (const store of [apple, google])
		store.take();
	await sql(`DELETE FROM jobs WHERE kind IN ('apple_purchase', 'google_purchase', 'google_push');
		DELETE FROM store_events WHERE state = 'unproven'`);
});
after(() => stores.close());

/** The store is asked for others without a pause. */
async function expectAwake(store) {
	const person = await signUp(), id = buy(store, person);

	await verify(person, proofOf(store, id));
	await until('the store is asked', async () => await countOf('purchases',
		"subscription_id = :'id' AND asked_at IS NOT NULL", { id }) === 1, 10);
	await expectTier(person, 'plus');
}

describe('a refusal that is about one purchase', () => {
	const UNKNOWN = { apple: [[404, 4040001], [404, 4040005], [404, 4040010], [400, 4000006], [400, 4000008]],
		google: [[400, 'purchaseTokenDoesNotMatchPackageName'], [400, 'invalid'],
			[404, 'purchaseTokenNotFound'], [410, 'purchaseTokenNoLongerValid'],
			[410, 'subscriptionPurchaseNoLongerAvailable']] };
	const OTHER = { apple: [400, 4000001], google: [409, 'concurrentUpdate'] };

	for (const [name, answers] of Object.entries(UNKNOWN))
		test(`ends it where ${name} knows no such purchase, and all others are asked for`, async () => {
			const store = { apple, google }[name];

			for (const [status, code] of answers) {
				const id = buy(store);

				store.api.always(`status_${status}`, { on: id, code });
				for (const message of store.take())
					expectOk(await send(message), 204);
				await quiet();
				assert.equal(await knows(id), 0, code);
				await expectAwake(store);
			}
		});

	for (const [name, [status, code]] of Object.entries(OTHER))
		for (const end of [`status_${status}`, 'other_object'])
			test(`costs it a try where ${name} says ${end}, and nothing the others`, async () => {
				const store = { apple, google }[name], person = await signUp(), id = buy(store, person);

				store.api.always(end, { on: id, code });
				await verify(person, proofOf(store, id));
				assert.equal((await until('it has failed', () => jobOf(id)))[0], '1');
				await expectAwake(store);
			});

	test('asks for no address that is no token', async () => {
		const person = await signUp(), before = google.api.seen.length;

		for (const id of ['..', '.', 'x'.repeat(19), `${'x'.repeat(20)}/..`, `${'x'.repeat(20)}%2e`])
			expectOk(await verify(person, { store: 'google', purchase_token: secret(id) }), 202);
		await quiet();
		assert.equal(google.api.seen.length, before);
		await expectTier(person, 'free', { is_pending: false });
	});
});

describe('the sandbox of Apple', () => {
	test('is not asked where nothing of it counts', async () => {
		const person = await signUp(), id = buy(apple, person, { environment: 'Sandbox' });

		expectOk(await verify(person, proofOf(apple, id)));
		for (const message of apple.take())
			expectOk(await send(message), 204);
		await quiet();
		assert.equal(apple.sandbox.seen.length, 0);
		await expectTier(person, 'free', { is_pending: false });
		assert.equal(await countOf('store_events', "state = 'waiting'"), 0);
	});

	test('is away alone', async () => {
		const person = await signUp(), id = buy(apple, person, { environment: 'Sandbox' });

		await stores.set({ 'stores.sandbox': 'on' });
		apple.sandbox.always('status_503');
		await verify(person, proofOf(apple, id));
		assert.equal((await until('it waits', () => jobOf(id)))[0], '0');
		await expectAwake(apple);
		apple.sandbox.well();
		await sql("UPDATE jobs SET run_at = now() WHERE kind = 'apple_purchase'");
		await until('it lifts', async () => (await show(person)).tier === 'plus');
		await stores.set();
		await verify(person, proofOf(apple, id));
		await expectTier(person, 'free');
	});
});

describe('tokens that Google does not know', () => {
	test('are few of an account and of an address, and what is known counts none', async () => {
		const person = await signUp(), other = await signUp(), id = buy(google, person);

		await stores.set({ 'limits.purchases': 4 });
		expectOk(await verify(person, proofOf(google, id)), 202);
		await expectTier(person, 'plus');
		for (let n = 0; n < 6; n++)
			expectOk(await verify(person, proofOf(google, id)), 202);
		for (let n = 0; n < 3; n++)
			expectOk(await verify(person, invented(n)), 202);
		for (const [who, n] of [[person, 3], [other, 4]]) {
			const res = await verify(who, invented(n));
			expectProblem(res, 429, 'too_many_requests');
			assert.ok(Number(res.headers['retry-after']) > 0);
		}
		await quiet();
		assert.deepEqual(google.api.seen.filter(({ path }) => path.includes('nobody-has')).map(({ path }) =>
			path.slice(-4)).sort(), ['0000', '0001', '0002']);
		// Apple's are proven by themselves.
		expectOk(await verify(other, proofOf(apple, buy(apple, other))));
		await stores.set();
	});
});

describe('pushes that Google has not signed', () => {
	const fetched = () => google.api.seen.filter(({ path }) => path.includes('certs')).length;
	const push = (person) => {
		buy(google, person);
		return google.take().at(-1);
	};
	const states = (message) => sql("SELECT state FROM store_events WHERE event_id = :'id' ORDER BY 1",
		{ id: message.id });

	test('have its keys fetched once in a while', async () => {
		const before = fetched();

		for (let n = 0; n < 12; n++)
			expectOk(await send(googleForgeries.forgedMessage(google, 'unknown_key', push())), 204);
		await quiet();
		// Each runner has keys of its own.
		assert.ok(fetched() - before <= 2, `${fetched() - before}`);
	});

	test('and one by a new key is proven when they were', async () => {
		await stores.set({ 'jobs.rest': '1s' });
		const person = await signUp(), first = push(await signUp());

		expectOk(await send(first), 204);
		await until('keys are there', async () => (await states(first))[0] === 'done');
		google.keys.rotate();
		const message = push(person);
		expectOk(await send(message), 204);
		await judged();
		await expectTier(person, 'plus');
		await stores.set();
	});

	test('are taken up to a number until they are judged', async () => {
		await sql(`INSERT INTO store_events (id, store, event_id, proof, state)
			SELECT hob.uuid_v7(), 'google', 'many ' || n, '', 'unproven' FROM generate_series(1, 1000) n`);
		const person = await signUp(), message = push(person);
		expectProblem(await send(message), 429, 'too_many_requests');
		await sql("DELETE FROM store_events WHERE event_id LIKE 'many %'");
		expectOk(await send(message), 204);
		await expectTier(person, 'plus');
	});

	test('are forgotten after days', async () => {
		const message = googleForgeries.forgedMessage(google, 'swapped_payload', push());

		expectOk(await send(message), 204);
		await until('it is judged', async () => (await states(message))[0] === 'forged');
		const sweep = () => sql("SELECT hob.sweep_step('deleted pushes that were forged')");
		await sweep();
		assert.deepEqual(await states(message), ['forged']);
		await sql("UPDATE store_events SET received_at = now() - interval '8 days' WHERE event_id = :'id'",
			{ id: message.id });
		await sweep();
		assert.deepEqual(await states(message), []);
	});

	test('wait for keys alone, and purchases do not', async () => {
		await stores.set();
		google.api.always('status_429', { on: 'certs' });
		const message = push();
		expectOk(await send(message), 204);
		await until('it waits', async () => await countOf('jobs', `kind = 'google_push' AND tries = 0
			AND last_error IS NOT NULL`) === 1);
		await expectAwake(google);
		assert.deepEqual(await states(message), ['unproven']);
	});
});

describe('what Apple tells', () => {
	const app = () => ({ environment: 'Production', bundleId: apple.bundleId, appAppleId: apple.appAppleId });
	/** A notification of Apple's by `chain`. */
	function event(payload, chain = apple.chain) {
		const id = randomUUID();
		const signedPayload = signBy(chain, { notificationUUID: id, version: '2.0', signedDate: Date.now(),
			...payload });

		return { store: 'apple', id, request: () => ({ headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ signedPayload }) }) };
	}
	const outdated = () => ({ ...apple.chain, leaf: makeLeaf(apple.chain.intermediate, EXPIRED) });
	const bought = (id, changes) => ({ originalTransactionId: id, transactionId: id, productId: PLUS,
		bundleId: apple.bundleId, environment: 'Production', ...changes });

	test('of things that are no subscription is taken, and asks for nothing', async () => {
		const coins = bought('300000000000001', { type: 'Consumable', signedDate: Date.now() });
		const before = apple.api.seen.length;

		for (const payload of [
			{ notificationType: 'RENEWAL_EXTENSION', subtype: 'SUMMARY', summary: { ...app(),
				requestIdentifier: randomUUID(), productId: PLUS, succeededCount: 1, failedCount: 0 } },
			{ notificationType: 'EXTERNAL_PURCHASE_TOKEN', subtype: 'UNREPORTED', externalPurchaseToken: {
				externalPurchaseId: randomUUID(), tokenCreationDate: Date.now(),
				bundleId: apple.bundleId, appAppleId: apple.appAppleId } },
			{ notificationType: 'ONE_TIME_CHARGE', data: { ...app(),
				signedTransactionInfo: signBy(apple.chain, coins) } },
		]) {
			const message = event(payload);

			expectOk(await send(message), 204);
			assert.deepEqual(await sql("SELECT state, about FROM store_events WHERE event_id = :'id'",
				{ id: message.id }), ['done|']);
		}
		await quiet();
		assert.equal(apple.api.seen.length, before);
		assert.equal(await knows(coins.originalTransactionId), 0);
		expectProblem(await send(event({ notificationType: 'RENEWAL_EXTENSION', subtype: 'SUMMARY',
			summary: { ...app(), bundleId: 'com.example.other' } })), 403, 'not_genuine');
	});

	test('is signed by certificates of today, and what phones keep by those of its day', async () => {
		const person = await signUp(), day = { signedDate: THEN };
		const kept = bought('300000000000002', { expiresDate: THEN + 1000, purchaseDate: THEN, ...day });

		expectProblem(await send(event({ notificationType: 'TEST', data: app(), ...day }, outdated())), 403,
			'not_genuine');
		expectProblem(await send(event({ notificationType: 'DID_RENEW', data: { ...app(),
			signedTransactionInfo: signBy(outdated(), kept) } })), 403, 'not_genuine');
		expectOk(await verify(person, { store: 'apple',
			signed_transaction: secret(signBy(outdated(), kept)) }));
	});

	test('in answers, too', async () => {
		const person = await signUp(), { chain } = apple, id = buy(apple, person, { clock: makeClock(THEN) });
		const proof = proofOf(apple, id);

		apple.chain = outdated();
		await verify(person, proof);
		assert.match((await until('it has failed', () => jobOf(id)))[1], /not taken/);
		apple.chain = chain;
	});
});

test('a prepaid plan ends, and does not renew', async () => {
	const person = await signUp(), id = buy(google, person, { isPrepaid: true });

	await verify(person, proofOf(google, id));
	await expectTier(person, 'plus', { status: 'active', renews_at: null });
	const { ends_at } = await show(person);
	assert.equal(Date.parse(ends_at), Math.floor(google.truth(id).until / 1000) * 1000);
});
