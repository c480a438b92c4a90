// purchases.mjs: stand-ins of both stores beside a server that sells in them, and what tests of purchases have in
// common.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { configure, reload, scratchFolder, stack, until } from '../fault/support.mjs';
import { openApple } from '../stores/apple.mjs';
import { makeClock } from '../stores/clock.mjs';
import { openGoogle } from '../stores/google.mjs';
import { secret } from './support.mjs';

const PATH = '/api/subscription';
/** Days and prices, as seeds sell them. */
const products = Object.fromEntries([['plus', 'month', 30], ['plus', 'year', 365], ['pro', 'month', 30],
	['pro', 'year', 365]].map(([tier, period, days]) => [`hob_${tier}_${period}`,
	{ days, price: 3990, units: '3' }]));
export const [PLUS, PLUS_YEAR, PRO] = ['hob_plus_month', 'hob_plus_year', 'hob_pro_month'];
const KINDS = "'apple_purchase', 'google_purchase', 'google_acknowledge', 'google_push'";
const RANKS = { free: 1, plus: 2, pro: 3 };

/** Both stores, and hob-api and hob-jobs that sell there. `changes` are further settings. */
export async function openStores(changes = {}) {
	const folder = scratchFolder(), apple = await openApple({ products }), google = await openGoogle({ products });
	const file = (name, write) => {
		write(`${folder.path}/${name}`);
		chmodSync(`${folder.path}/${name}`, 0o644);
		return `${folder.path}/${name}`;
	};
	const settings = {
		'stores.apple_bundle_id': apple.bundleId, 'stores.apple_app_id': apple.appAppleId,
		'stores.apple_root': file('root.pem', apple.writeRoot), 'stores.apple_key_id': apple.apiKey.id,
		'stores.apple_issuer_id': apple.apiKey.issuer,
		'stores.apple_key': file('key.p8', (path) => writeFileSync(path, apple.apiKey.pem)),
		'stores.apple_url': apple.url, 'stores.apple_sandbox_url': apple.sandboxUrl,
		'stores.google_package': google.packageName,
		'stores.google_account': file('account.json', google.writeAccount),
		'stores.google_url': google.url, 'stores.google_token_url': google.tokenUrl,
		'stores.google_keys_url': google.jwksUrl, 'stores.google_audience': google.push.audience,
		'stores.google_push_email': google.push.email, 'stores.timeout': '500ms', 'jobs.rest': '200ms',
	};
	const set = async (more = {}) => {
		configure({ ...settings, ...changes, ...more });
		await reload();
		await stack('restart', 'jobs');
	};

	await set();
	return { apple, google, folder, set, async close() {
		await sql(`DELETE FROM jobs WHERE kind IN (${KINDS}); DELETE FROM purchases`);
		configure();
		await stack('up');
		await Promise.all([apple.close(), google.close()]);
		folder.remove();
	} };
}

/** A purchase of a person, or of nobody known, in a store with a clock of its own: its id there. */
export const buy = (store, person, options = {}) => store.buy({ product: PLUS, user: person?.user.id,
	clock: makeClock(), ...options });
/** What the database has of it; null: nothing. */
export const rowOf = async (id) => JSON.parse((await sql(`SELECT row_to_json(p) FROM purchases p
	WHERE subscription_id = :'id'`, { id }))[0] ?? 'null');

/** As StoreKit and Play Billing have them on a phone: the body of a verify. */
export const proofOf = (store, id, options) => (store.signedTransaction === undefined
	? { store: 'google', purchase_token: secret(id) }
	: { store: 'apple', signed_transaction: secret(store.signedTransaction(id, options)) });

export const verify = (person, proof, options) => person.client.post(`${PATH}/verify`, proof, options);
export const show = async (person) => expectOk(await person.client.get(PATH));

/** Sends a message of a store, as the store does: its answer. */
export async function send(message) {
	const { headers, body } = message.request();
	const token = headers.authorization?.slice(7);

	secret((token ?? JSON.parse(body).signedPayload) || `nothing of ${message.id}`);
	return nobody.request('POST', `${PATH}/webhooks/${message.store}`, { headers, raw: body });
}

/** Whatever is asked of stores has been asked, and has come to an end; `ask` gives the lines of a SELECT. */
export const quiet = (seconds = 30, ask = sql) => until('no purchase is being asked for', async () => {
	const [any] = await ask(`SELECT EXISTS (SELECT FROM jobs WHERE kind IN (${KINDS}, 'plan')
		AND dead_at IS NULL AND (run_at <= now() OR leased_by IS NOT NULL))`);

	return any === 'f';
}, seconds);

/** All pushes have been judged, also those that wait for keys of Google, which were fetched a moment ago. */
export const judged = () => until('pushes are judged', async () => (await sql(`UPDATE jobs SET run_at = now()
	WHERE kind = 'google_push' AND leased_by IS NULL;
	SELECT count(*) FROM store_events WHERE state = 'unproven'`)).at(-1) === '0');

/** So much time passes: purchases are asked for by themselves that are to be asked for until then. */
export const timePasses = (id = '', span = '7 days') => sql(`UPDATE jobs SET run_at = now()
	WHERE run_at < now() + :'span' AND dead_at IS NULL
	  AND key IN (SELECT p.id::text FROM purchases p WHERE :'id' IN ('', p.subscription_id))`, { id, span });

/** The tier that the truth of these purchases gives. */
export const tierOf = (truths) => truths.filter(({ entitled }) => entitled)
	.map(({ product }) => product.split('_')[1]).reduce((a, b) => (RANKS[b] > RANKS[a] ? b : a), 'free');

export async function expectTier(person, tier, more = {}) {
	await quiet();
	const shown = await show(person);

	assert.equal(shown.tier, tier, JSON.stringify(shown));
	for (const [name, value] of Object.entries(more))
		assert.equal(shown[name], value, name);
	return shown;
}
