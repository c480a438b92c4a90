// accounts.test.mjs: what accounts are written for, from the request to the mail and back: a forgotten password, an
// address that is proved, and what the owner is told. A real SMTP server takes the mails.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client, nobody } from '../api/support/client.mjs';
import { Session, sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem, expectSameBytes } from '../api/support/expect.mjs';
import {
	freshEmail, login, newAccess, newResidence, OTHER_PASSWORD, PASSWORD, patiently, signIn, signUp,
} from '../api/support/people.mjs';
import { until } from '../fault/support.mjs';
import {
	changePassword, closePost, confirm, disabled, expectNotValid, fifty, forgot, forgotten, lastTo, lettersTo,
	mailsTo, me, olderBy, openPost, proved, reset, securityNotices, signsIn, SITE, standing, verify,
} from './correspondence.mjs';
import { expectSilentLogs } from './support.mjs';

before(openPost);
after(closePost);

describe('a forgotten password', () => {
	test('is replaced by the token of the mail', async () => {
		const robin = await signUp();
		await proved(robin);
		const { subject, text, token } = await forgotten(robin);

		assert.equal(subject, 'Your new password for Hob');
		assert.match(text, /^Hello Robin Goodfellow,$/m);
		assert.ok(text.includes(`\n${SITE}/account/reset#${token}\n`), text);
		expectOk(await reset({ token }), 204);
		expectOk(await signsIn(robin, OTHER_PASSWORD));
		expectProblem(await signsIn(robin, PASSWORD), 401, 'invalid_credentials');
	});

	test('is replaced by the address and the code, however they are written', async () => {
		const robin = await signUp();
		const { code } = await forgotten(robin);
		const typed = `${code.slice(0, 3)} ${code.slice(3)}`;

		expectOk(await reset({ email: robin.email.toUpperCase(), code: typed }), 204);
		expectOk(await signsIn(robin, OTHER_PASSWORD));
	});

	test('is asked for in the language of the account', async () => {
		const robin = await signUp({ locale: 'de-AT' });
		await proved(robin);
		const { subject, text } = await forgotten(robin);

		assert.equal(subject, 'Ihr neues Passwort für Hob');
		assert.match(text, /^Guten Tag Robin Goodfellow,$/m);
	});

	test('ends all access, and the owner is told', async () => {
		const robin = await signUp();
		const residence = await newResidence(robin);
		const access = await newAccess(robin);
		const other = await signIn(robin);

		expectOk(await robin.client.post('/api/calendar-feeds', { name: 'A feed' }), 201);
		expectOk(await robin.client.post(`/api/residences/${residence.id}/webhooks`,
			{ url: 'https://example.org/hook', events: ['task.created'] }), 201);
		for (const client of [robin.client, other.client, access.client])
			expectOk(await client.get('/api/auth/me'));
		expectOk(await reset({ token: (await forgotten(robin)).token }), 204);
		for (const client of [robin.client, other.client, access.client])
			expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
		const [left] = await sql(`SELECT (SELECT count(*) FROM sessions WHERE user_id = :'id')
			+ (SELECT count(*) FROM access_tokens WHERE user_id = :'id')
			+ (SELECT count(*) FROM calendar_feeds WHERE user_id = :'id')
			+ (SELECT count(*) FROM webhooks WHERE created_by = :'id')`, { id: robin.user.id });
		assert.equal(left, '0');
		const again = { ...robin, client: new Client(expectOk(await signsIn(robin, OTHER_PASSWORD)).token) };
		assert.ok((await securityNotices(again)).includes('Your password has changed'));
		await until('a mail says so', () => mailsTo(robin.email)
			.some(({ parsed }) => parsed.subject === 'Your password has changed'));
	});

	test('proves the address, too', async () => {
		const robin = await signUp();

		assert.equal(robin.user.email_verified, false);
		expectOk(await reset({ token: (await forgotten(robin)).token }), 204);
		assert.equal(expectOk(await signsIn(robin, OTHER_PASSWORD)).user.email_verified, true);
	});

	test('is replaced once, whoever comes at the same time', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);
		const winner = await fifty((n) => reset({ token }, `password number ${n} of 50`));

		expectOk(await signsIn(robin, `password number ${winner} of 50`));
		expectNotValid(await reset({ token }));
	});

	test('is replaced once by the code, too, at one of its five tries', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);
		const winner = await fifty((n) =>
			reset({ email: robin.email, code }, `password number ${n} of 50`));

		expectOk(await signsIn(robin, `password number ${winner} of 50`));
		expectNotValid(await reset({ token }));
	});

	test('is not replaced by an older letter, nor by the code of one', async () => {
		const robin = await signUp();
		const first = await forgotten(robin);
		const second = await forgotten(robin);

		assert.notEqual(first.token, second.token);
		expectNotValid(await reset({ token: first.token }));
		if (first.code !== second.code)
			expectNotValid(await reset({ email: robin.email, code: first.code }));
		expectOk(await reset({ token: second.token }), 204);
	});

	test('is not replaced after half an hour', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);

		await olderBy(robin, 31);
		expectNotValid(await reset({ token }));
		expectNotValid(await reset({ email: robin.email, code }));
	});

	test('has five tries at a code, and the link is good still', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);
		const wrong = code === '000000' ? '000001' : '000000';

		for (let i = 0; i < 5; i++)
			expectNotValid(await reset({ email: robin.email, code: wrong }));
		expectNotValid(await reset({ email: robin.email, code }));
		expectOk(await reset({ token }), 204);
	});

	test('has 25 tries at codes in a day', async () => {
		const robin = await signUp();
		const { code } = await forgotten(robin);

		const counted = (tries, hours) => sql(`UPDATE code_tries SET day_tries = :tries,
			day_at = now() - :hours * interval '1 hour' WHERE address = hob.address_mark(:'email')`,
		{ tries, hours, email: robin.email });

		expectNotValid(await reset({ email: robin.email, code: code === '000000' ? '000001' : '000000' }));
		await counted(25, 23);
		expectNotValid(await reset({ email: robin.email, code }));
		await counted(25, 24);
		expectOk(await reset({ email: robin.email, code }), 204);
	});

	test('of a disabled account brings no mail, and the account stays disabled', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);
		const before = (await lettersTo(robin.email)).length;

		await disabled(robin);
		for (const fields of [{ token }, { email: robin.email, code }])
			expectNotValid(await reset(fields));
		expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).length, before);
		assert.equal(await standing(robin), `f|${robin.email}|f|${robin.user.version}`);
	});

	test('brings five letters in an hour, and no more', async () => {
		const robin = await signUp();

		for (let i = 0; i < 7; i++)
			expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).filter(({ token, subject }) =>
			token && subject.includes('password')).length, 5);
		await olderBy(robin, 61);
		expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).length, 1 + 5 + 1);
	});

	test('is answered alike, whatever is wrong with the letter', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);

		expectOk(await reset({ token }), 204);
		const answers = [];
		for (const fields of [{ token }, { token: 'hob_ltr_nonsense' }, { email: robin.email, code: '123456' },
			{ email: freshEmail(), code: '123456' }])
			answers.push(await reset(fields));
		expectNotValid(answers[0]);
		for (const answer of answers.slice(1))
			expectSameBytes(answer, answers[0]);
	});

	test('of nobody is asked for like that of somebody', async () => {
		const robin = await signUp();
		const stranger = freshEmail('stranger');
		const known = await forgot(robin.email);
		const unknown = await forgot(stranger);

		expectOk(known, 202);
		expectSameBytes(unknown, known);
		assert.equal(unknown.headers['x-hob-round-trips'], known.headers['x-hob-round-trips']);
		assert.deepEqual(await lettersTo(stranger), []);
	});
});

describe('a new account', () => {
	test('proves its address by the token or the code of the mail that register sends', async () => {
		for (const by of ['token', 'code']) {
			const robin = await signUp();
			const letter = await lastTo(robin.email);

			assert.equal(letter.subject, 'Is this your mail address?');
			assert.ok(letter.text.includes(`\n${SITE}/account/verify#${letter.token}\n`), letter.text);
			assert.match(letter.text, /^On \d+ [A-Z][a-z]+ \d{4} an account .* If you made it, /m);
			assert.match(letter.text, /^If that was not you, do not press /m);
			assert.equal((await me(robin)).email_verified, false);
			expectOk(await verify(by === 'token' ? { token: letter.token }
				: { email: robin.email, code: letter.code }), 204);
			assert.equal((await me(robin)).email_verified, true);
			expectNotValid(await verify({ token: letter.token }));
		}
	});

	test('has no name in a letter before the address is proved', async () => {
		const robin = await signUp({ first_name: 'http://bad.example' });

		await forgotten(robin);
		for (const { text } of await lettersTo(robin.email)) {
			assert.match(text, /^Hello,$/m);
			assert.ok(!text.includes('bad.example'), text);
		}
	});

	test('proves it once, whoever comes at the same time', async () => {
		const robin = await signUp();
		const { token, code } = await lastTo(robin.email);

		await fifty((n) => verify(n % 2 ? { token } : { email: robin.email, code }));
		assert.equal((await me(robin)).version, robin.user.version + 1);
	});

	test('that is disabled stays so, and its address unproved', async () => {
		const robin = await signUp();
		const { token, code } = await lastTo(robin.email);

		await disabled(robin);
		for (const fields of [{ token }, { email: robin.email, code }])
			expectNotValid(await verify(fields));
		assert.equal(await standing(robin), `f|${robin.email}|f|${robin.user.version}`);
	});

	test('asks for another mail, and is sent none when it has proved the address', async () => {
		const robin = await signUp();
		const first = await lastTo(robin.email);
		const options = { headers: { 'Idempotency-Key': 'once' } };

		expectOk(await robin.client.post('/api/auth/resend-verification', undefined, options), 202);
		expectOk(await robin.client.post('/api/auth/resend-verification', undefined, options), 202);
		const letters = await lettersTo(robin.email);
		assert.equal(letters.length, 2, 'a retry asks for nothing');
		expectNotValid(await verify({ token: first.token }));
		expectOk(await verify({ token: letters[1].token }), 204);
		expectOk(await robin.client.post('/api/auth/resend-verification'), 202);
		assert.equal((await lettersTo(robin.email)).length, 2);
	});

	test('is written once, however often register comes under its key', async () => {
		const body = { email: freshEmail(), password: PASSWORD };
		const options = { headers: { 'Idempotency-Key': 'register-once' } };

		for (let i = 0; i < 2; i++)
			expectOk(await patiently(() => nobody.post('/api/auth/register', body, options)), 201);
		assert.equal((await lettersTo(body.email)).length, 1);
	});

	test('is not opened by its key behind a reset that holds it', async () => {
		const body = { email: freshEmail(), password: PASSWORD };
		const options = { headers: { 'Idempotency-Key': 'register-again' } };
		const register = () => patiently(() => nobody.post('/api/auth/register', body, options));
		const { user } = expectOk(await register(), 201);
		const holder = new Session();

		try {
			await holder.run(`BEGIN; UPDATE users SET password_hash = '!' WHERE id = '${user.id}';
				DELETE FROM sessions WHERE user_id = '${user.id}'`);
			const again = register();
			await holder.untilBlocking(1);
			await holder.run('COMMIT');
			expectProblem(await again, 409, 'email_taken');
		} finally {
			holder.end();
		}
		assert.deepEqual(await sql("SELECT id FROM sessions WHERE user_id = :'id'", { id: user.id }), []);
	});

	test('has letters that are good for nothing else', async () => {
		const robin = await signUp();
		const { token, code } = await lastTo(robin.email);

		for (const fields of [{ token }, { email: robin.email, code }]) {
			expectNotValid(await reset(fields));
			expectNotValid(await confirm(fields));
		}
		expectOk(await verify({ token }), 204);
	});
});

describe('the owner is told', () => {
	const SIGNED_IN = 'Somebody has signed in to your account';
	/** From now on the network of this machine is a new one to the account, which has another. */
	const elsewhere = (person) => sql(`UPDATE login_networks SET network = 'another' WHERE user_id = :'id'`,
		{ id: person.user.id });

	test('of a session from a network that is new, with the name of the device', async () => {
		const robin = await signUp();

		await signIn(robin);
		assert.deepEqual(await securityNotices(robin), [], 'register and a login from there are no news');
		await elsewhere(robin);
		const unread = async () =>
			expectOk(await robin.client.get('/api/notifications/unread-count')).unread;
		assert.equal(await unread(), 0);
		await signIn(robin, 'a strange phone');
		assert.equal(await unread(), 1);
		const [notice] = expectPage(await robin.client.get('/api/notifications?kind=security'));
		assert.equal(notice.title, SIGNED_IN);
		assert.equal(notice.body, 'On a strange phone. If it was not you, change your password.');
		await signIn(robin, 'a strange phone');
		assert.equal(await unread(), 1, 'the network is known by then');
	});

	test('of one without a name, too, and not of the first one ever', async () => {
		const robin = await signUp();

		await sql("DELETE FROM login_networks WHERE user_id = :'id'", { id: robin.user.id });
		await signIn(robin, '');
		assert.deepEqual(await securityNotices(robin), []);
		await elsewhere(robin);
		await signIn(robin, '');
		const [{ body }] = expectPage(await robin.client.get('/api/notifications?kind=security'));
		assert.equal(body, 'If it was not you, change your password.');
	});

	test('of a wrong password nothing, of a new one each time', async () => {
		const robin = await signUp();

		expectProblem(await changePassword(robin, OTHER_PASSWORD, PASSWORD), 403, 'wrong_password');
		assert.deepEqual(await securityNotices(robin), []);
		expectOk(await changePassword(robin));
		expectOk(await changePassword(robin, OTHER_PASSWORD, PASSWORD));
		assert.deepEqual(await securityNotices(robin),
			['Your password has changed', 'Your password has changed']);
	});
});

test('no log has a password, a token, a code or an address', () => expectSilentLogs(40));
