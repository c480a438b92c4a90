// sharing.test.mjs: members and their roles, share codes, joining, leaving, handing over. Who
// may call what is in matrix.test.mjs.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { allow, allowAgain, arranged, Session, sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { crowd, newResidence, newTask, signUp } from './support/people.mjs';

const CODE = /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/;

async function share(owner, residence, fields = {}) {
	return expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
		{ role: 'member', ...fields }), 201);
}

const join = (person, code) => person.client.post('/api/residences/join', { code });

/** An owner, their residence, and people with these roles in it, who joined by codes. */
async function household(...roles) {
	const [owner, ...people] = await crowd(1 + roles.length);
	const residence = await newResidence(owner);

	for (const [i, role] of roles.entries())
		expectOk(await join(people[i], (await share(owner, residence, { role })).code));
	return { owner, residence, people };
}

const membersOf = (residence) => sql(`SELECT user_id, role FROM residence_members
	WHERE residence_id = :'residence' ORDER BY role DESC, user_id`, { residence: residence.id });
const member = (residence, person) => `/api/residences/${residence.id}/members/${person.user.id}`;
const seen = async (person) => expectOk(await person.client.get('/api/residences')).results;
const anonymous = (res) => res.text.replace(res.body.request_id, '');

describe('members', () => {
	test('are listed, the most powerful first', async () => {
		const { owner, residence, people: [viewer, manager] } = await household('viewer', 'manager');
		const { results } = expectOk(await viewer.client.get(`/api/residences/${residence.id}/members`));

		assert.deepEqual(results.map((m) => [m.user.id, m.role]),
			[[owner.user.id, 'owner'], [manager.user.id, 'manager'], [viewer.user.id, 'viewer']]);
		assert.deepEqual(Object.keys(results[0]), ['id', 'residence_id', 'user', 'role', 'joined_at']);
	});

	test('are shown one by one to those who belong there', async () => {
		const { owner, residence, people: [viewer, manager] } = await household('viewer', 'manager');
		const { results } = expectOk(await viewer.client.get(`/api/residences/${residence.id}/members`));
		const stranger = await signUp();

		for (const person of [owner, manager, viewer])
			assert.deepEqual(expectOk(await viewer.client.get(member(residence, person))),
				results.find((m) => m.user.id === person.user.id));
		expectOk(await owner.client.delete(member(residence, manager)), 204);
		expectProblem(await viewer.client.get(member(residence, manager)), 404, 'not_found');
		expectProblem(await viewer.client.get(member(residence, stranger)), 404, 'not_found');
		expectProblem(await stranger.client.get(member(residence, owner)), 404, 'not_found');
	});

	test('have their new role from the next request on', async () => {
		const { owner, residence, people: [friend] } = await household('viewer');
		const create = () => friend.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' });

		for (let i = 0; i < 10; i++) {
			for (const [role, status] of [['member', 201], ['viewer', 403]]) {
				const changed = expectOk(await owner.client.patch(member(residence, friend), { role }));

				assert.equal(changed.role, role);
				assert.equal((await create()).status, status);
				assert.equal((await seen(friend))[0].role, role);
			}
		}
	});

	test('who are removed lose the residence at once', async () => {
		const { owner, residence, people: [friend] } = await household('member');

		await seen(friend);
		expectOk(await owner.client.delete(member(residence, friend)), 204);
		for (const list of await Promise.all(Array.from({ length: 16 }, () => seen(friend))))
			assert.deepEqual(list, []);
		expectProblem(await friend.client.get(`/api/residences/${residence.id}`), 404, 'not_found');
		expectProblem(await owner.client.delete(member(residence, friend)), 404, 'not_found');
	});

	test('the owner is none of those who can be changed, removed, or leave', async () => {
		const { owner, residence } = await household();

		expectProblem(await owner.client.patch(member(residence, owner), { role: 'viewer' }), 409,
			'owner_must_transfer');
		expectProblem(await owner.client.delete(member(residence, owner)), 409, 'owner_must_transfer');
		expectProblem(await owner.client.post(`/api/residences/${residence.id}/leave`), 409,
			'owner_must_transfer');
		assert.deepEqual(await membersOf(residence), [`${owner.user.id}|owner`]);
	});

	test('who leave keep their name in history and no open task', async () => {
		const { owner, residence } = await household();
		const friend = await signUp({ first_name: 'Ada', last_name: 'Byron' });

		expectOk(await join(friend, (await share(owner, residence)).code));
		const task = await newTask(owner, residence, { assigned_to_id: friend.user.id });
		const mine = await newTask(friend, residence);
		expectOk(await friend.client.post(`/api/residences/${residence.id}/leave`), 204);
		const now = expectOk(await owner.client.get(`/api/tasks/${task.id}`));

		assert.equal(now.assigned_to, null);
		assert.equal(now.version, task.version + 1);
		assert.equal(expectOk(await owner.client.get(`/api/tasks/${mine.id}`)).created_by.name, 'Ada Byron');
		assert.deepEqual(await membersOf(residence), [`${owner.user.id}|owner`]);
	});
});

describe('handing over', () => {
	const hand = (person, residence, to) =>
		person.client.post(`/api/residences/${residence.id}/transfer`, { user_id: to.user.id });

	test('makes a member the owner and the owner a manager', async () => {
		const { owner, residence, people: [friend] } = await household('viewer');
		const shown = expectOk(await hand(owner, residence, friend));

		assert.equal(shown.owner.id, friend.user.id);
		assert.equal(shown.role, 'manager');
		assert.equal(shown.version, residence.version + 1);
		assert.deepEqual(await membersOf(residence), [`${friend.user.id}|owner`, `${owner.user.id}|manager`]);
		assert.deepEqual((await seen(friend)).map((r) => r.role), ['owner']);
		expectOk(await owner.client.post(`/api/residences/${residence.id}/leave`), 204);
	});

	test('to a stranger is 404, to oneself 409', async () => {
		const { owner, residence } = await household();
		const [stranger] = await crowd(1);

		expectProblem(await hand(owner, residence, stranger), 404, 'not_found');
		expectProblem(await hand(owner, residence, owner), 409, 'already_the_owner');
	});

	test('twice at once leaves one owner', async () => {
		for (let i = 0; i < 5; i++) {
			const { owner, residence, people } = await household('member', 'manager');
			const results = await Promise.all(Array.from({ length: 8 },
				(_, n) => hand(owner, residence, people[n % 2])));
			const rows = await membersOf(residence);
			const [row] = await sql("SELECT owner_id FROM residences WHERE id = :'id'",
				{ id: residence.id });

			assert.deepEqual(results.map((res) => res.status).sort(), [200, ...Array(7).fill(403)]);
			assert.equal(rows.filter((r) => r.endsWith('|owner')).length, 1);
			assert.equal(rows[0], `${row}|owner`);
		}
	});
});

describe('share codes', () => {
	test('are shown once; the database has an HMAC', async () => {
		const { owner, residence } = await household();
		const made = await share(owner, residence, { role: 'manager', max_uses: 3, expires_in_hours: 1 });
		const [stored] = await sql("SELECT c::text FROM share_codes c WHERE id = :'id'", { id: made.id });
		const { results: [listed] } =
			expectOk(await owner.client.get(`/api/residences/${residence.id}/share-codes`));

		assert.match(made.code, CODE);
		assert.ok(!stored.includes(made.code) && !stored.includes(made.code.replaceAll('-', '')));
		assert.equal(listed.code, undefined);
		assert.deepEqual([listed.role, listed.max_uses, listed.used_count, listed.state, listed.uses],
			['manager', 3, 0, 'active', []]);
		assert.equal(new Date(made.expires_at) - new Date(made.created_at), 3600e3);
	});

	test('say what they open, and who used them', async () => {
		const { owner, residence } = await household();
		const [friend] = await crowd(1);
		const { code, id } = await share(owner, residence, { role: 'viewer' });
		const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
		const preview = expectOk(await friend.client.post('/api/share-codes/preview', { code: typed }));

		assert.deepEqual([preview.residence.name, preview.role, preview.member_count],
			[residence.name, 'viewer', 1]);
		const joined = expectOk(await join(friend, typed));
		assert.deepEqual([joined.id, joined.role, joined.member_count], [residence.id, 'viewer', 2]);
		const { results } = expectOk(await owner.client.get(`/api/residences/${residence.id}/share-codes`));
		const used = results.find((c) => c.id === id);

		assert.equal(used.state, 'used');
		assert.deepEqual(used.uses.map((u) => u.user.id), [friend.user.id]);
	});

	test('wrong, expired, used, revoked, of a deleted residence: one answer', async () => {
		const { owner, residence } = await household();
		const [friend, other] = await crowd(2);
		const dead = await newResidence(owner);
		const codes = Object.fromEntries(await Promise.all(['expired', 'used', 'revoked'].map(async (name) =>
			[name, await share(owner, residence)])));

		codes.deleted = await share(owner, dead);
		expectOk(await join(other, codes.used.code));
		await sql("UPDATE share_codes SET expires_at = now() - interval '1 second' WHERE id = :'id'",
			{ id: codes.expired.id });
		expectOk(await owner.client.delete(`/api/residences/${residence.id}/share-codes/${codes.revoked.id}`),
			204);
		expectOk(await owner.client.delete(`/api/residences/${dead.id}`), 204);
		for (const path of ['/api/share-codes/preview', '/api/residences/join']) {
			const wrong = await friend.client.post(path, { code: '0000-0000-0000' });
			const answers = await Promise.all([...Object.values(codes).map((c) => c.code), 'no code at all']
				.map((code) => friend.client.post(path, { code })));

			expectProblem(wrong, 404, 'share_code_not_valid');
			for (const res of answers)
				assert.equal(anonymous(res), anonymous(wrong));
		}
	});

	test('are not used by who belongs to the residence already', async () => {
		const { owner, residence, people: [friend] } = await household('viewer');
		const { code, id } = await share(owner, residence);

		expectProblem(await join(friend, code), 409, 'already_a_member');
		expectProblem(await join(owner, code), 409, 'already_a_member');
		assert.deepEqual(await sql("SELECT used_count FROM share_codes WHERE id = :'id'", { id }), ['0']);
	});

	test('for one use let in one of fifty at once', async () => {
		const { owner, residence } = await household();
		const people = await crowd(50);
		const { code, id } = await share(owner, residence);
		const results = await Promise.all(people.map((person) => join(person, code)));
		const statuses = results.map((res) => res.status).sort();

		assert.deepEqual(statuses, [200, ...Array(49).fill(404)]);
		assert.deepEqual(await sql("SELECT used_count FROM share_codes WHERE id = :'id'", { id }), ['1']);
		assert.equal((await membersOf(residence)).length, 2);
	});

	test('twice at once by one person are one membership', async () => {
		const { owner, residence } = await household();
		const [friend] = await crowd(1);
		const { code } = await share(owner, residence, { max_uses: 10 });
		const results = await Promise.all(Array.from({ length: 8 }, () => join(friend, code)));

		assert.deepEqual(results.map((res) => res.status).sort(), [200, ...Array(7).fill(409)]);
		assert.equal((await membersOf(residence)).length, 2);
	});
});

describe('what somebody gives', () => {
	const codes = (residence) => `/api/residences/${residence.id}/share-codes`;
	const role = (owner, residence, person, wanted) =>
		owner.client.patch(member(residence, person), { role: wanted });
	const states = async (residence) =>
		Object.fromEntries((await sql(`SELECT id, revoked_at IS NOT NULL FROM share_codes
			WHERE residence_id = :'residence'`, { residence: residence.id })).map((row) => row.split('|')));

	test('is a role below one\'s own', async () => {
		const { owner, residence, people: [manager, low] } = await household('manager', 'member');
		const give = (person, wanted) => person.client.post(codes(residence), { role: wanted });

		for (const wanted of ['viewer', 'member', 'manager'])
			expectOk(await give(owner, wanted), 201);
		for (const wanted of ['viewer', 'member'])
			expectOk(await give(manager, wanted), 201);
		expectProblem(await give(manager, 'manager'), 403, 'role_too_high');
		expectProblem(await give(low, 'viewer'), 403, 'forbidden');
	});

	const ends = [
		['removal', (owner, residence, maker) => owner.client.delete(member(residence, maker))],
		['leaving', (owner, residence, maker) => maker.client.post(`/api/residences/${residence.id}/leave`)],
		['demotion to member', (owner, residence, maker) => role(owner, residence, maker, 'member')],
		['demotion to viewer', (owner, residence, maker) => role(owner, residence, maker, 'viewer')],
		['the end of the residence',
			(owner, residence) => owner.client.delete(`/api/residences/${residence.id}`)],
	];

	for (const [what, end] of ends)
		test(`ends with ${what} of who gave it, whatever comes after`, async () => {
			const { owner, residence, people: [maker] } = await household('manager');
			const [stranger] = await crowd(1);
			const made = await Promise.all(['viewer', 'member']
				.map((wanted) => share(maker, residence, { role: wanted, max_uses: 5 })));
			const kept = await share(owner, residence, { role: 'member', max_uses: 5 });

			assert.ok((await end(owner, residence, maker)).status < 300);
			for (const { code } of made) {
				expectProblem(await join(stranger, code), 404, 'share_code_not_valid');
				const again = await join(maker, code);

				assert.notEqual(again.status, 200, 'nobody comes back by what they gave');
			}
			const now = await states(residence);
			for (const { id } of made)
				assert.equal(now[id], 't');
			assert.deepEqual(await sql(`SELECT DISTINCT action FROM activity
				WHERE residence_id = :'residence'
				AND subject = 'share_code' AND subject_id IN (:'one', :'two') ORDER BY action`,
			{ residence: residence.id, one: made[0].id, two: made[1].id }), ['created', 'revoked']);
			if (what === 'the end of the residence')
				return;
			/* Even a right that comes back revives nothing, and what others gave goes on. */
			await sql(`INSERT INTO residence_members (residence_id, user_id, role)
				VALUES (:'residence', :'user', 'manager')
				ON CONFLICT (residence_id, user_id) DO UPDATE SET role = 'manager'`,
				{ residence: residence.id, user: maker.user.id });
			for (const { code } of made)
				expectProblem(await join(stranger, code), 404, 'share_code_not_valid');
			expectOk(await join(stranger, kept.code));
		});

	test('ends with the account of who gave it', async () => {
		const { owner, residence, people: [maker] } = await household('manager');
		const [stranger] = await crowd(1);
		const { code } = await share(maker, residence);

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: maker.user.id });
		expectProblem(await join(stranger, code), 404, 'share_code_not_valid');
		await sql("UPDATE users SET is_active = true WHERE id = :'id'", { id: maker.user.id });
		expectProblem(await join(stranger, code), 404, 'share_code_not_valid');
		expectOk(await join(stranger, (await share(owner, residence)).code));
	});

	test('shrinks when the residence is handed over: an owner that was may give no manager', async () => {
		const { owner, residence, people: [friend] } = await household('viewer');
		const people = await crowd(2);
		const [high, low] = [await share(owner, residence, { role: 'manager' }),
			await share(owner, residence, { role: 'member' })];

		expectOk(await owner.client.post(`/api/residences/${residence.id}/transfer`,
			{ user_id: friend.user.id }));
		expectProblem(await join(people[0], high.code), 404, 'share_code_not_valid');
		expectOk(await join(people[1], low.code));
		const { results } = expectOk(await friend.client.get(codes(residence)));
		assert.deepEqual(results.filter((c) => [high.id, low.id].includes(c.id))
			.map((c) => [c.role, c.state]).sort(), [['manager', 'revoked'], ['member', 'used']]);
	});

	test('goes on with a higher role, and expired or used codes stay what they were', async () => {
		const { owner, residence, people: [maker] } = await household('manager');
		const [one, two] = await crowd(2);
		const [used, open] = [await share(maker, residence), await share(maker, residence)];

		expectOk(await join(one, used.code));
		expectOk(await owner.client.post(`/api/residences/${residence.id}/transfer`,
			{ user_id: maker.user.id }));
		expectOk(await join(two, open.code));
		expectOk(await maker.client.delete(member(residence, owner)), 204);
		assert.equal((await states(residence))[used.id], 'f');
	});

	for (const [what, end] of [
		['removed', (owner, residence, maker) => owner.client.delete(member(residence, maker))],
		['demoted', (owner, residence, maker) => role(owner, residence, maker, 'member')]])
		test(`at the moment one is ${what} opens nothing afterwards`, async () => {
			for (let i = 0; i < 5; i += 1) {
				const { owner, residence, people: [maker] } = await household('manager');
				const [stranger] = await crowd(1);
				const [ended, ...made] = await Promise.all([end(owner, residence, maker),
					...Array.from({ length: 6 },
						() => maker.client.post(codes(residence), { role: 'member' }))]);

				assert.ok(ended.status < 300, ended.text);
				for (const res of made) {
					assert.ok([201, 403, 404].includes(res.status), res.text);
					if (res.status === 201)
						expectProblem(await join(stranger, res.body.code), 404,
							'share_code_not_valid');
				}
				assert.deepEqual(await sql(`SELECT id FROM share_codes WHERE residence_id = :'residence'
					AND created_by = :'maker' AND revoked_at IS NULL`,
					{ residence: residence.id, maker: maker.user.id }), []);
			}
		});

	test('is not made by one whose removal was first, although the statement began before', arranged(async () => {
		const { owner, residence, people: [maker] } = await household('manager');
		const lock = new Session();

		try {
			await lock.run(`BEGIN; SELECT FROM residences WHERE id = '${residence.id}' FOR UPDATE`);
			const removed = owner.client.delete(member(residence, maker));
			await lock.untilBlocking(1);
			const made = maker.client.post(codes(residence), { role: 'member' });
			await lock.untilBlocking(2);
			await lock.run('COMMIT');
			expectOk(await removed, 204);
			expectProblem(await made, 404, 'not_found');
		} finally {
			lock.end();
		}
	}));

	test('lets in who was first, and nobody after the removal of its maker', async () => {
		for (let i = 0; i < 5; i += 1) {
			const { owner, residence, people: [maker] } = await household('manager');
			const people = await crowd(8);
			const { code } = await share(maker, residence, { max_uses: 100 });
			const [removed, ...joined] = await Promise.all([owner.client.delete(member(residence, maker)),
				...people.map((person) => join(person, code))]);

			expectOk(removed, 204);
			for (const res of joined)
				assert.ok([200, 404].includes(res.status), res.text);
			assert.equal((await membersOf(residence)).length,
				1 + joined.filter((res) => res.status === 200).length);
			expectProblem(await join(maker, code), 404, 'share_code_not_valid');
		}
	});
});

describe('a residence that is full', () => {
	after(() => allowAgain('members'));

	test('lets nobody in, also of many at once', async () => {
		const { owner, residence } = await household();
		const people = await crowd(50);
		const { code, id } = await share(owner, residence, { max_uses: 100 });

		await allow('members', 3);
		const results = await Promise.all(people.map((person) => join(person, code)));
		const refused = results.filter((res) => res.status !== 200);

		assert.equal(refused.length, 48);
		for (const res of refused) {
			const problem = expectProblem(res, 402, 'plan_limit_reached');

			assert.deepEqual([problem.limit, problem.used, problem.max, problem.tier_needed],
				['members', 3, 3, 'plus']);
		}
		assert.deepEqual(await sql("SELECT used_count FROM share_codes WHERE id = :'id'", { id }), ['2']);
		assert.equal((await membersOf(residence)).length, 3);
	});
});

test('who comes back has the present name', async () => {
	const { owner, residence } = await household();
	const friend = await signUp({ first_name: 'Old', last_name: '' });
	const names = async () => expectOk(await owner.client.get(`/api/residences/${residence.id}/members`))
		.results.map((m) => m.user.name);

	expectOk(await join(friend, (await share(owner, residence)).code));
	expectOk(await friend.client.post(`/api/residences/${residence.id}/leave`), 204);
	expectOk(await friend.client.patch('/api/auth/me', { first_name: 'New' }));
	expectOk(await join(friend, (await share(owner, residence)).code));
	assert.ok((await names()).includes('New'));
});

test('a residence that is deleted is gone for all its members', async () => {
	const { owner, residence, people } = await household('viewer', 'manager');

	await Promise.all(people.map(seen));
	expectOk(await owner.client.delete(`/api/residences/${residence.id}`), 204);
	for (const person of [owner, ...people]) {
		assert.deepEqual(await seen(person), []);
		for (const path of ['', '/members', '/activity'])
			expectProblem(await person.client.get(`/api/residences/${residence.id}${path}`),
				404, 'not_found');
	}
});
