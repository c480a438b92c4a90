// accounts.test.mjs: registering, signing in, credentials and the profile. What ends a session: sessions.test.mjs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';

import { Client, nobody, request } from './support/client.mjs';
import { arranged, Session, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem, expectSameBytes,
	INSTANT, SAME_ID, UUID_V7 } from './support/expect.mjs';
import { CHEAP_HASH, freshEmail, login, makeCheap, missingId, newResidence, OTHER_PASSWORD, PASSWORD, patiently,
	registration, signIn, signUp } from './support/people.mjs';

const USER_KEYS = ['id', 'email', 'first_name', 'last_name', 'name', 'locale', 'time_zone',
	'created_at', 'updated_at', 'version', 'email_verified'];
const TOKEN = /^hob_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$/;

const hashOf = async (person) =>
	(await sql("SELECT password_hash FROM users WHERE id = :'id'", { id: person.user.id }))[0];

describe('POST /api/auth/register', () => {
	test('makes a user, answers 201 with a token and says where the profile is', async () => {
		const body = registration({ locale: 'de-DE', time_zone: 'Europe/Berlin', device_name: 'A phone' });
		const res = await nobody.post('/api/auth/register', body);
		const { token, user, deletion_cancelled, ...rest } = expectOk(res, 201);

		assert.deepEqual([rest, deletion_cancelled], [{}, false]);
		assert.equal(res.headers.location, '/api/auth/me');
		assert.match(token, TOKEN);
		expectKeys(user, USER_KEYS);
		assert.match(user.id, UUID_V7);
		assert.equal(user.email, body.email);
		assert.equal(user.first_name, 'Robin');
		assert.equal(user.last_name, 'Goodfellow');
		assert.equal(user.name, 'Robin Goodfellow');
		assert.equal(user.locale, 'de-DE');
		assert.equal(user.time_zone, 'Europe/Berlin');
		assert.match(user.created_at, INSTANT);
		assert.match(user.updated_at, INSTANT);
		assert.equal(user.version, 1);
		assert.deepEqual(expectOk(await new Client(token).get('/api/auth/me')), user);
	});

	test('needs no more than mail and password', async () => {
		const { user } = expectOk(await nobody.post('/api/auth/register',
			{ email: freshEmail(), password: PASSWORD }), 201);

		assert.equal(user.first_name, '');
		assert.equal(user.time_zone, 'UTC');
		assert.equal(user.locale, 'en');
	});

	test('stores neither the password nor the token', async () => {
		const { user, token } = await signUp();
		const [hash] = await sql("SELECT password_hash FROM users WHERE id = :'id'", { id: user.id });
		const [stored] = await sql("SELECT token_hash FROM sessions WHERE user_id = :'id'", { id: user.id });

		assert.match(hash, /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/);
		assert.equal(stored, createHash('sha256').update(token).digest('hex'));
	});

	test('refuses a mail address that is taken, in any case', async () => {
		const { email } = await signUp();

		for (const taken of [email, email.toUpperCase()])
			expectProblem(await nobody.post('/api/auth/register', registration({ email: taken })),
				409, 'email_taken');
	});

	test('makes one user when the same mail address comes twice at once', async () => {
		const body = registration();
		const all = await Promise.all([1, 2].map(() =>
			patiently(() => nobody.post('/api/auth/register', body))));

		assert.deepEqual(all.map((res) => res.status).sort(), [201, 409]);
	});

	test('ignores whatever credentials come along', async () => {
		const res = await request('POST', '/api/auth/register',
			{ body: registration(), token: 'hob_nonsense' });

		expectOk(res, 201);
	});

	const refused = [
		['nothing at all', () => ({}), { email: 'required', password: 'required' }],
		['no password', () => ({ email: freshEmail() }), { password: 'required' }],
		['a null mail address', () => registration({ email: null }), { email: 'null' }],
		['a number for a mail address', () => registration({ email: 7 }), { email: 'type' }],
		['a mail address without @', () => registration({ email: 'robin.example' }), { email: 'format' }],
		['a mail address with a space', () => registration({ email: 'a b@example.test' }), { email: 'format' }],
		['a mail address with a line break', () => registration({ email: 'a\r\nBcc: b@example.test' }),
			{ email: 'format' }],
		...['<a@x.test>', 'a,b@x.test', 'a;b@x.test', '"a b"@x.test', '"a"@x.test', 'Robin <a@x.test>',
			'a(b)@x.test', 'a@x.test,b@y.test', 'a..b@x.test', '.a@x.test', 'a@-x.test', 'a@x..test',
			'a@[127.0.0.1]', 'a＠b@x.test', 'a\u200b@x.test', 'a@x.test\u00a0']
			.map((email) => [`a mail address that a mailer could read as another: ${email}`,
				() => registration({ email }), { email: 'format' }]),
		['a mail address that is too long', () => registration({ email: `a@${'b'.repeat(260)}.test` }),
			{ email: 'too_long' }],
		['a password of 7 bytes', () => registration({ password: 'sevenby' }), { password: 'too_short' }],
		['a password of 257 bytes', () => registration({ password: 'x'.repeat(257) }),
			{ password: 'too_long' }],
		['a password of 129 letters of 2 bytes', () => registration({ password: 'é'.repeat(129) }),
			{ password: 'too_long' }],
		['a name that is too long', () => registration({ first_name: 'x'.repeat(101) }),
			{ first_name: 'too_long' }],
		['a name that is null', () => registration({ last_name: null }), { last_name: 'null' }],
		['a region for a time zone', () => registration({ time_zone: 'America' }), { time_zone: 'choice' }],
		['a time zone nobody lives in', () => registration({ time_zone: 'Middle/Earth' }),
			{ time_zone: 'choice' }],
		['a locale that is none', () => registration({ locale: 'not a locale' }), { locale: 'format' }],
		['a field nobody knows', () => registration({ is_staff: true }), { is_staff: 'unknown_field' }],
		['several faults, all named', () => ({ email: 'x', password: 'y', colour: 1 }),
			{ email: 'format', password: 'too_short', colour: 'unknown_field' }],
	];

	for (const [what, body, errors] of refused)
		test(`refuses ${what}`, async () => {
			expectInvalid(await nobody.post('/api/auth/register', body()), errors);
		});

	test('refuses a password from the list of common ones, in any case', async () => {
		for (const password of ['password123', 'PassWord123'])
			expectInvalid(await nobody.post('/api/auth/register', registration({ password })),
				{ password: 'too_common' });
	});

	test('takes a password of 8 and of 256 bytes', async () => {
		await signUp({ password: 'lamp 3 w' });
		await signUp({ password: 'lamp'.repeat(64) });
	});
});

describe('POST /api/auth/login', () => {
	test('answers a new token for mail, in any case, and password', async () => {
		const someone = await signUp();
		const { token, user, deletion_cancelled, ...rest } = expectOk(await login(
			{ email: someone.email.toUpperCase(), password: PASSWORD, device_name: 'A tablet' }));

		assert.deepEqual([rest, deletion_cancelled], [{}, false]);
		assert.match(token, TOKEN);
		assert.notEqual(token, someone.token);
		assert.deepEqual(user, someone.user);
		expectOk(await new Client(token).get('/api/auth/me'));
		expectOk(await someone.client.get('/api/auth/me'));
	});

	test('answers a wrong password and an unknown mail address alike, byte for byte', async () => {
		const { email } = await signUp();
		const wrong = await login({ email, password: 'not the lamp at all' }, SAME_ID);
		const unknown = await login({ email: freshEmail(), password: PASSWORD }, SAME_ID);

		expectProblem(wrong, 401, 'invalid_credentials');
		expectSameBytes(wrong, unknown);
	});

	test('answers a deactivated user as if there were none', async () => {
		const { email, user } = await signUp();

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: user.id });
		expectProblem(await login({ email, password: PASSWORD }), 401, 'invalid_credentials');
	});

	test('does not fold the case of a password', async () => {
		const { email } = await signUp();

		expectProblem(await login({ email, password: PASSWORD.toUpperCase() }), 401, 'invalid_credentials');
	});

	test('renews a hash that was made with less, and the password stays', async () => {
		const someone = await signUp();

		await makeCheap(someone);
		expectProblem(await login({ email: someone.email, password: `${PASSWORD}!` }),
			401, 'invalid_credentials');
		assert.equal(await hashOf(someone), CHEAP_HASH);
		await signIn(someone);
		assert.match(await hashOf(someone), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		await signIn(someone);
	});

	test('renews a hash behind its own outcome, and for nobody who was wrong', async () => {
		const someone = await signUp();
		const trips = async (password) =>
			(await login({ email: someone.email, password })).headers['x-hob-round-trips'];

		await makeCheap(someone);
		assert.equal(await trips(`${PASSWORD}!`), '2');
		assert.equal(await trips(PASSWORD), '3', 'found, begun, renewed');
		assert.equal(await trips(PASSWORD), '2');
	});

	test('is good when its hash cannot be renewed', arranged(async () => {
		const someone = await signUp();

		await makeCheap(someone);
		await sql(`CREATE FUNCTION hob.test_keep() RETURNS trigger LANGUAGE plpgsql
			AS $$ BEGIN RAISE EXCEPTION 'kept'; END $$;
			CREATE TRIGGER test_keep BEFORE UPDATE OF password_hash ON users FOR EACH ROW
			WHEN (old.id = '${someone.user.id}') EXECUTE FUNCTION hob.test_keep()`);
		try {
			const { client } = await signIn(someone);
			expectOk(await client.get('/api/auth/me'));
			assert.equal(await hashOf(someone), CHEAP_HASH);
		} finally {
			await sql('DROP TRIGGER test_keep ON users; DROP FUNCTION hob.test_keep()');
		}
	}));

	test('200 logins at once while parameters grew: each is 200, 429 or 503, none 401', async () => {
		const someone = await signUp();
		const { email } = someone;

		await makeCheap(someone);
		const results = await Promise.all(Array.from({ length: 200 },
			() => login({ email, password: PASSWORD })));

		for (const res of results)
			assert.ok([200, 429, 503].includes(res.status), res.text);
		assert.ok(results.some((res) => res.status === 200));
		assert.notEqual(await hashOf(someone), CHEAP_HASH);
		await signIn(someone);
	});

	test('whose hash another login renews meanwhile proves the password again', arranged(async () => {
		const someone = await signUp();
		const { email } = someone;
		const lock = new Session();

		await makeCheap(someone);
		try {
			await lock.run(`BEGIN; SELECT FROM users WHERE id = '${someone.user.id}' FOR UPDATE`);
			const logins = [1, 2].map(() => login({ email, password: PASSWORD }));
			await lock.untilBlocking(2);
			await lock.run('COMMIT');
			for (const res of await Promise.all(logins))
				expectOk(res);
		} finally {
			lock.end();
		}
	}));

	test('with the old password, while it changes, is refused', arranged(async () => {
		const someone = await signUp();
		const { email } = someone;
		const lock = new Session();

		try {
			await lock.run(`BEGIN; SELECT FROM users WHERE id = '${someone.user.id}' FOR UPDATE`);
			const change = someone.client.post('/api/auth/change-password',
				{ old_password: PASSWORD, new_password: OTHER_PASSWORD });
			await lock.untilBlocking(1);
			const late = login({ email, password: PASSWORD });
			await lock.untilBlocking(2);
			await lock.run('COMMIT');
			expectOk(await change);
			expectProblem(await late, 401, 'invalid_credentials');
		} finally {
			lock.end();
		}
	}));

	test('works with a dead token in the header', async () => {
		const someone = await signUp();

		expectOk(await someone.client.post('/api/auth/logout'), 204);
		expectOk(await someone.client.post('/api/auth/login',
			{ email: someone.email, password: PASSWORD }));
	});

	const refused = [
		['nothing', {}, { email: 'required', password: 'required' }],
		['an empty password', { email: 'a@example.test', password: '' }, { password: 'too_short' }],
		['a password that is a list', { email: 'a@example.test', password: ['x'] }, { password: 'type' }],
		['a device name that is too long',
			{ email: 'a@example.test', password: PASSWORD, device_name: 'x'.repeat(101) },
			{ device_name: 'too_long' }],
		['a field nobody knows', { email: 'a@example.test', password: PASSWORD, otp: '1' },
			{ otp: 'unknown_field' }],
	];

	for (const [what, body, errors] of refused)
		test(`refuses ${what}`, async () => {
			expectInvalid(await login(body), errors);
		});
});

describe('credentials', () => {
	test('are taken with both schemes in any case', async () => {
		const { token } = await signUp();

		for (const scheme of ['Token', 'Bearer', 'token', 'BEARER'])
			expectOk(await request('GET', '/api/auth/me', { token, scheme }));
	});

	test('that are none answer 401 with both challenges', async () => {
		const { token } = await signUp();
		const none = ['', 'Token', 'Token ', `Basic ${token}`, token, `Token ${token} x`,
			`Token ${token.slice(0, -1)}`, `Token ${token.slice(0, -1)}~`, `Token hob_${'A'.repeat(49)}`,
			`Token ${'x'.repeat(4000)}`, `Token ' OR 1=1 --`];

		for (const Authorization of none)
			expectProblem(await request('GET', '/api/auth/me', { headers: { Authorization } }),
				401, 'unauthorized');
		expectProblem(await nobody.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('end 180 days after they were made', async () => {
		const { client, user } = await signUp();

		await sql("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = :'id'",
			{ id: user.id });
		expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('end after 30 days without use', async () => {
		const { client, user } = await signUp();

		await sql(`UPDATE sessions SET last_seen_at = now() - interval '30 days 1 minute'
			WHERE user_id = :'id'`, { id: user.id });
		expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('that are remembered end after 180 days all the same', async () => {
		const { client, user } = await signUp();
		const read = async () => (await Promise.all(Array.from({ length: 16 },
			() => client.get('/api/auth/me')))).map((res) => res.status);

		await sql("UPDATE sessions SET expires_at = now() + interval '2 seconds' WHERE user_id = :'id'",
			{ id: user.id });
		assert.deepEqual(new Set(await read()), new Set([200]));
		while ((await sql("SELECT expires_at > now() FROM sessions WHERE user_id = :'id'",
			{ id: user.id }))[0] === 't')
			await read();
		assert.deepEqual(new Set(await read()), new Set([401]));
	});

	test('are kept alive by use', async () => {
		const { client, user } = await signUp();

		await sql("UPDATE sessions SET last_seen_at = now() - interval '29 days' WHERE user_id = :'id'",
			{ id: user.id });
		expectOk(await client.get('/api/auth/me'));
		const [seen] = await sql(
			"SELECT now() - last_seen_at < interval '1 hour' FROM sessions WHERE user_id = :'id'",
			{ id: user.id });
		assert.equal(seen, 't');
	});

	test('of a deactivated user end at once', async () => {
		const { client, user } = await signUp();

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: user.id });
		expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
	});
});

describe('GET and PATCH /api/auth/me', () => {
	test('shows the profile and nothing else', async () => {
		const { client, user } = await signUp();
		const me = expectOk(await client.get('/api/auth/me'));

		expectKeys(me, USER_KEYS);
		assert.deepEqual(me, user);
	});

	test('changes what is named, keeps the rest, and counts the version', async () => {
		const { client, user } = await signUp();
		const changed = expectOk(await client.patch('/api/auth/me',
			{ first_name: 'Puck', time_zone: 'Asia/Tokyo', locale: 'ja' }));

		assert.deepEqual(changed, { ...user, first_name: 'Puck', name: 'Puck Goodfellow',
			time_zone: 'Asia/Tokyo', locale: 'ja', version: 2, updated_at: changed.updated_at });
		assert.deepEqual(expectOk(await client.get('/api/auth/me')), changed);
	});

	test('takes a merge patch by its own name', async () => {
		const { client } = await signUp();

		expectOk(await client.patch('/api/auth/me', { first_name: 'Puck' },
			{ headers: { 'Content-Type': 'application/merge-patch+json' } }));
	});

	test('loses no change to another at the same time', async () => {
		const { client, user } = await signUp();

		for (let i = 0; i < 10; i += 1) {
			const changes = await Promise.all([{ first_name: `A${i}` }, { last_name: `B${i}` },
				{ locale: `x${'abcdefghij'[i]}` }]
				.map((body) => client.patch('/api/auth/me', body)));
			changes.forEach((res) => expectOk(res));
			const me = expectOk(await client.get('/api/auth/me'));
			assert.deepEqual([me.first_name, me.last_name, me.locale],
				[`A${i}`, `B${i}`, `x${'abcdefghij'[i]}`]);
			assert.equal(me.version, user.version + 3 * (i + 1));
		}
	});

	test('shows a change to a session that began while the change waited', arranged(async () => {
		const someone = await signUp();
		const residence = await newResidence(someone);
		const [account, people] = [new Session(), new Session()];
		const names = async (client) => (await Promise.all(Array.from({ length: 12 },
			() => client.get('/api/auth/me'))))
			.map((res) => expectOk(res).first_name);

		try {
			await account.run(`BEGIN; SELECT FROM users WHERE id = '${someone.user.id}' FOR UPDATE`);
			await people.run(`BEGIN; SELECT FROM residence_people
				WHERE residence_id = '${residence.id}' FOR UPDATE`);
			const begun = login({ email: someone.email, password: PASSWORD });
			await account.untilBlocking(1);
			const change = someone.client.patch('/api/auth/me', { first_name: 'Puck' });
			await account.untilBlocking(2);
			await account.run('COMMIT');
			const late = new Client(expectOk(await begun).token);
			assert.deepEqual(new Set(await names(late)), new Set(['Robin']));
			await people.run('COMMIT');
			expectOk(await change);
			assert.deepEqual(new Set(await names(late)), new Set(['Puck']));
		} finally {
			account.end();
			people.end();
		}
	}));

	test('answers an empty change with the profile', async () => {
		const { client, user } = await signUp();
		const same = expectOk(await client.patch('/api/auth/me', {}));

		expectKeys(same, USER_KEYS);
		assert.equal(same.first_name, user.first_name);
	});

	test('keeps names of every script as they were written', async () => {
		const { client } = await signUp();
		const first_name = 'Ὅμηρος 你好 😀 "\\/';

		assert.equal(expectOk(await client.patch('/api/auth/me', { first_name })).first_name, first_name);
		assert.equal(expectOk(await client.get('/api/auth/me')).first_name, first_name);
	});

	const refused = [
		['a null name', { first_name: null }, { first_name: 'null' }],
		['a name that is a number', { last_name: 5 }, { last_name: 'type' }],
		['another mail address', { email: 'other@example.test' }, { email: 'unknown_field' }],
		['another id', { id: missingId() }, { id: 'unknown_field' }],
		['a password hash', { password_hash: 'x' }, { password_hash: 'unknown_field' }],
		['a time zone that is none', { time_zone: 'Mars/Olympus' }, { time_zone: 'choice' }],
		['an empty time zone', { time_zone: '' }, { time_zone: 'format' }],
		['a time zone that is a folder of zones', { time_zone: 'Europe' }, { time_zone: 'choice' }],
	];

	test('refuses what may not be changed, naming it', async (t) => {
		const { client, user } = await signUp();

		for (const [what, body, errors] of refused)
			await t.test(what, async () => {
				expectInvalid(await client.patch('/api/auth/me', body), errors);
			});
		assert.deepEqual(expectOk(await client.get('/api/auth/me')), user);
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/auth/me'), 401, 'unauthorized');
		expectProblem(await nobody.patch('/api/auth/me', {}), 401, 'unauthorized');
	});
});
