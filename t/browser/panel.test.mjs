// panel.test.mjs: the admin panel in Chromium, before the real stack: the flows of flows.mjs, how it looks to whom, and
// what it makes of a server that has troubles.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { newPurchase } from '../admin/support/queue.mjs';
import { addStaff, codeOf, staffPanel } from '../admin/support/staff.mjs';
import { sql } from '../api/support/db.mjs';
import { flows } from './flows.mjs';
import { forms } from './forms.mjs';
import { serviceIsReadOnly } from './mode.mjs';
import {
	anew,
	atLogin,
	atPanel,
	callAs,
	closeAll,
	enter,
	go,
	heading,
	look,
	oddly,
	pictured,
	rowsOf,
	until,
} from './support.mjs';

let chrome;

before(async () => {
	chrome = await enter('admin');
});
after(closeAll);

describe('staff', () => {
	/** "listIsFiltered" → "list is filtered" */
	const told = ({ name }) => name.replaceAll(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

	for (const flow of [...flows, ...forms, serviceIsReadOnly])
		test(told(flow), async () => {
			await anew(chrome);
			await pictured(chrome, flow.name, () => flow(chrome));
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
	const busy = { status: 503, code: 'try_later', detail: 'The server is busy.' };

	test('is asked again when it is busy', async () => {
		const asked = await oddly(chrome, '**/api/admin/audit-events?*', busy, 1);

		await go(chrome, '/audit-events', 'Audit trail');
		await rowsOf(chrome).first().waitFor();
		assert.equal(asked(), 1);
	});

	test('has the word when it stays busy, and when it is gone', async () => {
		await anew(chrome);
		const asked = await oddly(chrome, '**/api/admin/audit-events?*', busy, 3);

		await go(chrome, '/audit-events', 'Audit trail');
		await chrome.page.getByText(busy.detail).first().waitFor();
		assert.equal(asked(), 3);
		await anew(chrome);
		await chrome.page.route('**/api/admin/audit-events?*', (route) => route.abort(), { times: 1 });
		await go(chrome, '/audit-events', 'Audit trail');
		await chrome.page.getByText('The server cannot be reached.').first().waitFor();
	});

	test('counts what is sought no further than that, and the panel says so', async () => {
		const counts = { users: [501, '501+'], residences: [500, '500'], tasks: [100, '100+'] };
		const more = (text) => chrome.page.getByRole('link', { name: `All of them (${text})`, exact: true });

		for (const [name, [count]] of Object.entries(counts))
			await chrome.page.route(`**/api/admin/${name}?*`, (route) =>
				route.fulfill({ json: { count, results: [] } })
			);
		await go(chrome, '/search?q=many', 'Search for “many”');
		await chrome.page.getByRole('main').getByRole('button', { name: 'Search', exact: true }).click();
		for (const [, text] of Object.values(counts))
			await more(text).waitFor();
		await chrome.page.unrouteAll();
	});

	test('shows of some things a hint, which looks like one', async () => {
		const id = await newPurchase('google', 'a-token-of-a-purchase-wxyz');

		await go(chrome, `/subscriptions/${id}/show`, 'Subscription hob_plus_year');
		await chrome.page.getByText('…wxyz', { exact: true }).waitFor();
		await sql("DELETE FROM purchases WHERE id = :'id'", { id });
	});

	test('decides what a role sees', async () => {
		const support = await enter('support');
		await go(support, '/categories', 'Categories');
		await rowsOf(support).first().waitFor();
		assert.equal(await support.page.getByRole('link', { name: 'Create' }).count(), 0);
		assert.equal(await support.page.getByRole('checkbox').count(), 0);
		await rowsOf(support).first().getByRole('link').first().click();
		await heading(support, /^Category /);
		assert.equal(await support.page.getByRole('link', { name: 'Edit' }).count(), 0);
		const wish = { id: 'no', label: 'No', position: 1, icon: 'saw', color: '#000000' };

		assert.equal((await callAs(support, 'POST', '/categories', wish)).status, 403);
		assert.deepEqual(support.faults(), []);
	});
});

describe('the look of it', () => {
	const PAGES = [
		['/', /^(Dashboard|Überblick)$/, 'dashboard'],
		['/audit-events', /^(Audit trail|Protokoll)$/, 'list'],
		['/categories/create', /^(Create Category|Kategorie anlegen)$/, 'create'],
		['/search', /^(Search|Suchen)$/, 'search'],
		['/mode', /^(Read-only mode|Schreibschutz)$/, 'mode'],
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
		const phone = await enter('editor', {
			viewport: { width: 390, height: 844 },
			locale: 'de-DE',
			hasTouch: true,
			isMobile: true,
		});

		await pages(phone, 'phone-german');
		await phone.page.getByRole('button', { name: 'Menü öffnen' }).click();
		await phone.page.getByRole('menuitem', { name: 'Protokoll' }).click();
		await heading(phone, 'Protokoll');
		assert.equal(await phone.page.evaluate(() => document.documentElement.lang), 'de');
		assert.deepEqual([phone.faults(), phone.elsewhere], [[], []]);
	});

	test('changes its language at once, and keeps it', async () => {
		await go(chrome, '/audit-events', 'Audit trail');
		await chrome.page.getByRole('button', { name: 'Profile' }).click();
		await chrome.page.getByRole('menuitem', { name: 'Deutsch' }).click();
		await heading(chrome, 'Protokoll');
		await chrome.page.getByRole('columnheader', { name: 'Handlung' }).waitFor();
		await chrome.page.reload();
		await heading(chrome, 'Protokoll');
		await chrome.page.getByRole('button', { name: 'Konto' }).click();
		await chrome.page.getByRole('menuitem', { name: 'English' }).click();
		await heading(chrome, 'Audit trail');
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

	test('one signs in, finds something, changes it and leaves', async () => {
		const person = await addStaff('editor');
		const panel = await staffPanel('editor');
		const made = { id: 'keys', label: 'Made for keys', position: 0, rank: 0 };
		const keys = await atPanel();
		const { page } = keys;
		const press = async (name, key = 'Enter') => {
			await tabTo(keys, name);
			await page.keyboard.press(key);
		};
		const type = async (name, text) => {
			await press(name, 'Control+A');
			await page.keyboard.type(text);
		};

		assert.equal((await panel.post('/priorities', made)).status, 201);
		await atLogin(keys);
		await page.keyboard.type(person.email);
		await type('Password', person.password);
		await type('Code', codeOf(person));
		await page.keyboard.press('Enter');
		await heading(keys, 'Dashboard');
		await press('Priorities');
		await heading(keys, 'Priorities');
		await press(made.label);
		await heading(keys, `Priority ${made.label}`);
		await press('Edit');
		await type('Label', 'Hurried');
		await page.keyboard.press('Enter');
		await page.waitForURL(/show$/);
		await heading(keys, 'Priority Hurried');
		assert.equal((await panel.get('/priorities/keys')).body.label, 'Hurried');
		await press('Profile');
		await page.locator('[role=menuitem]:focus').waitFor();
		await page.keyboard.press('End');
		await page.getByRole('menuitem', { name: 'Logout' }).and(page.locator(':focus')).waitFor();
		await page.keyboard.press('Enter');
		await atLogin(keys);
		assert.deepEqual(keys.faults(), []);
	});
});
