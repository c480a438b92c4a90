// staff_mails.test.mjs: what is mailed to people because of what staff do with their accounts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { staffPanel } from '../admin/support/staff.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, proveAddress, signUp } from '../api/support/people.mjs';
import { changeEmail, forgot, olderBy, posted, unwritten } from './correspondence.mjs';
import { catchMails, endMails, mailsOf, mailsTo } from './mails.mjs';

const BECAUSE = { headers: { 'X-Hob-Reason': 'a%20call' } };
let panel;

before(async () => {
	await catchMails();
	panel = await staffPanel('admin');
	await panel.post('/auth/confirm', { password: panel.person.password });
});
after(endMails);

/** Somebody who has proved their address, when this was done with their account. */
async function when(action, body, fields) {
	const person = await signUp(fields);
	const path = `/users/${person.user.id}`;
	await proveAddress(person);
	const res = await (action === 'delete' ? panel.delete(path, BECAUSE)
		: panel.post(`${path}/actions/${action}`, body, BECAUSE));

	assert.equal(res.status, 204, res.text);
	return person;
}

describe('staff', () => {
	test('have a link sent to who has forgotten a password', async () => {
		const person = await when('send_reset');

		await mailsTo(person.email, 'Your new password for Hob');
	});

	test('try whether mails arrive, in the language of who gets it, and it says how to end nothing', async () => {
		const person = await when('test_mail', undefined, { locale: 'de' });
		const [mail] = await mailsTo(person.email, 'Das ist ein Test');

		assert.match(mail.text, /Der Support hat ihn geschickt/);
		assert.doesNotMatch(mail.text, /unsubscribe|eingeschaltet/);
	});

	test('change an address, which the one before and the new one are told', async () => {
		const email = freshEmail('another');
		const person = await when('change_email', { email });
		const [told] = await mailsTo(person.email, 'The mail address of your account at Hob has changed');

		assert.doesNotMatch(told.text, /with your password/);
		await mailsTo(email, 'Is this your mail address?');
	});

	test('hear that no link is sent to who was sent as many as may be in an hour, written or not', async () => {
		const person = await when('send_reset');
		const path = `/users/${person.user.id}/actions/send_reset`;
		const again = (headers) => panel.post(path, undefined, { headers });

		await mailsTo(person.email, 'Your new password for Hob');
		await unwritten(async () => {
			for (let n = 2; n <= 5; n += 1)
				assert.equal((await again()).status, 204);
			expectProblem(await again(), 429, 'too_many_requests');
		});
		await mailsTo(person.email, 'Your new password for Hob', 5);
		const { detail } = expectProblem(await again({ 'Accept-Language': 'de' }), 429, 'too_many_requests');

		assert.match(detail, /^Diesem Konto wurden so viele solche Mails geschickt, wie es/);
		assert.equal((await sql(`SELECT 1 FROM audit_events WHERE action = 'send_reset' AND subject = :'id'`,
			{ id: person.user.id })).length, 5);
		await olderBy(person, 61);
		assert.equal((await again()).status, 204);
		await mailsTo(person.email, 'Your new password for Hob', 6);
	});

	test('change an address, and what waits for another, or for the one before, is not sent', async () => {
		const [wanted, email] = [freshEmail('wanted'), freshEmail('another')];
		const person = await signUp();

		await proveAddress(person);
		await posted();
		const letters = async (address) => (await mailsOf(address)).map(({ subject }) => subject)
			.filter((subject) => subject !== 'Is this your mail address?');

		await unwritten(async () => {
			expectOk(await changeEmail(person, wanted), 202);
			expectOk(await forgot(person.email), 202);
			assert.equal((await panel.post(`/users/${person.user.id}/actions/change_email`, { email },
				BECAUSE)).status, 204);
		});
		await mailsTo(email, 'Is this your mail address?');
		await posted();
		assert.deepEqual([await letters(wanted), await letters(person.email)],
			[[], ['The mail address of your account at Hob has changed']]);
	});

	test('delete an account, of which its owner is told, and how to keep it', async () => {
		const person = await when('delete');
		const [day] = await sql("SELECT to_char(delete_at, 'FMDD Mon YYYY') FROM users WHERE id = :'id'",
			{ id: person.user.id });
		const [mail] = await mailsTo(person.email, `Your account at Hob is deleted on ${day}`);

		assert.match(mail.text, /your account has been deleted/);
		assert.match(mail.text, /sign in once more/);
	});
});
