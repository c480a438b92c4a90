// support.mjs: a browser at the panel of the real stack, and what is asked of each page: no complaint, nothing from
// elsewhere, nothing that axe finds serious.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { addStaff, codeOf } from '../admin/support/staff.mjs';
import { base } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { browser } from '../contract/browser.mjs';

const axe = readFileSync(
	createRequire(new URL('../contract/', import.meta.url)).resolve('axe-core/axe.min.js'),
	'utf8'
);
const shots = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

/** A status that a test brings about is none of the page's faults. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (400|401|403|404|412|422|429|503) /;

mkdirSync(shots, { recursive: true });

const open = [];

/** Chromium at /admin/; `elsewhere` is what it asked others for. */
export async function atPanel(how = {}) {
	const chrome = await browser({ locale: 'en-US', timezoneId: 'Europe/Berlin', ...how });
	const elsewhere = [];

	open.push(chrome);
	chrome.page.on('request', (request) => {
		if (!request.url().startsWith(`${base.origin}/`) && !request.url().startsWith('blob:'))
			elsewhere.push(request.url());
	});
	chrome.page.setDefaultTimeout(10_000);
	await chrome.page.goto(`${base.origin}/admin/`);
	return { ...chrome, elsewhere, faults: () => chrome.complaints.filter((text) => !EXPECTED.test(text)) };
}

/** A file that has opened some closes them when it is done, whatever came of it. */
export const closeAll = () => Promise.all(open.map((chrome) => chrome.close()));

export async function fillIn({ page }, { email, password, code }) {
	await page.getByLabel(/^(Email|Mailadresse)/).fill(email);
	await page.getByLabel(/^(Password|Passwort)/).fill(password);
	await page.getByLabel(/^Code/).fill(code);
	await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
}

/** By a code that may have been used, for nobody waits here for the next one. */
export async function signIn(chrome, person) {
	await sql("UPDATE staff SET totp_step = 0 WHERE email = :'email'", { email: person.email });
	await fillIn(chrome, { ...person, code: codeOf(person) });
}

/** A browser in which somebody new of this role is signed in; `prepare` has it before. */
export async function enter(role, how, prepare) {
	const person = await addStaff(role);
	const chrome = await atPanel(how);

	await prepare?.(chrome);
	await signIn(chrome, person);
	await heading(chrome, /^(Dashboard|Überblick)$/);
	return { ...chrome, person };
}

export const heading = ({ page }, name) => page.getByRole('heading', { level: 1, name }).waitFor();
export const atLogin = ({ page }) => page.getByRole('button', { name: 'Sign in' }).waitFor();

/** A page of the panel by its address behind the "#"; its heading, where one is named, is there when this returns. */
export async function go(chrome, address, name) {
	await chrome.page.goto(`${base.origin}/admin/#${address}`);
	if (name)
		await heading(chrome, name);
}

/** The panel as who opens it finds it, whatever was there before. */
export async function anew(chrome) {
	await chrome.page.goto('about:blank');
	await go(chrome, '/', /./);
}

/** What axe finds serious or critical, in few words. */
export async function unfair({ page }) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() =>
		globalThis.axe.run(document, {
			resultTypes: ['violations'],
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
		})
	);

	return violations
		.filter(({ impact }) => ['serious', 'critical'].includes(impact))
		.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** Nothing moves any more, but what turns for as long as somebody waits: what axe measures is what people see. */
export async function still({ page }) {
	await page.waitForFunction(() =>
		document
			.getAnimations()
			.every(
				({ playState, effect }) =>
					playState !== 'running' || effect.getTiming().iterations === Infinity
			)
	);
}

/** The next `times` requests of this address are answered so, as no server can be asked to. Says how many were. */
export async function oddly({ page }, address, { status, ...problem }, times) {
	let count = 0;
	const answer = (route) => {
		count += 1;
		return route.fulfill({
			status,
			headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '1' },
			body: JSON.stringify({ status, ...problem }),
		});
	};

	await page.route(address, answer, { times });
	return () => count;
}

/** Looks at the page as it is: a picture to be kept, axe, and that nothing but tables scrolls sideways. */
export async function look(chrome, name) {
	await still(chrome);
	await chrome.page.screenshot({ path: `${shots}${name}.png`, fullPage: true });
	assert.deepEqual(await unfair(chrome), [], name);
	const wide = await chrome.page.evaluate(() => document.documentElement.scrollWidth);
	const { width: window } = chrome.page.viewportSize(); // innerWidth of a phone grows with what is on it

	assert.ok(wide <= window, `${name} is ${wide} wide in a window of ${window}`);
}

/** Where it fails, a picture tells more. */
export async function pictured({ page }, name, run) {
	try {
		await run();
	} catch (error) {
		await page.screenshot({ path: `${shots}failed-${name}.png`, fullPage: true });
		throw error;
	}
}

/** A call of the API by the page's own session, as another tab of the same person would make it. */
export function callAs({ page }, method, path, body, headers = {}) {
	return page.evaluate(
		async ([verb, where, sent, more]) => {
			const answer = await fetch(`/api/admin${where}`, {
				method: verb,
				body: sent && JSON.stringify(sent),
				headers: { 'X-Hob-Admin': '1', 'Content-Type': 'application/json', ...more },
			});

			return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
		},
		[method, path, body, headers]
	);
}

export const rowsOf = ({ page }) => page.locator('table tbody tr');

/** The texts of one column of the table, by its heading. */
export async function cells({ page }, heading) {
	const names = await page.locator('table thead th').allInnerTexts();
	const at = names.findIndex((name) => name.trim() === heading);

	assert.notEqual(at, -1, `${heading} is none of ${names}`);
	return page.locator(`table tbody tr td:nth-child(${at + 1})`).allInnerTexts();
}

/** Waits until `look` returns something good, for as long as a page may take. */
export async function until(what, condition, ms = 10_000) {
	const end = Date.now() + ms;

	while (!(await condition())) {
		assert.ok(Date.now() < end, `${what}, after ${ms} ms`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

export const button = ({ page }, name, where = page) => where.getByRole('button', { name, exact: true });
export const dialog = ({ page }) => page.getByRole('dialog');
export const toast = ({ page }, text) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();
export const expectOk = ({ status, body }) => {
	assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
	return body;
};
export const told = (chrome, text) => chrome.page.getByText(text).first().waitFor();

/** Answers a question of the panel. */
export const give = async (chrome, name, value) => {
	await dialog(chrome).getByLabel(new RegExp(`^${name}`)).fill(value);
	await button(chrome, 'Confirm').click();
};

let counter = 0;
export const fresh = (name) => `${name} ${process.pid}-${(counter += 1)}`;

/** Somebody with a home. */
export const newPerson = async () => {
	const person = await signUp({ first_name: 'Nora', last_name: fresh('Lind') });
	const home = await newResidence(person, { name: fresh('House'), city: 'Kiel' });

	return { ...person, home };
};
