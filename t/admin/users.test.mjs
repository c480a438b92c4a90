// users.test.mjs: accounts of households: found, changed and acted upon by staff, and what their owners have of it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from '../api/support/expect.mjs';
import {
	freshEmail, login, missingId, newAccess, newId, newResidence, signIn, signUp,
} from '../api/support/people.mjs';
import { newPhone } from './support/entities.mjs';
import { events, staffPanel } from './support/staff.mjs';

const because = { headers: { 'X-Hob-Reason': 'a%20call' } };
const panels = {};

before(async () => {
	for (const role of ['support', 'admin'])
		panels[role] = await staffPanel(role);
	await panels.admin.post('/auth/confirm', { password: panels.admin.person.password });
});

const path = ({ user }) => `/users/${user.id}`;
const get = async (person) => expectOk(await panels.support.get(path(person)));
const act = (person, action, body, panel = panels.support) =>
	panel.post(`${path(person)}/actions/${action}`, body, because);
const found = async (query) => expectOk(await panels.support.get(`/users?${new URLSearchParams(query)}`)).results
	.map(({ id }) => id);
const done = (res) => assert.equal(res.status, 204, res.text);
const me = ({ client }) => client.get('/api/auth/me');

/** The only event of an action about somebody: [before, after]. */
async function changed(action, { user }) {
	const all = await events(action, user.id);

	assert.equal(all.length, 1);
	assert.equal(all[0].entity, 'users');
	return [all[0].before, all[0].after];
}

/** An owner of a home, and a member of it. */
async function household() {
	const [owner, other] = [await signUp({ first_name: 'Una' }), await signUp()];
	const home = await newResidence(owner);

	await sql("INSERT INTO residence_members (residence_id, user_id, role) VALUES (:'home', :'id', 'member')",
		{ home: home.id, id: other.user.id });
	return { owner, other, home };
}

describe('a list of accounts', () => {
	test('finds somebody by the beginning of an address, a name or a last name, and by the id', async () => {
		const word = `q${newId().slice(-12)}`;
		const person = await signUp({ email: `${word}@example.test`, first_name: `Zoë${word}`,
			last_name: `Größe${word}` });

		for (const search of [word, `${word}@EXAMPLE`, `zoe${word}`, `ZOË${word} grosse`, `große${word}`,
			person.user.id])
			assert.deepEqual(await found({ search }), [person.user.id], search);
		for (const search of [`oe${word}`, `%${word}`, '_', newId()])
			assert.deepEqual(await found({ search }), [], search);
	});

	test('counts 500 of a search, and finds who passes a filter behind them', async () => {
		const word = `z${newId().slice(-12)}`;

		await sql(`INSERT INTO users (id, email, password_hash, is_active)
			SELECT hob.uuid_v7(), format('%s%s@example.test', :'word', lpad(n::text, 3, '0')), '-', n < 510
			  FROM generate_series(1, 510) n`, { word });
		const of = async (query) => expectOk(await panels.support.get(`/users?${new URLSearchParams(query)}`));

		assert.equal((await of({ search: word })).count, 501);
		const { count, results } = await of({ search: word, is_active: 'false' });

		assert.deepEqual([count, results.map(({ email }) => email)], [1, [`${word}510@example.test`]]);
	});

	test('goes by filters', async () => {
		const word = `f${newId().slice(-12)}`;
		const [plain, proved, disabled, leaving] = await Promise.all(['plain', 'proved', 'disabled', 'leaving']
			.map(async (name) => (await signUp({ email: `${word}.${name}@example.test` })).user.id));

		await sql("UPDATE users SET email_verified_at = now() WHERE id = :'id'", { id: proved });
		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: disabled });
		await sql("UPDATE users SET delete_at = now() + interval '1 day' WHERE id = :'id'", { id: leaving });
		for (const [query, ids] of [[{ is_verified: true }, [proved]], [{ is_active: false }, [disabled]],
			[{ is_leaving: true }, [leaving]], [{ id__in: `${plain},${newId()}` }, [plain]],
			[{ is_active: true, is_verified: false, is_leaving: false }, [plain]],
			[{ created_at__lt: '2020-01-01T00:00:00Z' }, []]])
			assert.deepEqual(await found({ search: word, ...query }), ids, JSON.stringify(query));
	});

	test('leaves out what costs much, which one by itself has', async () => {
		const { owner } = await household();
		const [listed] = expectOk(await panels.support.get(`/users?id__in=${owner.user.id}`)).results;
		const one = await get(owner);

		for (const name of ['residence_count', 'storage_bytes', 'session_count', 'device_count', 'locale'])
			assert.ok(name in one && !(name in listed), name);
		assert.deepEqual([one.residence_count, one.session_count, one.tier, one.email],
			[1, 1, 'free', owner.email]);
		assert.ok(!Object.keys(one).some((name) => /hash|_key/.test(name)));
	});
});

describe('an account', () => {
	test('is changed, which its homes and the record show', async () => {
		const { owner, other, home } = await household();

		expectOk(await me(owner));
		expectOk(await other.client.get(`/api/residences/${home.id}/members`));
		const { headers } = await panels.support.get(path(owner));
		const body = expectOk(await panels.support.patch(path(owner), { first_name: 'Ulla', locale: 'de' },
			{ headers: { 'If-Match': headers.etag } }));

		assert.equal(body.name, 'Ulla Goodfellow');
		assert.equal(expectOk(await me(owner)).first_name, 'Ulla');
		assert.match((await other.client.get(`/api/residences/${home.id}/members`)).text, /Ulla Goodfellow/);
		assert.deepEqual(await changed('update', owner),
			[{ first_name: 'Una', locale: 'en' }, { first_name: 'Ulla', locale: 'de' }]);
		const { current } = expectProblem(await panels.support.patch(path(owner), { first_name: 'X' },
			{ headers: { 'If-Match': headers.etag } }), 412, 'stale');

		assert.equal(current.first_name, 'Ulla');
	});

	test('has faults named by their fields', async () => {
		const person = await signUp();

		for (const [body, field, code] of [[{ first_name: 'x'.repeat(101) }, 'first_name', 'too_long'],
			[{ time_zone: 'Mars/North' }, 'time_zone', 'choice'],
			[{ email: 'x@example.test' }, 'email', 'unknown_field'],
			[{ is_active: false }, 'is_active', 'unknown_field']])
			expectInvalid(await panels.support.patch(path(person), body), { [field]: code });
		assert.deepEqual(await events('update', person.user.id), []);
	});

	test('is disabled and enabled again, for a reason', async () => {
		const person = await signUp();

		expectOk(await me(person));
		expectProblem(await panels.support.post(`${path(person)}/actions/deactivate`), 422, 'reason_needed');
		done(await act(person, 'deactivate'));
		expectProblem(await me(person), 401, 'unauthorized');
		expectProblem(await login({ email: person.email, password: person.password }), 401,
			'invalid_credentials');
		expectProblem(await act(person, 'send_reset'), 409, 'account_disabled');
		done(await act(person, 'activate'));
		expectOk(await me(await signIn(person)));
		assert.deepEqual(await changed('deactivate', person), [{ is_active: true }, { is_active: false }]);
		assert.deepEqual(await changed('activate', person), [{ is_active: false }, { is_active: true }]);
		done(await act(person, 'activate'));
		assert.equal((await events('activate', person.user.id)).length, 1, 'a change of nothing is no event');
		assert.equal((await events('activate', person.user.id))[0].reason, 'a call');
	});

	test('wants a reason that can be read, in one line', async () => {
		const person = await signUp();
		const by = (reason) => panels.support.post(`${path(person)}/actions/deactivate`, undefined,
			{ headers: { 'X-Hob-Reason': reason } });

		for (const unseen of ['%20', '%E2%80%8B', '%C2%A0%E2%81%A0'])
			expectProblem(await by(unseen), 422, 'reason_needed');
		for (const bad of ['a%0Ab', 'a%00b', 'a%1Bb', 'a%E2%80%AEb', 'a%E2%80%A8b', 'a%FFb',
			`a${'%CC%81'.repeat(17)}`, 'a'.repeat(1001)])
			expectProblem(await by(bad), 400, 'malformed');
		done(await by('%C2%A0They%20called%20Jose%CC%81%0A'));
		assert.deepEqual((await events('deactivate', person.user.id)).map(({ reason }) => reason),
			['They called José']);
	});

	test('loses all access', async () => {
		const person = await signUp();
		const access = await newAccess(person);

		expectOk(await me(person));
		expectOk(await access.client.get('/api/residences'));
		done(await act(person, 'revoke_sessions'));
		expectProblem(await me(person), 401, 'unauthorized');
		expectProblem(await access.client.get('/api/residences'), 401, 'unauthorized');
		const [, after] = await changed('revoke_sessions', person);

		assert.deepEqual([after.sessions_ended, after.access_tokens_ended], [1, 1]);
	});

	test('is given another address, which nobody has proved', async () => {
		const [person, other] = [await signUp(), await signUp()];
		const email = freshEmail('another');

		done(await act(person, 'verify_email'));
		assert.equal(expectOk(await me(person)).email_verified, true);
		expectProblem(await act(person, 'change_email', { email }), 403, 'forbidden');
		expectProblem(await act(person, 'change_email', { email }, await staffPanel('admin')), 403,
			'password_needed');
		expectInvalid(await act(person, 'change_email', { email: other.email.toUpperCase() }, panels.admin),
			{ email: 'duplicate' });
		expectInvalid(await act(person, 'change_email', { email: 'x' }, panels.admin), { email: 'format' });
		done(await act(person, 'change_email', { email }, panels.admin));
		expectProblem(await me(person), 401, 'unauthorized');
		const again = expectOk(await me(await signIn({ ...person, email })));

		assert.deepEqual([again.email, again.email_verified], [email, false]);
		assert.deepEqual(await changed('change_email', person),
			[{ email: person.email, is_verified: true }, { email, is_verified: false }]);
	});

	test('is given a tier until a day, and it is taken back', async () => {
		const person = await signUp();
		const tier = async () => expectOk(await person.client.get('/api/subscription')).tier;

		expectInvalid(await act(person, 'grant_tier', { tier: 'gold' }), { tier: 'choice' });
		expectInvalid(await act(person, 'grant_tier', { tier: 'pro', until: '2001-01-01' }),
			{ until: 'too_small' });
		done(await act(person, 'grant_tier', { tier: 'pro', until: '2031-01-31' }));
		assert.equal(await tier(), 'pro');
		assert.deepEqual(await sql("SELECT granted_by, reason FROM plan_grants WHERE user_id = :'id'",
			{ id: person.user.id }), [`${panels.support.person.email}|a call`]);
		assert.equal((await get(person)).tier, 'pro');
		done(await act(person, 'ungrant'));
		assert.equal(await tier(), 'free');
		assert.deepEqual(await changed('grant_tier', person),
			[{ tier: 'free' }, { tier: 'pro', granted: 'pro', until: '2031-01-31' }]);
	});

	test('leaves as by its owner, and stays when that is cancelled', async () => {
		const { owner, other } = await household();
		const { residences } = expectProblem(await panels.admin.delete(path(owner), because), 409,
			'owns_shared_residences');

		assert.equal(residences.length, 1);
		expectProblem(await panels.support.delete(path(other), because), 403, 'forbidden');
		expectProblem(await panels.admin.delete(path(other)), 422, 'reason_needed');
		done(await panels.admin.delete(path(other), because));
		expectProblem(await me(other), 401, 'unauthorized');
		assert.ok(Date.parse((await get(other)).deletes_at) > Date.now() + 13 * 86400e3);
		done(await act(other, 'cancel_deletion'));
		assert.equal((await get(other)).is_leaving, false);
		assert.deepEqual((await changed('cancel_deletion', other))[1], { deletes_at: null });
	});

	test('that is erased is left alone', async () => {
		const person = await signUp();

		await sql("UPDATE users SET erased_at = now(), email = '@' || id WHERE id = :'id'",
			{ id: person.user.id });
		expectProblem(await act(person, 'activate'), 409, 'account_erased');
		expectProblem(await panels.support.patch(path(person), { first_name: 'X' }), 409, 'account_erased');
	});

	test('that there is not is 404', async () => {
		const nobody = { user: { id: missingId() } };

		for (const action of ['deactivate', 'send_reset', 'test_push', 'ungrant'])
			expectProblem(await act(nobody, action), 404, 'not_found');
		expectProblem(await panels.support.get(path(nobody)), 404, 'not_found');
		expectProblem(await panels.admin.delete(path(nobody), because), 404, 'not_found');
	});
});

describe('many accounts', () => {
	test('are changed at once, each with an event of its own', async () => {
		const people = [await signUp(), await signUp()];
		const ids = people.map(({ user }) => user.id);

		assert.deepEqual(expectOk(await panels.support.post('/users/bulk-update',
			{ ids, set: { time_zone: 'Europe/Lisbon' } })), { count: 2, refused: [] });
		for (const person of people)
			assert.deepEqual((await changed('update', person))[1], { time_zone: 'Europe/Lisbon' });
		assert.deepEqual(expectOk(await panels.admin.post('/users/bulk-delete', { ids }, because)),
			{ count: 2, refused: [] });
		for (const person of people)
			expectProblem(await me(person), 401, 'unauthorized');
	});
});

describe('whether anything reaches somebody', () => {
	const tests = ({ user }) => sql(`SELECT channel, device_id FROM deliveries
		WHERE user_id = :'id' AND form = 'test' ORDER BY id`, { id: user.id });

	test('is tried at each phone, three times in a minute', async () => {
		const person = await signUp();

		expectProblem(await act(person, 'test_push'), 409, 'no_device');
		const phones = [await newPhone(person), await newPhone(person)].map(({ id }) => `push|${id}`);

		done(await act(person, 'test_push'));
		assert.deepEqual((await tests(person)).sort(), phones.sort());
		done(await act(person, 'test_push'));
		expectProblem(await act(person, 'test_push'), 429, 'too_many_requests');
		assert.equal((await events('test_push', person.user.id)).length, 2);
	});

	test('is tried at an address that is proved', async () => {
		const person = await signUp();

		expectProblem(await act(person, 'test_mail'), 409, 'email_not_verified');
		done(await act(person, 'verify_email'));
		done(await act(person, 'test_mail'));
		assert.deepEqual(await tests(person), ['mail|']);
	});
});

describe('sessions and phones of somebody', () => {
	test('are listed of one alone', async () => {
		const person = await signUp();

		await signIn(person, 'a tablet');
		const { results } = expectOk(await panels.support.get(`/sessions?user_id=${person.user.id}`));

		assert.deepEqual(results.map(({ device_name: name }) => name), ['a tablet', '']);
		assert.ok(results.every(({ user_id: owner }) => owner === person.user.id));
		for (const list of ['/sessions', '/devices'])
			expectInvalid(await panels.support.get(list), { user_id: 'required' }, 'query');
	});

	test('end by themselves', async () => {
		const person = await signUp();
		const other = await signIn(person);
		const phone = await newPhone(other);
		const { results: [{ id }] } = expectOk(await panels.support.get(`/sessions?user_id=${person.user.id}`));

		expectOk(await me(other));
		const [listed] = expectOk(await panels.support.get(`/devices?user_id=${person.user.id}`)).results;

		assert.equal(listed.id, phone.id);
		expectProblem(await panels.support.delete(`/sessions/${id}`), 422, 'reason_needed');
		done(await panels.support.delete(`/sessions/${id}`, because));
		expectProblem(await me(other), 401, 'unauthorized');
		expectOk(await me(person));
		assert.equal((await events('delete', id))[0].before.user_id, person.user.id);
		expectProblem(await panels.support.get(`/devices/${phone.id}`), 404, 'not_found');
	});

	test('a phone is taken away', async () => {
		const person = await signUp();
		const { id } = await newPhone(person);

		done(await panels.support.delete(`/devices/${id}`, because));
		assert.deepEqual(expectOk(await person.client.get('/api/devices')).results, []);
		assert.equal((await events('delete', id))[0].before.platform, 'ios');
	});
});
