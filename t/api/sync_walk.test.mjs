// sync_walk.test.mjs: a client that syncs while others do something at random has in the end what the
// lists have.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Copy, expectTrue } from './support/copy.mjs';
import { makeMember, removeMember, Session, sql } from './support/db.mjs';
import { missingId, newResidence, signUp } from './support/people.mjs';

let robin;
let marian;

before(async () => {
	robin = await signUp();
	marian = await signUp({ first_name: 'Marian' });
});

// Numbers that come again with the same seed (mulberry32).
function randomFrom(seed) {
	let a = seed;

	return (n) => {
		a = (a + 0x6D2B79F5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % n;
	};
}

describe('whatever happens while a client walks', () => {
	const SEEDS = process.env.HOB_SYNC_SEED ? [Number(process.env.HOB_SYNC_SEED)]
		: [1, 2].map((n) => Date.now() % 1e6 + n);

	/**
	 * Somebody who does something at random, `steps` times. Of the first of their residences the
	 * watcher stays a member; the others they come and go. In `apart`, where the watcher is, too, they
	 * do what takes long: who makes a task holds what the residence has until it is made.
	 */
	async function live(person, residences, apart, watcher, random, steps) {
		const loose = residences.slice(1);
		const session = new Session();
		const tasks = [];
		const any = (list) => list[random(list.length)];
		let open = 0;
		// What a residence that is deleted meanwhile, or a lock that is held, refuses is no matter.
		const patch = (body) => tasks.length && person.client.patch(`/api/tasks/${any(tasks)}`, body);
		const acts = [
			async () => {
				const { body } = await person.client.post('/api/tasks',
					{ residence_id: any(residences).id, title: 'New' });
				if (body.id)
					tasks.push(body.id);
			},
			() => patch({ title: `Title ${random(1000)}` }),
			() => patch({ assigned_to_id: person.user.id }),
			() => tasks.length
				&& person.client.delete(`/api/tasks/${tasks.splice(random(tasks.length), 1)}`),
			() => tasks.length
				&& sql("UPDATE tasks SET deleted_at = now() WHERE id = :'id'", { id: any(tasks) }),
			() => sql("UPDATE tasks SET deleted_at = NULL, archived = NOT archived WHERE id = :'id'",
				{ id: any(tasks) ?? missingId() }),
			() => tasks.length && sql(`INSERT INTO completions (id, residence_id, task_id, occurrence,
				completed_by, recorded_by)
				SELECT gen_random_uuid(), residence_id, id, :n, :'user', :'user'
				  FROM tasks WHERE id = :'id'
				ON CONFLICT DO NOTHING`, { id: any(tasks), n: 1 + random(3), user: person.user.id }),
			() => sql("DELETE FROM completions WHERE task_id = :'id'", { id: any(tasks) ?? missingId() }),
			() => sql("UPDATE completions SET note = :'note' WHERE task_id = :'id'",
				{ id: any(tasks) ?? missingId(), note: `Note ${random(1000)}` }),
			// As joining will: a residence that is deleted takes nobody in.
			() => sql(`INSERT INTO residence_members (residence_id, user_id, role)
				SELECT id, :'user', :'role'
				  FROM residences WHERE id = :'id' AND deleted_at IS NULL FOR SHARE
				ON CONFLICT (residence_id, user_id) DO UPDATE SET role = EXCLUDED.role`,
			{ id: any(loose).id, user: watcher.user.id, role: any(['viewer', 'member', 'manager']) }),
			() => removeMember(any(loose), watcher.user),
			() => sql(`UPDATE residences SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END
				WHERE id = :'id'`, { id: any(loose).id }),
			() => person.client.patch('/api/auth/me', { first_name: `Name ${random(1000)}` }),
			() => person.client.patch(`/api/residences/${any(residences).id}`,
				{ name: `Home ${random(1000)}` }),
			// A transaction that stays open for a while; it holds no lock that others want.
			async () => {
				await session.run(`BEGIN; INSERT INTO tasks (id, residence_id, title, created_by)
					VALUES (gen_random_uuid(), '${apart.id}', 'Late', '${person.user.id}')`);
				open = 1 + random(6);
			},
		];

		for (let step = 0; step < steps; step++) {
			const act = acts[random(acts.length - (open > 0 ? 1 : 0))];

			if (open > 0 && --open === 0)
				await session.run('COMMIT');
			await act();
		}
		if (open > 0)
			await session.run('COMMIT');
		session.end();
	}

	for (const seed of SEEDS)
		test(`the copy is true in the end (HOB_SYNC_SEED=${seed})`, async () => {
			const random = randomFrom(seed);
			const watcher = await signUp();
			const residences = [await newResidence(watcher), await newResidence(robin),
				await newResidence(marian)];
			const apart = [await newResidence(robin), await newResidence(marian)];
			const copies = [1, 7, 100].map((limit) => ({ limit, copy: new Copy(watcher.client) }));
			let alive = true;

			for (const residence of residences)
				for (const person of [robin, marian].filter((p) => p.user.id !== residence.owner.id))
					await makeMember(residence, person.user, 'manager');
			for (const residence of apart)
				await makeMember(residence, watcher.user, 'member');
			const watch = async ({ limit, copy }) => {
				while (alive)
					await copy.page(limit);
				await copy.sync(limit);
			};
			const watching = copies.map(watch);
			await Promise.all([robin, marian].map((person, n) =>
				live(person, residences, apart[n], watcher, randomFrom(seed * 2 + n),
					60 + random(20))))
				.finally(() => { alive = false; });
			await Promise.all(watching);
			for (const { copy, limit } of copies) {
				await copy.sync(limit);
				await expectTrue(copy, watcher);
				assert.ok(copy.things.residences.size > 0);
			}
		});
});
