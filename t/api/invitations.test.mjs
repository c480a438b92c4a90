// invitations.test.mjs: asking somebody to a residence by mail, and what they do about it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID,
	UUID_V7 } from './support/expect.mjs';
import { crowd, freshEmail, missingId, newResidence, signUp } from './support/people.mjs';

const sentPath = (residence) => `/api/residences/${residence.id}/invitations`;
const invite = (person, residence, email, role = 'member', options = undefined) =>
	person.client.post(sentPath(residence), { email, role }, options);
const received = async (person) => expectPage(await person.client.get('/api/invitations'));
const sent = async (person, residence) => expectPage(await person.client.get(sentPath(residence)));
const answer = (person, { id }, how) => person.client.post(`/api/invitations/${id}/${how}`);
const verify = (person, at = 'now()') =>
	sql(`UPDATE users SET email_verified_at = ${at} WHERE id = :'id'`, { id: person.user.id });
const members = async (person, residence) =>
	expectPage(await person.client.get(`/api/residences/${residence.id}/members`)).map((m) => [m.user.id, m.role]);
const stateOf = async (owner, residence, { id }) =>
	(await sent(owner, residence)).find((one) => one.id === id).state;

let robin;
let residence;
let guest;

before(async () => {
	[robin, guest] = [await signUp(), await signUp({ first_name: 'Kim', last_name: 'Marlow' })];
	residence = await newResidence(robin);
	await Promise.all([robin, guest].map((person) => verify(person)));
});

/** An invitation to `email`, as it was answered. */
const invited = async (email = guest.email, role = 'member') =>
	expectOk(await invite(robin, residence, email, role), 201);

/** Ends all that is open, for a residence has only so many. */
const clear = () => sql("UPDATE share_codes SET revoked_at = now() WHERE residence_id = :'id'", { id: residence.id });

describe('an invitation', () => {
	test('shows to whom, and nothing of the code', async () => {
		const res = await invite(robin, residence, guest.email.toUpperCase(), 'viewer');
		const made = expectOk(res, 201);

		assert.equal(res.headers.location, `${sentPath(residence)}/${made.id}`);
		expectKeys(made, ['id', 'residence_id', 'email', 'role', 'created_by', 'created_at', 'expires_at',
			'state']);
		assert.match(made.id, UUID_V7);
		assert.equal(made.residence_id, residence.id);
		assert.equal(made.role, 'viewer');
		assert.equal(made.state, 'pending');
		assert.deepEqual(made.created_by, { id: robin.user.id, name: robin.user.name });
		assert.match(made.expires_at, INSTANT);
		assert.equal(Date.parse(made.expires_at) - Date.parse(made.created_at), 7 * 86400 * 1000);
		assert.deepEqual((await sent(robin, residence))[0], made);
		assert.ok((await expectPage(await robin.client.get(`/api/residences/${residence.id}/share-codes`)))
			.every((code) => code.id !== made.id), 'it is no share code to those who list them');
		assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'id' UNION SELECT kind FROM job_history "
			+ "WHERE key = :'id'", { id: made.id }), ['invitation']);
	});

	test('is answered alike, whether an account has the address or not', async () => {
		const shape = async (email) => {
			const { id, email: to, created_at: at, expires_at: until, ...rest } = await invited(email);

			assert.ok(id && at && until);
			assert.equal(to, email);
			return rest;
		};
		const unverified = await signUp();
		const member = await signUp();

		await makeMember(residence, member.user, 'viewer');
		const nobody = await shape(freshEmail());
		for (const email of [guest.email, unverified.email, member.email, robin.email])
			assert.deepEqual(await shape(email), nobody);
		await clear();
	});

	test('is for who has proved the address', async () => {
		const person = await signUp();
		const made = await invited(person.email);

		assert.deepEqual(await received(person), []);
		expectProblem(await answer(person, made, 'accept'), 404, 'not_found');
		await verify(person);
		const [one, ...others] = await received(person);
		assert.deepEqual(others, []);
		assert.deepEqual(one, { id: made.id, residence: { name: residence.name, owner_name: robin.user.name },
			member_count: (await members(robin, residence)).length, role: 'member',
			invited_by: robin.user.name, created_at: made.created_at, expires_at: made.expires_at });
		await sql("UPDATE users SET email = :'email' WHERE id = :'id'",
			{ id: person.user.id, email: freshEmail() });
		assert.deepEqual(await received(person), [], 'the address is another');
		await clear();
	});

	test('makes its reader a member, once', async () => {
		const person = await signUp();
		await verify(person);
		const made = await invited(person.email.toUpperCase(), 'viewer');
		const joined = expectOk(await answer(person, made, 'accept'));

		assert.equal(joined.id, residence.id);
		assert.equal(joined.role, 'viewer');
		assert.deepEqual((await members(robin, residence)).find(([id]) => id === person.user.id),
			[person.user.id, 'viewer']);
		assert.deepEqual(await received(person), []);
		assert.equal(await stateOf(robin, residence, made), 'accepted');
		expectProblem(await answer(person, made, 'accept'), 404, 'not_found');
		expectProblem(await answer(person, made, 'decline'), 404, 'not_found');
		expectProblem(await robin.client.delete(`${sentPath(residence)}/${made.id}`), 404, 'not_found');
	});

	test('is accepted by one of fifty at once', async () => {
		const person = await signUp();
		await verify(person);
		const made = await invited(person.email);
		const results = await Promise.all(Array.from({ length: 50 }, () => answer(person, made, 'accept')));

		assert.equal(results.filter(({ status }) => status === 200).length, 1);
		results.filter(({ status }) => status !== 200).forEach(({ status, text }) =>
			assert.ok([404, 409, 503].includes(status), text));
		assert.deepEqual(await sql("SELECT used_count FROM share_codes WHERE id = :'id'", { id: made.id }),
			['1']);
	});

	test('that is declined opens nothing, and says so to who manages the residence', async () => {
		const made = await invited();

		expectOk(await answer(guest, made, 'decline'), 204);
		assert.equal(await stateOf(robin, residence, made), 'declined');
		assert.ok((await received(guest)).every(({ id }) => id !== made.id));
		for (const how of ['accept', 'decline'])
			expectProblem(await answer(guest, made, how), 404, 'not_found');
		assert.deepEqual(await sql("SELECT action FROM activity WHERE subject_id = :'id'", { id: made.id }),
			['created'], 'nobody is named for it');
	});

	test('that is taken back, is over or whose giver lost the right is as one that never was, byte for byte',
		async () => {
			const manager = await signUp();
			await verify(manager);
			await makeMember(residence, manager.user, 'manager');
			const given = expectOk(await invite(manager, residence, guest.email, 'viewer'), 201);
			const [revoked, late, other] = [await invited(), await invited(), await invited(freshEmail())];
			const at = (id, how) => guest.client.post(`/api/invitations/${id}/${how}`, undefined, SAME_ID);
			const nothing = await at(missingId(), 'accept');

			expectProblem(nothing, 404, 'not_found');
			expectOk(await robin.client.delete(`${sentPath(residence)}/${revoked.id}`), 204);
			await sql("UPDATE share_codes SET expires_at = now() - interval '1 s' WHERE id = :'id'",
				{ id: late.id });
			await makeMember(residence, manager.user, 'member');
			for (const one of [given, revoked, late, other])
				for (const how of ['accept', 'decline'])
					expectSameBytes(await at(one.id, how), nothing);
			assert.deepEqual(await Promise.all([given, revoked, late, other].map((one) =>
				stateOf(robin, residence, one))), ['revoked', 'revoked', 'expired', 'pending']);
			expectProblem(await robin.client.delete(`${sentPath(residence)}/${revoked.id}`), 404,
				'not_found');
			await clear();
		});

	test('ends when its giver leaves, as share codes do', async () => {
		const manager = await signUp();
		await verify(manager);
		await makeMember(residence, manager.user, 'manager');
		const made = expectOk(await invite(manager, residence, guest.email, 'viewer'), 201);

		expectOk(await manager.client.post(`/api/residences/${residence.id}/leave`), 204);
		assert.ok((await received(guest)).every(({ id }) => id !== made.id));
		assert.equal(await stateOf(robin, residence, made), 'revoked');
	});
});

describe('who may invite', () => {
	test('are managers and the owner, to roles below their own', async () => {
		const [viewer, member, manager, stranger] = await crowd(4);

		await makeMember(residence, viewer.user, 'viewer');
		await makeMember(residence, member.user, 'member');
		await makeMember(residence, manager.user, 'manager');
		for (const person of [viewer, member]) {
			expectProblem(await invite(person, residence, freshEmail(), 'viewer'), 403, 'forbidden');
			expectProblem(await person.client.get(sentPath(residence)), 403, 'forbidden');
		}
		expectProblem(await invite(stranger, residence, freshEmail(), 'viewer'), 404, 'not_found');
		expectProblem(await invite(manager, residence, freshEmail(), 'manager'), 403, 'role_too_high');
		expectOk(await invite(manager, residence, freshEmail(), 'member'), 201);
		expectOk(await invite(robin, residence, freshEmail(), 'manager'), 201);
		await clear();
	});

	test('have proved their own address', async () => {
		const owner = await signUp();
		const home = await newResidence(owner);

		expectProblem(await invite(owner, home, freshEmail()), 409, 'email_not_verified');
		const german = await invite(owner, home, freshEmail(), 'member',
			{ headers: { 'Accept-Language': 'de' } });
		assert.match(expectProblem(german, 409, 'email_not_verified').detail, /^Bestätigen Sie zuerst /);
		assert.deepEqual(await sent(owner, home), []);
		await verify(owner);
		expectOk(await invite(owner, home, freshEmail()), 201);
	});

	test('say one address and a role', async () => {
		expectInvalid(await invite(robin, residence, 'nobody'), { email: 'format' });
		expectInvalid(await invite(robin, residence, 'a@x.test, b@x.test'), { email: 'format' });
		expectInvalid(await invite(robin, residence, freshEmail(), 'owner'), { role: 'choice' });
		expectInvalid(await robin.client.post(sentPath(residence), {}),
			{ email: 'required', role: 'required' });
	});

	test('are shown the same again under a key, and mail once', async () => {
		const options = { headers: { 'Idempotency-Key': 'invite-once' } };
		const email = freshEmail();
		const first = expectOk(await invite(robin, residence, email, 'viewer', options), 201);
		const again = await invite(robin, residence, email, 'viewer', options);

		assert.deepEqual(expectOk(again, 201), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		await clear();
	});

	test('mail twenty a day, over all their residences, however many at once', async () => {
		const person = await signUp();
		await verify(person);
		const homes = [await newResidence(person), await newResidence(person)];
		const results = await Promise.all(Array.from({ length: 24 }, (_, i) =>
			invite(person, homes[i % 2], freshEmail(), 'viewer')));
		const full = results.filter(({ status }) => status !== 201);

		assert.equal(full.length, 4);
		full.forEach((res) => {
			const { limit, used, max } = expectProblem(res, 402, 'plan_limit_reached');
			assert.deepEqual([limit, used, max], ['invitations', 20, 20]);
		});
		await sql(`UPDATE share_codes SET created_at = created_at - interval '1 day'
			 WHERE created_by = :'id'`, { id: person.user.id });
		expectOk(await invite(person, homes[0], freshEmail(), 'viewer'), 201);
	});

	test('have only so many open ones in a residence, share codes among them', async () => {
		const person = await signUp();
		await verify(person);
		const home = await newResidence(person);

		await sql(`INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses)
			SELECT gen_random_uuid(), :'home', 'viewer', gen_random_uuid(), :'user',
			       now() + interval '1 day', 1
			  FROM generate_series(1, 19)`, { home: home.id, user: person.user.id });
		const made = expectOk(await invite(person, home, guest.email, 'viewer'), 201);
		const full = await invite(person, home, freshEmail(), 'viewer');
		assert.equal(expectProblem(full, 402, 'plan_limit_reached').limit, 'share_codes');
		expectOk(await answer(guest, made, 'decline'), 204);
		expectOk(await invite(person, home, freshEmail(), 'viewer'), 201);
	});
});

test('what ended a month ago is swept, with the address', async () => {
	const made = await invited();

	await sql("UPDATE share_codes SET expires_at = now() - interval '31 days' WHERE id = :'id'", { id: made.id });
	await sql(`DO $$ BEGIN EXECUTE (SELECT statement FROM hob.sweep_steps(now())
		WHERE what = 'deleted invitations that ended a month ago'); END $$`);
	assert.deepEqual(await sql("SELECT id FROM share_codes WHERE id = :'id'", { id: made.id }), []);
});
