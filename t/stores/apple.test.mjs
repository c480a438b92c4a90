// apple.test.mjs: the stand-in of the App Store says what Apple says: by signatures, sequences of states, and its API.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';

import { openApple } from './apple.mjs';
import { DAY, makeClock } from './clock.mjs';
import { open, sign, verify } from './jws.mjs';
import { deliver, mangle } from './post.mjs';
import { LEAF_MARK, INTERMEDIATE_MARK } from './x509.mjs';

const START = Date.UTC(2026, 0, 1);
const USER = '11111111-2222-4333-8444-555555555555';
const PLUS = 'plus.monthly', PRO = 'pro.monthly';
const folder = mkdtempSync(`${tmpdir()}/hob-stores.`);
let store;

before(async () => { store = await openApple({ clock: makeClock(START) }); });
after(async () => {
	await store.close();
	rmSync(folder, { recursive: true });
});

const bought = (options = {}) => {
	store.take();
	return store.buy({ user: USER, product: PLUS, clock: makeClock(START), ...options });
};
const told = () => store.take().map(({ type, subtype }) => (subtype ? `${type}/${subtype}` : type));
const read = (jws) => open(jws).payload;

const token = (changes = {}, header = {}, key = store.apiKey.key) => {
	const now = Math.floor(Date.now() / 1000);

	return sign({ alg: 'ES256', kid: store.apiKey.id, typ: 'JWT', ...header }, { iss: store.apiKey.issuer, iat: now,
		exp: now + 300, aud: 'appstoreconnect-v1', bid: store.bundleId, ...changes }, key);
};
const ask = (id, { jwt = token(), url = store.url } = {}) => fetch(`${url}/inApps/v1/subscriptions/${id}`,
	{ headers: jwt ? { authorization: `Bearer ${jwt}` } : {} });

describe('what Apple signs', () => {
	test('openssl takes the chain, which has the marks of Apple', () => {
		for (const name of ['root', 'intermediate', 'leaf'])
			writeFileSync(`${folder}/${name}.pem`, store.chain[name].pem);
		store.writeRoot(`${folder}/pinned.pem`);
		execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', `${folder}/pinned.pem`, '-untrusted',
			`${folder}/intermediate.pem`, `${folder}/leaf.pem`]);
		const text = (name) => String(execFileSync('openssl',
			['x509', '-in', `${folder}/${name}.pem`, '-noout', '-text']));

		assert.ok(text('leaf').includes(LEAF_MARK));
		assert.ok(text('intermediate').includes(INTERMEDIATE_MARK));
		assert.ok(text('root').includes('secp384r1'));
	});

	test('a notification and what is in it are signed by the leaf, and show three certificates', () => {
		bought();
		const [{ signedPayload, id, at }] = store.take();
		const { header, payload } = open(signedPayload);
		const leaf = new X509Certificate(Buffer.from(header.x5c[0], 'base64'));

		assert.equal(header.x5c.length, 3);
		for (const jws of [signedPayload, payload.data.signedTransactionInfo, payload.data.signedRenewalInfo])
			assert.ok(verify(jws, 'ES256', leaf.publicKey));
		assert.deepEqual([payload.notificationUUID, payload.signedDate, payload.version], [id, at, '2.0']);
		assert.equal(payload.data.bundleId, store.bundleId);
		assert.equal(payload.data.appAppleId, store.appAppleId);
		assert.equal(payload.data.status, 1);
	});

	test('a transaction has its members and milliseconds', () => {
		const id = bought();
		const transaction = read(store.signedTransaction(id));

		assert.equal(transaction.originalTransactionId, id);
		assert.equal(transaction.appAccountToken, USER);
		assert.equal(transaction.purchaseDate, START);
		assert.equal(transaction.expiresDate, START + 30 * DAY);
		assert.equal(transaction.inAppOwnershipType, 'PURCHASED');
		assert.equal(transaction.environment, 'Production');
		assert.ok(!('revocationDate' in transaction));
	});

	test('each signature of a subscription is later than the one before it', () => {
		const id = bought();

		store.cancel(id);
		store.enable(id);
		const times = store.take().map(({ at }) => at);

		assert.deepEqual(times, [START, START + 1, START + 2]);
		assert.ok(read(store.signedTransaction(id)).signedDate > START + 2);
	});
});

/** [what it shows, acts, notifications, status, entitled product or nothing]. An act is a name, or with options. */
const SEQUENCES = [
	['a renewal', ['renew'], ['DID_RENEW'], 1, PLUS],
	['a cancelled period runs to its end', ['cancel'], ['DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED'], 1, PLUS],
	['cancelled and expired', ['cancel', 'expire'],
		['DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED', 'EXPIRED/VOLUNTARY'], 2],
	['cancelled and thought better of', ['cancel', 'enable', 'renew'],
		['DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED', 'DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_ENABLED',
			'DID_RENEW'], 1, PLUS],
	['billing retry', ['billingRetry'], ['DID_FAIL_TO_RENEW'], 3],
	['billing retry that recovers', ['billingRetry', 'recover'],
		['DID_FAIL_TO_RENEW', 'DID_RENEW/BILLING_RECOVERY'], 1, PLUS],
	['billing retry that is given up', ['billingRetry', 'giveUp'],
		['DID_FAIL_TO_RENEW', 'EXPIRED/BILLING_RETRY'], 2],
	['billing retry that is cancelled', ['billingRetry', 'cancel'], ['DID_FAIL_TO_RENEW',
		'DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED', 'EXPIRED/VOLUNTARY'], 2],
	['grace', ['grace'], ['DID_FAIL_TO_RENEW/GRACE_PERIOD'], 4, PLUS],
	['grace that recovers', ['grace', 'recover'], ['DID_FAIL_TO_RENEW/GRACE_PERIOD', 'DID_RENEW/BILLING_RECOVERY'],
		1, PLUS],
	['grace that ends', ['grace', 'graceEnds'], ['DID_FAIL_TO_RENEW/GRACE_PERIOD', 'GRACE_PERIOD_EXPIRED'], 3],
	['a refund', ['refund'], ['REFUND', 'DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED'], 5],
	['a refund that is reversed', ['refund', 'reverseRefund'], ['REFUND',
		'DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED', 'REFUND_REVERSED'], 1, PLUS],
	['an upgrade holds at once', [['upgrade', { product: PRO }]], ['DID_CHANGE_RENEWAL_PREF/UPGRADE'], 1, PRO],
	['a downgrade does not', [['downgrade', { product: 'plus.yearly' }]], ['DID_CHANGE_RENEWAL_PREF/DOWNGRADE'], 1,
		PLUS],
	['a downgrade holds from the renewal', [['downgrade', { product: 'plus.yearly' }], 'renew'],
		['DID_CHANGE_RENEWAL_PREF/DOWNGRADE', 'DID_RENEW'], 1, 'plus.yearly'],
	['a downgrade that is taken back', [['downgrade', { product: 'plus.yearly' }], 'keepPlan', 'renew'],
		['DID_CHANGE_RENEWAL_PREF/DOWNGRADE', 'DID_CHANGE_RENEWAL_PREF', 'DID_RENEW'], 1, PLUS],
	['a subscription anew', ['cancel', 'expire', ['resubscribe', { product: PRO }]],
		['DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED', 'EXPIRED/VOLUNTARY', 'SUBSCRIBED/RESUBSCRIBE'],
		1, PRO],
	['a price that is agreed to', ['priceIncrease', 'consent', 'renew'],
		['PRICE_INCREASE/PENDING', 'PRICE_INCREASE/ACCEPTED', 'DID_RENEW'], 1, PLUS],
	['a price that is not', ['priceIncrease', 'refuse'], ['PRICE_INCREASE/PENDING', 'EXPIRED/PRICE_INCREASE'], 2],
	['a product that is sold no longer', ['withdraw'], ['EXPIRED/PRODUCT_NOT_FOR_SALE'], 2],
	['a renewal that is put off', ['extend'], ['RENEWAL_EXTENDED'], 1, PLUS],
];

describe('sequences', () => {
	for (const [name, acts, notifications, status, product] of SEQUENCES) {
		test(name, async () => {
			const id = bought();

			for (const [act, options] of acts.map((a) => [a].flat())) {
				assert.ok(store.possible(id).includes(act), `${act} is possible`);
				store[act](id, options);
			}
			assert.deepEqual(told(), ['SUBSCRIBED/INITIAL_BUY', ...notifications]);
			const truth = store.truth(id);

			assert.deepEqual([truth.status, truth.entitled ? truth.product : undefined], [status, product]);
			const [last] = (await (await ask(id)).json()).data[0].lastTransactions;

			assert.equal(last.status, status);
			assert.equal(read(last.signedTransactionInfo).productId, truth.product);
		});
	}

	test('a family that is no longer shared with', () => {
		const id = bought({ ownership: 'FAMILY_SHARED' });

		store.revoke(id);
		assert.deepEqual(told(), ['SUBSCRIBED/INITIAL_BUY', 'REVOKE']);
		assert.equal(store.truth(id).entitled, false);
	});

	test('a refund of an earlier period takes nothing away', () => {
		const id = bought();

		store.renew(id);
		store.take();
		store.refund(id, { transactionId: id });
		const [{ payload }] = store.take();

		assert.equal(read(payload.data.signedTransactionInfo).transactionId, id);
		assert.ok(read(payload.data.signedTransactionInfo).revocationDate > 0);
		assert.equal(payload.data.status, 1);
		assert.ok(store.truth(id).entitled);
	});

	test('the clock alone renews, and gives up who does not pay', () => {
		const id = bought(), s = store.get(id);

		s.clock.pass(65 * DAY);
		assert.equal(store.truth(id).until, START + 90 * DAY);
		s.isPaying = false;
		s.clock.pass(120 * DAY);
		assert.equal(store.truth(id).status, 2);
		assert.deepEqual(told(), ['SUBSCRIBED/INITIAL_BUY', 'DID_RENEW', 'DID_RENEW', 'DID_FAIL_TO_RENEW',
			'EXPIRED/BILLING_RETRY']);
	});

	test('a grace says until when', () => {
		const id = bought();

		store.grace(id, { days: 6 });
		const { gracePeriodExpiresDate, isInBillingRetryPeriod } = read(store.signedRenewal(id));

		assert.equal(gracePeriodExpiresDate, START + 36 * DAY);
		assert.equal(isInBillingRetryPeriod, true);
		assert.equal(store.truth(id).until, START + 36 * DAY);
		assert.equal(store.truth(id, START + 36 * DAY).entitled, false);
	});

	test('another person may subscribe anew by the same account', () => {
		const id = bought(), other = '99999999-2222-4333-8444-555555555555';

		store.cancel(id);
		store.expire(id);
		store.resubscribe(id, { user: other });
		assert.equal(store.truth(id).user, other);
		assert.deepEqual(store.truths(other).map((t) => t.id), [id]);
		assert.equal(read(store.signedTransaction(id, { transactionId: id })).appAccountToken, USER);
	});

	test('what is not possible is refused', () => {
		assert.throws(() => store.recover(bought()), /not possible/);
	});
});

describe('the API', () => {
	/** [what is wrong, claims, header, key]. */
	const tokens = [
		['another issuer', { iss: 'someone' }], ['another audience', { aud: 'appstoreconnect-v2' }],
		['another app', { bid: 'com.example.other' }], ['no app', { bid: undefined }],
		['expired', { exp: Math.floor(Date.now() / 1000) - 1 }],
		['longer than an hour', { exp: Math.floor(Date.now() / 1000) + 3700 }],
		['not yet', { iat: Math.floor(Date.now() / 1000) + 600, exp: Math.floor(Date.now() / 1000) + 900 }],
		['another key', {}, { kid: 'OTHER' }],
	];

	for (const [name, claims, header] of tokens) {
		test(`a token is not taken: ${name}`, async () => {
			const answer = await ask(bought(), { jwt: token(claims, header) });

			assert.equal(answer.status, 401);
			assert.match(await answer.text(), /^Unauthenticated/);
		});
	}

	test('who has no token, or one of another signer, is refused', async () => {
		assert.equal((await ask(bought(), { jwt: '' })).status, 401);
		assert.equal((await ask(bought(), { jwt: token({}, {}, store.chain.leaf.key) })).status, 401);
	});

	test('a transaction that is not there, or of the other environment', async () => {
		const answer = await ask('300000000000001');

		assert.equal(answer.status, 404);
		assert.equal((await answer.json()).errorCode, 4040010);
		const id = bought({ environment: 'Sandbox' });

		assert.equal((await ask(id)).status, 404);
		const sandbox = await (await ask(id, { url: store.sandboxUrl })).json();

		assert.equal(sandbox.environment, 'Sandbox');
		assert.ok(!('appAppleId' in sandbox));
		assert.equal((await (await ask('x')).json()).errorCode, 4000006);
	});

	test('any transaction of a subscription finds all of the account', async () => {
		const id = bought({ account: '77' }), shared = bought({ account: '77', ownership: 'FAMILY_SHARED' });

		store.renew(id);
		const last = read(store.signedTransaction(id)).transactionId;
		const { data } = await (await ask(last)).json();

		assert.notEqual(last, id);
		assert.deepEqual(data[0].lastTransactions.map((t) => t.originalTransactionId), [id, shared]);
	});

	test('it says by 429 when to come again', async () => {
		store.api.next('status_429', { retryAfter: 5 });
		const answer = await ask(bought());

		assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '5']);
		assert.equal((await answer.json()).errorCode, 4290000);
	});
});

describe('the way', () => {
	test('messages are lost, doubled and late by dice, and those that are not taken come again', async () => {
		const messages = Array.from({ length: 100 }, (_, id) => ({ id }));
		const ids = (list) => list.map(({ id }) => id);

		assert.deepEqual(ids(mangle(messages)), ids(messages));
		assert.equal(mangle(messages, { lose: 1 }).length, 0);
		assert.equal(mangle(messages, { twice: 1 }).length, 200);
		assert.notDeepEqual(ids(mangle(messages, { late: 0.5 })), ids(messages));
		assert.deepEqual(ids(await deliver(messages, ({ id }) => (id % 2 ? 500 : 204))),
			ids(messages).filter((id) => id % 2));
	});
});
