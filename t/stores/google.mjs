// google.mjs: a stand-in of Google Play: subscriptions that people buy and lose, what purchases.subscriptionsv2 says
// of them, and the developer notifications that Pub/Sub pushes, with a token that Google signs.
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { makeClock, DAY } from './clock.mjs';
import { openGoogleApi } from './google_api.mjs';
import { ACTS, RTDN, isEntitled, purchase, settle } from './google_states.mjs';
import { sign } from './jws.mjs';

/** What is sold, when a test does not say: days of a period, and a price. */
const PRODUCTS = {
	'plus.monthly': { days: 30, units: '3' }, 'plus.yearly': { days: 365, units: '39' },
	'pro.monthly': { days: 30, units: '7' }, 'pro.yearly': { days: 365, units: '79' },
};
const PUSH_TOKEN_S = 3600;
/** For so long Pub/Sub uses a token again. */
const REUSED_S = 300;

/** RFC 3339 as protocol buffers print it: no fraction when there is none. */
export const rfc3339 = (ms) => (ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z'));
const whole = (object) => JSON.parse(JSON.stringify(object));
const digits = (count) => Array.from({ length: count }, () => randomInt(10)).join('');
const makeToken = () => `${Array.from({ length: 24 }, () => String.fromCharCode(97 + randomInt(26))).join('')}`
	+ `.AO-J1O${randomBytes(72).toString('base64url')}`;
const makeRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

// --- the resource ----------------------------------------------------------------------------------------------------

const CANCELED = {
	user: (at) => ({ userInitiatedCancellation: { cancelTime: rfc3339(at) } }),
	system: () => ({ systemInitiatedCancellation: {} }),
	developer: () => ({ developerInitiatedCancellation: {} }),
	replacement: () => ({ replacementCancellation: {} }),
};
const accountOf = (p) => (p?.user === undefined ? undefined : { obfuscatedExternalAccountId: p.user });

function item(store, p, product, expires) {
	const price = { currencyCode: 'EUR', units: store.products[product]?.units ?? '1', nanos: 990_000_000 };
	const renews = !['CANCELED', 'EXPIRED'].includes(p.state) && product === (p.deferredTo ?? product);

	return { productId: product, expiryTime: rfc3339(expires), latestSuccessfulOrderId: expires && p.order,
		...(p.isPrepaid ? { prepaidPlan: {} } : { autoRenewingPlan: { autoRenewEnabled: renews || undefined,
			recurringPrice: price,
			priceChangeDetails: p.priceChange && { newPrice: { ...price, nanos: 999_000_000 },
				priceChangeMode: 'PRICE_INCREASE', priceChangeState: p.priceChange,
				expectedNewPriceChargeTime: rfc3339(expires) } } }),
		offerDetails: { basePlanId: 'base' },
		deferredItemReplacement: p.deferredTo && product === p.product
			? { productId: p.deferredTo } : undefined };
}

/** SubscriptionPurchaseV2. What is false or empty is left out, as protocol buffers do. */
function resource(store, p) {
	const deferred = p.deferredTo === undefined ? [] : [item(store, p, p.deferredTo)];

	return whole({
		kind: 'androidpublisher#subscriptionPurchaseV2', startTime: rfc3339(p.start), regionCode: 'DE',
		subscriptionState: `SUBSCRIPTION_STATE_${p.state}`, latestOrderId: p.order ?? p.firstOrder,
		linkedPurchaseToken: p.replaces?.token,
		pausedStateContext: p.state === 'PAUSED' ? { autoResumeTime: rfc3339(p.resumeAt) } : undefined,
		canceledStateContext: p.cancel && ['CANCELED', 'EXPIRED'].includes(p.state)
			? CANCELED[p.cancel.by](p.cancel.at) : undefined,
		testPurchase: p.isTest ? {} : undefined,
		acknowledgementState: `ACKNOWLEDGEMENT_STATE_${p.acknowledged ? 'ACKNOWLEDGED' : 'PENDING'}`,
		externalAccountIdentifiers: accountOf(p),
		outOfAppPurchaseContext: p.expired && { expiredPurchaseToken: p.expired.token,
			expiredExternalAccountIdentifiers: accountOf(p.expired) },
		lineItems: [item(store, p, p.product, p.expires), ...deferred],
	});
}

function truth(p, at) {
	settle(p);
	return { store: 'google', id: p.token, environment: p.isTest ? 'Sandbox' : 'Production',
		user: p.user ?? p.expired?.user, product: p.product,
		entitled: isEntitled(p) && (at ?? p.clock.now()) < p.expires,
		until: isEntitled(p) ? p.expires : undefined, status: p.state, isGrace: p.state === 'IN_GRACE_PERIOD',
		renews: !p.isPrepaid && (p.state === 'ACTIVE' || p.state === 'IN_GRACE_PERIOD'),
		acknowledged: p.acknowledged, replaces: p.replaces?.token };
}

// --- push ------------------------------------------------------------------------------------------------------------

/** The keys by which Google signs: the newest signs, all are published until they are retired. */
function makeKeys() {
	const keys = [];
	// Exported once: Node may stop for ever in an export (a lock of the key, and the garbage collector's turn).
	const add = () => {
		const key = makeRsa(), { n, e } = key.export({ format: 'jwk' });

		keys.push({ kid: randomBytes(20).toString('hex'), key, n, e });
	};

	add();
	return {
		all: keys,
		current: () => keys.at(-1),
		rotate: add,
		retire: (kid = keys[0].kid) => keys.splice(keys.findIndex((k) => k.kid === kid), 1),
		jwks: () => ({ keys: keys.map(({ kid, n, e }) =>
			({ alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' })) }),
	};
}

/** The claims of a token of Pub/Sub, which lives for an hour. */
export function pushClaims(store) {
	const iat = Math.floor(store.wall() / 1000);

	return { aud: store.push.audience, azp: store.push.subject, email: store.push.email, email_verified: true,
		exp: iat + PUSH_TOKEN_S, iat, iss: 'https://accounts.google.com', sub: store.push.subject };
}

export const pushHeader = (store) => ({ alg: 'RS256', kid: store.keys.current().kid, typ: 'JWT' });

function pushToken(store) {
	const header = pushHeader(store), claims = pushClaims(store), { made } = store.push;
	const isSame = made?.kid === header.kid && ['aud', 'email', 'sub'].every((name) =>
		made.claims[name] === claims[name]);

	if (!isSame || claims.iat - made.claims.iat > REUSED_S)
		store.push.made = { kid: header.kid, claims, jwt: sign(header, claims, store.keys.current().key) };
	return store.push.made.jwt;
}

/** What Pub/Sub sends of `message`, under `jwt`. */
export const pushRequest = (store, message, jwt = pushToken(store)) => ({
	headers: { 'content-type': 'application/json', ...(jwt === '' ? {} : { authorization: `Bearer ${jwt}` }) },
	body: JSON.stringify({ message: { data: Buffer.from(JSON.stringify(message.payload)).toString('base64'),
		messageId: message.id, message_id: message.id, publishTime: rfc3339(message.at),
		publish_time: rfc3339(message.at) }, subscription: store.push.subscription }),
});

/** A message of post.mjs; `payload` is the DeveloperNotification. */
function publish(store, type, at, purchaseToken, notification) {
	const payload = { version: '1.0', packageName: store.packageName, eventTimeMillis: String(at),
		...notification };
	const message = { store: 'google', id: digits(17), type, purchase: purchaseToken, at, payload };

	store.outbox.push(Object.assign(message, { request: () => pushRequest(store, message) }));
}

/** A time that is later than each before it of the same purchase. */
function stamp(p, at = p.clock.now()) {
	p.told = Math.max(at, (p.told ?? 0) + 1);
	return p.told;
}

const tellOf = (store) => (p, type, at) => publish(store, type, stamp(p, at), p.token, {
	subscriptionNotification: { version: '1.0', notificationType: RTDN[type] ?? type, purchaseToken: p.token,
		subscriptionId: p.product } });

const voidedOf = (store) => (p, orderId) => publish(store, 'VOIDED', stamp(p), p.token, {
	voidedPurchaseNotification: { purchaseToken: p.token, orderId, productType: 1, refundType: 1 } });

// --- the store -------------------------------------------------------------------------------------------------------

function buyOf(store) {
	const begin = (options) => {
		const p = purchase({ clock: store.clock, ...options, token: makeToken(),
			firstOrder: `GPA.${digits(4)}-${digits(4)}-${digits(4)}-${digits(5)}`, tell: tellOf(store),
			voided: voidedOf(store), periodOf: (name) => (store.products[name]?.days ?? 30) * DAY,
			buyNext: (more) => begin({ clock: p.clock, isTest: p.isTest, ...more }) });

		store.purchases.set(p.token, p);
		return p.token;
	};

	return ({ product = Object.keys(store.products)[0], ...options } = {}) => begin({ product, ...options });
}

/** The methods of a store that are acts: store.renew(token, options) and so on. */
function actsOf(store) {
	const act = (name) => (token, options = {}) => {
		const p = store.get(token);

		settle(p);
		if (!ACTS[name].can(p))
			throw new Error(`${name} is not possible in state ${p.state}`);
		const next = ACTS[name].act(p, options);

		settle(p);
		return typeof next === 'string' ? next : undefined;
	};

	return Object.fromEntries(Object.keys(ACTS).map((name) => [name, act(name)]));
}

/** The JSON of a service account's file, as Google's console gives it. */
const accountFile = (account, url) => JSON.stringify({
	type: 'service_account', project_id: 'hob', private_key_id: account.keyId, private_key: account.pem,
	client_email: account.email, client_id: digits(21), auth_uri: `${url}/o/oauth2/auth`, token_uri: `${url}/token`,
	auth_provider_x509_cert_url: `${url}/oauth2/v1/certs`,
	client_x509_cert_url: `${url}/robot/v1/metadata/x509/${encodeURIComponent(account.email)}`,
	universe_domain: 'googleapis.com',
}, null, 2);

function makeAccount() {
	const key = makeRsa();

	return { key, keyId: randomBytes(20).toString('hex'), email: 'hob@hob.iam.gserviceaccount.com',
		pem: key.export({ type: 'pkcs8', format: 'pem' }) };
}

/**
 * Opens a store and its server, which has the API, the token endpoint and the keys of push tokens.
 *   url                   of all of it; api is the server, which fails on command (server.mjs)
 *   tokenUrl, jwksUrl     their addresses
 *   account               { email, keyId, pem, key } of the service account; writeAccount(path) writes its JSON file
 *   push                  { audience, email, subscription, subject }: what a push token must say
 *   keys                  rotate(), retire(kid), jwks(): who signs push tokens; maxAge is how long they may be kept
 *   buy({ product, user, isTest, isPending, isPrepaid, clock })  the token of a new purchase; `user` is the
 *                         obfuscatedExternalAccountId, isTest a licence tester's
 *   renew(token), ...     the acts of google_states.mjs; upgrade, downgrade and resubscribe return the new token
 *   possible(token)       names those that can be done now
 *   outbox, take()        messages that are to be sent
 *   notify(token, number), test()  a notification that changes nothing
 *   forget(token)         its person is gone: 410 from now on
 *   revokeTokens()        no access token that was given is good any more
 *   truth(token, at), truths(user, at)  what the store says: { product, entitled, until, status, isGrace, renews, ... }
 *   close()
 */
export async function openGoogle({ clock = makeClock(), packageName = 'com.example.hob', products = PRODUCTS,
	audience = 'https://hob.example/google', wall = Date.now, maxAge = 20_000, tls } = {}) {
	const store = { clock, packageName, products, wall, maxAge, outbox: [], purchases: new Map(), keys: makeKeys(),
		account: makeAccount(), granted: new Map(), expiresIn: 3599,
		push: { audience, email: 'push@hob.iam.gserviceaccount.com', subject: digits(21),
			subscription: 'projects/hob/subscriptions/play' } };
	const api = await openGoogleApi(store, { tls, resource: (p) => resource(store, p) });

	store.get = (token) => store.purchases.get(token) ?? (() => { throw new Error(`no purchase ${token}`); })();
	return Object.assign(store, actsOf(store), {
		api, url: api.url, tokenUrl: `${api.url}/token`, jwksUrl: `${api.url}/oauth2/v3/certs`,
		writeAccount: (path) => writeFileSync(path, accountFile(store.account, api.url)),
		buy: buyOf(store),
		take: () => store.outbox.splice(0),
		possible(token) {
			settle(store.get(token));
			return Object.keys(ACTS).filter((name) => ACTS[name].can(store.get(token)));
		},
		notify: (token, number) => store.get(token).tell(number),
		test: () => publish(store, 'TEST', clock.now(), undefined, { testNotification: { version: '1.0' } }),
		forget: (token) => { store.get(token).isForgotten = true; },
		revokeTokens: () => store.granted.clear(),
		truth: (token, at) => truth(store.get(token), at),
		truths: (user, at) => [...store.purchases.values()].map((p) => truth(p, at))
			.filter((t) => t.user === user),
		close: api.close,
	});
}
