// purchases_keep.test.mjs: who has paid keeps what they have, and who has not gets nothing, when stores are late, err,
// or are away, when jobs are lost, and when receipts are old.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { held, sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { logged, logMark, until } from '../fault/support.mjs';
import { DAY, HOUR, makeClock } from '../stores/clock.mjs';
import { buy, expectTier, openStores, PLUS_YEAR, PRO, proofOf, quiet, rowOf, send, show, timePasses, verify }
	from './purchases.mjs';
import { expectSilentLogs, logPath } from './support.mjs';

let stores, apple, google;
const both = ['apple', 'google'];
const storeOf = (name) => ({ apple, google })[name];

before(async () => {
	stores = await openStores();
	({ apple, google } = stores);
});
after(() => stores.close());
afterEach(() => {
	for (const store of [apple, google]) {
		store.api.well();
		store.take();
	}
});

/** Bought, proved, and asked for: { person, id }. */
async function bought(store, options = {}) {
	const person = await signUp(), id = buy(store, person, options);

	assert.ok([200, 202].includes((await verify(person, proofOf(store, id))).status));
	await quiet();
	return { person, id };
}

async function tell(store) {
	for (const message of store.take())
		assert.equal((await send(message)).status, 204);
	await quiet();
}

/** In how many seconds the job of a purchase comes; undefined: it has none. */
async function comesIn(id) {
	const [line] = await sql(`SELECT extract(epoch FROM j.run_at - now()) FROM jobs j JOIN purchases p
		ON (j.kind, j.key) = (p.store || '_purchase', p.id::text)
		WHERE p.subscription_id = :'id' AND j.dead_at IS NULL`, { id });

	return line && Number(line);
}

/** The job that comes once a day. */
async function keep() {
	await sql("SELECT hob.add_job('keep_purchases', 'by the clock')");
	await until('it is done',
		async () => (await sql("SELECT 1 FROM jobs WHERE kind = 'keep_purchases'")).length === 0);
}

describe('a purchase at Google', () => {
	test('is acknowledged when that failed at first', async () => {
		google.api.next('status_503', { on: ':acknowledge' });
		const { person, id } = await bought(google);

		await expectTier(person, 'plus');
		assert.equal(google.truth(id).acknowledged, false);
		await until('it is acknowledged', async () => {
			await timePasses(id, '1 hour');
			return google.truth(id).acknowledged;
		});
	});

	test('keeps its plan while an upgrade is not paid, and when that is abandoned', async () => {
		const { person, id } = await bought(google);
		const next = google.upgrade(id, { product: PRO, isPending: true });

		expectOk(await verify(person, proofOf(google, next)), 202);
		await expectTier(person, 'plus', { is_pending: false });
		google.abandon(next);
		await tell(google);
		await expectTier(person, 'plus');
		assert.equal((await rowOf(id)).replaced_by, null);
		const other = google.upgrade(id, { product: PRO, isPending: true });
		await verify(person, proofOf(google, other));
		google.complete(other);
		await tell(google);
		await expectTier(person, 'pro');
		assert.equal((await rowOf(id)).replaced_by, (await rowOf(other)).id);
	});

	test('of a tester lifts nobody, however often it is proved', async () => {
		const { person, id } = await bought(google, { isTest: true });

		google.api.always('status_503');
		expectOk(await verify(person, proofOf(google, id)), 202);
		assert.equal((await show(person)).tier, 'free');
	});

	test('is whose that is that it follows, when that is known later', async () => {
		const person = await signUp(), id = buy(google, person, { user: undefined });
		const second = google.upgrade(id, { product: PRO, user: undefined });
		const third = google.upgrade(second, { product: PRO, user: undefined });

		google.take();
		for (const one of [third, second])
			await send(google.notify(one, 'PURCHASED') ?? google.take().at(-1));
		await quiet();
		assert.equal((await rowOf(third)).user_id, null);
		expectOk(await verify(person, proofOf(google, id)), 202);
		await expectTier(person, 'pro');
		await until('the last is acknowledged', () => google.truth(third).acknowledged);
	});

	test('is asked for once more in minutes, when something newer seems to be known', async () => {
		const { person, id } = await bought(google);

		await sql(`UPDATE purchases SET as_of = now() + interval '1 hour'
			WHERE subscription_id = :'id'`, { id });
		google.revoke(id);
		await tell(google);
		assert.ok(await comesIn(id) < 15 * 60);
		await expectTier(person, 'plus');
		await sql("UPDATE purchases SET as_of = now() WHERE subscription_id = :'id'", { id });
		await timePasses(id, '15 minutes');
		await expectTier(person, 'free');
	});
});

for (const name of both)
	describe(`a purchase at ${name}`, () => {
		test('goes on for a day when the store is late at its end', async () => {
			const store = storeOf(name);
			const { person, id } = await bought(store, { clock: makeClock(Date.now() - 30 * DAY - HOUR) });

			await expectTier(person, 'plus', { status: 'active' });
			assert.ok(await comesIn(id) <= HOUR / 1000);
			await timePasses(id, '1 hour');
			await expectTier(person, 'plus');
			store.cancel(id);
			await tell(store);
			await expectTier(person, 'free');
			const late = await bought(store, { clock: makeClock(Date.now() - 31 * DAY - HOUR) });
			await expectTier(late.person, 'free');
			assert.ok(await comesIn(late.id) <= HOUR / 1000);
		});

		test('is over when the store says twice, a day apart, that it knows none', async () => {
			const store = storeOf(name), { person, id } = await bought(store, { product: PLUS_YEAR });
			const forgets = name === 'apple' ? () => store.api.next('status_404', { on: id })
				: () => { store.get(id).isForgotten = true; };

			forgets();
			await timePasses(id);
			await expectTier(person, 'plus');
			assert.notEqual((await rowOf(id)).unknown_at, null);
			assert.ok(await comesIn(id) <= DAY / 1000);
			store.get(id).isForgotten = false;
			await timePasses(id, '1 day');
			await expectTier(person, 'plus');
			assert.equal((await rowOf(id)).unknown_at, null);
			forgets();
			await timePasses(id);
			await quiet();
			await sql(`UPDATE purchases SET unknown_at = now() - interval '1 day'
				WHERE subscription_id = :'id'`, { id });
			forgets();
			await timePasses(id, '1 day');
			await expectTier(person, 'free');
			store.get(id).isForgotten = false;
			await timePasses(id, '1 day');
			await expectTier(person, 'plus');
		});

		for (const [what, lose] of [['lost', 'DELETE FROM jobs'], ['dead', 'UPDATE jobs SET dead_at = now()']])
			test(`is found within two days when its job is ${what}`, async () => {
				const store = storeOf(name);
				const { person, id } = await bought(store, { product: PLUS_YEAR });

				await sql(`${lose} WHERE key = :'key'`, { key: (await rowOf(id)).id });
				store[name === 'apple' ? 'refund' : 'revoke'](id);
				const mark = logMark(logPath);
				await keep();
				await logged(mark, 'purchases_found');
				assert.ok(await comesIn(id) <= DAY / 1000);
				await timePasses(id, '1 day');
				await expectTier(person, 'free');
			});

		test('of a product that no tier has is told to the staff', async () => {
			const mark = logMark(logPath);
			const { id, person } = await bought(storeOf(name), { product: 'hob_none' });

			await logged(mark, 'product_unknown',
				{ purchase_id: (await rowOf(id)).id, product_id: 'hob_none' });
			await expectTier(person, 'free');
		});

		test('that is nobody\'s goes 60 days after its end, or when it was never known', async () => {
			const { id: owned } = await bought(storeOf(name));
			const run = `keep.${name}.${process.pid}.`;
			const there = () => sql(`SELECT subscription_id FROM purchases
				WHERE subscription_id ^@ :'run' ORDER BY 1`, { run });

			await sql(`INSERT INTO purchases (id, store, environment, subscription_id, status, as_of,
					ended_at, created_at)
				SELECT gen_random_uuid(), :'store', 'production', :'run' || x.what, x.status, x.as_of,
				       x.ended_at, now() - interval '61 days'
				  FROM (VALUES ('ended', 'expired', now(), now() - interval '61 days'),
					('ending', 'expired', now(), now() - interval '59 days'),
					('live', 'active', now(), NULL),
					('never', 'pending', NULL, NULL)) x (what, status, as_of, ended_at);
				UPDATE purchases SET status = 'expired', ended_at = now() - interval '61 days'
				 WHERE subscription_id = :'owned'`, { store: name, run, owned });
			await keep();
			assert.deepEqual(await there(), ['ending', 'live'].map((what) => run + what));
			assert.notEqual(await rowOf(owned), null);
			await sql("DELETE FROM purchases WHERE subscription_id ^@ :'run'", { run });
		});
	});

describe('a receipt of Apple\'s', () => {
	test('that is older than what is known takes nothing from another account', async () => {
		const { person, id } = await bought(apple), other = await signUp(), old = proofOf(apple, id);

		apple.cancel(id);
		apple.expire(id);
		apple.resubscribe(id, { user: other.user.id, product: PRO });
		await tell(apple);
		await expectTier(other, 'pro');
		await expectTier(person, 'free');
		expectProblem(await verify(person, old), 409, 'purchase_of_another');
		assert.equal((await show(other)).tier, 'pro');
		assert.equal((await rowOf(id)).user_id, other.user.id);
	});

	test('lifts for three days while Apple was never asked, and then when it was', async () => {
		const person = await signUp(), id = buy(apple, person, { product: PLUS_YEAR });

		apple.api.always('status_503');
		expectOk(await verify(person, proofOf(apple, id)));
		assert.equal((await show(person)).tier, 'plus');
		const [wait_s] = await sql(`SELECT extract(epoch FROM run_at - now()) FROM jobs
			WHERE kind = 'plan' AND key = :'key'`, { key: person.user.id });
		assert.ok(Math.abs(Number(wait_s) - 3 * DAY / 1000) < 60);
		await sql(`UPDATE purchases SET created_at = now() - interval '3 days' WHERE subscription_id = :'id';
			SELECT hob.add_job('plan', :'who')`, { id, who: person.user.id });
		await until('it lifts no more', async () => (await show(person)).tier === 'free');
		apple.api.well();
		await until('it lifts', async () => {
			await timePasses(id, '1 hour');
			return (await show(person)).tier === 'plus';
		});
	});
});

describe('who proves a purchase', () => {
	test('makes it anew when it goes at that moment', held(async (holder) => {
		const person = await signUp(), id = buy(google, person);

		await sql(`INSERT INTO purchases (id, store, environment, subscription_id)
			VALUES (gen_random_uuid(), 'google', 'production', :'id')`, { id });
		await holder.run(`BEGIN; SELECT FROM purchases WHERE subscription_id = '${id}' FOR UPDATE`);
		const answer = verify(person, proofOf(google, id));
		await holder.untilBlocking(1, answer);
		await holder.run(`DELETE FROM purchases WHERE subscription_id = '${id}'; COMMIT`);
		expectOk(await answer, 202);
		await expectTier(person, 'plus');
	}));

	test('holds all jobs before it waits for how much there is', held(async (holder) => {
		const { person, id } = await bought(apple);
		const [purchase, account] = [(await rowOf(id)).id, person.user.id];

		apple.upgrade(id, { product: PRO });
		await holder.run(`BEGIN; SELECT FROM usage WHERE about = '${account}' FOR UPDATE`);
		const answer = verify(person, proofOf(apple, id));
		await holder.untilBlocking(1, answer);
		const free = await sql(`SELECT kind FROM jobs WHERE kind IN ('plan', 'apple_purchase')
			AND key IN (:'purchase', :'account') FOR UPDATE SKIP LOCKED`, { purchase, account });
		await holder.run('COMMIT');
		expectOk(await answer);
		assert.deepEqual(free, []);
		await expectTier(person, 'pro');
	}));
});

test('no log has a receipt, a token or a key', () => expectSilentLogs(20));
