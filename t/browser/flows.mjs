// flows.mjs: what staff do in the panel, as they do it: by what they see. Each takes a browser in which an admin is
// signed in (`chrome`), and brings about what it looks at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { freshEmail } from '../admin/support/staff.mjs';
import { readCsv } from '../api/support/csv.mjs';
import { sql } from '../api/support/db.mjs';
import { crowd, newTask } from '../api/support/people.mjs';
import {
	anew,
	atLogin,
	atPanel,
	button,
	callAs,
	cells,
	dialog,
	enter,
	expectOk,
	fresh,
	give,
	go,
	heading,
	look,
	newPerson,
	rowsOf,
	signIn,
	toast,
	told,
	until,
} from './support.mjs';

/** "shed-4711-1": what ids of lookups look like. */
const freshCode = (name) => fresh(name).toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
const filtered = (filter) => `?filter=${encodeURIComponent(JSON.stringify(filter))}`;

const newCategory = async (chrome, more = {}) =>
	expectOk(
		await callAs(chrome, 'POST', '/categories', {
			id: freshCode('shed'),
			label: fresh('Shed'),
			position: 500,
			icon: 'hammer',
			color: '#2f4a9c',
			...more,
		})
	);

const count = async (chrome, query = '') => expectOk(await callAs(chrome, 'GET', `/users?page_size=1${query}`)).count;

async function listIsPagedSortedAndSearched(chrome) {
	const { page } = chrome;

	await crowd(30);
	const all = await count(chrome);
	const [oldest] = expectOk(await callAs(chrome, 'GET', '/users?page_size=1&ordering=created_at')).results;

	await go(chrome, '/users', 'Users');
	await told(chrome, `1-25 of ${all}`);
	assert.equal(await rowsOf(chrome).count(), 25);
	await look(chrome, 'list');
	await button(chrome, 'Go to page 2').click();
	await told(chrome, `26-${Math.min(50, all)} of ${all}`);
	await button(chrome, 'Sort by created ascending').click();
	await page.waitForURL(/sort=created_at/);
	await until('sorted', async () => (await cells(chrome, 'Mail address'))[0] === oldest.email);
	const { email } = await newPerson();

	await page.getByRole('textbox', { name: 'Search', exact: true }).fill(email);
	await until('found', async () => (await cells(chrome, 'Mail address')).join() === email);
}

async function listIsFiltered(chrome) {
	const { page } = chrome;
	const winter = expectOk(await callAs(chrome, 'GET', '/task-templates?season=winter')).count;

	await go(chrome, '/task-templates', 'Task templates');
	await button(chrome, 'Add filter').click();
	await page.getByRole('menuitemcheckbox', { name: 'Season' }).click();
	await page.getByRole('combobox', { name: 'Season' }).click();
	await page.getByRole('option', { name: 'Winter' }).click();
	await told(chrome, new RegExp(`-${Math.min(25, winter)} of ${winter}$`));
	assert.deepEqual([...new Set(await cells(chrome, 'Season'))], ['Winter']);
	const recent = await count(chrome, `&created_at__gte=${new Date('2026-01-10T00:00+01:00').toISOString()}`);

	await go(chrome, '/users', 'Users');
	await button(chrome, 'Add filter').click();
	await page.getByRole('menuitemcheckbox', { name: 'Created from' }).click();
	await page.getByLabel('Created from').fill('2026-01-10T00:00');
	await told(chrome, new RegExp(`-25 of ${recent}$`));
}

async function columnsAreChosenAndKept(chrome) {
	const { page } = chrome;
	const color = page.getByRole('columnheader', { name: 'Color' });

	await go(chrome, '/categories', 'Categories');
	await color.waitFor();
	await button(chrome, 'Columns').click();
	await page.getByRole('switch', { name: 'Color' }).uncheck();
	await page.keyboard.press('Escape');
	await color.waitFor({ state: 'detached' });
	await page.reload();
	await rowsOf(chrome).first().waitFor();
	assert.equal(await color.count(), 0);
	await button(chrome, 'Columns').click();
	await page.getByRole('switch', { name: 'Color' }).check();
	await page.keyboard.press('Escape');
	await color.waitFor();
}

/** The file is the list, read by another program than ours; what a spreadsheet would run is text in it. */
async function csvIsTheList(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome, { label: `=1+1, "quoted" ${fresh('ä')}` });

	await go(chrome, `/categories${filtered({ search: made.label })}`, 'Categories');
	await until('one is there', async () => (await rowsOf(chrome).count()) === 1);
	const [download] = await Promise.all([page.waitForEvent('download'), button(chrome, 'CSV').click()]);
	const text = readFileSync(await download.path(), 'utf8');

	assert.match(download.suggestedFilename(), /^categories-\d{4}-\d\d-\d\d\.csv$/);
	assert.equal(text[0], '\ufeff');
	const rows = readCsv(text.slice(1));

	assert.deepEqual(
		rows.map(({ id, label, position }) => [id, label, position]),
		[[made.id, `'${made.label}`, '500']]
	);
}

const isFaulty = async ({ page }, label) => (await page.getByLabel(label).getAttribute('aria-invalid')) === 'true';

async function createIsToldWhatIsWrong(chrome) {
	const { page } = chrome;
	const id = freshCode('attic');
	const label = fresh('Attic');

	await go(chrome, '/categories', 'Categories');
	await page.getByRole('link', { name: 'Create', exact: true }).click();
	await button(chrome, 'Save').click();
	await page.getByText('Required', { exact: true }).first().waitFor();
	for (const [name, value] of [
		[/^ID/, 'No code'],
		[/^Label/, label],
		[/^Position/, '7'],
		[/^Icon/, 'No code'],
		[/^Color/, '#00ff00'],
	])
		await page.getByLabel(name).fill(value);
	await button(chrome, 'Save').click();
	await until(
		'both fields say what is wrong',
		async () => (await isFaulty(chrome, /^ID/)) && (await isFaulty(chrome, /^Icon/))
	);
	assert.equal(await isFaulty(chrome, /^Label/), false);
	await look(chrome, 'field-errors');
	await page.getByLabel(/^ID/).fill(id);
	await page.getByLabel(/^Icon/).fill('hammer');
	await button(chrome, 'Save').click();
	await heading(chrome, `Category ${label}`);
	const made = expectOk(await callAs(chrome, 'GET', `/categories/${id}`));

	assert.deepEqual([made.label, made.position, made.color], [label, 7, '#00ff00']);
}

/** Only what was changed is sent. */
async function editChangesWhatWasTouched(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome);

	await go(chrome, `/categories/${made.id}`, `Category ${made.label}`);
	await page.getByLabel(/^Color/).fill('#00ff00');
	await look(chrome, 'edit');
	const [request] = await Promise.all([
		page.waitForRequest((r) => r.method() === 'PATCH'),
		button(chrome, 'Save').click(),
	]);

	assert.deepEqual(request.postDataJSON(), { color: '#00ff00' });
	assert.equal(request.headers()['if-match'], `"${made.version}"`);
	await page.waitForURL(/show$/);
	await told(chrome, '#00ff00');
}

/** Somebody else was faster: what they alone touched stays theirs, of the rest is chosen. */
async function staleEditIsMerged(chrome) {
	const { page } = chrome;
	const made = await newCategory(chrome, { color: '#ff0000', position: 501 });
	const path = `/categories/${made.id}`;

	await go(chrome, path, `Category ${made.label}`);
	await page.getByLabel(/^Color/).fill('#00ff00');
	await page.getByLabel(/^Position/).fill('505');
	expectOk(
		await callAs(
			chrome,
			'PATCH',
			path,
			{ color: '#0000ff', icon: 'saw' },
			{ 'If-Match': `"${made.version}"` }
		)
	);
	await button(chrome, 'Save').click();
	await dialog(chrome).getByText('Somebody has changed it meanwhile').waitFor();
	const color = dialog(chrome).getByRole('radiogroup', { name: 'Color' });
	const position = dialog(chrome).getByRole('radiogroup', { name: 'Position' });

	assert.ok(await color.getByRole('radio', { name: 'Theirs: #0000ff' }).isChecked());
	assert.ok(await position.getByRole('radio', { name: 'Mine: 505' }).isChecked());
	assert.equal(await dialog(chrome).getByRole('radiogroup').count(), 2);
	await look(chrome, 'stale-edit');
	await color.getByRole('radio', { name: 'Mine: #00ff00' }).check();
	await button(chrome, 'Save the choice').click();
	await page.waitForURL(/show$/);
	const now = expectOk(await callAs(chrome, 'GET', path));

	assert.deepEqual([now.color, now.position, now.icon], ['#00ff00', 505, 'saw']);
}

/** Somebody has a task of it. */
async function used({ id }) {
	const person = await newPerson();

	await newTask(person, person.home, { category: id });
}

/** One that cannot be deleted leaves the others deleted, and says why. */
async function manyAreChangedAndDeleted(chrome) {
	const { page } = chrome;
	const name = fresh('Heap');
	const made = [];

	for (const n of [1, 2, 3])
		made.push(await newCategory(chrome, { label: `${name} ${n}` }));
	await go(chrome, `/categories${filtered({ search: name })}`, 'Categories');
	await until('three are there', async () => (await rowsOf(chrome).count()) === 3);
	for (const n of [1, 2])
		await page
			.getByRole('row', { name: `${name} ${n}` })
			.getByRole('checkbox')
			.check();
	await told(chrome, '2 items selected');
	await button(chrome, 'Change').click();
	await dialog(chrome).getByRole('combobox', { name: 'What to change' }).click();
	await page.getByRole('option', { name: 'Icon' }).click();
	await dialog(chrome).getByLabel(/^To what/).fill('No code');
	await button(chrome, 'Save', dialog(chrome)).click();
	await until('the fault is at the field', () => isFaulty(chrome, /^To what/));
	await look(chrome, 'bulk');
	await dialog(chrome).getByLabel(/^To what/).fill('saw');
	await button(chrome, 'Save', dialog(chrome)).click();
	await toast(chrome, '2 elements updated');
	await until(
		'two are saws',
		async () => (await cells(chrome, 'Icon')).sort().join() === 'hammer,saw,saw'
	);
	await page.getByRole('checkbox', { name: 'Select all' }).check();
	await used(made[1]);
	await button(chrome, 'Delete').click();
	await button(chrome, 'Confirm', dialog(chrome)).click();
	for (const text of ['One was refused', /^Done: 2\./, made[1].label, 'Something still uses this.'])
		await dialog(chrome).getByText(text).waitFor();
	await look(chrome, 'refused');
	await button(chrome, 'Close', dialog(chrome)).click();
	await told(chrome, '1 item selected');
	await until('it alone is left', async () => (await cells(chrome, 'Label')).join() === made[1].label);
}

/** A write that wants a reason asks for it, and the audit trail has it. */
async function reasonIsAskedAndKept(chrome) {
	const { page } = chrome;
	const { home } = await newPerson();
	const reason = fresh('They asked for it – "bitte schön"');
	const name = fresh('House');

	await go(chrome, `/residences/${home.id}`, `Residence ${home.name}`);
	await page.getByLabel(/^Name/).fill(name);
	await button(chrome, 'Save').click();
	await dialog(chrome).getByText('Why?').waitFor();
	await look(chrome, 'reason');
	await dialog(chrome).getByLabel(/^Reason/).fill(reason);
	await page.keyboard.press('Enter');
	await page.waitForURL(/show$/);
	const { results } = expectOk(await callAs(chrome, 'GET', `/audit-events?subject=${home.id}`));

	assert.ok(results.some((row) => row.reason === reason));
	await heading(chrome, `Residence ${name}`);
}

/** What lies in a home is read one home at a time, and with a reason, asked once for that home. */
async function contentsAskForAHomeAndAReason(chrome) {
	const { page } = chrome;
	const people = [await newPerson(), await newPerson()];
	const [first, second] = people.map(({ home }) => home);
	const at = (home) => `/tasks${filtered({ residence_id: home.id })}`;
	const reads = [];

	for (const person of people)
		await newTask(person, person.home, { title: 'Water the lemon tree' });
	page.on('request', (request) => request.url().includes('/api/admin/tasks') && reads.push(request.headers()));
	await go(chrome, '/tasks', 'Tasks');
	await told(chrome, 'Choose first: Residence.');
	assert.equal(reads.length, 0);
	await go(chrome, at(first));
	await give(chrome, 'Reason', 'a call');
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
		await dialog(chrome).getByLabel(/^Reason/).inputValue(),
		'a call'
	);
	await page.keyboard.press('Enter');
	await heading(chrome, 'Task Water the lemon tree');
}

/** A dangerous act asks for the password; a wrong one may be mended. */
async function passwordIsAskedAgain(chrome) {
	const { page, person } = chrome;
	const [setting] = expectOk(await callAs(chrome, 'GET', '/settings?page_size=1')).results;

	await go(chrome, `/settings/${setting.id}`, `Setting ${setting.id}`);
	await page.getByLabel(/^Value/).fill(String(setting.value + 1));
	await button(chrome, 'Save').click();
	await give(chrome, 'Password', 'wrong');
	await dialog(chrome).getByText('The password is wrong.').waitFor();
	await look(chrome, 'password');
	await give(chrome, 'Password', person.password);
	await page.waitForURL(/show$/);
	assert.equal(expectOk(await callAs(chrome, 'GET', `/settings/${setting.id}`)).value, setting.value + 1);
	await callAs(chrome, 'PATCH', `/settings/${setting.id}`, { value: setting.value });
}

/** Acts with a reason, without and with fields. */
async function actsAreDone(chrome) {
	const { page } = chrome;
	const { user, email } = await newPerson();

	await go(chrome, `/users/${user.id}/show`, `User ${email}`);
	await button(chrome, 'Grant tier').click();
	await button(chrome, 'Grant tier', dialog(chrome)).click();
	await dialog(chrome).getByText('Required', { exact: true }).first().waitFor();
	await dialog(chrome).getByRole('combobox', { name: /^Tier/ }).fill('pro');
	await page.getByRole('option', { name: 'pro', exact: true }).click();
	await dialog(chrome).getByLabel(/^Until/).fill('2028-01-31');
	await button(chrome, 'Grant tier', dialog(chrome)).click();
	await give(chrome, 'Reason', 'a gift');
	await toast(chrome, 'Done');
	await button(chrome, 'Deactivate').click();
	await button(chrome, 'Deactivate', dialog(chrome)).click();
	await give(chrome, 'Reason', 'an order');
	await until(
		'it is so',
		async () => expectOk(await callAs(chrome, 'GET', `/users/${user.id}`)).is_active === false
	);
}

/** What cannot be changed can be deleted from where it is shown: somebody of staff is signed out. */
async function sessionIsEnded(chrome) {
	const { page } = chrome;
	const other = await enter('support');
	const all = expectOk(await callAs(chrome, 'GET', '/staff-sessions?page_size=100')).results;
	const { id } = all.find(({ staff_email: email }) => email === other.person.email);

	await go(chrome, `/staff-sessions/${id}/show`, `Session of staff ${other.person.email}`);
	assert.equal(await page.getByRole('link', { name: 'Edit', exact: true }).count(), 0);
	await button(chrome, 'Delete').click();
	await button(chrome, 'Confirm', dialog(chrome)).click();
	await heading(chrome, 'Sessions of staff');
	await go(other, '/audit-events');
	await atLogin(other);
}

/** Somebody of staff is made, and signs in with what is shown once; nothing keeps it. */
async function staffAreMade(chrome) {
	const { page, person } = chrome;
	const email = freshEmail();

	await go(chrome, '/staff', 'Staff');
	await page.getByRole('link', { name: 'Create', exact: true }).click();
	await page.getByLabel(/^Mail address/).fill(email);
	await page.getByLabel(/^Name/).fill('Ida Falk');
	await page.getByRole('combobox', { name: /^Role/ }).click();
	await page.getByRole('option', { name: 'Support' }).click();
	await button(chrome, 'Save').click();
	const field = (name) => dialog(chrome).getByLabel(name, { exact: true }).inputValue();
	const asked = dialog(chrome).getByLabel(/^Password \*/);
	const shown = dialog(chrome).getByText('What they sign in with');

	await asked.or(shown).first().waitFor();
	if (await asked.count())
		await give(chrome, 'Password', person.password);
	await shown.waitFor();
	await look(chrome, 'credentials');
	const password = await field('Password');
	const url = new URL(await field('For the authenticator app'));

	assert.equal((await field('Recovery codes')).split('\n').length, 10);
	await button(chrome, 'I have it').click();
	await heading(chrome, `Staff ${email}`);
	assert.equal(await page.getByText(password).count(), 0);
	const other = await atPanel();

	await signIn(other, { email, password, url });
	await heading(other, 'Dashboard');
}

const USER_HAS = ['Members', 'Residences', 'Sessions', 'Subscriptions', 'Devices', 'Notices', 'Audit trail'];

/** Homes, sessions, subscription, devices, notices and the audit trail of a person, on one screen. */
async function userIsOnOneScreen(chrome) {
	const { page } = chrome;
	const { user, email, home } = await newPerson();

	await go(chrome, `/users/${user.id}/show`, `User ${email}`);
	for (const name of USER_HAS) {
		const section = page.getByRole('button', { name, exact: true });

		assert.equal(await section.getAttribute('aria-expanded'), 'true', name);
	}
	await page.getByRole('link', { name: home.name }).first().waitFor();
	await look(chrome, 'user');
}

async function searchFinds(chrome) {
	const { page } = chrome;
	const { email, home } = await newPerson();
	const sought = async (query) => {
		await page.getByRole('searchbox', { name: /^Search users/ }).fill(query);
		await page.keyboard.press('Enter');
		await heading(chrome, `Search for “${query}”`);
	};

	await sought(home.name);
	await page.getByRole('link', { name: home.name, exact: true }).waitFor();
	await sought(email);
	await page.getByRole('link', { name: email, exact: true }).waitFor();
	await told(chrome, 'Searching them asks for a reason.');
	await look(chrome, 'search');
	await button(chrome, 'Search', page.getByRole('main')).click();
	await give(chrome, 'Reason', 'a call');
	await until('all were searched', async () => (await page.getByText('Nothing found.').count()) === 2);
	await page.getByRole('link', { name: email, exact: true }).click();
	await heading(chrome, `User ${email}`);
	assert.equal(await page.title(), `User ${email} · Hob`);
}

async function overviewHasNumbersAndCharts(chrome) {
	const { page } = chrome;
	const charts = page.getByRole('figure').getByRole('img');

	await sql(`INSERT INTO stats_days (day, storage_bytes)
		SELECT d::date, 0 FROM generate_series(current_date - 400, current_date - 1, '1 day') d
		ON CONFLICT DO NOTHING`);
	await anew(chrome);
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
	staffAreMade,
	userIsOnOneScreen,
	searchFinds,
	overviewHasNumbersAndCharts,
];
