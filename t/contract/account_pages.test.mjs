// account_pages.test.mjs: the pages that links of mails lead to, as somebody in a browser has them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { base } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { freshEmail, login, newToken, OTHER_PASSWORD, signUp } from '../api/support/people.mjs';
import { exportToken, newExport, unsubscribeToken } from '../api/support/seals.mjs';
import { browser } from './browser.mjs';

let chrome;
let robin;

const at = (path) => new URL(path, base).href;
const wants = async (kind) =>
	expectOk(await robin.client.get('/api/notifications/preferences')).mail.includes(kind);
const token = (kind) => unsubscribeToken(robin.user.id, kind);

before(async () => {
	chrome = await browser();
	robin = await signUp();
});
after(() => chrome.close());

describe('the page that ends mails', () => {
	test('does nothing before somebody presses the button, and then at once', async () => {
		const { page } = chrome;

		await page.goto(at(`/account/unsubscribe#${token('warranty_expiring')}`));
		await page.getByText('No more mails of this kind?').waitFor();
		assert.equal(await wants('warranty_expiring'), true);
		await page.getByRole('button', { name: 'Stop these mails' }).click();
		await page.getByText('Done: you get no more mails of this kind.').waitFor();
		assert.equal(await page.getByRole('button').count(), 0);
		assert.equal(await wants('warranty_expiring'), false);
	});

	test('is where a browser gets by the address that mail programs post to', async () => {
		const { page } = chrome;

		await page.goto(at(`/api/unsubscribe/${token('residence_shared')}`));
		assert.equal(page.url(), at(`/account/unsubscribe#${token('residence_shared')}`));
		assert.equal(await wants('residence_shared'), true);
		await page.getByRole('button').click();
		await page.getByText('Done: you get no more mails of this kind.').waitFor();
		assert.equal(await wants('residence_shared'), false);
	});

	test('says when it ends the mails of all kinds', async () => {
		const { page } = chrome;

		await page.goto(at(`/account/unsubscribe#${token('all')}`));
		await page.reload();	// Only what is behind the "#" was another.
		await page.getByText('No more notifications by mail?').waitFor();
		assert.equal(await page.title(), 'No more notifications by mail?');
		assert.equal(await page.getByText('of this kind').filter({ visible: true }).count(), 0);
		assert.equal(await wants('subscription'), true);
		await page.getByRole('button').click();
		await page.getByText('no more notifications by mail, but those about the safety').waitFor();
		assert.equal(await page.getByText('of this kind').filter({ visible: true }).count(), 0);
		assert.deepEqual([await wants('subscription'), await wants('security')], [false, true]);
	});

	test('says that a link is not whole', async () => {
		const { page } = chrome;

		await page.goto(at('/account/unsubscribe#task_due'));
		await page.reload();	// Only what is behind the "#" was another.
		await page.getByRole('button').click();
		await page.getByText('This link is not whole').waitFor();
		assert.match(chrome.complaints.splice(0).join(), /404/);
	});

	test('speaks German', async () => {
		const page = await chrome.page.context().browser()
			.newPage({ locale: 'de-AT', ignoreHTTPSErrors: true });

		await page.goto(at(`/account/unsubscribe#${token('subscription')}`));
		await page.getByRole('button', { name: 'Mails abschalten' }).click();
		await page.getByText('Erledigt: Sie bekommen keine Mails dieser Art mehr.').waitFor();
		assert.equal(await page.getByText('Done').filter({ visible: true }).count(), 0);
		await page.goto(at(`/account/unsubscribe#${token('all')}`));
		await page.reload();
		await page.getByText('Keine Benachrichtigungen mehr per Mail?').waitFor();
		await page.getByRole('button', { name: 'Mails abschalten' }).click();
		await page.getByText('Erledigt: Sie bekommen keine Benachrichtigungen mehr').waitFor();
		await page.goto(at('/open/task/01942f3a-6f00-7a10-8c01-5d2e9b4f7c01'));
		await page.getByText('Das öffnet sich in der App').waitFor();
		await page.close();
	});

	test('is one of two: that of an invitation says what to do with it', async () => {
		const { page } = chrome;

		await page.goto(at('/account/join#7K3D-MN0Q-X4VB'));
		await page.getByText('You are invited').waitFor();
	});

	test('breaks no rule of its own', () => assert.deepEqual(chrome.complaints, []));
});

/** A letter has come; resolves to its token. */
async function letter(purpose, email = robin.email) {
	const token = newToken('hob_ltr_');

	await sql(`INSERT INTO account_tokens (id, user_id, purpose, email, token_hash, code_hash, expires_at)
		VALUES (gen_random_uuid(), :'id', :'purpose', :'email', encode(sha256(:'token'), 'hex'), '',
			now() + interval '30 minutes')`, { id: robin.user.id, purpose, email, token });
	return token;
}

async function visit(path) {
	await chrome.page.goto(at(path));
	await chrome.page.reload();	// Only what is behind the "#" was another.
}

const me = async () => expectOk(await robin.client.get('/api/auth/me'));

describe('the pages of letters', () => {
	test('prove an address by a button, and once', async () => {
		const { page } = chrome;
		const path = `/account/verify#${await letter('verify')}`;

		await visit(path);
		await page.getByText('Is this your mail address?').waitFor();
		assert.equal((await me()).email_verified, false);
		await page.getByRole('button', { name: 'Confirm the address' }).click();
		await page.getByText('Done: the address is confirmed.').waitFor();
		assert.equal((await me()).email_verified, true);
		await visit(path);
		await page.getByRole('button').click();
		await page.getByText('This link is not good any more').waitFor();
		assert.match(chrome.complaints.splice(0).join(), /404/);
	});

	test('download a copy by a button', async () => {
		const { page } = chrome;

		await visit(`/account/export#${exportToken(await newExport(robin.user.id))}`);
		await page.getByText('The copy of your data').waitFor();
		const [download] = await Promise.all([page.waitForEvent('download'),
			page.getByText('Download', { exact: true }).click()]);
		assert.match(download.suggestedFilename(), /^hob-\d{4}-\d\d-\d\d\.zip$/);
		assert.equal(readFileSync(await download.path(), 'utf8'), 'all');
	});

	test('give an account another address', async () => {
		const { page } = chrome;
		const email = freshEmail('new');

		await visit(`/account/email#${await letter('email', email)}`);
		await page.getByRole('button', { name: 'Use this address' }).click();
		await page.getByText('Done: sign in with this address').waitFor();
		robin.email = email;
		assert.equal((await me()).email, email);
	});

	test('set a password, and ask for another one when it is too common', async () => {
		const { page } = chrome;

		await visit(`/account/reset#${await letter('reset')}`);
		await page.getByLabel('New password').fill('iloveyou1');
		await page.getByRole('button', { name: 'Set the password' }).click();
		await page.getByText('Choose another one').waitFor();
		assert.match(chrome.complaints.splice(0).join(), /400/);
		await page.getByLabel('New password').fill(OTHER_PASSWORD);
		await page.getByRole('button').click();
		await page.getByText('Done: sign in with the new password.').waitFor();
		expectOk(await login({ email: robin.email, password: OTHER_PASSWORD }));
	});

	test('have no form where no script runs, and none that would put a password into an address', async () => {
		const page = await chrome.page.context().browser()
			.newPage({ javaScriptEnabled: false, ignoreHTTPSErrors: true });

		for (const name of ['reset', 'verify', 'email', 'unsubscribe']) {
			await page.goto(at(`/account/${name}#${newToken('hob_ltr_')}`));
			await page.locator('h1').first().waitFor();
			assert.equal(await page.locator('form[method="post"]').count(), 2);
			assert.equal(await page.locator('form:visible, form:not([method="post"])').count(), 0, name);
		}
		await page.close();
	});

	test('say that a link without a token is none', async () => {
		await visit('/account/verify');
		await chrome.page.getByRole('button').click();
		await chrome.page.getByText('This link is not good any more').waitFor();
	});

	test('break no rule of their own', () => assert.deepEqual(chrome.complaints, []));
});
