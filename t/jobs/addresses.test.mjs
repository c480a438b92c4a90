// addresses.test.mjs: an account gets another mail address, by a letter to that one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, OTHER_PASSWORD, PASSWORD, signIn, signUp } from '../api/support/people.mjs';
import {
	changeEmail, changePassword, closePost, confirm, disabled, expectNotValid, fifty, forgotten, lastTo, lettersTo,
	me, openPost, proved, reset, securityNotices, signsIn, SITE, standing, unwritten, verify,
} from './correspondence.mjs';
import { expectSilentLogs } from './support.mjs';

before(openPost);
after(closePost);

async function movingTo(person, email) {
	expectOk(await changeEmail(person, email), 202);
	return lastTo(email);
}

describe('another address', () => {
	test('is that of the account when it is confirmed, and the old one is told', async () => {
		const robin = await signUp();
		await proved(robin);
		const other = await signIn(robin);
		const wanted = freshEmail('new');
		const { subject, text, token } = await movingTo(robin, wanted);

		assert.equal(subject, 'Your new mail address for Hob');
		assert.ok(text.includes(`\n${SITE}/account/email#${token}\n`), text);
		assert.ok(!text.includes('Robin'), 'the new address may be a stranger\'s');
		assert.equal((await me(robin)).email, robin.email);
		expectOk(await confirm({ token }), 204);
		for (const session of [robin, other]) {
			const { email, email_verified } = await me(session);

			assert.deepEqual({ email, email_verified }, { email: wanted, email_verified: true });
		}
		assert.equal((await lastTo(robin.email)).subject,
			'The mail address of your account at Hob has changed');
		assert.ok((await securityNotices(robin)).includes('Your mail address has changed'));
		expectProblem(await signsIn(robin, PASSWORD), 401, 'invalid_credentials');
		expectOk(await signsIn({ email: wanted }, PASSWORD));
	});

	test('is not told to an old one that nobody has proved', async () => {
		const robin = await signUp();

		expectOk(await confirm({ token: (await movingTo(robin, freshEmail('new'))).token }), 204);
		assert.deepEqual((await lettersTo(robin.email)).map(({ subject }) => subject),
			['Is this your mail address?']);
	});

	test('is confirmed by the code, too', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { code } = await movingTo(robin, wanted);

		expectNotValid(await confirm({ email: robin.email, code }));
		expectOk(await confirm({ email: wanted, code }), 204);
		assert.equal((await me(robin)).email, wanted);
	});

	test('is given once, whoever comes at the same time, by the link or by the code', async () => {
		for (const by of ['token', 'code']) {
			const robin = await signUp();
			const wanted = freshEmail('new');
			const { token, code } = await movingTo(robin, wanted);

			await fifty(() => confirm(by === 'token' ? { token } : { email: wanted, code }));
			assert.equal(await standing(robin), `t|${wanted}|t|${robin.user.version + 1}`);
			expectNotValid(await confirm({ token }));
		}
	});

	test('is not given to an account that is disabled, which stays so', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { token, code } = await movingTo(robin, wanted);

		await disabled(robin);
		for (const fields of [{ token }, { email: wanted, code }])
			expectNotValid(await confirm(fields));
		assert.equal(await standing(robin), `f|${robin.email}|f|${robin.user.version}`);
	});

	test('is asked for with the password', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');

		expectProblem(await changeEmail(robin, wanted, OTHER_PASSWORD), 403, 'wrong_password');
		assert.deepEqual(await lettersTo(wanted), []);
	});

	test('that is taken is told to whose it is, and to nobody else', async () => {
		const robin = await signUp();
		const kim = await signUp({ first_name: 'Kim', locale: 'de' });
		await proved(kim);
		const free = await changeEmail(robin, freshEmail('new'));
		const taken = await changeEmail(robin, kim.email.toUpperCase());

		assert.deepEqual([taken.status, taken.text], [free.status, free.text]);
		const { subject, text, token } = await lastTo(kim.email);
		assert.equal(subject, 'Ihr Konto bei Hob hat diese E-Mail-Adresse schon');
		assert.match(text, /^Guten Tag Kim Goodfellow,$/m);
		assert.equal(token, undefined);
		assert.ok(!text.includes('Robin'));
	});

	test('that another account has taken meanwhile is not given', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { token } = await movingTo(robin, wanted);

		await signUp({ email: wanted });
		expectNotValid(await confirm({ token }));
		assert.equal((await me(robin)).email, robin.email);
		expectNotValid(await confirm({ token }));
	});

	test('ends what was sent to the old one', async () => {
		const robin = await signUp();
		const { token: proves } = await lastTo(robin.email);
		const { token: resets } = await forgotten(robin);

		expectOk(await confirm({ token: (await movingTo(robin, freshEmail('new'))).token }), 204);
		expectNotValid(await reset({ token: resets }));
		expectNotValid(await verify({ token: proves }));
	});

	test('is not given any more once the password is another', async () => {
		const changes = [
			changePassword,
			async (robin) => reset({ token: (await forgotten(robin)).token }),
		];

		for (const change of changes) {
			const robin = await signUp();
			const { token } = await movingTo(robin, freshEmail('new'));

			assert.ok((await change(robin)).status < 300);
			expectNotValid(await confirm({ token }));
		}
	});

	test('is not even written to when the password is another by then', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');

		await unwritten(async () => {
			expectOk(await changeEmail(robin, wanted), 202);
			expectOk(await changePassword(robin));
		});
		assert.deepEqual(await lettersTo(wanted), []);
	});

	test('is written to five times in an hour, and twice for one account', async () => {
		const wanted = freshEmail('new');
		const sent = [];

		for (const robin of [await signUp(), await signUp(), await signUp()]) {
			for (let i = 0; i < 3; i++)
				expectOk(await changeEmail(robin, wanted), 202);
			sent.push((await lettersTo(wanted)).length);
		}
		assert.deepEqual(sent, [2, 4, 5]);
	});
});

test('no log has a password, a token, a code or an address', () => expectSilentLogs(16));
