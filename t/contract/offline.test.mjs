// offline.test.mjs: two people and three phones that are offline most of the time, over a network that
// loses, cuts, repeats and delays what they send. In the end every phone has what the server has, and
// everything that somebody did is there once.
//
//   OFFLINE_SEEDS=40 OFFLINE_STEPS=300 scripts/test contract/offline    many households, each for longer
//   OFFLINE_SEED=7 scripts/test contract/offline                        one of them again
import { describe, test } from 'node:test';

import { Household } from './offline/household.mjs';
import { expectEachOnce, expectStores } from './offline/truth.mjs';

const { OFFLINE_SEED, OFFLINE_SEEDS } = process.env;
const CHAPTER = 50;
const steps = Number(process.env.OFFLINE_STEPS ?? 150);
const fixed = Array.from({ length: Number(OFFLINE_SEEDS ?? 3) }, (_, n) => n + 1);
// One that nobody has seen yet: what it finds is as much a fault as what the others find.
const seeds = OFFLINE_SEED ? [Number(OFFLINE_SEED)] : [...fixed, 1000 + Date.now() % 1e6];

async function expectPeace(household) {
	await household.settle();
	for (const { user, client } of household.people)
		await expectStores(client, household.phones.filter((phone) => phone.user_id === user.id));
}

// Often: a new name, a new role and a new start bring everything again, and hide what was missed before.
async function live(household) {
	await household.open();
	for (let n = 1; n <= steps; n++) {
		await household.step();
		if (n % CHAPTER === 0 || n === steps)
			await expectPeace(household);
	}
	await expectEachOnce(household.ledger, household.people.map((person) => person.user.id));
}

describe('whatever phones do without a network', () => {
	for (const seed of seeds)
		test(`it is all there in the end, once (OFFLINE_SEED=${seed})`, async (t) => {
			const household = new Household(seed);

			try {
				await live(household);
			} catch (why) {
				t.diagnostic(`before that:\n${household.told.join('\n')}`);
				throw why;
			} finally {
				household.close();
			}
			t.diagnostic(JSON.stringify(household.network.count));
		});
});
