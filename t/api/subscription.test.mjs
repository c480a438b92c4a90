// subscription.test.mjs: tiers, and what an account has of what its plan bounds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Client, nobody } from './support/client.mjs';
import { allow, allowAgain, makeMember, sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { crowd, freshEmail, newAccess, newId, newResidence, newTask, signUp } from './support/people.mjs';
import { programs } from './support/workers.mjs';

const run = promisify(execFile);
const NAMES = ['residences', 'members', 'tasks', 'kept_tasks', 'contractors', 'documents', 'storage', 'share_codes',
	'feeds'];
const OF_ACCOUNT = ['residences', 'contractors', 'feeds'];
const OF_RESIDENCE = ['members', 'tasks', 'kept_tasks', 'contractors', 'documents', 'storage', 'share_codes'];

const show = async (person) => expectOk(await person.client.get('/api/subscription'));
const limit = (limits, name) => limits.find((l) => l.limit === name);

after(() => Promise.all(NAMES.map(allowAgain)));

describe('tiers', () => {
	test('are for everybody, the lowest first, with limits and what stores sell', async () => {
		const res = await nobody.get('/api/subscription/tiers');
		const { results } = expectOk(res);

		assert.deepEqual(results.map(({ code, rank, name }) => [code, rank, name]),
			[['free', 1, 'Free'], ['plus', 2, 'Plus'], ['pro', 3, 'Pro']]);
		for (const tier of results)
			assert.deepEqual(tier.limits.map((l) => l.limit), NAMES);
		assert.deepEqual(results[0].products, []);
		assert.deepEqual(results[1].products.map((p) => [p.store, p.product_id, p.period]),
			['apple', 'google'].flatMap((store) => [[store, 'hob_plus_month', 'month'],
				[store, 'hob_plus_year', 'year']]));
		assert.match(res.headers['cache-control'], /max-age=600/);
	});

	test('are called by the language of the caller, and keep a tag for it', async () => {
		const german = await nobody.get('/api/subscription/tiers', { headers: { 'Accept-Language': 'de-CH' } });

		assert.equal(expectOk(german).results[0].name, 'Kostenlos');
		const again = await nobody.get('/api/subscription/tiers',
			{ headers: { 'Accept-Language': 'de-CH', 'If-None-Match': german.headers.etag } });
		assert.equal(again.status, 304);
		const french = await nobody.get('/api/subscription/tiers', { headers: { 'Accept-Language': 'fr' } });
		assert.equal(expectOk(french).results[0].name, 'Free');
	});
});

describe('a subscription', () => {
	let owner;
	let member;
	let home;

	before(async () => {
		[owner, member] = await crowd(2);
		home = await newResidence(owner, { name: 'Mill' });
		await makeMember(home, member.user, 'manager');
		await newTask(owner, home);
	});

	test('of who has none is the lowest tier, with what is used of it', async () => {
		await allow('tasks', 3);
		const shown = await show(owner);

		assert.deepEqual([shown.tier, shown.source, shown.status, shown.ends_at, shown.next_tier],
			['free', null, null, null, 'plus']);
		assert.deepEqual(shown.limits.map((l) => l.limit), OF_ACCOUNT);
		assert.equal(limit(shown.limits, 'residences').used, 1);
		assert.deepEqual(shown.residences.map(({ id, name }) => [id, name]), [[home.id, 'Mill']]);
		assert.deepEqual(shown.residences[0].limits.map((l) => l.limit), OF_RESIDENCE);
		assert.deepEqual(limit(shown.residences[0].limits, 'tasks'),
			{ limit: 'tasks', used: 1, max: 3, next_max: 1000 });
	});

	test('counts share codes that are open at this moment', async () => {
		const codes = async () => limit((await show(owner)).residences[0].limits, 'share_codes').used;
		const share = () => owner.client.post(`/api/residences/${home.id}/share-codes`, { role: 'viewer' });

		const { id } = expectOk(await share(), 201);
		expectOk(await share(), 201);
		assert.equal(await codes(), 2);
		await sql("UPDATE share_codes SET expires_at = now() WHERE id = :'id'", { id });
		assert.equal(await codes(), 1);
	});

	test('shows homes that somebody owns, not those that they belong to', async () => {
		assert.deepEqual((await show(member)).residences, []);
		const { id } = await newResidence(owner, { name: 'Barn' });
		assert.deepEqual((await show(owner)).residences.map((r) => r.name), ['Barn', 'Mill']);
		expectOk(await owner.client.delete(`/api/residences/${id}`), 204);
		assert.deepEqual((await show(owner)).residences.map((r) => r.name), ['Mill']);
	});

	test('that staff grant holds at once, for all that the owner pays for, and until it ends', async () => {
		const create = (person) => person.client.post('/api/tasks', { residence_id: home.id, title: 'x' });

		await allow('tasks', 1);
		expectProblem(await create(member), 402, 'plan_limit_reached');
		await sql(`INSERT INTO plan_grants (id, user_id, tier, reason, granted_by, ends_at)
			VALUES (:'id', :'user', 'plus', 'for the test', 'staff', now() + interval '1 hour')`,
		{ id: newId(), user: owner.user.id });
		await sql("SELECT hob.settle_plan(:'user')", { user: owner.user.id });
		const shown = await show(owner);
		assert.deepEqual([shown.tier, shown.source, shown.status, shown.next_tier],
			['plus', 'grant', 'active', 'pro']);
		assert.deepEqual(limit(shown.residences[0].limits, 'tasks'),
			{ limit: 'tasks', used: 1, max: 1000, next_max: 5000 });
		expectOk(await create(member), 201);
		await sql(`UPDATE plan_grants SET granted_at = now() - interval '2 hours',
			ends_at = now() - interval '1 s' WHERE user_id = :'user'`, { user: owner.user.id });
		await sql("SELECT hob.settle_plan(:'user')", { user: owner.user.id });
		assert.equal((await show(owner)).tier, 'free');
		expectProblem(await create(member), 402, 'plan_limit_reached');
		expectOk(await member.client.get(`/api/tasks?residence_id=${home.id}`));
	});

	describe('that `hob user grant` gives', () => {
		let friend;
		const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
		const hob = (...words) => run(`${programs}/hob`, ['user', ...words]).then(({ stdout }) => [0, stdout],
			({ code, stderr }) => [code, stderr]);
		const grant = (...words) => hob('grant', friend.email, ...words);
		const tier = async () => [(await show(friend)).tier, (await show(friend)).ends_at];

		before(async () => { friend = await signUp(); });

		test('is the highest of what was given, to the end of its day', async () => {
			assert.deepEqual(await tier(), ['free', null]);
			const [code, said] = await grant('plus', '--reason', 'a friend', '--until', day(3));
			assert.equal(code, 0, said);
			assert.match(said, /has tier plus until /);
			assert.deepEqual(await tier(), ['plus', `${day(4)}T00:00:00Z`]);
			assert.equal((await grant('pro', '--reason', 'for good'))[0], 0);
			assert.deepEqual(await tier(), ['pro', null]);
			assert.deepEqual(await sql(`SELECT tier, reason, granted_by <> '' FROM plan_grants
				WHERE user_id = :'id' ORDER BY granted_at`, { id: friend.user.id }),
			['plus|a friend|t', 'pro|for good|t']);
		});

		test('ends when it is taken back, and its limits with it', async () => {
			assert.match((await hob('ungrant', friend.email))[1], /has tier free/);
			assert.deepEqual(await tier(), ['free', null]);
			assert.equal((await hob('ungrant', friend.email))[0], 1);
		});

		test('is refused with a sentence that says why', async () => {
			for (const [words, code, why] of [
				[['gold', '--reason', 'x'], 1, /no tier "gold", but: free, plus, pro/],
				[['plus', '--reason', 'x', '--until', '2020-01-01'], 1, /this day is over/],
				[['plus', '--reason', 'x', '--until', 'soon'], 64, /is no day/],
				[['plus'], 64, /--reason/], [['plus', '--reason', ''], 64, /--reason/]]) {
				const [exit, said] = await grant(...words);

				assert.equal(exit, code, said);
				assert.match(said, why);
			}
			const [, unknown] = await hob('grant', freshEmail(), 'plus', '--reason', 'x');
			assert.match(unknown, /there is no account/);
			assert.deepEqual(await tier(), ['free', null]);
		});
	});

	test('is for a session, not for access tokens, nor for nobody', async () => {
		const { token } = await newAccess(owner);

		assert.equal((await new Client(token).get('/api/subscription')).status, 403);
		expectProblem(await nobody.get('/api/subscription'), 401, 'unauthorized');
	});
});
