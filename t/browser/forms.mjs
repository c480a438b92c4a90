// forms.mjs: flows (flows.mjs) of what a form knows of a value before the server is asked.
import assert from 'node:assert/strict';

import { button, callAs, expectOk, give, go, newPerson, told } from './support.mjs';

/** What the form sends when it is saved. */
async function saved(chrome) {
	const [request] = await Promise.all([
		chrome.page.waitForRequest((r) => r.method() === 'PATCH'),
		button(chrome, 'Save').click(),
	]);

	return request.postDataJSON();
}

/** A text that may be null is null when it is cleared; one that may not is empty, or cannot be cleared. */
async function textsAreCleared(chrome) {
	const { page } = chrome;
	const { user, email, home } = await newPerson();

	await go(chrome, `/users/${user.id}`, `User ${email}`);
	await page.getByLabel(/^First name/).fill('');
	assert.deepEqual(await saved(chrome), { first_name: '' });
	await page.waitForURL(/show$/);
	await go(chrome, `/residences/${home.id}`, `Residence ${home.name}`);
	await page.getByLabel(/^Name/).fill('');
	await page.getByLabel(/^City/).fill('');
	await button(chrome, 'Save').click();
	await told(chrome, 'Required');
	await page.getByLabel(/^Name/).fill(home.name);
	assert.deepEqual(await saved(chrome), { city: null });
	await give(chrome, 'Reason', 'a wish');
	await page.waitForURL(/show$/);
	assert.equal(expectOk(await callAs(chrome, 'GET', `/users/${user.id}`)).first_name, '');
	assert.equal(expectOk(await callAs(chrome, 'GET', `/residences/${home.id}`)).city, null);
}

async function jsonIsNotClearedEither(chrome) {
	const { page } = chrome;
	const [template] = expectOk(await callAs(chrome, 'GET', '/task-templates?page_size=1')).results;

	await go(chrome, `/task-templates/${template.id}`, `Task template ${template.title}`);
	await page.getByLabel(/^Recurrence/).fill('');
	await button(chrome, 'Save').click();
	await told(chrome, 'Required');
}

/** What is too long or too much is not sent. */
async function boundsAreTold(chrome) {
	const { page } = chrome;
	const { user, email } = await newPerson();
	const sent = [];

	page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
	await go(chrome, '/priorities/create', 'Create Priority');
	await page.getByLabel(/^Label/).fill('x'.repeat(101));
	await page.getByLabel(/^Position/).fill('100001');
	await page.getByLabel(/^Rank/).fill('-1');
	await button(chrome, 'Save').click();
	await told(chrome, 'Must be 100 characters or less');
	await told(chrome, 'Must be 100000 or less');
	await told(chrome, 'Must be at least 0');
	assert.deepEqual(sent, []);
	const faces = '😀'.repeat(100); // twice as long for JavaScript

	await go(chrome, `/users/${user.id}`, `User ${email}`);
	await page.getByLabel(/^First name/).fill(faces);
	assert.deepEqual(await saved(chrome), { first_name: faces });
	await page.waitForURL(/show$/);
}

export const forms = [textsAreCleared, jsonIsNotClearedEither, boundsAreTold];
