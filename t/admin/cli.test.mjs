// cli.test.mjs: `hob staff`: who may sign in.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { addStaff, codeOf, credentials, events, freshEmail, hob, login, signIn } from './support/staff.mjs';

const idOf = async (email) => (await sql("SELECT id FROM staff WHERE email = :'email'", { email }))[0];

test('add makes somebody, shows once what they sign in with, and is on record', async () => {
	const email = freshEmail();
	const { code, stdout } = await hob('staff', 'add', email, 'Ada Example', 'editor');
	const shown = credentials(stdout);

	assert.equal(code, 0);
	assert.match(shown.password, /^[0-9A-Z-]{29}$/);
	assert.equal(shown.url.protocol, 'otpauth:');
	assert.equal(shown.url.host, 'totp');
	assert.equal(decodeURIComponent(shown.url.pathname), `/Hob:${email}`);
	assert.equal(shown.url.searchParams.get('issuer'), 'Hob');
	assert.equal(new Set(shown.codes).size, 10);
	const [event] = await events('add', await idOf(email));

	assert.equal(event.staff_id, null);
	assert.deepEqual(event.after, { email, name: 'Ada Example', role: 'editor' });
	assert.ok(event.staff_email.length > 0);
});

test('add takes an address once, in any case', async () => {
	const person = await addStaff();
	const { code, stdout, stderr } = await hob('staff', 'add', person.email.toUpperCase(), 'Twice', 'admin');

	assert.equal(code, 1);
	assert.equal(stdout, '');
	assert.match(stderr, /there is somebody with this address/);
});

test('add wants all of it, and a role that there is', async () => {
	for (const words of [['x'], ['a@example.test', 'A'], ['a@example.test', 'A', 'root'],
		['no address', 'A', 'admin'], ['a@example.test', 'A', 'admin', 'more']])
		assert.equal((await hob('staff', 'add', ...words)).code, 64, words.join(' '));
	assert.equal((await hob('staff')).code, 64);
	assert.equal((await hob('staff', 'reset')).code, 64);
	assert.equal((await hob('staff', 'disable')).code, 64);
});

test('without cursor.secret nobody is made', async () => {
	process.env.HOB_CURSOR_SECRET = '';
	const { code, stderr } = await hob('staff', 'add', freshEmail(), 'A', 'admin');

	delete process.env.HOB_CURSOR_SECRET;
	assert.equal(code, 1);
	assert.match(stderr, /cursor\.secret is not set/);
});

test('reset makes all of it anew, ends the sessions, and lets back in who was disabled', async () => {
	const person = await addStaff();
	const panel = await signIn(person);

	assert.equal((await hob('staff', 'disable', person.email)).code, 0);
	assert.equal((await panel.get('/auth/me')).status, 401);
	const { code, stdout } = await hob('staff', 'reset', person.email);
	const fresh = { ...person, ...credentials(stdout) };

	assert.equal(code, 0);
	assert.equal((await panel.get('/auth/me')).status, 401);
	const tries = [
		{ password: person.password, code: codeOf(fresh) }, { password: fresh.password, code: codeOf(person) },
		{ password: fresh.password, code: person.codes[0] },
	];

	for (const body of tries)
		assert.equal((await login({ email: person.email, ...body })).status, 401);
	assert.equal((await (await signIn(fresh)).get('/auth/me')).status, 200);
	assert.equal((await events('reset', panel.id)).length, 1);
	assert.equal((await hob('staff', 'reset', freshEmail())).code, 1);
});

test('disable ends the sessions and is on record once', async () => {
	const person = await addStaff();
	const panel = await signIn(person);

	assert.equal((await hob('staff', 'disable', person.email)).code, 0);
	assert.equal((await hob('staff', 'disable', person.email)).code, 0);
	assert.equal((await panel.get('/auth/me')).status, 401);
	const { email, password, codes: [code] } = person;

	assert.equal((await login({ email, password, code })).status, 401);
	assert.equal((await events('disable', panel.id)).length, 1);
	assert.equal((await hob('staff', 'disable', freshEmail())).code, 1);
});

test('list shows who there is, and when they came last', async () => {
	const person = await addStaff('editor', 'Lise');
	const line = async () => (await hob('staff', 'list')).stdout.split('\n')
		.find((text) => text.startsWith(person.email));

	assert.match(await line(), /editor +active +10 codes +last never +Lise$/);
	await signIn(person);
	assert.match(await line(), /last \d{4}-\d\d-\d\d \d\d:\d\d/);
	await hob('staff', 'disable', person.email);
	assert.match(await line(), /disabled/);
});
