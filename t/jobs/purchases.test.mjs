// purchases.test.mjs: what is paid in a store lifts the plan of an account: as the store says, whatever a client claims
// and whatever is lost on the way.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem } from '../api/support/expect.mjs';
import { newId, signUp } from '../api/support/people.mjs';
import { configure, reload, until } from '../fault/support.mjs';
import { DAY, makeClock } from '../stores/clock.mjs';
import * as appleForgeries from '../stores/forge_apple.mjs';
import * as googleForgeries from '../stores/forge_google.mjs';
import { buy, expectTier, judged, openStores, PLUS_YEAR, PRO, proofOf, quiet, rowOf, send, show, timePasses, verify }
	from './purchases.mjs';
import { expectSilentLogs, secret } from './support.mjs';

let stores, apple, google;

const toldOf = async (person, language = 'en') => expectPage(await person.client.get(
	'/api/notifications?kind=subscription', { headers: { 'Accept-Language': language } }))
	.map(({ title }) => title).reverse();
const second = (ms) => Math.floor(ms / 1000) * 1000;
const asked = (server, id) => server.seen.filter(({ path }) => path.includes(id)).length;

before(async () => {
	stores = await openStores();
	({ apple, google } = stores);
});
after(() => stores.close());

for (const name of ['apple', 'google'])
	describe(`a purchase at ${name}`, () => {
		let store;

		before(() => { store = { apple, google }[name]; });

		/** Bought, proved, and asked for. */
		async function bought(options) {
			const person = await signUp(), id = buy(store, person, options);

			const res = await verify(person, proofOf(store, id));
			assert.equal(res.status, name === 'apple' ? 200 : 202, JSON.stringify(res.body));
			return { person, id };
		}
		/** What the store tells has arrived, and was asked for. */
		async function tell() {
			for (const message of store.take())
				assert.equal((await send(message)).status, 204);
			await quiet();
		}

		test('lifts who proves it, and again when it is restored', async () => {
			const { person, id } = await bought();

			await expectTier(person, 'plus', { source: name, status: 'active', is_pending: false });
			assert.ok(Date.parse((await show(person)).renews_at) > Date.now());
			const again = await verify(person, proofOf(store, id));
			expectOk(again, name === 'apple' ? 200 : 202);
			assert.equal(again.headers['x-hob-round-trips'], '1');
			await expectTier(person, 'plus');
			assert.deepEqual(await toldOf(person), ['Your plan: Plus']);
		});

		test('is told by the store alone, when the client says nothing', async () => {
			const person = await signUp();
			buy(store, person);

			await tell();
			await expectTier(person, 'plus');
		});

		test('goes on, is upgraded, cancelled and over', async () => {
			const { person, id } = await bought();

			store.renew(id);
			await tell();
			await expectTier(person, 'plus');
			const next = store.upgrade(id, { product: PRO }) ?? id;
			await tell();
			await expectTier(person, 'pro');
			store.cancel(next);
			await tell();
			const { ends_at, renews_at } = await expectTier(person, 'pro', { status: 'cancelled' });
			assert.equal(renews_at, null);
			assert.equal(Date.parse(ends_at), second(store.truth(next).until));
			assert.equal((await rowOf(id)).replaced_by === null, next === id);
		});

		test('that was refunded or revoked lifts no more', async () => {
			const { person, id } = await bought();

			await expectTier(person, 'plus');
			store[name === 'apple' ? 'refund' : 'revoke'](id);
			await tell();
			await expectTier(person, 'free', { source: null, status: null });
			assert.equal((await rowOf(id)).status, name === 'apple' ? 'refunded' : 'expired');
			assert.deepEqual(await toldOf(person), ['Your plan: Plus', 'Your plan is now: Free']);
			assert.deepEqual(await toldOf(person, 'de'),
				['Ihr Tarif: Plus', 'Ihr Tarif ist jetzt: Kostenlos']);
		});

		test('lifts in grace, not on hold, and again when it is paid', async () => {
			const { person, id } = await bought();

			await expectTier(person, 'plus');
			store.grace(id);
			await tell();
			const { grace_until } = await expectTier(person, 'plus', { status: 'grace' });
			assert.equal(Date.parse(grace_until), second(store.truth(id).until));
			store.graceEnds(id);
			await tell();
			await expectTier(person, 'free');
			assert.equal((await rowOf(id)).status, 'retry');
			store.recover(id);
			await tell();
			await expectTier(person, 'plus');
			assert.deepEqual(await toldOf(person), ['Your plan: Plus', 'The payment for Plus has failed',
				'Your plan is now: Free', 'Your plan: Plus']);
		});

		test('lifts no second account', async () => {
			const { person, id } = await bought({ user: undefined });
			const other = await signUp();

			await expectTier(person, 'plus');
			expectProblem(await verify(other, proofOf(store, id)), 409, 'purchase_of_another');
			await expectTier(other, 'free');
			expectOk(await verify(person, proofOf(store, id)), name === 'apple' ? 200 : 202);
			await expectTier(person, 'plus');
			expectProblem(await verify(other, proofOf(store, id)), 409, 'purchase_of_another');
		});

		test('is proved once under a key', async () => {
			const person = await signUp(), id = buy(store, person), proof = proofOf(store, id);
			const once = { headers: { 'Idempotency-Key': newId() } };
			const status = name === 'apple' ? 200 : 202;

			expectOk(await verify(person, proof, once), status);
			await expectTier(person, 'plus');
			const again = await verify(person, proof, once);
			assert.equal(expectOk(again, status).tier, 'plus');
			assert.equal(again.headers['idempotency-replayed'], 'true');
			expectProblem(await verify(person, proofOf(store, buy(store, person)), once), 422,
				'idempotency_key_reused');
			assert.equal((await sql("SELECT count(*) FROM purchases WHERE user_id = :'id'",
				{ id: person.user.id }))[0], '1');
		});

		test('is of the account in whose name it was bought', async () => {
			const [named, other] = [await signUp(), await signUp()];
			const id = buy(store, named);
			const res = await verify(other, proofOf(store, id));

			// Google's says it only to who asks.
			if (name === 'apple')
				expectProblem(res, 409, 'purchase_of_another');
			else
				expectOk(res, 202);
			await expectTier(other, 'free');
			expectOk(await verify(named, proofOf(store, id)), name === 'apple' ? 200 : 202);
			await expectTier(named, 'plus');
			await expectTier(other, 'free');
		});

		test('of an account that is erased may be proved by another', async () => {
			const { person, id } = await bought();
			const other = await signUp();

			await expectTier(person, 'plus');
			await sql(`UPDATE users SET delete_at = now() - interval '1 s' WHERE id = :'id';
				SELECT hob.erase_step(:'id')`, { id: person.user.id });
			expectOk(await verify(other, proofOf(store, id)), name === 'apple' ? 200 : 202);
			await expectTier(other, 'plus');
		});

		test('of the sandbox lifts nobody', async () => {
			const { person, id } = await bought({ environment: 'Sandbox', isTest: true });

			await expectTier(person, 'free', { is_pending: false });
			assert.equal((await rowOf(id)).environment, 'sandbox');
		});

		test('of the sandbox lifts as long as it shall', async () => {
			const { person } = await bought({ environment: 'Sandbox', isTest: true });
			const becomes = (tier) => until(`it is ${tier}`,
				async () => (await show(person)).tier === tier, 20);

			await expectTier(person, 'free');
			await stores.set({ 'stores.sandbox': 'on' });
			await becomes('plus');
			await stores.set();
			await becomes('free');
		});

		test('is asked for again within a week, for what is told may be lost', async () => {
			const { person, id } = await bought({ product: PLUS_YEAR });

			await expectTier(person, 'plus');
			store[name === 'apple' ? 'refund' : 'revoke'](id);
			store.take();
			await timePasses(id);
			await expectTier(person, 'free');
		});

		for (const end of ['status_401', 'status_403', 'status_429', 'status_503', 'slow', 'cut', 'torn',
			'not_json', 'half_json', 'huge', 'redirect'])
			test(`waits while the store is ${end}, and no try is lost`, async () => {
				const person = await signUp(), id = buy(store, person);

				store.take();
				store.api.always(end, { retryAfter: 1, ms: 2000 });
				await verify(person, proofOf(store, id));
				await until('the job waits', async () => (await sql(`SELECT count(*) FROM jobs j
					JOIN purchases p ON p.id::text = j.key
					WHERE p.subscription_id = :'id' AND j.tries = 0 AND j.leased_by IS NULL
					  AND j.last_error IS NOT NULL`, { id }))[0] === '1');
				store.api.well();
				await timePasses(id);
				await until('it lifts', async () => {
					await timePasses(id);
					return (await rowOf(id)).asked_at !== null;
				}, 20);
				await expectTier(person, 'plus');
			});

		for (const status of [429, 503])
			test(`is left alone for as long as the store says with ${status}`, async () => {
				const person = await signUp(), id = buy(store, person), pause = 3;
				const times = () => asked(store.api, id);
				const said = name === 'apple' && status === 429 ? Date.now() + pause * 1000 : pause;

				store.take();
				store.api.always(`status_${status}`,
					{ on: id, headers: { 'retry-after': String(said) } });
				await verify(person, proofOf(store, id));
				await until('it was asked', () => times() === 1);
				const begun = performance.now();
				store.api.well();
				await until('it is asked again', async () => {
					await timePasses(id);
					return times() > 1;
				});
				const waited = performance.now() - begun;
				assert.ok(waited > pause * 1000 - 500, `${waited} ms`);
				await expectTier(person, 'plus');
			});

		test('that the store does not know is none', async () => {
			const person = await signUp();

			if (name === 'apple')
				return;
			expectOk(await verify(person, { store: 'google',
				purchase_token: 'nothing.of-google_sold' }), 202);
			await expectTier(person, 'free', { is_pending: false });
			assert.equal(await rowOf('nothing.of-google_sold'), null);
		});

		test('is told once, however often it arrives', async () => {
			const { id } = await bought();

			await quiet();
			store.take();
			store.cancel(id);
			const [message] = store.take(), before = asked(store.api, id);
			assert.equal((await send(message)).status, 204);
			await quiet();
			assert.ok(asked(store.api, id) > before);
			const later = asked(store.api, id);
			for (let i = 0; i < 3; i++)
				assert.equal((await send(message)).status, 204);
			await quiet();
			assert.equal(asked(store.api, id), later);
		});
	});

test('a purchase of Apple that is shared with a family lifts nobody', async () => {
	const person = await signUp(), id = buy(apple, person, { ownership: 'FAMILY_SHARED' });

	expectOk(await verify(person, proofOf(apple, id)));
	assert.equal((await show(person)).tier, 'free');
	await expectTier(person, 'free', { is_pending: false });
	apple.renew(id);
	for (const message of apple.take())
		assert.equal((await send(message)).status, 204);
	await expectTier(person, 'free');
	assert.equal((await rowOf(id)).status, 'active');
});

for (const [end, act] of Object.entries({ 'is over for long': (id, clock) => clock.pass(61 * DAY),
	'has forgotten whose it was': (id) => google.forget(id) }))
	test(`a purchase of Google ends well when Google ${end}`, async () => {
		const clock = makeClock(Date.now()), person = await signUp(), id = buy(google, person, { clock });

		await verify(person, proofOf(google, id));
		await expectTier(person, 'plus');
		google.cancel(id);
		google.expire(id);
		google.take();
		act(id, clock);
		await timePasses(id);
		await quiet();
		await sql(`UPDATE purchases SET unknown_at = unknown_at - interval '1 day'
			WHERE subscription_id = :'id'`, { id });
		await timePasses(id);
		await expectTier(person, 'free');
		assert.equal(google.api.seen.findLast(({ path }) => path.includes(id)).status, 410);
		const { id: purchase, status } = await rowOf(id);
		assert.equal(status, 'expired');
		await sql(`UPDATE purchases SET ended_at = now() - interval '61 days'
			WHERE id = :'purchase'`, { purchase });
		await timePasses(id);
		await quiet();
		assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'purchase'", { purchase }), []);
	});

describe('what Apple has not signed for us', () => {
	const names = [...appleForgeries.forged, ...appleForgeries.foreign];

	test('is refused from clients and from who says to be Apple', async () => {
		const person = await signUp(), id = buy(apple, person), signed = apple.signedTransaction(id);
		const [message] = apple.take().slice(-1);
		let n = 0;

		for (const name of names) {
			const forged = secret(appleForgeries.forge(apple, name, signed) || `nothing of ${id}`);
			const told = await send(appleForgeries.forgedMessage(apple, name, message));

			expectProblem(await verify(person, { store: 'apple', signed_transaction: forged }), 403,
				'not_genuine');
			assert.ok([400, 401, 403].includes(told.status), `${name}: ${told.status}`);
			n += 1;
		}
		assert.ok(n > 20);
		assert.equal(await rowOf(id), null);
		await expectTier(person, 'free');
		assert.equal((await send(message)).status, 204);
		await expectTier(person, 'plus');
	});
});

describe('what Google has not sent', () => {
	test('is refused by its shape, or by its signature', async () => {
		const person = await signUp(), id = buy(google, person);
		const [message] = google.take().slice(-1);

		const forged = (name) => googleForgeries.forgedMessage(google, name, message);
		const statusOf = async (name) => (await send(forged(name))).status;

		for (const name of googleForgeries.seenByShape)
			assert.equal(await statusOf(name), 403, name);
		for (const name of googleForgeries.seenByKey)
			assert.equal(await statusOf(name), 204, name);
		await judged();
		assert.equal(await rowOf(id), null);
		assert.deepEqual(await sql(`SELECT DISTINCT state, payload IS NULL FROM store_events
			WHERE event_id = :'id'`, { id: message.id }), ['forged|t']);
		// It stands in nobody's place.
		assert.equal((await send(message)).status, 204);
		await expectTier(person, 'plus');
	});

	test('is proven by keys that come and go', async () => {
		const person = await signUp();
		buy(google, person);
		google.keys.rotate();
		const [message] = google.take().slice(-1);

		assert.equal((await send(message)).status, 204);
		await judged();
		await expectTier(person, 'plus');
	});
});

test('a purchase of Google is acknowledged when it is somebody\'s', async () => {
	const person = await signUp(), id = buy(google, person, { user: undefined });

	for (const message of google.take())
		await send(message);
	await quiet();
	assert.equal(google.truth(id).acknowledged, false);
	await verify(person, proofOf(google, id));
	await expectTier(person, 'plus');
	assert.equal(google.truth(id).acknowledged, true);
});

test('a purchase that was paid back by the clock ends, and who is told before', async () => {
	const person = await signUp(), id = buy(apple, person);

	apple.cancel(id);
	await verify(person, proofOf(apple, id));
	await expectTier(person, 'plus');
	await sql(`UPDATE purchases SET entitled_until = now() + interval '2 days' WHERE subscription_id = :'id';
		SELECT hob.settle_plan(:'who')`, { id, who: person.user.id });
	assert.equal((await toldOf(person)).at(-1).startsWith('Plus ends on '), true);
	await sql(`UPDATE purchases SET entitled_until = now() - interval '1 s' WHERE subscription_id = :'id';
		SELECT hob.add_job('plan', :'who')`, { id, who: person.user.id });
	await expectTier(person, 'free');
	assert.equal((await toldOf(person)).at(-1), 'Your plan is now: Free');
});

test('no log has a receipt, a token or a key', () => expectSilentLogs(40));

describe('a server that sells nothing', () => {
	test('says so', async () => {
		configure();
		await reload();
		const person = await signUp();
		expectProblem(await verify(person, { store: 'apple', signed_transaction: 'x' }), 409, 'store_off');
		expectProblem(await verify(person, { store: 'google', purchase_token: 'x' }), 409, 'store_off');
		for (const store of ['apple', 'google'])
			expectProblem(await nobody.post(`/api/subscription/webhooks/${store}`, {}), 409, 'store_off');
	});
});
