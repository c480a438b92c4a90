// session.test.mjs: how somebody comes into the panel, and how a session ends: of itself after a warning, at the
// server, in another tab, by hand.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { addStaff, codeOf } from '../admin/support/staff.mjs';
import { base } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import {
	atLogin,
	atPanel,
	callAs,
	closeAll,
	enter,
	fillIn,
	go,
	heading,
	look,
	oddly,
	rowsOf,
	signIn,
	until,
} from './support.mjs';

after(closeAll);

/** What the server knows of somebody's session is set to something else. */
const atServer = ({ person }, what) =>
	sql(`UPDATE staff_sessions SET ${what} WHERE staff_id = (SELECT id FROM staff WHERE email = :'email')`, {
		email: person.email,
	});
const hasEnded = (chrome) => chrome.page.getByText('The session has ended. Please sign in again.').waitFor();
const warning = ({ page }) => page.getByRole('dialog', { name: 'Are you still there?' });

describe('the way in', () => {
	test('is refused without a word of what was wrong', async () => {
		const person = await addStaff('admin');
		const chrome = await atPanel();
		const { page } = chrome;

		await atLogin(chrome);
		await look(chrome, 'login');
		for (const wrong of [{ code: '000000' }, { password: 'a guess' }, { email: 'nobody@hob.example' }]) {
			await fillIn(chrome, { ...person, code: codeOf(person), ...wrong });
			await page
				.getByRole('alert')
				.getByText('The mail address, the password or the code is wrong.')
				.waitFor();
			await page.reload();
			await atLogin(chrome);
		}
		await fillIn(chrome, { ...person, code: '000000' });
		await page.getByRole('alert').waitFor();
		await look(chrome, 'login-wrong');
		assert.deepEqual([chrome.faults(), chrome.elsewhere], [[], []]);
	});

	test('says how long to wait after too many tries', async () => {
		const chrome = await atPanel();
		const detail = 'Wait 2 seconds, then try again.';

		await oddly(chrome, '**/api/admin/auth/login', { status: 429, code: 'too_many_requests', detail }, 1);
		await fillIn(chrome, { email: 'nobody@hob.example', password: 'x', code: '1' });
		await chrome.page.getByRole('alert').getByText(detail, { exact: true }).waitFor();
	});

	test('is a recovery code, too, once', async () => {
		const person = await addStaff('support');
		const chrome = await atPanel();
		const [code] = person.codes;

		await fillIn(chrome, { ...person, code });
		await heading(chrome, 'Dashboard');
		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Logout' }).click();
		await atLogin(chrome);
		await fillIn(chrome, { ...person, code });
		await chrome.page.getByRole('alert').waitFor();
	});

	test('leaves nothing that a script could take', async () => {
		const { page } = await enter('admin');
		const there = await page.evaluate(() => ({
			cookie: document.cookie,
			local: Object.keys(localStorage).filter((name) => name !== 'hob-admin-look'),
			session: Object.keys(sessionStorage),
		}));

		assert.deepEqual(there, { cookie: '', local: [], session: [] });
		const [cookie, ...others] = await page.context().cookies();

		assert.deepEqual(others, []);
		assert.deepEqual(
			[cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path, cookie.expires],
			['__Host-hob_staff', true, true, 'Strict', '/', -1]
		);
	});

	test('is a page that loads from here alone', async () => {
		const chrome = await atPanel();
		const headers = (await chrome.page.reload()).headers();

		assert.match(headers['content-security-policy'], /^default-src 'self'(;|$)/);
		assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|https?:/);
		await chrome.page.evaluate(() => fetch('https://example.com/').catch(() => {}));
		await until('the policy forbids', () => chrome.faults().some((text) => text.includes("'self'")));
	});
});

describe('a session', () => {
	test('ends of itself after a warning, unless somebody stays', async () => {
		const chrome = await enter('admin', {}, ({ page }) => page.clock.install());
		const { clock } = chrome.page;

		await go(chrome, '/audit-events', 'Audit trail');
		await chrome.page.reload({ waitUntil: 'networkidle' }); // what is answered late is use, too
		await rowsOf(chrome).first().waitFor();
		await clock.fastForward('27:00');
		assert.equal(await warning(chrome).count(), 0);
		await clock.fastForward('01:30');
		await warning(chrome).waitFor();
		await look(chrome, 'idle');
		await chrome.page.getByRole('button', { name: 'Stay signed in' }).click();
		await warning(chrome).waitFor({ state: 'detached' });
		await clock.fastForward('27:00');
		await rowsOf(chrome).first().waitFor();
		assert.equal(await warning(chrome).count(), 0);
		await clock.fastForward('03:30');
		await atLogin(chrome);
		await hasEnded(chrome);
		assert.equal(await chrome.page.getByText('@example.test').count(), 0);
		await chrome.page.goBack();
		await atLogin(chrome);
		assert.deepEqual(chrome.faults(), []);
	});

	test('that nobody used for half an hour is over, and who signs in again is where they were', async () => {
		const chrome = await enter('editor');

		const other = await chrome.page.context().newPage();

		await other.goto(`${base.origin}/admin/#/staff-sessions`);
		await heading({ page: other }, 'Sessions of staff');
		await go(chrome, '/staff-sessions', 'Sessions of staff');
		await rowsOf(chrome).first().waitFor();
		await atServer(chrome, "seen_at = now() - interval '31 minutes'");
		await chrome.page.getByRole('menuitem', { name: 'Audit trail' }).click();
		await atLogin(chrome);
		await hasEnded(chrome);
		await atLogin({ page: other });
		await signIn(chrome, chrome.person);
		await heading(chrome, 'Audit trail');
	});

	test('is over after twelve hours, however busy', async () => {
		const chrome = await enter('editor', {}, ({ page }) => page.clock.install());

		await atServer(chrome, "ends_at = now() + interval '1 minute'");
		await chrome.page.reload({ waitUntil: 'networkidle' });
		await warning(chrome).waitFor();
		await chrome.page.getByRole('button', { name: 'Stay signed in' }).click();
		await atServer(chrome, 'ends_at = now()');
		await chrome.page.clock.fastForward('01:05');
		await atLogin(chrome);
		await hasEnded(chrome);
	});

	test('is one for all tabs, and ends in all of them', async () => {
		const chrome = await enter('support');
		const other = await chrome.page.context().newPage();

		await other.goto(`${base.origin}/admin/#/staff-sessions`);
		await heading({ page: other }, 'Sessions of staff');
		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Logout' }).click();
		await atLogin(chrome);
		await atLogin({ page: other });
	});

	test('that somebody leaves is over at the server', async () => {
		const chrome = await enter('support');
		const [before] = await chrome.page.context().cookies();

		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Logout' }).click();
		await atLogin(chrome);
		assert.equal(await chrome.page.getByText('The session has ended.').count(), 0);
		assert.deepEqual(await chrome.page.context().cookies(), []);
		await chrome.page.context().addCookies([before]);
		assert.equal((await callAs(chrome, 'GET', '/auth/me')).status, 401);
	});
});
