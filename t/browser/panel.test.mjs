// panel.test.mjs: the admin panel in Chromium, before a stand-in of the staff API (standin/): the flows of flows.mjs,
// how it looks to whom, and how a session begins and ends.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { flows } from './flows.mjs';
import { standin } from './standin/server.mjs';
import { stepAt, totp } from './standin/totp.mjs';
import { anew, atPanel, callAs, go, look, pictured, rowsOf, signIn, until } from './support.mjs';

let place;
let chrome;

/** Each code works once: the last one is waited out when somebody signs in twice in half a minute. */
const used = new Map();
async function codeOf({ email, secret }) {
	await until('a code that nobody has used', () => stepAt(Date.now()) + 1 > (used.get(email) ?? 0), 60_000);
	const step = Math.max(stepAt(Date.now()) - 1, (used.get(email) ?? 0) + 1);

	used.set(email, step);
	return totp(secret, step);
}
const who = async (role, at = place) => {
	const one = at.staff.find((other) => other.role === role);

	return { ...one, code: await codeOf(one) };
};
const heading = ({ page }, name) => page.getByRole('heading', { level: 1, name }).waitFor();

async function signedIn(role, how, at = place) {
	const one = await atPanel(at.url, how);

	await signIn(one, await who(role, at));
	await heading(one, /^(Dashboard|Überblick)$/);
	return one;
}

before(async () => {
	place = await standin();
	chrome = await atPanel(place.url);
});
after(async () => {
	await chrome.close();
	await place.close();
});

describe('the way in', () => {
	test('is refused without a word of what was wrong', async () => {
		const one = await who('admin');

		await chrome.page.getByRole('button', { name: 'Sign in' }).waitFor();
		await look(chrome, 'login');
		used.delete(one.email);
		await signIn(chrome, { ...one, code: '000000' });
		await chrome.page
			.getByRole('alert')
			.getByText('The mail address, the password or the code is wrong.')
			.waitFor();
		await look(chrome, 'login-wrong');
	});

	test('says how long to wait after too many tries', async () => {
		const guesser = await atPanel(place.url);

		for (let i = 0; i < 6; i += 1) {
			await signIn(guesser, { email: 'nobody@hob.example', password: 'x', code: '1' });
			await guesser.page.getByRole('alert').waitFor();
			await guesser.page
				.getByRole('button', { name: 'Sign in' })
				.and(guesser.page.locator(':enabled'))
				.waitFor();
		}
		await guesser.page.getByText('Too many tries. (in 2 seconds)').waitFor();
		assert.deepEqual(guesser.faults(), []);
		await guesser.close();
	});

	test('leads to the overview, and leaves nothing a script could take', async () => {
		await signIn(chrome, await who('admin'));
		await heading(chrome, 'Dashboard');
		const kept = await chrome.page.evaluate(() => ({
			cookie: document.cookie,
			local: Object.keys(localStorage),
			session: Object.keys(sessionStorage),
		}));

		assert.deepEqual([kept.cookie, kept.session], ['', []]);
		assert.deepEqual(
			kept.local.filter((name) => name !== 'hob-admin-look'),
			[]
		);
	});
});

describe('staff', () => {
	/** "listIsFiltered" → "list is filtered" */
	const told = ({ name }) => name.replaceAll(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

	for (const flow of flows)
		test(told(flow), async () => {
			await anew(chrome);
			await pictured(chrome, flow.name, () =>
				flow(
					chrome,
					place.staff.find(({ role }) => role === 'admin')
				)
			);
		});

	test('find in web storage how things look, and nothing else', async () => {
		const look = await chrome.page.evaluate(() => JSON.parse(localStorage.getItem('hob-admin-look')));

		assert.ok(Object.keys(look).length > 0);
		assert.deepEqual(
			Object.keys(look).filter(
				(name) => !/^(theme|locale|sidebar\.open|.*\.datatable.*)$/.test(name)
			),
			[]
		);
	});

	test('have met no complaint of the browser, and nothing was asked of others', () => {
		assert.deepEqual(chrome.faults(), []);
		assert.deepEqual(chrome.elsewhere, []);
	});
});

describe('the server', () => {
	test('is asked again when it is busy, and its words are shown when it stays so', async () => {
		await go(chrome, '/priorities', 'Priorities');
		await rowsOf(chrome).first().waitFor();
		place.world.away = 1;
		await go(chrome, '/devices', 'Devices');
		await rowsOf(chrome).first().waitFor();
		place.world.away = 100;
		await go(chrome, '/notices', 'Notices');
		await chrome.page.getByText('Part of the service is away.').first().waitFor();
		place.world.away = 0;
	});

	test('decides what a role sees', async () => {
		const support = await signedIn('support');
		const menu = support.page.getByRole('menu');

		await menu.getByRole('menuitem', { name: 'Categories' }).waitFor();
		assert.equal(await menu.getByRole('menuitem', { name: 'Settings' }).count(), 0);
		await go(support, '/categories', 'Categories');
		await rowsOf(support).first().waitFor();
		assert.equal(await support.page.getByRole('link', { name: 'Create' }).count(), 0);
		assert.equal(await support.page.getByRole('checkbox').count(), 0);
		assert.equal((await callAs(support, 'POST', '/categories', { name: 'No' })).status, 403);
		assert.deepEqual(support.faults(), []);
		await support.close();
	});
});

describe('the look of it', () => {
	const PAGES = [
		['/', /^(Dashboard|Überblick)$/, 'dashboard'],
		['/users', /^(Users|Personen)$/, 'list'],
		['/categories/create', /^(Create Category|Kategorie anlegen)$/, 'create'],
		['/search', /^(Search|Suchen)$/, 'search'],
	];
	const pages = async (one, name) => {
		for (const [address, title, kind] of PAGES) {
			await go(one, address, title);
			await look(one, `${name}-${kind}`);
		}
		const [user] = (await callAs(one, 'GET', '/users?page_size=1')).body.results;

		await go(one, `/users/${user.id}/show`, new RegExp(user.email));
		await look(one, `${name}-user`);
	};

	test('is dark where the person or the system has it so', async () => {
		await chrome.page.getByRole('button', { name: 'Toggle light/dark mode' }).click();
		await pages(chrome, 'dark');
		assert.equal(
			await chrome.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches),
			false
		);
		await chrome.page.reload();
		await chrome.page.getByRole('button', { name: 'Toggle light/dark mode' }).click();
	});

	test('fits a phone, in German', async () => {
		const phone = await signedIn('editor', {
			viewport: { width: 390, height: 844 },
			locale: 'de-DE',
			hasTouch: true,
			isMobile: true,
		});

		await pages(phone, 'phone-german');
		await phone.page.getByRole('button', { name: 'Menü öffnen' }).click();
		await phone.page.getByRole('menuitem', { name: 'Prioritäten' }).click();
		await heading(phone, 'Prioritäten');
		await phone.page
			.getByRole('button', { name: /High/ })
			.or(phone.page.getByRole('link', { name: /High/ }))
			.first()
			.click();
		await heading(phone, /^Priorität High/);
		assert.equal(await phone.page.evaluate(() => document.documentElement.lang), 'de');
		assert.deepEqual([phone.faults(), phone.elsewhere], [[], []]);
		await phone.close();
	});

	test('changes its language at once, and keeps it', async () => {
		await go(chrome, '/users', 'Users');
		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Deutsch' }).click();
		await heading(chrome, 'Personen');
		await chrome.page.getByRole('columnheader', { name: 'E-Mail-Adresse' }).waitFor();
		await chrome.page.reload();
		await heading(chrome, 'Personen');
		await chrome.page.getByRole('button', { name: 'Konto' }).click();
		await chrome.page.getByRole('menuitem', { name: 'English' }).click();
		await heading(chrome, 'Users');
	});
});
