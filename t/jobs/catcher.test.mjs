// catcher.test.mjs: what scripts/run has in the place of a mail server: all that is sent can be read there, by people
// and by tests, and by nobody from elsewhere.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { newId, proveAddress, signUp } from '../api/support/people.mjs';
import { stack } from '../fault/support.mjs';
import { ask, catchMails, endMails, mailsTo } from './mails.mjs';

const SUBJECT = 'Something has changed in your account';

let people;

const tell = ({ user }) => sql("SELECT hob.notify(ARRAY[:'user'::uuid], 'security', NULL, 'account', :'subject')",
	{ user: user.id, subject: newId() });

before(async () => {
	await stack('up');
	await catchMails();
	people = [await signUp(), await signUp()];
	await Promise.all(people.map(proveAddress));
});
after(endMails);

describe('the catcher of mails', () => {
	test('has what was sent, to each address', async () => {
		for (const person of people)
			await tell(person);
		for (const { email } of people) {
			const [mail, ...others] = await mailsTo(email, SUBJECT);

			assert.deepEqual([mail.to, others.length], [[email], 0]);
			assert.match(mail.text, /change your password/);
			assert.match(mail.html, /^<!DOCTYPE html>/);
			assert.equal(mail.headers['auto-submitted'], 'auto-generated');
		}
		await tell(people[0]);
		const [newer, older] = await mailsTo(people[0].email, SUBJECT, 2);

		assert.ok(newer.id > older.id);
	});

	test('has a page, which fetches nothing from elsewhere', async () => {
		const { status, type, text } = await ask('/');

		assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
		assert.doesNotMatch(text, /https?:\/\//);
	});

	test('is not for a page of a stranger that calls itself by its address', async () => {
		for (const path of ['/', '/api/mails'])
			assert.equal((await ask(path, { headers: { Host: 'stranger.example' } })).status, 404);
		assert.equal((await ask('/api/mails', { headers: { Host: 'localhost:1' } })).status, 200);
		assert.equal((await ask('/catcher.mjs')).status, 404);
	});

	test('forgets them when it is told to', async () => {
		assert.equal((await ask('/api/mails', { method: 'DELETE' })).status, 200);
		assert.equal((await ask('/api/mails')).text, '[]');
	});

	test('is part of the stack while it runs: settings lead to it, and down stops it', async () => {
		await stack('up');
		assert.match((await stack('status')).stdout, /^mail +running/m);
		await stack('stop', 'mail');
		assert.match((await stack('status')).stdout, /^mail +stopped/m);
	});
});
