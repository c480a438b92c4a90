// session.test.mjs: how a session at the panel ends: of itself after a warning, by the server, in another tab, by hand;
// and that all of it can be done without a mouse.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { standin } from './standin/server.mjs';
import { stepAt, totp } from './standin/totp.mjs';
import { atPanel, go, look, rowsOf, signIn, until } from './support.mjs';

const open = [];
let place;

before(async () => {
	place = await standin();
});
after(async () => {
	await Promise.all(open.map((one) => one.close()));
	await place.close();
});

const heading = ({ page }, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const atLogin = ({ page }) => page.getByRole('button', { name: 'Sign in' }).waitFor();

/** One of them each, for a code works once. */
async function signedIn(role, prepare) {
	const who = place.staff.find((one) => one.role === role);
	const chrome = await atPanel(place.url);

	open.push(chrome);
	await prepare?.(chrome);
	await signIn(chrome, { ...who, code: totp(who.secret, stepAt(Date.now())) });
	await heading(chrome, 'Dashboard');
	return chrome;
}

describe('a session', () => {
	test('ends of itself after a warning, unless somebody stays', async () => {
		const chrome = await signedIn('admin', ({ page }) => page.clock.install());
		const { clock } = chrome.page;
		const warning = chrome.page.getByRole('dialog', { name: 'Are you still there?' });

		await go(chrome, '/users', 'Users');
		await rowsOf(chrome).first().waitFor();
		await clock.fastForward('27:00');
		assert.equal(await warning.count(), 0);
		await clock.fastForward('01:30');
		await warning.waitFor();
		await look(chrome, 'idle');
		await chrome.page.getByRole('button', { name: 'Stay signed in' }).click();
		await warning.waitFor({ state: 'detached' });
		await clock.fastForward('27:00');
		await rowsOf(chrome).first().waitFor();
		assert.equal(await warning.count(), 0);
		await clock.fastForward('03:30');
		await atLogin(chrome);
		await chrome.page.getByText('The session has ended. Please sign in again.').waitFor();
		assert.equal(await chrome.page.getByText('@hob.example').count(), 0);
		await chrome.page.goBack();
		await atLogin(chrome);
		assert.deepEqual(chrome.faults(), []);
	});

	test('that the server has ended leads to the way in, and from there to where one was', async () => {
		const chrome = await signedIn('editor');

		await go(chrome, '/users', 'Users');
		await rowsOf(chrome).first().waitFor();
		place.world.endAll();
		await chrome.page.getByRole('menuitem', { name: 'Residences' }).click();
		await atLogin(chrome);
		await chrome.page.getByText('The session has ended. Please sign in again.').waitFor();
		const editor = place.staff.find(({ role }) => role === 'editor');

		await signIn(chrome, { ...editor, code: totp(editor.secret, stepAt(Date.now()) + 1) });
		await heading(chrome, 'Residences');
	});

	test('is one for all tabs, and ends in all of them', async () => {
		const chrome = await signedIn('support');
		const other = await chrome.page.context().newPage();

		await other.goto(`${place.url}/admin/#/users`);
		await heading({ page: other }, 'Users');
		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Logout' }).click();
		await atLogin(chrome);
		await atLogin({ page: other });
	});
});

describe('without a mouse', () => {
	/** Tab, until what has the focus is called so. */
	async function tabTo({ page }, name) {
		await until(`the focus comes to ${name}`, async () => {
			await page.keyboard.press('Tab');
			return page.evaluate((wanted) => {
				const { activeElement: at } = document;
				const called =
					at.getAttribute('aria-label') ??
					at.labels?.[0]?.innerText ??
					at.innerText ??
					'';

				return (
					called
						.replaceAll(/\s*\*$/g, '')
						.trim()
						.toLowerCase() === wanted.toLowerCase()
				);
			}, name);
		});
	}

	test('one signs in, finds somebody, changes something and leaves', async () => {
		await place.close();
		place = await standin();
		const chrome = await atPanel(place.url);
		const { page } = chrome;
		const [who] = place.staff;

		open.push(chrome);
		await atLogin(chrome);
		await page.keyboard.type(who.email);
		await tabTo(chrome, 'Password');
		await page.keyboard.type(who.password);
		await tabTo(chrome, 'Code');
		await page.keyboard.type(totp(who.secret, stepAt(Date.now())));
		await page.keyboard.press('Enter');
		await heading(chrome, 'Dashboard');
		await tabTo(chrome, 'Categories');
		await page.keyboard.press('Enter');
		await heading(chrome, 'Categories');
		await tabTo(chrome, 'Kitchen');
		await page.keyboard.press('Enter');
		await heading(chrome, 'Category Kitchen');
		await tabTo(chrome, 'Edit');
		await page.keyboard.press('Enter');
		await tabTo(chrome, 'Color');
		await page.keyboard.press('Control+A');
		await page.keyboard.type('yellow');
		await page.keyboard.press('Enter');
		await page.waitForURL(/show$/);
		await page.getByText('yellow').waitFor();
		await tabTo(chrome, 'Profile');
		await page.keyboard.press('Enter');
		await page.locator('[role=menuitem]:focus').waitFor();
		await page.keyboard.press('End');
		await page.getByRole('menuitem', { name: 'Logout' }).and(page.locator(':focus')).waitFor();
		await page.keyboard.press('Enter');
		await atLogin(chrome);
		assert.equal(await page.getByText('The session has ended.').count(), 0);
		await signIn(chrome, { ...who, code: totp(who.secret, stepAt(Date.now()) + 1) });
		await heading(chrome, 'Dashboard');
		assert.deepEqual(chrome.faults(), []);
	});
});
