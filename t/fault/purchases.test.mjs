// purchases.test.mjs: whatever becomes of subscriptions, and however notifications are lost, doubled, late and out of
// order on the way, in the end every purchase and every plan is what the store itself says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Session, sql } from '../api/support/db.mjs';
import { newId } from '../api/support/people.mjs';
import { until } from './support.mjs';
import { DAY, HOUR, makeClock } from '../stores/clock.mjs';
import { mangle } from '../stores/post.mjs';
import { openStores, PLUS, PLUS_YEAR, PRO, quiet, send, tierOf, timePasses } from '../jobs/purchases.mjs';

const WALKS = 2600, ACCOUNTS = 400, STEPS = 3, AT_ONCE = 24;
const ANALYZE_EACH = 1000;
/** So many wait for their money at Google. */
const PENDING = 0.1;
const MANGLED = { lose: 0.25, twice: 0.2, late: 0.4 };
const seed = Number(process.env.HOB_SEED ?? 1), walks = Number(process.env.HOB_WALKS ?? WALKS);

let stores, psql;

/** The same each time for a seed: 0 to 1. */
function makeDice(from) {
	let x = from;

	return () => {
		x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
		return ((x ^ x >>> 13) >>> 0) / 2 ** 32;
	};
}

const dice = makeDice(seed);
const pick = (list) => list[Math.floor(dice() * list.length)];
const accounts = Array.from({ length: ACCOUNTS }, () => newId());

function begin(store) {
	const clock = makeClock(Date.now() - Math.floor(dice() * 200 * DAY)), user = pick(accounts);

	return { store, clock, user, acts: [],
		id: store.buy({ clock, user, product: pick([PLUS, PLUS_YEAR, PRO]), isPending: dice() < PENDING }) };
}

function walk(one) {
	const { store, clock } = one;

	for (let left = dice() * STEPS; left > 0 && store.possible(one.id).length > 0; left -= 1) {
		one.acts.push(pick(store.possible(one.id)));
		one.id = store[one.acts.at(-1)](one.id,
			{ product: pick([PLUS, PLUS_YEAR, PRO]), isPending: dice() < PENDING })
			?? one.id;
		clock.pass(Math.floor(dice() * 3 * HOUR));
	}
}

/** A session does one thing after the other. */
let asked = Promise.resolve();
const ask = (text) => {
	asked = asked.then(() => psql.lines(text));
	return asked;
};

/** As stores do, which send again later what is refused because too much waits. */
async function taken(message) {
	for (;;) {
		const { status } = await send(message);

		if (status === 204)
			return;
		assert.equal(status, 429);
		await until('there is room', async () => (await ask(`SELECT count(*) < 500 FROM store_events
			WHERE state = 'unproven'`))[0] === 't', 300);
	}
}

/** Many at once, as stores send. On the way PostgreSQL learns how much there is, as it does by itself each minute. */
async function sendAll(messages) {
	let next = 0;
	const one = async () => {
		while (next < messages.length) {
			const at = next++;

			if (at % ANALYZE_EACH === 0)
				await ask('ANALYZE jobs, plans, purchases, store_events, usage');
			await taken(messages[at]);
		}
	};

	await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** What the database has of a store: a map by the id there. */
async function known(store) {
	const lines = await ask(`SELECT json_build_object('id', p.subscription_id, 'product', p.product_id,
		'user', p.user_id, 'entitled', coalesce(hob.lifts_until(p) > now(), false))
		FROM purchases p WHERE p.store = '${store}'`);

	return new Map(lines.map((line) => JSON.parse(line)).map((row) => [row.id, row]));
}

const idsOf = ({ subscriptions, purchases }) => [...(subscriptions ?? purchases).keys()];

/** A store sends on until something was taken of each. */
async function tellTheRest(name, store, messages) {
	const there = await known(name);

	await sendAll(idsOf(store).filter((id) => !there.has(id))
		.map((id) => messages.find(({ purchase }) => purchase === id)).filter(Boolean));
}

/** Whose a purchase of Google's is: it says so, or it follows one that is theirs and known. */
function ownerOf(store, id, there) {
	const { user, expired, replaces } = store.get(id), before = expired ?? replaces;

	return user ?? expired?.user
		?? (before && there.has(before.token) ? ownerOf(store, before.token, there) : null);
}

/** What counts now: what renews has a day more at its end, for the store may be late. */
function truthOf(store, id) {
	const { renews, isGrace } = store.truth(id);

	return store.truth(id, Date.now() - (renews && !isGrace ? DAY : 0));
}

const settled = async () => {
	await quiet(240, ask);
	await until('all were asked', async () =>
		(await ask('SELECT count(*) FROM purchases WHERE asked_at IS NULL'))[0] === '0', 60);
};

before(async () => {
	stores = await openStores({ 'jobs.runners': 3, 'jobs.poll': '50ms', 'log.level': 'warn' });
	psql = new Session();
	await sql(`INSERT INTO users (id, email, password_hash)
		SELECT x::uuid, x || '@example.test', '' FROM unnest(string_to_array(:'ids', ',')) x`,
	{ ids: accounts.join(',') });
});
after(async () => {
	psql.end();
	await stores.close();
});

test(`${2 * walks} sequences of events end in the truth of the stores (seed ${seed})`, async (t) => {
	const { apple, google } = stores, begun = Date.now();
	const all = [apple, google].flatMap((store) => Array.from({ length: walks }, () => begin(store)));
	const told = [], take = () => {
		const messages = [...apple.take(), ...google.take()];

		told.push(...messages);
		return mangle(messages, { ...MANGLED, dice });
	};

	all.forEach(walk);
	const first = take(), later = first.splice(Math.floor(first.length * 0.8));
	const mark = (what) => t.diagnostic(`${what}: ${Math.round((Date.now() - begun) / 100) / 10} s`);
	mark('walked');
	await sendAll(first);
	mark('sent');
	all.forEach(walk);
	await sendAll(mangle([...take(), ...later], { dice, late: 0.5 }));
	mark('sent again');
	await tellTheRest('apple', apple, told);
	await tellTheRest('google', google, told);
	// What was lost is found when its time comes.
	await timePasses();
	await settled();
	mark('settled');

	const owned = [];
	for (const [name, store] of Object.entries({ apple, google })) {
		const there = await known(name);
		let lifting = 0;

		for (const id of idsOf(store)) {
			const { product, entitled } = truthOf(store, id), row = there.get(id);
			owned.push({ product, entitled, owner: row?.user });
			const user = name === 'apple' ? store.truth(id).user : ownerOf(store, id, there);
			// Google forgets what is over for long, and we have never heard of it.
			if (row === undefined && name === 'google' && !entitled)
				continue;
			const { acts } = all.find((one) => one.id === id) ?? { acts: [] };

			assert.deepEqual({ product: row?.product, entitled: row?.entitled, user: row?.user },
				{ product, entitled, user }, `${name} ${id}: ${acts.join(' ')}`);
			lifting += entitled;
		}
		assert.ok(lifting > walks / 10 && lifting < walks, `${lifting} of ${name} lift`);
	}
	const plans = new Map((await ask('SELECT user_id, tier FROM plans')).map((line) => line.split('|')));
	for (const user of accounts) {
		assert.equal(plans.get(user) ?? 'free', tierOf(owned.filter(({ owner }) => owner === user)), user);
	}
	t.diagnostic(`${told.length} messages, ${Math.round((Date.now() - begun) / 1000)} s`);
});
