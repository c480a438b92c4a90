// mode.mjs: a flow (flows.mjs) of read-only mode: an admin sets and ends it, and who opens the panel sees it.
import assert from 'node:assert/strict';

import { hob } from '../admin/support/staff.mjs';
import { newId } from '../api/support/people.mjs';
import { button, dialog, enter, give, go, heading, look, newPerson, told } from './support.mjs';

const MESSAGE = 'We are moving. Back at 6 pm.';
const strip = ({ page }) => page.getByRole('status').filter({ hasText: MESSAGE });

const works = async ({ client }) => (await client.patch('/api/auth/me', { last_name: newId() })).status;

async function setIt(admin) {
	const { page, person } = admin;
	const set = () => button(admin, 'Make the service read-only').click();

	await page.getByRole('menuitem', { name: 'Read-only mode' }).click();
	await heading(admin, 'Read-only mode');
	await told(admin, /^As usual since/);
	await set();
	await told(admin, 'Required');
	await page.getByLabel(/^What people are told/).fill(MESSAGE);
	await set();
	await give(admin, 'Password', person.password);
	await give(admin, 'Reason', 'a move');
	await strip(admin).waitFor();
	await button(admin, 'Change the message').waitFor();
	await look(admin, 'mode');
}

/** On all pages, by one question. */
async function seeIt() {
	const asked = [];
	const other = await enter('support', {}, ({ page }) =>
		page.on('request', (request) => request.url().endsWith('/api/admin/mode') && asked.push(request))
	);

	await strip(other).waitFor();
	await go(other, '/users', 'Users');
	await strip(other).getByRole('link').click();
	await heading(other, 'Read-only mode');
	await strip(other).waitFor();
	assert.equal(asked.length, 1);
	assert.equal(await button(other, 'Change the message').count(), 0);
	assert.deepEqual(other.faults(), []);
}

export async function serviceIsReadOnly() {
	const person = await newPerson();
	const admin = await enter('admin');

	try {
		await setIt(admin);
		assert.equal(await works(person), 503);
		await seeIt();
		await button(admin, 'Back to normal').click();
		await give(admin, 'Reason', 'moved');
		await strip(admin).waitFor({ state: 'detached' });
		await told(admin, /^As usual since/);
		assert.equal(await dialog(admin).count(), 0);
		assert.equal(await works(person), 200);
		assert.deepEqual(admin.faults(), []);
	} finally {
		await hob('mode', 'normal');
	}
}
