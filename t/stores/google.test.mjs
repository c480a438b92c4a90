// google.test.mjs: the stand-in of Google Play says what Google says: by sequences of states, its API, its token
// endpoint and the tokens of its pushes.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';

import { DAY, makeClock } from './clock.mjs';
import { openGoogle, rfc3339 } from './google.mjs';
import { open, sign, verify } from './jws.mjs';

const START = Date.UTC(2026, 0, 1);
const USER = '11111111-2222-4333-8444-555555555555';
const PLUS = 'plus.monthly', PRO = 'pro.monthly';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const folder = mkdtempSync(`${tmpdir()}/hob-stores.`);
let store, access;

before(async () => {
	store = await openGoogle();
	access = (await (await buyAccess()).json()).access_token;
});
after(async () => {
	await store.close();
	rmSync(folder, { recursive: true });
});

const bought = (options = {}) => {
	store.take();
	return store.buy({ user: USER, product: PLUS, clock: makeClock(START), ...options });
};
const told = () => store.take().map(({ type }) => type);

function buyAccess(claims = {}, { key = store.account.key, grant = GRANT } = {}) {
	const iat = Math.floor(Date.now() / 1000);
	const assertion = sign({ alg: 'RS256', typ: 'JWT', kid: store.account.keyId }, { iss: store.account.email,
		scope: 'https://www.googleapis.com/auth/androidpublisher', aud: store.tokenUrl, iat, exp: iat + 3600,
		...claims }, key);

	return fetch(store.tokenUrl, { method: 'POST', body: new URLSearchParams({ grant_type: grant, assertion }) });
}

const call = (path, { token = access, method = 'GET', app = store.packageName } = {}) =>
	fetch(`${store.url}/androidpublisher/v3/applications/${app}/purchases/${path}`,
		{ method, headers: token ? { authorization: `Bearer ${token}` } : {} });
const ask = (token, how) => call(`subscriptionsv2/tokens/${token}`, how);
const read = async (token) => (await ask(token)).json();
const acknowledge = (token, product = PLUS) => call(`subscriptions/${product}/tokens/${token}:acknowledge`,
	{ method: 'POST' });
const reasonOf = async (answer) => [answer.status, (await answer.json()).error.errors[0].reason];

/** [what it shows, acts, notifications, state, entitled product or nothing]. `*` is an act of the new purchase. */
const SEQUENCES = [
	['a renewal', ['renew'], ['RENEWED'], 'ACTIVE', PLUS],
	['a cancelled period runs to its end', ['cancel'], ['CANCELED'], 'CANCELED', PLUS],
	['cancelled and expired', ['cancel', 'expire'], ['CANCELED', 'EXPIRED'], 'EXPIRED'],
	['cancelled and thought better of', ['cancel', 'restart', 'renew'], ['CANCELED', 'RESTARTED', 'RENEWED'],
		'ACTIVE', PLUS],
	['grace', ['grace'], ['IN_GRACE_PERIOD'], 'IN_GRACE_PERIOD', PLUS],
	['grace that is paid', ['grace', 'recover'], ['IN_GRACE_PERIOD', 'RENEWED'], 'ACTIVE', PLUS],
	['grace that ends', ['grace', 'graceEnds'], ['IN_GRACE_PERIOD', 'ON_HOLD'], 'ON_HOLD'],
	['on hold', ['hold'], ['ON_HOLD'], 'ON_HOLD'],
	['on hold and recovered', ['hold', 'recover'], ['ON_HOLD', 'RECOVERED'], 'ACTIVE', PLUS],
	['on hold and given up', ['hold', 'giveUp'], ['ON_HOLD', 'CANCELED', 'EXPIRED'], 'EXPIRED'],
	['on hold and cancelled', ['hold', 'cancel'], ['ON_HOLD', 'CANCELED', 'EXPIRED'], 'EXPIRED'],
	['a pause that is planned', ['planPause'], ['PAUSE_SCHEDULE_CHANGED'], 'ACTIVE', PLUS],
	['a pause', ['planPause', 'pause'], ['PAUSE_SCHEDULE_CHANGED', 'PAUSED'], 'PAUSED'],
	['a pause that ends', ['planPause', 'pause', 'resume'], ['PAUSE_SCHEDULE_CHANGED', 'PAUSED', 'RECOVERED'],
		'ACTIVE', PLUS],
	['a pause that ends without money', ['planPause', 'pause', 'resumeFails'],
		['PAUSE_SCHEDULE_CHANGED', 'PAUSED', 'ON_HOLD'], 'ON_HOLD'],
	['a bill that is put off', ['defer'], ['DEFERRED'], 'ACTIVE', PLUS],
	['a refund alone takes nothing away', ['refund'], ['VOIDED'], 'ACTIVE', PLUS],
	['a purchase that is taken back', ['revoke'], ['REVOKED', 'VOIDED'], 'EXPIRED'],
	['an upgrade', [['upgrade', { product: PRO }]], ['EXPIRED', 'PURCHASED'], 'ACTIVE', PRO],
	['a downgrade waits', [['downgrade', { product: 'plus.yearly' }]], ['EXPIRED', 'PURCHASED'], 'ACTIVE', PLUS],
	['a downgrade comes', [['downgrade', { product: 'plus.yearly' }], 'renew'],
		['EXPIRED', 'PURCHASED', 'RENEWED', 'ITEMS_CHANGED'], 'ACTIVE', 'plus.yearly'],
	['an upgrade that is not paid yet', [['upgrade', { product: PRO, isPending: true }]], [], 'PENDING'],
	['an upgrade that is paid', [['upgrade', { product: PRO, isPending: true }], 'complete'],
		['EXPIRED', 'PURCHASED'], 'ACTIVE', PRO],
	['a subscription anew before the end', ['cancel', ['resubscribe']], ['CANCELED', 'EXPIRED', 'PURCHASED'],
		'ACTIVE', PLUS],
	['a subscription anew after it', ['cancel', 'expire', ['resubscribe']], ['CANCELED', 'EXPIRED', 'PURCHASED'],
		'ACTIVE', PLUS],
	['a price that is agreed to', ['priceIncrease', 'consent', 'renew'],
		['PRICE_CHANGE_UPDATED', 'PRICE_CHANGE_UPDATED', 'RENEWED'], 'ACTIVE', PLUS],
	['a price that is not', ['priceIncrease', 'refuse'], ['PRICE_CHANGE_UPDATED', 'CANCELED', 'EXPIRED'],
		'EXPIRED'],
	['a purchase that nobody acknowledges', ['forgetToAcknowledge'], ['REVOKED', 'VOIDED'], 'EXPIRED'],
];

describe('sequences', () => {
	for (const [name, acts, notifications, state, product] of SEQUENCES) {
		test(name, async () => {
			let token = bought();

			for (const [act, options] of acts.map((a) => [a].flat())) {
				assert.ok(store.possible(token).includes(act), `${act} is possible`);
				token = store[act](token, options) ?? token;
			}
			assert.deepEqual(told(), ['PURCHASED', ...notifications]);
			const truth = store.truth(token);

			assert.deepEqual([truth.status, truth.entitled ? truth.product : undefined], [state, product]);
			assert.equal(truth.user, USER);
			assert.equal((await read(token)).subscriptionState, `SUBSCRIPTION_STATE_${state}`);
		});
	}

	test('a purchase that is pending, and one that is abandoned', async () => {
		const token = bought({ isPending: true });

		assert.deepEqual(told(), []);
		assert.ok(!('startTime' in await read(token)));
		assert.equal(store.truth(token).entitled, false);
		store.abandon(token);
		assert.deepEqual(told(), ['PENDING_PURCHASE_CANCELED']);
	});

	test('while an upgrade is pending the old purchase holds', () => {
		const old = bought(), token = store.upgrade(old, { product: PRO, isPending: true });

		assert.deepEqual([store.truth(old).entitled, store.truth(token).entitled], [true, false]);
		store.complete(token);
		assert.deepEqual([store.truth(old).entitled, store.truth(token).entitled], [false, true]);
	});

	test('the clock alone renews, and gives up who does not pay', () => {
		const token = bought(), p = store.get(token);

		p.clock.pass(65 * DAY);
		assert.equal(store.truth(token).until, START + 90 * DAY);
		p.isPaying = false;
		p.clock.pass(120 * DAY);
		assert.equal(store.truth(token).status, 'EXPIRED');
		assert.deepEqual(told(), ['PURCHASED', 'RENEWED', 'RENEWED', 'ON_HOLD', 'CANCELED', 'EXPIRED']);
	});
});

describe('subscriptionsv2', () => {
	test('a purchase has its members, in RFC 3339', async () => {
		const body = await read(bought());

		assert.equal(body.kind, 'androidpublisher#subscriptionPurchaseV2');
		assert.equal(body.startTime, '2026-01-01T00:00:00Z');
		assert.equal(body.acknowledgementState, 'ACKNOWLEDGEMENT_STATE_PENDING');
		assert.deepEqual(body.externalAccountIdentifiers, { obfuscatedExternalAccountId: USER });
		assert.equal(body.lineItems[0].expiryTime, rfc3339(START + 30 * DAY));
		assert.equal(body.lineItems[0].autoRenewingPlan.autoRenewEnabled, true);
		assert.ok(!('testPurchase' in body) && !('linkedPurchaseToken' in body));
		assert.deepEqual((await read(bought({ isTest: true }))).testPurchase, {});
	});

	test('what is cancelled says by whom, and not that it does not renew', async () => {
		const token = bought();

		store.cancel(token);
		const body = await read(token);

		assert.equal(body.canceledStateContext.userInitiatedCancellation.cancelTime, '2026-01-01T00:00:00Z');
		assert.ok(!('autoRenewEnabled' in body.lineItems[0].autoRenewingPlan));
	});

	test('a downgrade has two items, one of which has no time yet', async () => {
		const old = bought(), token = store.downgrade(old, { product: 'plus.yearly' });
		const body = await read(token);

		assert.equal(body.linkedPurchaseToken, old);
		assert.deepEqual(body.lineItems.map((i) => [i.productId, i.expiryTime, i.deferredItemReplacement]), [
			[PLUS, rfc3339(START + 30 * DAY), { productId: 'plus.yearly' }],
			['plus.yearly', undefined, undefined],
		]);
		assert.deepEqual((await read(old)).canceledStateContext, { replacementCancellation: {} });
	});

	test('who subscribes anew in the Play Store is known by what has expired', async () => {
		const old = bought();

		store.cancel(old);
		store.expire(old);
		const body = await read(store.resubscribe(old));

		assert.ok(!('externalAccountIdentifiers' in body));
		assert.deepEqual(body.outOfAppPurchaseContext, { expiredPurchaseToken: old,
			expiredExternalAccountIdentifiers: { obfuscatedExternalAccountId: USER } });
	});

	test('it is acknowledged once and for all, by its product', async () => {
		const token = bought();

		assert.deepEqual(await reasonOf(await acknowledge(token, PRO)),
			[400, 'purchaseTokenDoesNotMatchSubscriptionId']);
		assert.equal((await acknowledge(token)).status, 204);
		assert.equal((await acknowledge(token)).status, 204);
		assert.equal((await read(token)).acknowledgementState, 'ACKNOWLEDGEMENT_STATE_ACKNOWLEDGED');
		assert.deepEqual(await reasonOf(await acknowledge(bought({ isPending: true }))),
			[400, 'invalidPurchaseState']);
	});

	test('what is not there is said in its way', async () => {
		assert.deepEqual(await reasonOf(await ask('x')), [400, 'invalid']);
		assert.deepEqual(await reasonOf(await ask('a'.repeat(100))), [404, 'purchaseTokenNotFound']);
		assert.deepEqual(await reasonOf(await ask(bought(), { app: 'com.other' })),
			[404, 'applicationNotFound']);
		const forgotten = bought(), old = bought();

		store.forget(forgotten);
		assert.deepEqual(await reasonOf(await ask(forgotten)), [410, 'purchaseTokenNoLongerValid']);
		store.cancel(old);
		store.get(old).clock.pass(91 * DAY);
		assert.deepEqual(await reasonOf(await ask(old)), [410, 'subscriptionPurchaseNoLongerAvailable']);
	});

	test('refusals on command', async () => {
		const token = bought();

		for (const [status, reason] of [[403, 'permissionDenied'], [409, 'concurrentUpdate'],
			[429, 'rateLimitExceeded'], [500, 'backendError'], [503, 'backendUnavailable']]) {
			store.api.next(`status_${status}`);
			assert.deepEqual(await reasonOf(await ask(token)), [status, reason]);
		}
		assert.equal((await ask(token)).status, 200);
	});
});

describe('access tokens', () => {
	test('one is bought by the key, and is good until it is revoked', async () => {
		const body = await (await buyAccess()).json();

		assert.deepEqual([body.token_type, body.expires_in, body.access_token.length], ['Bearer', 3599, 1024]);
		assert.equal((await ask(bought(), { token: body.access_token })).status, 200);
		store.revokeTokens();
		assert.deepEqual(await reasonOf(await ask(bought(), { token: body.access_token })), [401, 'authError']);
		assert.deepEqual(await reasonOf(await ask(bought(), { token: '' })), [401, 'authError']);
		access = (await (await buyAccess()).json()).access_token;
	});

	const now = Math.floor(Date.now() / 1000);

	for (const [name, claims, error, description] of [
		['another account', { iss: 'x@y' }, 'invalid_grant', /account not found/],
		['another audience', { aud: 'https://other.example/token' }, 'invalid_grant', /audience/],
		['expired', { iat: now - 7200, exp: now - 3600 }, 'invalid_grant', /short-lived/],
		['not yet', { iat: now + 3000, exp: now + 3600 }, 'invalid_grant', /short-lived/],
		['longer than an hour', { exp: now + 7200 }, 'invalid_grant', /short-lived/],
		['no time', { exp: undefined }, 'invalid_grant', /short-lived/],
		['another scope', { scope: 'https://www.googleapis.com/auth/drive' }, 'invalid_scope', /scope/],
	]) {
		test(`none is given: ${name}`, async () => {
			const answer = await buyAccess(claims), body = await answer.json();

			assert.deepEqual([answer.status, body.error], [400, error]);
			assert.match(body.error_description, description);
		});
	}

	test('none is given to another key, nor for another grant', async () => {
		const other = await (await buyAccess({}, { key: store.keys.current().key })).json();

		assert.deepEqual(other, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
		const granted = await (await buyAccess({}, { grant: 'password' })).json();

		assert.equal(granted.error, 'unsupported_grant_type');
	});

	test('the file of the account has the key', () => {
		store.writeAccount(`${folder}/account.json`);
		const file = JSON.parse(readFileSync(`${folder}/account.json`));

		assert.deepEqual([file.type, file.client_email, file.token_uri],
			['service_account', store.account.email, store.tokenUrl]);
		assert.ok(verify(sign({ alg: 'RS256' }, {}, file.private_key), 'RS256', store.account.key));
	});
});

describe('pushes', () => {
	const jwks = async () => {
		const answer = await fetch(store.jwksUrl);

		return { ...await answer.json(), control: answer.headers.get('cache-control') };
	};
	const tokenOf = (message) => message.request().headers.authorization.split(' ')[1];

	async function isByGoogle(jws) {
		const jwk = (await jwks()).keys.find(({ kid }) => kid === open(jws).header.kid);

		return jwk !== undefined && verify(jws, 'RS256', createPublicKey({ key: jwk, format: 'jwk' }));
	}

	test('a push is an envelope with a notification in base64', () => {
		const token = bought();
		const [message] = store.take(), body = JSON.parse(message.request().body);

		assert.equal(body.subscription, store.push.subscription);
		assert.deepEqual([body.message.messageId, body.message.publishTime], [message.id, rfc3339(START)]);
		assert.deepEqual(JSON.parse(Buffer.from(body.message.data, 'base64')), { version: '1.0',
			packageName: store.packageName, eventTimeMillis: String(START),
			subscriptionNotification: { version: '1.0', notificationType: 4, purchaseToken: token,
				subscriptionId: PLUS } });
	});

	test('its token says who, for whom and until when', async () => {
		bought();
		const { iss, aud, email, email_verified: verified, iat, exp } = open(tokenOf(store.take()[0])).payload;

		assert.deepEqual([iss, aud, email, verified, exp - iat],
			['https://accounts.google.com', store.push.audience, store.push.email, true, 3600]);
	});

	test('keys rotate: the old one is known until it is retired', async () => {
		bought();
		const [message] = store.take(), old = tokenOf(message);

		assert.ok(await isByGoogle(old));
		assert.equal((await jwks()).control, 'public, max-age=20000, must-revalidate, no-transform');
		store.keys.rotate();
		assert.notEqual(open(tokenOf(message)).header.kid, open(old).header.kid);
		assert.ok(await isByGoogle(tokenOf(message)));
		assert.ok(await isByGoogle(old));
		store.keys.retire(open(old).header.kid);
		assert.equal(await isByGoogle(old), false);
		assert.ok(await isByGoogle(tokenOf(message)));
	});

	test('a notification may be of a test, a voided purchase or a kind that nobody knows', () => {
		const token = bought();

		store.take();
		store.test();
		store.notify(token, 99);
		store.refund(token);
		const [tested, unknown, voided] = store.take().map(({ payload }) => payload);

		assert.deepEqual(tested.testNotification, { version: '1.0' });
		assert.equal(unknown.subscriptionNotification.notificationType, 99);
		assert.equal(voided.voidedPurchaseNotification.purchaseToken, token);
		assert.equal(voided.voidedPurchaseNotification.productType, 1);
	});
});
