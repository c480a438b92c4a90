// walks.test.mjs: after any sequence of acts, what a store answers is its truth: read from the answer alone, by the
// rules of the contract, it gives the same entitlement; and the messages of the way are dated one after the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openApple } from './apple.mjs';
import { ACTS as APPLE } from './apple_states.mjs';
import { HOUR, makeClock } from './clock.mjs';
import { openGoogle } from './google.mjs';
import { ACTS as GOOGLE } from './google_states.mjs';
import { open, sign } from './jws.mjs';

const WALKS = 400, STEPS = 12;
const seed = Number(process.env.HOB_SEED ?? 1);
let apple, google;

before(async () => { [apple, google] = await Promise.all([openApple(), openGoogle()]); });
after(() => Promise.all([apple.close(), google.close()]));

/** The same each time for a seed: 0 to 1. */
function makeDice(from) {
	let x = from;

	return () => {
		x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
		return ((x ^ x >>> 13) >>> 0) / 2 ** 32;
	};
}

const products = ['plus.monthly', 'plus.yearly', 'pro.monthly', 'pro.yearly'];
const pick = (dice, list) => list[Math.floor(dice() * list.length)];

/** Walks some steps, and looks where it has come to. */
async function walk(store, dice, start, look) {
	const clock = makeClock(Date.UTC(2020, 0, 1)), steps = 1 + dice() * STEPS;
	let id = store.buy({ clock, user: 'somebody', ...start });
	const acts = [];

	while (acts.length < steps && store.possible(id).length > 0) {
		acts.push(pick(dice, store.possible(id)));
		id = store[acts.at(-1)](id, { product: pick(dice, products) }) ?? id;
		clock.pass(Math.floor(dice() * 3 * HOUR));
	}
	await look(id, clock, acts.join(' '));
	const times = store.take().filter(({ purchase }) => purchase === id).map(({ at }) => at);

	assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
	return acts;
}

const now = () => Math.floor(Date.now() / 1000);

test('Apple', async () => {
	const dice = makeDice(seed), done = new Set();
	const jwt = sign({ alg: 'ES256', kid: apple.apiKey.id, typ: 'JWT' }, { iss: apple.apiKey.issuer, iat: now(),
		exp: now() + 600, aud: 'appstoreconnect-v1', bid: apple.bundleId }, apple.apiKey.key);

	async function look(id, clock, acts) {
		const answer = await fetch(`${apple.url}/inApps/v1/subscriptions/${id}`,
			{ headers: { authorization: `Bearer ${jwt}` } });
		const [last] = (await answer.json()).data[0].lastTransactions;
		const t = open(last.signedTransactionInfo).payload, renewal = open(last.signedRenewalInfo).payload;
		const until = { 1: t.expiresDate, 4: renewal.gracePeriodExpiresDate }[last.status];
		const truth = apple.truth(id);

		assert.deepEqual([truth.until, truth.product, truth.renews], [until, t.productId,
			until !== undefined && renewal.autoRenewStatus === 1], acts);
		assert.equal(truth.entitled, until > clock.now() && t.revocationDate === undefined, acts);
	}

	for (let n = 0; n < WALKS; n += 1) {
		const ownership = dice() < 0.1 ? 'FAMILY_SHARED' : 'PURCHASED';

		for (const act of await walk(apple, dice, { ownership }, look))
			done.add(act);
	}
	assert.deepEqual([...done].sort(), Object.keys(APPLE).sort());
});

test('Google', async () => {
	const dice = makeDice(seed), done = new Set();
	const assertion = sign({ alg: 'RS256', typ: 'JWT' }, { iss: google.account.email, aud: google.tokenUrl,
		iat: now(), exp: now() + 600, scope: 'https://www.googleapis.com/auth/androidpublisher' },
	google.account.key);
	const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
	const { access_token: token } = await (await fetch(google.tokenUrl, { method: 'POST', body })).json();
	const ask = async (id) => (await fetch(`${google.url}/androidpublisher/v3/applications/${google.packageName}`
		+ `/purchases/subscriptionsv2/tokens/${id}`, { headers: { authorization: `Bearer ${token}` } })).json();

	async function look(id, clock, acts) {
		const purchase = await ask(id);
		const [item] = purchase.lineItems.filter(({ expiryTime }) => Date.parse(expiryTime) > clock.now());
		const is = /_(ACTIVE|CANCELED|IN_GRACE_PERIOD)$/.test(purchase.subscriptionState);
		const truth = google.truth(id);

		assert.deepEqual([truth.entitled, truth.entitled ? truth.product : undefined],
			[is && item !== undefined, is ? item?.productId : undefined], acts);
		if (truth.entitled)
			assert.equal(truth.until, Date.parse(item.expiryTime), acts);
		const old = purchase.linkedPurchaseToken;

		if (old !== undefined && truth.status !== 'PENDING' && truth.status !== 'PENDING_PURCHASE_CANCELED')
			assert.equal(google.truth(old).entitled, false, acts);
	}

	for (let n = 0; n < WALKS; n += 1)
		for (const act of await walk(google, dice, { isPending: dice() < 0.1 }, look))
			done.add(act);
	assert.deepEqual([...done].sort(), Object.keys(GOOGLE).sort());
});
