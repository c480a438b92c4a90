// staff.test.mjs: staff made, changed, disabled and given new credentials in the panel by an admin.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addStaff, events, freshEmail, hob, signIn, staffPanel } from './support/staff.mjs';

/** An admin who has given the password again. */
async function sureAdmin() {
	const panel = await staffPanel('admin');

	await panel.post('/auth/confirm', { password: panel.person.password });
	return panel;
}

const person = ({ email, credentials: { password, totp_url: url, recovery_codes: codes } }) =>
	({ email, password, url: new URL(url), codes });

test('an admin makes somebody, who signs in with what the answer shows once', async () => {
	const admin = await sureAdmin();
	const email = freshEmail();
	const { status, headers, body } = await admin.post('/staff', { email, name: 'New person', role: 'editor' });

	assert.equal(status, 201);
	assert.equal(headers.location, `/api/admin/staff/${body.id}`);
	assert.deepEqual([body.email, body.name, body.role, body.codes_left], [email, 'New person', 'editor', 10]);
	assert.equal(body.credentials.recovery_codes.length, 10);
	const panel = await signIn(person(body));

	assert.equal((await panel.get('/auth/me')).body.role, 'editor');
	const [event] = await events('create', body.id);

	assert.deepEqual(event.after, { email, name: 'New person', role: 'editor' });
	assert.ok(!JSON.stringify((await admin.get(`/staff/${body.id}`)).body).includes(body.credentials.password));
	const twice = await admin.post('/staff', { email: email.toUpperCase(), name: 'Another', role: 'support' });

	assert.deepEqual([twice.status, twice.body.code], [409, 'email_taken']);
});

test('a list is sought by address and name, and sorted', async () => {
	const admin = await sureAdmin();
	const { email, name } = await addStaff('support', `Zoe ${freshEmail()}`);

	for (const text of [email, name.slice(0, 30)])
		assert.ok((await admin.get(`/staff?search=${encodeURIComponent(text.toUpperCase())}`)).body.results
			.some((one) => one.email === email));
	const { body } = await admin.get('/staff?ordering=-created_at&page_size=2');

	assert.ok(body.results[0].created_at >= body.results[1].created_at);
	assert.deepEqual((await admin.get('/staff?ordering=role')).body.errors.map(({ field, code }) => [field, code]),
		[['ordering', 'choice']]);
	const some = body.results.map(({ id }) => id);
	const found = await admin.get(`/staff?id__in=${some.join(',')},rubbish`);

	assert.deepEqual(found.body.results.map(({ id }) => id).sort(), some.sort());
});

test('a role is changed of others, under If-Match, and counts at once', async () => {
	const admin = await sureAdmin();
	const other = await staffPanel('admin');
	const before = await admin.get(`/staff/${other.id}`);
	const change = (body, tag) => admin.request('PATCH', `/staff/${other.id}`,
		{ body, headers: tag && { 'If-Match': tag } });
	const { status, body } = await change({ role: 'support' }, before.headers.etag);

	assert.equal(status, 200);
	assert.deepEqual([body.role, body.version], ['support', before.body.version + 1]);
	assert.equal((await other.get('/staff')).status, 403);
	const stale = await change({ name: 'Else' }, before.headers.etag);

	assert.deepEqual([stale.status, stale.body.code, stale.body.current.role], [412, 'stale', 'support']);
	const [event] = await events('update', other.id);

	assert.deepEqual([event.before, event.after], [{ role: 'admin' }, { role: 'support' }]);
	await change({ role: 'support' });
	assert.equal((await events('update', other.id)).length, 1);
	const own = await admin.request('PATCH', `/staff/${admin.id}`, { body: { role: 'support' } });

	assert.deepEqual([own.status, own.body.code], [409, 'own_account']);
});

test('who is disabled is signed out, and in again after a reset', async () => {
	const admin = await sureAdmin();
	const other = await staffPanel('editor');

	assert.equal((await admin.post(`/staff/${other.id}/actions/disable`)).status, 204);
	assert.equal((await other.get('/auth/me')).status, 401);
	assert.equal((await events('disable', other.id)).length, 1);
	const { status, body } = await admin.post(`/staff/${other.id}/actions/reset`);

	assert.equal(status, 200);
	assert.equal(body.disabled_at, null);
	const again = await signIn(person(body));

	assert.equal((await again.get('/auth/me')).body.id, other.id);
	for (const act of ['disable', 'reset'])
		assert.equal((await admin.post(`/staff/${admin.id}/actions/${act}`)).body.code, 'own_account');
});

test('nothing of it without the password given again, or as an editor', async () => {
	const admin = await staffPanel('admin');
	const editor = await staffPanel('editor');
	const body = { email: freshEmail(), name: 'Nobody', role: 'admin' };

	assert.equal((await admin.post('/staff', body)).body.code, 'password_needed');
	assert.equal((await editor.post('/staff', body)).body.code, 'forbidden');
	assert.equal((await editor.get('/staff')).status, 403);
	assert.ok(!(await hob('staff', 'list')).stdout.includes(body.email));
});

test('of two admins who lock out each other at once one is left', async () => {
	const pair = [await sureAdmin(), await sureAdmin()];

	for (let i = 0; i < 5; i += 1) {
		const done = await Promise.all(pair.map((one, at) =>
			one.post(`/staff/${pair[1 - at].id}/actions/disable`)));

		assert.equal(done.filter(({ status }) => status === 204).length, 1,
			done.map(({ text }) => text).join());
		const lost = done.findIndex(({ status }) => status !== 204);

		assert.equal((await pair[lost].get('/auth/me')).status, 401);
		pair[lost] = await sureAdmin();
	}
});
