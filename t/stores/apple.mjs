// apple.mjs: a stand-in of the App Store: subscriptions that people buy and lose, what Apple's server says of them,
// and the notifications (version 2) that it sends. All is signed as Apple signs, by a root of its own.
import { randomInt, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { openAppleApi } from './apple_api.mjs';
import { ACTS, STATUS, entitledUntil, isEntitled, latest, settle, subscribe } from './apple_states.mjs';
import { DAY, makeClock } from './clock.mjs';
import { sign } from './jws.mjs';
import { makeChain, makeKey } from './x509.mjs';

/** What is sold, when a test does not say: days of a period, and milliunits of the price. */
const PRODUCTS = {
	'plus.monthly': { days: 30, price: 3990 }, 'plus.yearly': { days: 365, price: 39_990 },
	'pro.monthly': { days: 30, price: 7990 }, 'pro.yearly': { days: 365, price: 79_990 },
};
const STOREFRONT = { storefront: 'DEU', storefrontId: '143443', currency: 'EUR' };

/** Signs by the leaf of `chain`, whose three certificates stand in the header. */
export const signBy = ({ leaf, intermediate, root }, payload, header = {}) => sign({ alg: 'ES256',
	x5c: [leaf, intermediate, root].map(({ base64 }) => base64), ...header }, payload, leaf.key);

/** Without members that are undefined, which JSON has not. */
const whole = (object) => JSON.parse(JSON.stringify(object));

function transactionPayload(store, s, t, signedDate) {
	return whole({
		transactionId: t.id, originalTransactionId: s.id, webOrderLineItemId: t.webOrderLineItemId,
		bundleId: store.bundleId, productId: t.product, subscriptionGroupIdentifier: store.group,
		purchaseDate: t.purchaseDate, originalPurchaseDate: s.start, expiresDate: t.expiresDate, quantity: 1,
		type: 'Auto-Renewable Subscription', appAccountToken: t.user, inAppOwnershipType: s.ownership,
		signedDate, revocationReason: t.revocationReason, revocationDate: t.revocationDate,
		revocationType: t.revocationType, revocationPercentage: t.revocationPercentage,
		isUpgraded: t.isUpgraded, environment: s.environment,
		transactionReason: t.reason, ...STOREFRONT, price: store.products[t.product]?.price,
		appTransactionId: s.account,
	});
}

function renewalPayload(store, s, signedDate) {
	const { active, retry, grace } = STATUS;

	return whole({
		originalTransactionId: s.id, autoRenewProductId: s.renewProduct, productId: latest(s).product,
		autoRenewStatus: s.autoRenew ? 1 : 0, expirationIntent: s.intent,
		isInBillingRetryPeriod: s.status === active ? undefined : s.status === retry || s.status === grace,
		priceIncreaseStatus: s.consent, gracePeriodExpiresDate: s.graceUntil, signedDate,
		environment: s.environment, recentSubscriptionStartDate: s.start,
		renewalDate: s.autoRenew ? latest(s).expiresDate : undefined,
		currency: STOREFRONT.currency, renewalPrice: store.products[s.renewProduct]?.price,
		appAccountToken: latest(s).user, appTransactionId: s.account,
	});
}

/** A time of signing that is later than each before it of the same subscription. */
function stamp(s, at = s.clock.now()) {
	s.signed = Math.max(at, (s.signed ?? 0) + 1);
	return s.signed;
}

const signed = (store, s, at, transaction = latest(s)) => ({
	signedTransactionInfo: signBy(store.chain, transactionPayload(store, s, transaction, at)),
	signedRenewalInfo: signBy(store.chain, renewalPayload(store, s, at)),
});

const appOf = (store, environment) => ({ environment, bundleId: store.bundleId,
	...(environment === 'Production' ? { appAppleId: store.appAppleId } : {}) });

/** A message of post.mjs; `payload` is what is signed, for a test that looks or forges. */
function notification(store, type, subtype, { at, data, purchase }) {
	const payload = whole({ notificationType: type, subtype, notificationUUID: randomUUID(), data, version: '2.0',
		signedDate: at });
	const signedPayload = signBy(store.chain, payload), headers = { 'content-type': 'application/json' };

	return { store: 'apple', id: payload.notificationUUID, type, subtype, purchase, at, payload, signedPayload,
		request: () => ({ headers, body: JSON.stringify({ signedPayload }) }) };
}

function tellOf(store) {
	return (s, type, subtype, when, transaction) => {
		const at = stamp(s, when);
		const data = { ...appOf(store, s.environment), bundleVersion: '100',
			...signed(store, s, at, transaction), status: s.status };

		store.outbox.push(notification(store, type, subtype, { at, data, purchase: s.id }));
	};
}

/** Identifiers as Apple's look: numbers longer than a double can hold exactly are not among them. */
function counter(environment) {
	let last = BigInt(environment === 'Production' ? 3 : 2) * 10n ** 14n + BigInt(randomInt(1, 90_000)) * 10n ** 9n;

	return () => String(last += BigInt(randomInt(1, 1000)));
}

/**
 * The answer of GET /inApps/v1/subscriptions/{id}: all subscriptions of the account that made this transaction, or
 * undefined when there is none in this environment.
 */
function statuses(store, id, environment) {
	const owner = store.subscriptions.get(id) ?? [...store.subscriptions.values()].find((s) =>
		s.transactions.some((t) => t.id === id));

	if (owner?.environment !== environment)
		return undefined;
	const all = store.accounts.get(owner.account).filter((s) => s.environment === environment);

	return { ...appOf(store, environment), data: [{ subscriptionGroupIdentifier: store.group,
		lastTransactions: all.map((s) => {
			settle(s);
			s.signed = Math.max(s.clock.now(), s.signed);
			return { originalTransactionId: s.id, status: s.status, ...signed(store, s, s.signed) };
		}) }] };
}

function truth(s, at) {
	settle(s);
	const until = entitledUntil(s);

	return { store: 'apple', id: s.id, environment: s.environment, user: latest(s).user, product: latest(s).product,
		entitled: isEntitled(s) && (at ?? s.clock.now()) < until, until: isEntitled(s) ? until : undefined,
		status: s.status, isGrace: s.status === STATUS.grace, renews: s.autoRenew && isEntitled(s),
		isShared: s.ownership === 'FAMILY_SHARED' };
}

/** The methods of a store that are acts: store.renew(id, options) and so on. */
function actsOf(store) {
	const act = (name) => (id, options = {}) => {
		const s = store.get(id);

		settle(s);
		if (!ACTS[name].can(s))
			throw new Error(`${name} is not possible in status ${s.status}`);
		ACTS[name].act(s, options);
		settle(s);
	};

	return Object.fromEntries(Object.keys(ACTS).map((name) => [name, act(name)]));
}

function buyOf(store) {
	const newId = { Production: counter('Production'), Sandbox: counter('Sandbox') };

	return ({ product = Object.keys(store.products)[0], user, environment = 'Production', clock = store.clock,
		account = randomInt(2 ** 47).toString(), ownership = 'PURCHASED' } = {}) => {
		const s = subscribe({ product, user, environment, clock, account, ownership, tell: tellOf(store),
			newId: newId[environment], periodOf: (name) => (store.products[name]?.days ?? 30) * DAY });

		store.subscriptions.set(s.id, s);
		store.accounts.set(account, [...store.accounts.get(account) ?? [], s]);
		return s.id;
	};
}

/**
 * Opens a store and its two servers.
 *   url, sandboxUrl       of its API; `api` and `sandbox` are the servers, which fail on command (server.mjs), and
 *                         say in `faults` why tokens were refused
 *   chain, writeRoot(path)  who signs, and the root as PEM
 *   apiKey                { id, issuer, pem }: the key by which requests prove who they are
 *   buy({ product, user, environment, account, ownership, clock })  the id of a new subscription; `user` is
 *                         appAccountToken, `account` the Apple account
 *   renew(id), ...        the acts of apple_states.mjs; possible(id) names those that can be done now
 *   outbox                messages that are to be sent, oldest first; take() returns them and empties it
 *   signedTransaction(id, { transactionId })  what StoreKit has on a phone
 *   signedRenewal(id)
 *   notify(id, type, subtype), test(environment)  a notification that changes nothing
 *   truth(id, at), truths(user, at)  what the store says: { product, entitled, until, status, isGrace, renews, ... }
 *   close()
 */
export async function openApple({ clock = makeClock(), bundleId = 'com.example.hob', appAppleId = 1_600_000_001,
	group = '21400001', products = PRODUCTS, chain = makeChain(), wall = Date.now, tls } = {}) {
	const key = makeKey(), pem = key.export({ type: 'pkcs8', format: 'pem' });
	const store = { clock, bundleId, appAppleId, group, products, chain, wall, outbox: [], subscriptions: new Map(),
		accounts: new Map(), apiKey: { id: 'ABC123DEFG', issuer: randomUUID(), key, pem } };

	store.get = (id) => store.subscriptions.get(id) ?? (() => { throw new Error(`no subscription ${id}`); })();
	const servers = await Promise.all(['Production', 'Sandbox'].map((environment) =>
		openAppleApi(store, { tls, statuses: (id) => statuses(store, id, environment) })));

	return Object.assign(store, actsOf(store), {
		api: servers[0], url: servers[0].url, sandbox: servers[1], sandboxUrl: servers[1].url,
		writeRoot: (path) => writeFileSync(path, chain.root.pem),
		buy: buyOf(store),
		take: () => store.outbox.splice(0),
		possible(id) {
			settle(store.get(id));
			return Object.keys(ACTS).filter((name) => ACTS[name].can(store.get(id)));
		},
		signedTransaction(id, { transactionId } = {}) {
			const s = store.get(id), transaction = s.transactions.find((t) => t.id === transactionId);

			settle(s);
			return signed(store, s, stamp(s), transaction).signedTransactionInfo;
		},
		signedRenewal: (id) => signed(store, store.get(id), stamp(store.get(id))).signedRenewalInfo,
		notify: (id, type, subtype) => store.get(id).tell(type, subtype),
		test: (environment = 'Production') => store.outbox.push(notification(store, 'TEST', undefined,
			{ at: clock.now(), data: { ...appOf(store, environment), bundleVersion: '100' } })),
		truth: (id, at) => truth(store.get(id), at),
		truths: (user, at) => [...store.subscriptions.values()].map((s) => truth(s, at))
			.filter((t) => t.user === user),
		close: () => Promise.all(servers.map((server) => server.close())),
	});
}
