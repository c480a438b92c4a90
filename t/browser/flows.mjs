// flows.mjs: what staff do in the panel, as they do it: by what they see. Each takes a browser that is signed in at
// the panel of any base URL (`chrome`), and brings about what it looks at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { readCsv } from '../api/support/csv.mjs';
import { callAs, cells, go, look, rowsOf, until } from './support.mjs';

const button = ({ page }, name, where = page) => where.getByRole('button', { name, exact: true });
const dialog = ({ page }) => page.getByRole('dialog');
const toast = ({ page }, text) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();
const expectOk = ({ status, body }) => {
	assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
	return body;
};

let counter = 0;
const fresh = (name) => `${name} ${process.pid}-${(counter += 1)}`;

const newCategory = async (chrome, more = {}) =>
	expectOk(await callAs(chrome, 'POST', '/categories', { name: fresh('Shed'), is_active: true, ...more }));

const count = async (chrome, query = '') => expectOk(await callAs(chrome, 'GET', `/users?page_size=1${query}`)).count;
const told = (chrome, text) => chrome.page.getByText(text).first().waitFor();

async function listIsPagedSortedAndSearched(chrome) {
	const { page } = chrome;
	const all = await count(chrome);

	await go(chrome, '/users', 'Users');
	await told(chrome, `1-${Math.min(25, all)} of ${all}`);
	assert.equal(await rowsOf(chrome).count(), Math.min(25, all));
	await look(chrome, 'list');
	await button(chrome, 'Sort by mail address ascending').click();
	await page.waitForURL(/sort=email/);
	await until('sorted', async () => {
		const mails = await cells(chrome, 'Mail address');
		return mails.length > 1 && mails.every((mail, i) => i === 0 || mails[i - 1].localeCompare(mail) <= 0);
	});
	await button(chrome, 'Go to page 2').click();
	await told(chrome, `26-${Math.min(50, all)} of ${all}`);
	const [{ email }] = expectOk(await callAs(chrome, 'GET', '/users?page_size=1&ordering=-created_at')).results;

	await page.getByRole('textbox', { name: 'Search', exact: true }).fill(email);
	await until('found', async () => (await cells(chrome, 'Mail address')).join() === email);
}

async function listIsFiltered(chrome) {
	const { page } = chrome;
	const german = await count(chrome, '&locale=de');

	await go(chrome, '/users', 'Users');
	await button(chrome, 'Add filter').click();
	await page.getByRole('menuitemcheckbox', { name: 'Locale' }).click();
	await page.getByRole('combobox', { name: 'Locale' }).click();
	await page.getByRole('option', { name: 'German' }).click();
	await told(chrome, new RegExp(`-${Math.min(25, german)} of ${german}$`));
	assert.deepEqual([...new Set(await cells(chrome, 'Locale'))], ['German']);
	const recent = await count(
		chrome,
		`&locale=de&created_at__gte=${new Date('2026-11-10T00:00+01:00').toISOString()}`
	);

	await button(chrome, 'Add filter').click();
	await page.getByRole('menuitemcheckbox', { name: 'Created from' }).click();
	await page.getByLabel('Created from').fill('2026-11-10T00:00');
	await told(chrome, new RegExp(`-${Math.min(25, recent)} of ${recent}$`));
}

async function columnsAreChosenAndKept(chrome) {
	const { page } = chrome;

	await go(chrome, '/categories', 'Categories');
	await rowsOf(chrome).first().waitFor();
	assert.equal(await page.getByRole('columnheader', { name: 'Version' }).count(), 0);
	await button(chrome, 'Columns').click();
	await page.getByRole('switch', { name: 'Version' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('columnheader', { name: 'Version' }).waitFor();
	await page.reload();
	await page.getByRole('columnheader', { name: 'Version' }).waitFor();
}

/** The file is the list, read by another program than ours; what a spreadsheet would run is text in it. */
async function csvIsTheList(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome, { description: '=1+1, "quoted"\nand a second line' });

	await go(
		chrome,
		`/categories?filter=${encodeURIComponent(JSON.stringify({ search: made.name }))}`,
		'Categories'
	);
	await rowsOf(chrome).first().waitFor();
	const [download] = await Promise.all([page.waitForEvent('download'), button(chrome, 'CSV').click()]);
	const rows = readCsv(readFileSync(await download.path(), 'utf8'));

	assert.match(download.suggestedFilename(), /^categories-\d{4}-\d\d-\d\d\.csv$/);
	assert.deepEqual(
		rows.map(({ id }) => id),
		[made.id]
	);
	assert.equal(rows[0].description, '\'=1+1, "quoted"\nand a second line');
}

async function createIsToldWhatIsWrong(chrome) {
	const { page } = chrome;
	const taken = await newCategory(chrome);
	const name = fresh('Attic');

	await go(chrome, '/categories', 'Categories');
	await page.getByRole('link', { name: 'Create', exact: true }).click();
	await button(chrome, 'Save').click();
	await page.getByText('Required', { exact: true }).waitFor();
	await page.getByLabel(/^Name/).fill(taken.name);
	await page.getByLabel('Position').fill('-1');
	await button(chrome, 'Save').click();
	await until(
		'both fields say what is wrong',
		async () =>
			(await page.getByLabel(/^Name/).getAttribute('aria-invalid')) === 'true' &&
			(await page.getByLabel('Position').getAttribute('aria-invalid')) === 'true'
	);
	await look(chrome, 'field-errors');
	await page.getByLabel(/^Name/).fill(name);
	await page.getByLabel('Position').fill('7');
	await button(chrome, 'Save').click();
	await page.getByRole('heading', { level: 1, name: `Category ${name}` }).waitFor();
	const {
		results: [made],
	} = expectOk(await callAs(chrome, 'GET', `/categories?search=${encodeURIComponent(name)}`));

	assert.deepEqual([made.name, made.position, made.is_active], [name, 7, false]);
}

/** Only what was changed is sent. */
async function editChangesWhatWasTouched(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome);

	await go(chrome, `/categories/${made.id}`, `Category ${made.name}`);
	await page.getByLabel('Color').fill('green');
	await look(chrome, 'edit');
	const [request] = await Promise.all([
		page.waitForRequest((r) => r.method() === 'PATCH'),
		button(chrome, 'Save').click(),
	]);

	assert.deepEqual(request.postDataJSON(), { color: 'green' });
	assert.equal(request.headers()['if-match'], `"${made.version}"`);
	await page.waitForURL(/show$/);
	await told(chrome, 'green');
}

/** Somebody else was faster: what they alone touched stays theirs, of the rest is chosen. */
async function staleEditIsMerged(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome, { color: 'red', position: 1, description: 'old' });
	const path = `/categories/${made.id}`;

	await go(chrome, path, `Category ${made.name}`);
	await page.getByLabel('Color').fill('mine');
	await page.getByLabel('Position').fill('5');
	expectOk(
		await callAs(
			chrome,
			'PATCH',
			path,
			{ color: 'theirs', description: 'theirs too' },
			{ 'If-Match': '"1"' }
		)
	);
	await button(chrome, 'Save').click();
	await dialog(chrome).getByText('Somebody has changed it meanwhile').waitFor();
	const color = dialog(chrome).getByRole('radiogroup', { name: 'Color' });
	const position = dialog(chrome).getByRole('radiogroup', { name: 'Position' });

	assert.ok(await color.getByRole('radio', { name: 'Theirs: theirs' }).isChecked());
	assert.ok(await position.getByRole('radio', { name: 'Mine: 5' }).isChecked());
	assert.equal(await dialog(chrome).getByRole('radiogroup').count(), 2);
	await look(chrome, 'stale-edit');
	await color.getByRole('radio', { name: 'Mine: mine' }).check();
	await button(chrome, 'Save the choice').click();
	await page.waitForURL(/show$/);
	const now = expectOk(await callAs(chrome, 'GET', path));

	assert.deepEqual([now.color, now.position, now.description], ['mine', 5, 'theirs too']);
}

async function manyAreChangedAndDeleted(chrome) {
	const { page } = chrome;
	const name = fresh('Heap');
	const made = [];

	for (const n of [1, 2, 3])
		made.push(await newCategory(chrome, { name: `${name} ${n}`, color: 'grey' }));
	await go(chrome, `/categories?filter=${encodeURIComponent(JSON.stringify({ search: name }))}`, 'Categories');
	await until('three are there', async () => (await rowsOf(chrome).count()) === 3);
	for (const n of [1, 2])
		await page
			.getByRole('row', { name: `${name} ${n}` })
			.getByRole('checkbox')
			.check();
	await told(chrome, '2 items selected');
	await button(chrome, 'Change').click();
	await dialog(chrome).getByRole('combobox', { name: 'What to change' }).click();
	await page.getByRole('option', { name: 'Color' }).click();
	await dialog(chrome).getByLabel('To what').fill('blue');
	await look(chrome, 'bulk');
	await button(chrome, 'Save').click();
	await until('two are blue', async () => (await cells(chrome, 'Color')).sort().join() === 'blue,blue,grey');
	await page.getByRole('checkbox', { name: 'Select all' }).check();
	await button(chrome, 'Delete').click();
	await button(chrome, 'Confirm', dialog(chrome)).click();
	await toast(chrome, '3 elements deleted');
	assert.equal((await callAs(chrome, 'GET', `/categories/${made[0].id}`)).status, 404);
}

/** A write that wants a reason asks for it, and the audit trail has it. */
async function reasonIsAskedAndKept(chrome) {
	const { page } = chrome;
	const [home] = expectOk(await callAs(chrome, 'GET', '/residences?page_size=1')).results;
	const reason = fresh('They asked for it – "bitte schön"');

	await go(chrome, `/residences/${home.id}`, `Residence ${home.name}`);
	await page.getByLabel(/^Name/).fill(fresh('House'));
	await button(chrome, 'Save').click();
	await dialog(chrome).getByText('Why?').waitFor();
	await look(chrome, 'reason');
	await dialog(chrome)
		.getByLabel(/^Reason/)
		.fill(reason);
	await page.keyboard.press('Enter');
	await page.waitForURL(/show$/);
	const { results } = expectOk(await callAs(chrome, 'GET', `/audit-events?subject=${home.id}`));

	assert.ok(results.some((row) => row.reason === reason));
}

/** What lies in a home is read one home at a time, and with a reason, asked once for that home. */
async function contentsAskForAHomeAndAReason(chrome) {
	const { page } = chrome;
	const [first, second] = expectOk(await callAs(chrome, 'GET', '/residences?page_size=2')).results;
	const at = (home) => `/tasks?filter=${encodeURIComponent(JSON.stringify({ residence_id: home.id }))}`;
	const reads = [];

	page.on('request', (request) => request.url().includes('/api/admin/tasks') && reads.push(request.headers()));
	await go(chrome, '/tasks', 'Tasks');
	await told(chrome, 'Choose first: Residence.');
	assert.equal(reads.length, 0);
	await go(chrome, at(first));
	await dialog(chrome)
		.getByLabel(/^Reason/)
		.fill('a call');
	await button(chrome, 'Confirm').click();
	await rowsOf(chrome).first().waitFor();
	assert.equal(reads.at(-1)['x-hob-reason'], 'a%20call');
	await button(chrome, 'Refresh').click();
	await until('read again without a word', () => reads.length === 3 && reads[2]['x-hob-reason'] === 'a%20call');
	await go(chrome, at(second));
	await dialog(chrome).getByText('Why?').waitFor();
	await button(chrome, 'Cancel').click();
	await dialog(chrome).waitFor({ state: 'detached' });
	await go(chrome, at(first));
	await rowsOf(chrome).first().getByRole('link').first().click();
	await dialog(chrome).getByText('Why?').waitFor();
	assert.equal(
		await dialog(chrome)
			.getByLabel(/^Reason/)
			.inputValue(),
		'a call'
	);
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: /^Task / }).waitFor();
}

/** A dangerous act asks for the password; a wrong one may be mended. What is kept secret is not shown. */
async function passwordIsAskedAgain(chrome, { password }) {
	const { page } = chrome;
	const { results } = expectOk(await callAs(chrome, 'GET', '/settings'));
	const mail = results.find(({ key }) => key === 'mail');

	await go(chrome, `/settings/${mail.id}`, 'Setting mail');
	assert.equal(await page.getByLabel('Secret').inputValue(), '');
	await page.getByLabel('Value').fill('{"from": ');
	await button(chrome, 'Save').click();
	await told(chrome, 'This is not JSON.');
	await page.getByLabel('Value').fill('{"from": "house@hob.example"}');
	const patches = [];
	page.on('request', (request) => request.method() === 'PATCH' && patches.push(request.postDataJSON()));
	await button(chrome, 'Save').click();
	await dialog(chrome)
		.getByLabel(/^Password/)
		.fill('wrong');
	await button(chrome, 'Confirm').click();
	await dialog(chrome).getByText('The password is wrong.').waitFor();
	await dialog(chrome)
		.getByLabel(/^Password/)
		.fill(password);
	await button(chrome, 'Confirm').click();
	await page.waitForURL(/show$/);
	assert.deepEqual(patches.at(-1), { value: { from: 'house@hob.example' } });
}

/** An act with fields, and one that is dangerous and wants a reason. */
async function actsAreDone(chrome, { password }) {
	const { page } = chrome;
	const [user] = expectOk(await callAs(chrome, 'GET', '/users?page_size=1&ordering=created_at')).results;

	await go(chrome, `/users/${user.id}/show`, `User ${user.email}`);
	await button(chrome, 'Grant tier').click();
	await button(chrome, 'Grant tier', dialog(chrome)).click();
	await dialog(chrome).getByText('Required', { exact: true }).first().waitFor();
	await dialog(chrome).getByRole('combobox', { name: /^Tier/ }).click();
	await page.getByRole('option', { name: 'Family' }).click();
	await dialog(chrome)
		.getByLabel(/^Until/)
		.fill('2027-01-31');
	await button(chrome, 'Grant tier', dialog(chrome)).click();
	await dialog(chrome)
		.getByLabel(/^Reason/)
		.fill('a gift');
	await button(chrome, 'Confirm').click();
	await toast(chrome, 'Done');
	await button(chrome, 'Deactivate').click();
	await button(chrome, 'Deactivate', dialog(chrome)).click();
	await dialog(chrome)
		.getByLabel(/^Reason/)
		.fill('an order');
	await button(chrome, 'Confirm').click();
	const asked = dialog(chrome).getByLabel(/^Password/);

	await until(
		'the password, or done',
		async () => (await asked.count()) || (await dialog(chrome).count()) === 0
	);
	if (await asked.count()) {
		await asked.fill(password);
		await button(chrome, 'Confirm').click();
	}
	await until(
		'it is so',
		async () => expectOk(await callAs(chrome, 'GET', `/users/${user.id}`)).disabled_at !== null
	);
}

/** What cannot be changed can be deleted from where it is shown. */
async function sessionIsEnded(chrome) {
	const { page } = chrome;
	const { count: before } = expectOk(await callAs(chrome, 'GET', '/sessions'));

	await go(chrome, '/sessions', 'Sessions of staff');
	await rowsOf(chrome).last().getByRole('link').first().click();
	await page.getByRole('heading', { level: 1, name: /^Session of staff / }).waitFor();
	assert.equal(await page.getByRole('link', { name: 'Edit', exact: true }).count(), 0);
	await button(chrome, 'Delete').click();
	await button(chrome, 'Confirm', dialog(chrome)).click();
	await page.getByRole('heading', { level: 1, name: 'Sessions of staff' }).waitFor();
	await until(
		'one is gone',
		async () => expectOk(await callAs(chrome, 'GET', '/sessions')).count === before - 1
	);
}

/** Homes, subscription, devices, notices and the audit trail of a person, on one screen. */
async function userIsOnOneScreen(chrome) {
	const { page } = chrome;
	const [user] = expectOk(await callAs(chrome, 'GET', '/users?page_size=1&ordering=created_at')).results;

	await go(chrome, `/users/${user.id}/show`, `User ${user.email}`);
	for (const name of ['Members', 'Residences', 'Subscriptions', 'Devices', 'Notices', 'Audit trail']) {
		const section = page.getByRole('button', { name, exact: true });

		assert.equal(await section.getAttribute('aria-expanded'), 'true', name);
	}
	await told(chrome, 'Phone 1');
	await look(chrome, 'user');
}

async function searchFinds(chrome) {
	const { page } = chrome;
	const [user] = expectOk(await callAs(chrome, 'GET', '/users?page_size=1')).results;

	await page.getByRole('searchbox', { name: /^Search users/ }).fill(user.email);
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: `Search for “${user.email}”` }).waitFor();
	await page.getByRole('link', { name: user.email, exact: true }).waitFor();
	await told(chrome, 'Searching them asks for a reason.');
	await look(chrome, 'search');
	await button(chrome, 'Search', page.getByRole('main')).click();
	await dialog(chrome)
		.getByLabel(/^Reason/)
		.fill('a call');
	await button(chrome, 'Confirm').click();
	await until('all were searched', async () => (await page.getByText('Nothing found.').count()) === 2);
	await page.getByRole('link', { name: user.email, exact: true }).click();
	await page.getByRole('heading', { level: 1, name: `User ${user.email}` }).waitFor();
	assert.equal(await page.title(), `User ${user.email} · Hob`);
}

async function overviewHasNumbersAndCharts(chrome) {
	const { page } = chrome;
	const charts = page.getByRole('figure').getByRole('img');

	await go(chrome, '/', 'Dashboard');
	await charts.first().waitFor();
	await look(chrome, 'dashboard');
	const short = await charts.first().locator('polyline').getAttribute('points');

	assert.equal(short.split(' ').length, 30);
	assert.match(await charts.first().getAttribute('aria-label'), /^Sign ups: \d+ on .*; between \d+ and \d+$/);
	await button(chrome, '365 days').click();
	await until(
		'a year',
		async () =>
			(await charts.first().locator('polyline').getAttribute('points')).split(' ').length === 365
	);
}

/** In this order: a password that was asked for holds for five minutes. */
export const flows = [
	listIsPagedSortedAndSearched,
	listIsFiltered,
	columnsAreChosenAndKept,
	csvIsTheList,
	createIsToldWhatIsWrong,
	editChangesWhatWasTouched,
	staleEditIsMerged,
	manyAreChangedAndDeleted,
	reasonIsAskedAndKept,
	contentsAskForAHomeAndAReason,
	passwordIsAskedAgain,
	actsAreDone,
	sessionIsEnded,
	userIsOnOneScreen,
	searchFinds,
	overviewHasNumbersAndCharts,
];
