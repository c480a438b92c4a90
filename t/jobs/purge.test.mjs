// purge.test.mjs: a home that was deleted 30 days ago goes for good, whatever its size, and phones are told.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Session, makeMember, manyTasks, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { crowd, newId, newResidence, newTask, newWarranty } from '../api/support/people.mjs';
import { stack } from '../fault/support.mjs';
import { ended, newKey } from './support.mjs';

// What may know a home that is gone: who lost it is told by tombstones, and notices are their readers' own. What
// webhooks were sent is dropped by its age, long before.
const OUTLIVE = ['tombstones', 'notices', 'webhook_deliveries'];

async function purged(seconds) {
	const key = newKey();

	await sql("SELECT hob.add_job('purge', :'key')", { key });
	await ended(key, 1, seconds);
}

const deletedFor = (residence, days) => sql(`UPDATE residences SET deleted_at = now() - :'days'::interval
	WHERE id = :'id'`, { id: residence.id, days: `${days} days` });

/** Tables that have rows of a residence, of all that can have one. */
async function tablesOf(residence) {
	const tables = await sql(`SELECT format('%I.%I', n.nspname, c.relname)
		  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		  JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
		 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('public', 'hob')
		   AND (a.attname = 'residence_id' OR c.relname = 'residences' AND a.attname = 'id') ORDER BY 1`);
	const counts = tables.map((table) => `SELECT '${table}' WHERE EXISTS (SELECT FROM ${table}
		WHERE ${table.endsWith('residences') && !table.startsWith('hob') ? 'id' : 'residence_id'} = :'id')`);

	assert.ok(tables.length > 10);
	return (await sql(counts.join(' UNION ALL '), { id: residence.id })).map((t) => t.replace(/^public\./, ''));
}

/** A home in which everything was done that leaves something. */
async function livedIn(owner, member) {
	const residence = await newResidence(owner);
	const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
		{ role: 'member' }), 201);

	expectOk(await member.client.post('/api/residences/join', { code }));
	expectOk(await owner.client.post(`/api/residences/${residence.id}/webhooks`,
		{ url: 'https://example.org/hook', events: ['task.created'] }), 201);
	expectOk(await member.client.post('/api/calendar-feeds', { residence_id: residence.id }), 201);
	const contractor = expectOk(await owner.client.post('/api/contractors',
		{ residence_id: residence.id, name: 'Sweep' }), 201);
	expectOk(await member.client.request('PUT', `/api/contractors/${contractor.id}/favorite`));
	const task = await newTask(owner, residence, { assigned_to_id: member.user.id, due_on: '2031-01-06',
		contractor_id: contractor.id, recurrence: { unit: 'week' } });
	await newWarranty(owner, residence, ['2031-01-06'], { task_id: task.id });
	const done = `/api/tasks/${task.id}/complete`;
	const completion = expectOk(await member.client.post(done, { occurrence: 1 }), 201);
	expectOk(await owner.client.post(done, { occurrence: 1, id: newId() }));
	await sql(`SELECT count(*) FROM hob.notify(ARRAY[:'who']::uuid[], 'task_due', :'home', 'task', :'task')`,
	{ home: residence.id, who: member.user.id, task: task.id });
	return { residence, task, completion };
}

before(() => stack('up'));

describe('a home that was deleted', () => {
	test('is there for 30 days, and then nothing that was of it', async () => {
		const [owner, member] = await crowd(2);
		const [old, young] = [await livedIn(owner, member), await livedIn(owner, member)];
		const other = await livedIn(owner, member);

		for (const { residence } of [old, young])
			expectOk(await owner.client.delete(`/api/residences/${residence.id}`), 204);
		await deletedFor(old.residence, 30);
		await deletedFor(young.residence, 29.9);
		const before = await tablesOf(old.residence);
		for (const table of ['activity', 'completion_aliases', 'completions', 'contractor_opinions',
			'contractors',
			'documents',
			'residence_members', 'residence_people', 'residences',
			'share_code_uses', 'share_codes', 'tasks', 'tombstones'])
			assert.ok(before.includes(table), `${table} of ${before}`);
		await purged();
		assert.deepEqual((await tablesOf(old.residence)).filter((table) => !OUTLIVE.includes(table)), []);
		assert.deepEqual(await tablesOf(young.residence), before);
		expectOk(await member.client.get(`/api/tasks/${other.task.id}`));
		await purged();
		assert.deepEqual(await tablesOf(young.residence), before, 'nothing is left to do');
	});

	test('is told to phones that were away all the time', async () => {
		const [owner, member] = await crowd(2);
		const { residence, task, completion } = await livedIn(owner, member);
		const { sync_token: since } = expectOk(await member.client.get('/api/sync'));

		expectOk(await owner.client.delete(`/api/residences/${residence.id}`), 204);
		await deletedFor(residence, 31);
		await purged();
		const { changes } = expectOk(await member.client.get(`/api/sync?since=${since}`));
		assert.deepEqual(changes.residences.deleted, [residence.id]);
		assert.deepEqual(changes.tasks.deleted, [task.id]);
		assert.deepEqual(changes.completions.deleted, [completion.id]);
		assert.deepEqual(changes.members.deleted.sort(),
			[owner, member].map((p) => `${residence.id}:${p.user.id}`).sort());
	});

	test('goes in short steps, whoever holds an old snapshot, and nobody waits', async () => {
		const [owner, member] = await crowd(2);
		const [huge, small] = [await newResidence(owner), await newResidence(owner)];
		const dump = new Session();

		await makeMember(huge, member.user, 'member');
		await manyTasks(huge, owner, 5000, { assigned_to_id: `'${member.user.id}'` });
		await sql(`INSERT INTO completions (id, residence_id, task_id, occurrence, title, category,
				completed_by, recorded_by)
			SELECT gen_random_uuid(), residence_id, t.id, n, title, category, created_by, created_by
			  FROM tasks t, generate_series(1, 2) n WHERE residence_id = :'id'`, { id: huge.id });
		expectOk(await owner.client.delete(`/api/residences/${huge.id}`), 204);
		await deletedFor(huge, 30);
		await dump.run('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tasks');
		const going = purged(300);
		let over = false;
		const done = going.finally(() => { over = true; });
		let [slowest, longest] = [0, 0];
		while (!over) {
			const started = performance.now();
			await newTask(owner, small);
			slowest = Math.max(slowest, performance.now() - started);
			const [ms] = await sql(`SELECT coalesce(max(1000 *
				extract(epoch FROM clock_timestamp() - xact_start)), 0)::int
				FROM pg_stat_activity WHERE usename = 'hob_jobs'`);
			longest = Math.max(longest, Number(ms));
		}
		await done;
		await dump.run('COMMIT');
		dump.end();
		assert.deepEqual((await tablesOf(huge)).filter((table) => !OUTLIVE.includes(table)), []);
		console.log(`# longest step ${longest} ms, slowest request ${Math.round(slowest)} ms`);
		assert.ok(longest < 5000, `a step took ${longest} ms`);
		assert.ok(slowest < 1000, `a request took ${slowest} ms`);
	});
});
