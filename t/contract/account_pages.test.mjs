// account_pages.test.mjs: the pages that links of mails lead to, as somebody in a browser has them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { base } from '../api/support/client.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { unsubscribeToken } from '../api/support/unsubscribe.mjs';
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
		await page.getByText('Done').waitFor();
		assert.equal(await wants('residence_shared'), false);
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
		const page = await chrome.page.context().browser().newPage({ locale: 'de-AT', ignoreHTTPSErrors: true });

		await page.goto(at(`/account/unsubscribe#${token('subscription')}`));
		await page.getByRole('button', { name: 'Mails abschalten' }).click();
		await page.getByText('Erledigt').waitFor();
		assert.equal(await page.getByText('Done').isVisible(), false);
		await page.goto(at('/open/task/01942f3a-6f00-7a10-8c01-5d2e9b4f7c01'));
		await page.getByText('Das öffnet sich in der App').waitFor();
		await page.close();
	});

	test('breaks no rule of its own', () => assert.deepEqual(chrome.complaints, []));
});
