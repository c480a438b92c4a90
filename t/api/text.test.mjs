// text.test.mjs: what people type: one form of it, what finds it, where it sorts. The cases are in
// t/vectors/text.json, which clients can read too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, login, newHome, newTask, registration, signUp } from './support/people.mjs';

const cases = JSON.parse(readFileSync(new URL('../vectors/text.json', import.meta.url), 'utf8'));
const shown = (text) => JSON.stringify(text).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
// $ stands for what makes an address this run's own.
const own = `${process.pid}.${Date.now().toString(36)}`;
const address = (text) => text.replace('$', own);

let robin;
let home;

before(async () => {
	robin = await signUp();
	home = await newHome(robin);
});

describe('a name or title', () => {
	for (const { typed, stored } of cases.lines)
		test(`is stored in one form: ${shown(typed)}`, async () => {
			const task = await newTask(robin, home, { title: typed });
			assert.equal(task.title, stored);
			assert.equal(expectOk(await robin.client.get(`/api/tasks/${task.id}`)).title, stored);
			assert.equal((await newHome(robin, { name: typed })).name, stored);
			assert.equal(expectOk(await robin.client.patch('/api/auth/me', { first_name: typed })).first_name, stored);
		});

	for (const typed of cases.unseen)
		test(`that nobody can see is refused: ${shown(typed)}`, async () => {
			expectInvalid(await robin.client.post('/api/tasks', { residence_id: home.id, title: typed }), { title: 'too_short' });
			expectInvalid(await robin.client.post('/api/residences', { name: typed }), { name: 'too_short' });
		});

	for (const typed of cases.no_lines)
		test(`is one line, without what turns it: ${shown(typed)}`, async () => {
			expectInvalid(await robin.client.post('/api/tasks', { residence_id: home.id, title: typed }), { title: 'format' });
			expectInvalid(await robin.client.patch('/api/auth/me', { last_name: typed }), { last_name: 'format' });
			expectInvalid(await robin.client.patch(`/api/residences/${home.id}`, { city: typed }), { city: 'format' });
		});
});

describe('a longer text', () => {
	for (const { typed, stored } of cases.texts)
		test(`keeps its blanks and has one end of a line: ${shown(typed)}`, async () => {
			assert.equal((await newTask(robin, home, { description: typed })).description, stored);
		});
});

describe('a password', () => {
	for (const { chosen, typed, other } of cases.passwords)
		test(`is the same however it is typed: ${shown(chosen)}`, async () => {
			const { email } = await signUp({ password: chosen });

			for (const password of [chosen, ...typed])
				expectOk(await login({ email, password }));
			for (const password of other)
				expectProblem(await login({ email, password }), 401, 'invalid_credentials');
		});

	test('has no control character', async () => {
		expectInvalid(await nobody.post('/api/auth/register', registration({ password: 'a lamp\tin the window' })), { password: 'format' });
	});
});

describe('a mail address', () => {
	for (const { registered, stored, same } of cases.addresses)
		test(`is one account however it is written: ${shown(registered)}`, async () => {
			const person = await signUp({ email: address(registered) });

			assert.equal(person.user.email, address(stored));
			for (const email of same) {
				assert.equal(expectOk(await login({ email: address(email), password: person.password })).user.id, person.user.id);
				expectProblem(await nobody.post('/api/auth/register', registration({ email: address(email) })), 409, 'email_taken');
			}
		});

	for (const email of cases.no_addresses)
		test(`is refused: ${shown(email)}`, async () => {
			expectInvalid(await nobody.post('/api/auth/register', registration({ email })), { email: 'format' });
		});
});

describe('a time zone', () => {
	for (const time_zone of cases.zones.taken)
		test(`is a place: ${time_zone}`, async () => {
			assert.equal(expectOk(await robin.client.patch('/api/auth/me', { time_zone })).time_zone, time_zone);
		});

	for (const time_zone of cases.zones.refused)
		test(`is nothing else: ${time_zone}`, async () => {
			expectInvalid(await robin.client.patch('/api/auth/me', { time_zone }), { time_zone: 'choice' });
		});
});

test('a share code is read with whatever stands between its signs', async () => {
	const { code } = expectOk(await robin.client.post(`/api/residences/${home.id}/share-codes`, { role: 'viewer' }), 201);
	const signs = code.replaceAll('-', '');
	const [guest] = await crowd(1);

	for (const between of cases.share_codes)
		expectOk(await guest.client.post('/api/share-codes/preview', { code: `${between}${signs.slice(0, 5)}${between}${signs.slice(5)}${between}` }));
});
