// user_import.test.mjs: `hob user import`: accounts of other systems, whose passwords open them here, and whose hashes
// become argon2id when they do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { Client } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { freshEmail, login, missingId, OTHER_PASSWORD, patiently, signUp } from './support/people.mjs';
import { programs } from './support/workers.mjs';

const LAMP = 'a lamp in the hallway';
// Made by Django 3.2 and by bcrypt 3.2 of Python.
const HASHES = {
	pbkdf2_sha256: 'pbkdf2_sha256$1000$seasalt2seasalt2seasal$69CUm6ra9M3LIs4Ukqw8XIJNVITUQkIPBg40qm3wMcM=',
	'pbkdf2_sha256 of today': 'pbkdf2_sha256$1000000$xOOvlwdY30hlfwv19il6gb'
		+ '$JgqmpfjfKmnUgme54SpB2gQ6oCjWidgEl223to5rVk4=',
	bcrypt_sha256: 'bcrypt_sha256$$2b$05$2dC7z0k5XeBXxefL2KLuZOrJ0CshX1FJtFhrTXP5PwF0CF0ZQu03a',
	"Django's bcrypt": 'bcrypt$$2b$05$cgz9/c/I98QDpBfTEjGCBe7zCDD1NKX4QNOpdJPNnyhKbl5JH6gai',
	'bcrypt $2b$': '$2b$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO',
	'bcrypt $2a$': '$2a$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO',
	'bcrypt $2y$': '$2y$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO',
};
const SEVENTY_TWO = 'x'.repeat(72);
const HASH_OF_72 = '$2b$05$0hZF.PSGach0fhkhgl5.ou/P7RldA5ufiOrsarcdVv8tJ6wfEmS2e';

const folder = mkdtempSync(join(tmpdir(), 'hob-import-'));
after(() => rmSync(folder, { recursive: true }));

const account = (fields = {}) => ({ email: freshEmail('newcomer'), password_hash: HASHES['bcrypt $2b$'], ...fields });
const bytes = (row) => (Buffer.isBuffer(row) ? row
	: Buffer.from(typeof row === 'string' ? row : JSON.stringify(row)));
const lines = (rows) => Buffer.concat(rows.flatMap((row) => [bytes(row), Buffer.from('\n')]));

/** `hob user import` with these words and, as its input, this text: { code, stdout, stderr }. */
function run(words, input = '') {
	const child = spawn(`${programs}/hob`, ['user', 'import', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
	const said = { stdout: '', stderr: '' };

	for (const name of ['stdout', 'stderr'])
		child[name].on('data', (chunk) => { said[name] += chunk; });
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, ...said }));
	});
}

const importRows = (...rows) => run(['-'], lines(rows));

const rowOf = async ({ email }) => JSON.parse((await sql(`SELECT json_build_object('id', id, 'email', email,
	'hash', password_hash, 'name', name, 'locale', locale, 'time_zone', time_zone, 'is_active', is_active,
	'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
	'verified', email_verified_at IS NOT NULL)
	FROM users WHERE hob.email_key(email) = hob.email_key(:'email')`, { email }))[0] ?? 'null');

const signInAs = ({ email }, password) => patiently(() => login({ email, password }));

const summary = (count, there = 0, unusable = 0) => `accounts made: ${count}; there already, and left as they are: `
	+ `${there}; lines that are not usable: ${unusable}\n`;
const made = (count) => ({ code: 0, stdout: summary(count), stderr: '' });

describe('a hash of another system', () => {
	for (const [scheme, hash] of Object.entries(HASHES))
		test(`by ${scheme} opens its account, and is argon2id from then on`, async () => {
			const person = account({ password_hash: hash });

			assert.deepEqual(await importRows(person), made(1));
			expectProblem(await signInAs(person, OTHER_PASSWORD), 401, 'invalid_credentials');
			assert.equal((await rowOf(person)).hash, hash, 'a wrong password renews nothing');

			const { user, token } = expectOk(await signInAs(person, LAMP));
			assert.equal(user.email, person.email);
			const renewed = (await rowOf(person)).hash;
			assert.match(renewed, /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/);
			expectOk(await new Client(token).get('/api/auth/me'));

			expectOk(await signInAs(person, LAMP));
			assert.equal((await rowOf(person)).hash, renewed, 'once');
			expectProblem(await signInAs(person, OTHER_PASSWORD), 401, 'invalid_credentials');
		});

	test('of bcrypt counts 72 bytes of a password; all of it counts from then on', async () => {
		const person = account({ password_hash: HASH_OF_72 });

		await importRows(person);
		expectProblem(await signInAs(person, 'x'.repeat(71)), 401, 'invalid_credentials');
		expectOk(await signInAs(person, `${SEVENTY_TWO} and more`));
		expectProblem(await signInAs(person, `${SEVENTY_TWO} and less`), 401, 'invalid_credentials');
		expectOk(await signInAs(person, `${SEVENTY_TWO} and more`));
	});

	test('proves the old password when it changes', async () => {
		const person = account();
		const change = (client, old) => patiently(() => client.post('/api/auth/change-password',
			{ old_password: old, new_password: OTHER_PASSWORD }));

		await importRows(person);
		const client = new Client(expectOk(await signInAs(person, LAMP)).token);
		await sql("UPDATE users SET password_hash = :'hash' WHERE email = :'email'",
			{ hash: person.password_hash, email: person.email });
		expectProblem(await change(client, 'not the lamp'), 403, 'wrong_password');
		expectOk(await change(client, LAMP));
		expectProblem(await signInAs(person, LAMP), 401, 'invalid_credentials');
		expectOk(await signInAs(person, OTHER_PASSWORD));
	});

	test('proves for many at once, and each is renewed', async () => {
		const people = Array.from({ length: 12 }, () => account({ password_hash: HASHES.bcrypt_sha256 }));

		await importRows(...people);
		await Promise.all(people.map(async (person) => expectOk(await signInAs(person, LAMP))));
		for (const person of people)
			assert.match((await rowOf(person)).hash, /^\$argon2id\$/);
	});

	test('that is null lets nobody in', async () => {
		const person = account({ password_hash: null });

		assert.deepEqual(await importRows(person), made(1));
		for (const password of ['!', LAMP])
			expectProblem(await signInAs(person, password), 401, 'invalid_credentials');
	});
});

describe('hob user import', () => {
	test('keeps what a line says of an account, and fills in the rest', async () => {
		const whole = account({ first_name: ' Zoë ', last_name: 'Müller', locale: 'de-DE',
			time_zone: 'Europe/Berlin', created_at: '2021-03-04T05:06:07+01:00', id: missingId(),
			is_active: true, email_verified: true });
		const bare = account();
		const closed = account({ is_active: false, email_verified: false });

		assert.deepEqual(await importRows(whole, bare, closed), made(3));
		assert.deepEqual(await rowOf(whole), { id: whole.id, email: whole.email, hash: whole.password_hash,
			name: 'Zoë Müller', locale: 'de-DE', time_zone: 'Europe/Berlin', is_active: true,
			created_at: '2021-03-04 04:06:07', verified: true });
		const { locale, time_zone: zone, is_active: isActive, verified } = await rowOf(bare);
		assert.deepEqual([locale, zone, isActive, verified], ['en', 'UTC', true, false]);
		assert.equal((await rowOf(closed)).is_active, false);
		expectProblem(await signInAs(closed, LAMP), 401, 'invalid_credentials');
	});

	test('leaves an account that is there as it is, in whatever letters, and may run again', async () => {
		const there = await signUp();
		const person = account();
		const file = lines([{ ...account(), email: there.email.toUpperCase() }, person, person]);
		const path = join(folder, 'again.jsonl');
		const before = await rowOf(there);

		writeFileSync(path, file);
		const first = await run([path]);
		assert.equal(first.code, 0, first.stderr);
		assert.equal(first.stdout, summary(1, 2));
		assert.equal((await run([path])).stdout, summary(0, 3));
		assert.deepEqual(await rowOf(there), before);
	});

	test('does all but keep it with --dry-run, and finds what stands in a file twice', async () => {
		const person = account();
		const file = lines([person, account(), person, { ...account(), password_hash: 'md5$x$y' }]);
		const tried = await run(['--dry-run', '-'], file);

		assert.equal(tried.code, 1);
		assert.equal(tried.stdout, `a trial, nothing is kept: ${summary(2, 1, 1)}`);
		assert.equal(await rowOf(person), null);
		assert.equal((await run(['-'], file)).stdout, summary(2, 1, 1));
		assert.notEqual(await rowOf(person), null);
	});

	const taken = account();
	const refused = [
		['no JSON', 'email=x', /is no JSON object/],
		['a list', '[]', /is no JSON object/],
		['a member that comes twice', '{"email":"a@x.test","email":"b@x.test"}', /is no JSON object/],
		['no address', { password_hash: null }, /email is missing/],
		['no hash', { email: freshEmail() }, /password_hash is missing/],
		['an address that is none', account({ email: 'robin' }), /email must be one mail address/],
		['two addresses', account({ email: 'a@x.test, b@x.test' }), /email must be one mail address/],
		['a scheme that is not known', account({ password_hash: 'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99' }),
			/password_hash is of none of the schemes .*null/],
		['a hash that is cut', account({ password_hash: '$2b$12$abc' }), /password_hash is cut short/],
		['a hash that takes half a second',
			account({ password_hash: HASHES['bcrypt $2b$'].replace('$05$', '$13$') }),
			/password_hash asks for another work .*cost of 4 to 12; .*null: .*by mail/],
		['a plain password', account({ password_hash: LAMP }), /password_hash is of none/],
		['a name of two lines', account({ first_name: 'a\nb' }), /first_name must be one line/],
		['a long name', account({ last_name: 'x'.repeat(101) }), /last_name must be at most 100/],
		['a locale that is none', account({ locale: 'German, please' }), /locale must be a language tag/],
		['a zone that is none', account({ time_zone: 'Mars/Olympus' }), /time_zone is not known here/],
		['a day to come', account({ created_at: '2199-01-01T00:00:00Z' }), /created_at must be an instant/],
		['a day without a time', account({ created_at: '2020-01-01' }), /created_at must be an instant/],
		['an id that is none', account({ id: '17' }), /id must be a UUID/],
		['a flag that is none', account({ is_active: 1 }), /is_active must be true or false/],
		['a member that is not known', account({ is_staff: true }), /has a member that is not known/],
		['a name that is null', account({ first_name: null }), /first_name must be a text/],
		['a line without end', account({ first_name: 'x'.repeat(9000) }), /is longer than 8192 bytes/],
		['bytes that are no UTF-8', Buffer.from('7b22656d61696c223a22ff227d', 'hex'),
			/is no JSON object/],
	];

	for (const [what, row, why] of refused)
		test(`leaves out a line with ${what}, says which and why, and takes the others`, async () => {
			const before = account();
			const behind = account();
			const { code, stdout, stderr } = await importRows(before, '', row, behind);

			assert.equal(code, 1);
			assert.equal(stdout, summary(2, 0, 1));
			assert.match(stderr, /^hob: line 3: /);
			assert.match(stderr, why);
			assert.doesNotMatch(stderr, /example\.test|\$2b\$05|lamp/);
			assert.notEqual(await rowOf(before), null);
			assert.notEqual(await rowOf(behind), null);
		});

	test('refuses an id that another account has', async () => {
		await importRows({ ...taken, id: missingId() });
		const { id } = await rowOf(taken);
		const { code, stderr } = await importRows(account({ id }));

		assert.equal(code, 1);
		assert.match(stderr, /^hob: line 1: id is that of another account/);
	});

	test('takes thousands, and shows how far it is', async () => {
		const people = Array.from({ length: 2345 }, () => account());
		const path = join(folder, 'many.jsonl');

		writeFileSync(path, lines(people));
		const { code, stdout, stderr } = await run([path]);
		assert.equal(code, 0, stderr);
		assert.equal(stdout, summary(2345));
		assert.match(stderr, /^bytes: \d+ of \d+ \(100 %\)/m);
		assert.notEqual(await rowOf(people.at(-1)), null);
	});

	test('says what is wrong with its own line of words', async () => {
		for (const [words, why] of [[[], /wants a file/], [['a', 'b'], /takes no "b"/],
			[['--wet-run', '-'], /takes no "--wet-run"/]])
			assert.match((await run(words)).stderr, why);
		const { code, stderr } = await run([join(folder, 'nowhere')]);
		assert.equal(code, 1);
		assert.match(stderr, /nowhere: No such file/);
	});
});
