// auth.test.mjs: signing in to the panel, the session, and its ends.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Client } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import {
	addStaff, codeOf, cookieOf, events, login, ownOrigin, Panel, signIn, withinStep,
} from './support/staff.mjs';

const nobody = new Panel();
const bodyOf = (person, more = {}) =>
	({ email: person.email, password: person.password, code: codeOf(person), ...more });
const refused = (reply, status, code) => {
	assert.equal(reply.status, status, reply.text);
	assert.equal(reply.body.code, code);
	assert.equal(cookieOf(reply), undefined);
};

describe('a login', () => {
	test('with password and code answers who it is, and sets a cookie that scripts do not see', async () => {
		const person = await addStaff('editor', 'Edda');
		const reply = await login(bodyOf(person));

		assert.equal(reply.status, 200, reply.text);
		assert.deepEqual(Object.keys(reply.body), ['id', 'email', 'name', 'role', 'ends_at']);
		assert.equal(reply.body.email, person.email);
		assert.equal(reply.body.name, 'Edda');
		assert.equal(reply.body.role, 'editor');
		const left = Date.parse(reply.body.ends_at) - Date.now();

		assert.ok(left > 11.9 * 3600000 && left <= 12.1 * 3600000, reply.body.ends_at);
		assert.match(reply.headers['set-cookie'][0],
			/^__Host-hob_staff=hob_[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
		assert.equal((await new Panel(cookieOf(reply)).get('/auth/me')).body.id, reply.body.id);
	});

	test('goes by the address in any case', async () => {
		const person = await addStaff();

		assert.equal((await login(bodyOf(person, { email: person.email.toUpperCase() }))).status, 200);
	});

	test('takes a code of the step before and of the step behind', async () => {
		for (const steps of [-1, 1]) {
			const person = await addStaff();

			await withinStep();
			assert.equal((await login(bodyOf(person, { code: codeOf(person, steps) }))).status, 200);
		}
	});

	test('says the same whatever is wrong', async () => {
		const person = await addStaff();
		const disabled = await addStaff();

		await sql("UPDATE staff SET disabled_at = now() WHERE email = :'email'", { email: disabled.email });
		const wrong = [
			bodyOf(person, { password: `${person.password}x` }),
			bodyOf(person, { code: codeOf(person, 3) }),
			bodyOf(person, { code: '123' }),
			bodyOf(person, { code: 'ABCD-EFGH-JKMN' }),
			bodyOf(person, { email: `nobody-${person.email}` }),
			bodyOf(disabled),
		];
		const texts = new Set();

		for (const body of wrong) {
			const reply = await login(body);

			refused(reply, 401, 'wrong_login');
			texts.add(JSON.stringify({ ...reply.body, request_id: '' }));
		}
		assert.equal(texts.size, 1);
		assert.equal((await login(bodyOf(person))).status, 200, 'and the right one is still right');
	});

	test('takes no code twice, nor one of a step before', async () => {
		const person = await addStaff();
		const [before, now, next] = [-1, 0, 1].map((steps) => codeOf(person, steps));

		assert.equal((await login(bodyOf(person, { code: now }))).status, 200);
		refused(await login(bodyOf(person, { code: now })), 401, 'wrong_login');
		refused(await login(bodyOf(person, { code: before })), 401, 'wrong_login');
		assert.equal((await login(bodyOf(person, { code: next }))).status, 200);
	});

	test('takes no code twice when both come at once', async () => {
		const person = await addStaff();
		const body = bodyOf(person);
		const replies = await Promise.all([body, body].map((one) => login(one)));

		assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 401]);
	});

	test('takes each recovery code once, as it was typed', async () => {
		const person = await addStaff();
		const [first, second] = person.codes;

		assert.equal(person.codes.length, 10);
		assert.equal((await login(bodyOf(person, { code: first }))).status, 200);
		refused(await login(bodyOf(person, { code: first })), 401, 'wrong_login');
		const typed = second.toLowerCase().replaceAll('-', ' ');

		assert.equal((await login(bodyOf(person, { code: typed }))).status, 200);
		const other = await addStaff();

		refused(await login(bodyOf(other, { code: person.codes[2] })), 401, 'wrong_login');
	});

	test('wants the header that no form of another site can send, and no other origin', async () => {
		const person = await addStaff();

		refused(await login(bodyOf(person), { 'X-Hob-Admin': null }), 403, 'header_needed');
		refused(await login(bodyOf(person), { Origin: 'https://evil.example' }), 403, 'foreign_origin');
		refused(await login(bodyOf(person), { Origin: 'null' }), 403, 'foreign_origin');
		assert.equal((await login(bodyOf(person), { Origin: ownOrigin })).status, 200);
	});

	test('names what is missing', async () => {
		const reply = await login({ email: 'x' });

		assert.equal(reply.status, 400);
		assert.deepEqual(reply.body.errors.map(({ field, code }) => [field, code]),
			[['email', 'format'], ['password', 'required'], ['code', 'required']]);
		const german = await login({ email: 'a@example.test', password: 'x' }, { 'Accept-Language': 'de' });

		assert.equal(german.body.detail, 'Der Code fehlt.');
	});

	test('is on record, be it good or wrong, of somebody or nobody', async () => {
		const person = await addStaff();

		await login(bodyOf(person, { password: 'wrong' }));
		await login(bodyOf(person, { code: '000000' }));
		const panel = await signIn(person);
		const failed = await events('login_failed', panel.id);
		const address = `nobody-${person.email}`;

		assert.deepEqual(failed.map(({ after }) => after), [{ wrong: 'password' }, { wrong: 'code' }]);
		assert.equal(failed[0].staff_email, person.email);
		assert.equal(failed[0].address, '127.0.0.1');
		assert.ok(failed[0].request_id);
		const reply = await login(bodyOf(person, { email: address }));
		const all = await events('login_failed');
		const stranger = all.find(({ request_id: id }) => id === reply.body.request_id);

		assert.deepEqual(stranger.after, { wrong: 'email' });
		assert.equal(stranger.staff_email, null);
		assert.ok(!JSON.stringify(all).includes(address), 'it may be anybody\'s, or a password');
		const [line] = await sql(`SELECT to_json(e) FROM audit_events e
			WHERE action = 'login' AND staff_id = :'id'`, { id: panel.id });
		const good = JSON.parse(line);

		assert.deepEqual(good.after, { code: 'totp' });
		assert.equal(good.entity, 'staff-sessions');
	});
});

describe('a session', () => {
	let person;

	before(async () => {
		person = await addStaff('support');
	});

	test('shows who it is, and until when', async () => {
		const panel = await signIn(person);
		const { status, headers, body } = await panel.get('/auth/me');

		assert.equal(status, 200);
		assert.deepEqual(Object.keys(body),
			['id', 'email', 'name', 'role', 'idle_ends_at', 'ends_at', 'confirmed_until']);
		assert.equal(body.confirmed_until, null);
		const idle = Date.parse(body.idle_ends_at) - Date.now();

		assert.equal(headers['cache-control'], 'no-store');
		assert.ok(idle > 28 * 60000 && idle <= 30.1 * 60000, body.idle_ends_at);
	});

	test('is none without the header beside the cookie, nor with an origin of elsewhere', async () => {
		const panel = await signIn(person);

		assert.equal((await panel.get('/auth/me', { headers: { 'X-Hob-Admin': null } })).status, 401);
		refused(await panel.get('/auth/me', { headers: { Origin: 'https://evil.example' } }), 403,
			'foreign_origin');
		assert.equal((await panel.get('/auth/me', { headers: { Origin: ownOrigin } })).status, 200);
	});

	test('is none by a token of a household, and opens none', async () => {
		const panel = await signIn(person);
		const token = panel.cookie.split('=')[1];

		const bearer = { headers: { Authorization: `Bearer ${token}` } };

		assert.equal((await nobody.get('/auth/me', bearer)).status, 401);
		assert.equal((await new Client(token).get('/api/auth/me')).status, 401);
		const household = await new Client().post('/api/auth/login',
			{ email: 'demo@hob.example', password: 'demo-household' });

		assert.equal(household.status, 200);
		assert.equal((await new Panel(`__Host-hob_staff=${household.body.token}`).get('/auth/me')).status, 401);
	});

	const age = (panel, column, by) => sql(`UPDATE staff_sessions SET ${column} = ${column} - interval '${by}'
		WHERE staff_id = :'id'`, { id: panel.id });

	test('ends when it was idle for half an hour', async () => {
		const panel = await signIn(person);

		await age(panel, 'seen_at', '29 minutes');
		assert.equal((await panel.get('/auth/me')).status, 200);
		await age(panel, 'seen_at', '29 minutes');
		assert.equal((await panel.get('/auth/me')).status, 200, 'the use has kept it alive');
		await age(panel, 'seen_at', '31 minutes');
		refused(await panel.get('/auth/me'), 401, 'unauthorized');
	});

	test('ends after twelve hours, however it is used', async () => {
		const panel = await signIn(person);

		await age(panel, 'ends_at', '719 minutes');
		assert.equal((await panel.get('/auth/me')).status, 200);
		await age(panel, 'ends_at', '2 minutes');
		refused(await panel.get('/auth/me'), 401, 'unauthorized');
	});

	test('ends with a logout, which takes the cookie away and is on record', async () => {
		const panel = await signIn(person);
		const sessions = await panel.get('/staff-sessions');
		const { id } = sessions.body.results.find(({ current }) => current);
		const reply = await panel.post('/auth/logout');

		assert.equal(reply.status, 204);
		assert.match(reply.headers['set-cookie'][0], /^__Host-hob_staff=; Path=\/; Secure; .*Max-Age=0$/);
		assert.equal((await panel.get('/auth/me')).status, 401);
		assert.equal((await events('logout', id))[0].staff_id, panel.id);
	});

	test('ends at once when its owner is disabled', async () => {
		const panel = await signIn(await addStaff());

		await sql("UPDATE staff SET disabled_at = now() WHERE id = :'id'", { id: panel.id });
		assert.equal((await panel.get('/auth/me')).status, 401);
	});

	test('is confirmed by the password for five minutes, and a wrong one is told and on record', async () => {
		const panel = await signIn(person);
		const session = (await panel.get('/staff-sessions')).body.results.find(({ current }) => current).id;

		refused(await panel.post('/auth/confirm', { password: 'wrong' }), 403, 'wrong_password');
		assert.equal((await panel.get('/auth/me')).body.confirmed_until, null);
		assert.equal((await panel.post('/auth/confirm', { password: person.password })).status, 204);
		const until = Date.parse((await panel.get('/auth/me')).body.confirmed_until) - Date.now();

		assert.ok(until > 4 * 60000 && until <= 5.1 * 60000);
		await age(panel, 'confirmed_at', '6 minutes');
		assert.equal((await panel.get('/auth/me')).body.confirmed_until, null);
		assert.equal((await events('confirm_failed', session)).length, 1);
		assert.equal((await events('confirm', session)).length, 1);
	});
});
