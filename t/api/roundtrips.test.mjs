// roundtrips.test.mjs: every route asks the database once (DESIGN: one pipeline, one round
// trip). Two are allowed only where a password is hashed in between (a
// third where a login renews an old hash: accounts.test.mjs). Needs debug.headers = on.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Cards, Csv, nobody, Upload } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';
import { crowd, freshEmail, missingId, newAccess, newDocument, newId, newResidence, newTask, newToken, PASSWORD,
	proveAddress, registration, signIn, signUp } from './support/people.mjs';
import { fill, nameOf, routeTable } from './support/routes.mjs';
import { exportToken, fileToken, newExport, sessionOf, unsubscribeToken } from './support/seals.mjs';
import { cleaning, makeReady, notCleaning, png, sent } from './support/uploads.mjs';

const AT_MOST = {
	'GET /livez': 0, 'GET /api/openapi.json': 0,
	'POST /api/auth/register': 2,
	'POST /api/auth/login': 2,
	'POST /api/auth/change-email': 2,
	'POST /api/auth/change-password': 2,
	'POST /api/auth/delete-account': 2,
	// One before the bytes, and one behind them.
	'POST /api/uploads': 2, 'POST /api/tasks/{task_id}/files': 2, 'POST /api/completions/{completion_id}/files': 2,
	'POST /api/documents/{document_id}/files': 2, 'POST /api/residences/{residence_id}/files': 2,
};
// Or none, when the worker remembers: t/api/cache.test.mjs.
const CACHED = ['GET /api/auth/me', 'GET /api/residences', 'GET /api/notifications/unread-count'];

const routes = await routeTable();
const exercised = new Set();

let robin;
let residence;
let task;
let completion;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	task = await newTask(robin, residence, { due_on: '2031-01-01', recurrence: 'weekly' });
	completion = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
});

/** Calls one route of the table and returns the round trips it took. */
async function trips(name, { client = robin.client, ids = {}, query = '', body, status = 200 } = {}) {
	const route = routes.find((r) => nameOf(r) === name);

	assert.ok(route, `${name} is not in the route table`);
	const values = { residence_id: residence.id, task_id: task.id, completion_id: completion.id,
		list: 'task_states', ...ids };
	const res = await client.request(route.method, fill(route.path, values) + query, { body });
	assert.equal(res.status, status, `${name}: ${res.status} ${res.text}`);
	assert.match(res.headers['x-hob-round-trips'] ?? 'no header', /^\d+$/, 'debug.headers must be on');
	exercised.add(name);
	return Number(res.headers['x-hob-round-trips']);
}

async function expectTrips(name, options) {
	const most = AT_MOST[name] ?? 1;
	const taken = await trips(name, options);

	if (CACHED.includes(name))
		assert.ok(taken <= 1, `${name} took ${taken} round trips`);
	else
		assert.ok(most === 2 ? taken >= 1 && taken <= 2 : taken === most, `${name} took ${taken} round trips`);
}

describe('a route takes one round trip', () => {
	test('health and lookups', async () => {
		await expectTrips('GET /livez', { client: nobody });
		await expectTrips('GET /readyz', { client: nobody });
		await expectTrips('GET /api/openapi.json', { client: nobody });
		await expectTrips('GET /api/static-data', { client: nobody });
		await expectTrips('GET /api/static-data/{list}', { client: nobody });
		await expectTrips('GET /api/subscription/tiers', { client: nobody });
		await expectTrips('GET /api/subscription');
		// One where something is sold: t/jobs/purchases.test.mjs. Where nothing is, people must be somebody.
		for (const [name, options, most] of [['verify', { body: { store: 'google', purchase_token: 'x' } }, 1],
			['webhooks/apple', { client: nobody }, 0], ['webhooks/google', { client: nobody }, 0]])
			assert.equal(await trips(`POST /api/subscription/${name}`, { ...options, status: 409 }), most);
	});

	test('accounts', async () => {
		await expectTrips('POST /api/auth/register', { client: nobody, body: registration(), status: 201 });
		await expectTrips('POST /api/auth/login',
			{ client: nobody, body: { email: robin.email, password: PASSWORD } });
		await expectTrips('GET /api/auth/me');
		await expectTrips('PATCH /api/auth/me', { body: { first_name: 'Puck' } });
		await expectTrips('GET /api/auth/sessions');
		const other = await signIn(robin);
		const sessions = (await other.client.get('/api/auth/sessions')).body.results;
		await expectTrips('DELETE /api/auth/sessions/{session_id}',
			{ ids: { session_id: sessions.find((s) => s.current).id }, status: 204 });
		await expectTrips('POST /api/auth/logout-all', { body: {} });
		const { client } = await signUp();
		await expectTrips('POST /api/auth/change-password', { client,
			body: { old_password: PASSWORD, new_password: `${PASSWORD} too` } });
		await expectTrips('POST /api/auth/logout', { client, status: 204 });
		const { client: leaver } = await signUp();
		await expectTrips('POST /api/auth/delete-account', { client: leaver, body: { password: PASSWORD } });
	});

	test('letters', async () => {
		const email = freshEmail();
		const body = { token: newToken('hob_ltr_') };

		await expectTrips('POST /api/auth/forgot-password', { client: nobody, body: { email }, status: 202 });
		await expectTrips('POST /api/auth/reset-password',
			{ client: nobody, body: { ...body, password: PASSWORD }, status: 404 });
		for (const route of ['POST /api/auth/verify-email', 'POST /api/auth/confirm-email'])
			for (const fields of [body, { email, code: '123456' }])
				await expectTrips(route, { client: nobody, body: fields, status: 404 });
		await expectTrips('POST /api/auth/resend-verification', { status: 202 });
		await expectTrips('POST /api/auth/change-email', { body: { email, password: PASSWORD }, status: 202 });
	});

	test('exports', async () => {
		const id = await newExport(robin.user.id);

		await expectTrips('GET /api/auth/export/{export_id}', { ids: { export_id: id } });
		await expectTrips('GET /api/exports/{export_token}',
			{ client: nobody, ids: { export_token: exportToken(id) } });
		await expectTrips('POST /api/auth/export', { status: 202 });
	});

	test('files', async () => {
		const { id: document_id } = await newDocument(robin, residence);

		await notCleaning();
		await expectTrips('POST /api/uploads', { body: new Upload(png()), status: 201 });
		const { upload_id } = await sent(robin);

		await expectTrips('GET /api/uploads/{upload_id}', { ids: { upload_id } });
		await expectTrips('DELETE /api/uploads/{upload_id}', { ids: { upload_id }, status: 204 });
		for (const place of ['/api/tasks/{task_id}', '/api/completions/{completion_id}',
			'/api/documents/{document_id}',
			'/api/residences/{residence_id}']) {
			const { upload_id: file_id } = await sent(robin);
			const ids = { file_id, document_id };

			assert.equal(await trips(`POST ${place}/files`, { ids, body: { upload_ids: [file_id] },
				status: 201 }), 1);
			await expectTrips(`POST ${place}/files`, { ids, body: new Upload(png()), status: 201 });
			await makeReady(file_id);
			await expectTrips(`GET ${place}/files`, { ids });
			await expectTrips(`GET ${place}/files/{file_id}`, { ids });
			await expectTrips(`GET ${place}/files/{file_id}/content`, { ids });
			await expectTrips(`GET ${place}/files/{file_id}/link`, { ids });
			const file_token = fileToken(file_id, 'main', await sessionOf(robin));

			await expectTrips('GET /api/files/{file_token}', { client: nobody, ids: { file_token } });
			await expectTrips(`DELETE ${place}/files/{file_id}`, { ids, status: 204 });
		}
		const { upload_id: avatar } = await sent(robin);

		await expectTrips('PUT /api/auth/me/avatar', { body: { upload_id: avatar } });
		await makeReady(avatar);
		await expectTrips('GET /api/residences/{residence_id}/members/{user_id}/avatar',
			{ ids: { user_id: robin.user.id } });
		await expectTrips('DELETE /api/auth/me/avatar', { status: 204 });
		await cleaning();
	});

	test('access tokens', async () => {
		const { id } = await newAccess(robin);

		await expectTrips('GET /api/access-tokens');
		await expectTrips('POST /api/access-tokens', { body: { name: 'Script', scope: 'read' }, status: 201 });
		await expectTrips('GET /api/access-tokens/{access_token_id}', { ids: { access_token_id: id } });
		await expectTrips('PATCH /api/access-tokens/{access_token_id}',
			{ ids: { access_token_id: id }, body: { residence_ids: [residence.id] } });
		await expectTrips('DELETE /api/access-tokens/{access_token_id}',
			{ ids: { access_token_id: id }, status: 204 });
	});

	test('webhooks', async () => {
		const hooks = '/api/residences/{residence_id}/webhooks';
		const body = { url: 'https://example.com', events: ['task.created'] };
		const { id } = (await robin.client.post(fill(hooks, { residence_id: residence.id }), body)).body;
		const ids = { webhook_id: id };

		await expectTrips(`GET ${hooks}`);
		await expectTrips(`POST ${hooks}`, { body, status: 201 });
		await expectTrips(`GET ${hooks}/{webhook_id}`, { ids });
		await expectTrips(`PATCH ${hooks}/{webhook_id}`, { ids, body: { active: false } });
		await expectTrips(`POST ${hooks}/{webhook_id}/rotate-secret`, { ids });
		await expectTrips(`GET ${hooks}/{webhook_id}/deliveries`, { ids });
		await expectTrips(`DELETE ${hooks}/{webhook_id}`, { ids, status: 204 });
	});

	test('devices and notifications', async () => {
		const token = newId();
		const device = (await robin.client.post('/api/devices', { platform: 'ios', token })).body;
		const [notification_id] = await sql(`SELECT id FROM hob.notify(ARRAY[:'user'::uuid], 'task_due', NULL,
			'task', :'user')`, { user: robin.user.id });
		const ids = { device_id: device.id, notification_id };

		await expectTrips('GET /api/devices');
		await expectTrips('POST /api/devices', { body: { platform: 'android', token: newId() }, status: 201 });
		await expectTrips('POST /api/devices', { body: { platform: 'ios', token } });
		await expectTrips('GET /api/devices/{device_id}', { ids });
		await expectTrips('POST /api/devices/{device_id}/test', { ids, status: 202 });
		await expectTrips('DELETE /api/devices/{device_id}', { ids, status: 204 });
		await expectTrips('GET /api/notifications', { query: '?unread=true&kind=task_due&limit=1' });
		await expectTrips('GET /api/notifications/unread-count');
		await expectTrips('GET /api/notifications/preferences');
		await expectTrips('POST /api/unsubscribe/{unsubscribe_token}', { client: nobody, status: 204,
			ids: { unsubscribe_token: unsubscribeToken(robin.user.id, 'residence_shared') } });
		await expectTrips('PATCH /api/notifications/preferences', { body: { push: [], remind_at: '08:00' } });
		await expectTrips('GET /api/notifications/{notification_id}/deliveries', { ids });
		await expectTrips('POST /api/notifications/{notification_id}/read', { ids });
		await expectTrips('POST /api/notifications/{notification_id}/unread', { ids });
		await expectTrips('POST /api/notifications/read-all', { body: { before_id: notification_id } });
		await expectTrips('DELETE /api/notifications/{notification_id}', { ids, status: 204 });
	});

	test('who comes by an access token, narrowed or not', async () => {
		for (const narrowed of [null, [residence.id]]) {
			const { client } = await newAccess(robin, { residence_ids: narrowed });

			assert.equal(await trips('GET /api/tasks', { client }), 1);
			assert.equal(await trips('PATCH /api/tasks/{task_id}', { client, body: { title: 'Sweep' } }),
				1);
			await trips('GET /api/residences', { client });
		}
	});

	test('residences', async () => {
		await expectTrips('GET /api/residences', { query: '?ordering=-name&search=hill' });
		await expectTrips('POST /api/residences', { body: { name: 'Hut' }, status: 201 });
		await expectTrips('GET /api/residences/summary');
		await expectTrips('GET /api/residences/{residence_id}');
		await expectTrips('PATCH /api/residences/{residence_id}', { body: { name: 'Hut' } });
		await expectTrips('GET /api/residences/{residence_id}/activity',
			{ query: '?limit=1&subject=residence' });
		const { id } = await newResidence(robin);
		await expectTrips('DELETE /api/residences/{residence_id}', { ids: { residence_id: id }, status: 204 });
	});

	test('invitations', async () => {
		const guest = await signUp();
		const sent = '/api/residences/{residence_id}/invitations';
		const invite = async () => expectOk(await robin.client.post(fill(sent, { residence_id: residence.id }),
			{ email: guest.email, role: 'viewer' }), 201).id;

		await Promise.all([guest, robin].map(proveAddress));
		await expectTrips(`POST ${sent}`, { body: { email: guest.email, role: 'viewer' }, status: 201 });
		await expectTrips(`GET ${sent}`);
		await expectTrips('GET /api/invitations', { client: guest.client });
		await expectTrips(`DELETE ${sent}/{sent_invitation_id}`,
			{ ids: { sent_invitation_id: await invite() }, status: 204 });
		await expectTrips('POST /api/invitations/{invitation_id}/decline',
			{ client: guest.client, ids: { invitation_id: await invite() }, status: 204 });
		await expectTrips('POST /api/invitations/{invitation_id}/accept',
			{ client: guest.client, ids: { invitation_id: await invite() } });
	});

	test('sharing', async () => {
		const [friend] = await crowd(1);
		const codes = '/api/residences/{residence_id}/share-codes';
		const share = async () => (await robin.client.post(fill(codes, { residence_id: residence.id }),
			{ role: 'member' })).body;
		const { code } = await share();

		await expectTrips('GET /api/residences/{residence_id}/members');
		await expectTrips(`POST ${codes}`, { body: { role: 'viewer' }, status: 201 });
		await expectTrips(`GET ${codes}`);
		await expectTrips(`DELETE ${codes}/{share_code_id}`,
			{ ids: { share_code_id: (await share()).id }, status: 204 });
		await expectTrips('POST /api/share-codes/preview', { client: friend.client, body: { code } });
		await expectTrips('POST /api/residences/join', { client: friend.client, body: { code } });
		const ids = { user_id: friend.user.id };
		await expectTrips('GET /api/residences/{residence_id}/members/{user_id}', { ids });
		await expectTrips('PATCH /api/residences/{residence_id}/members/{user_id}',
			{ ids, body: { role: 'manager' } });
		await expectTrips('DELETE /api/residences/{residence_id}/members/{user_id}', { ids, status: 204 });
		expectOk(await friend.client.post('/api/residences/join', { code: (await share()).code }));
		await expectTrips('POST /api/residences/{residence_id}/transfer',
			{ body: { user_id: friend.user.id } });
		await expectTrips('POST /api/residences/{residence_id}/transfer',
			{ client: friend.client, body: { user_id: robin.user.id } });
		await expectTrips('POST /api/residences/{residence_id}/leave', { client: friend.client, status: 204 });
	});

	test('templates, reports and calendars', async () => {
		const [{ code }] = (await robin.client.get('/api/task-templates')).body.results;

		await expectTrips('GET /api/task-templates', { query: `?residence_id=${residence.id}&season=any` });
		await expectTrips('POST /api/task-templates/apply',
			{ body: { residence_id: residence.id, codes: [code] } });
		await expectTrips('GET /api/residences/{residence_id}/report');
		await expectTrips('GET /api/residences/{residence_id}/tasks/export');
		await expectTrips('POST /api/residences/{residence_id}/tasks/import',
			{ body: new Csv('title,state\nSweep,in_progress\n') });
		await expectTrips('POST /api/calendar-feeds', { body: { residence_id: residence.id }, status: 201 });
		await expectTrips('GET /api/calendar-feeds');
		const { path, id: feed_id } = (await robin.client.post('/api/calendar-feeds')).body;
		await expectTrips('GET /api/calendar-feeds/{feed_id}', { ids: { feed_id } });
		await expectTrips('PATCH /api/calendar-feeds/{feed_id}', { ids: { feed_id }, body: { name: 'Mine' } });
		await expectTrips('GET /api/calendar/{feed}', { client: nobody, ids: { feed: path.split('/').pop() } });
		await expectTrips('DELETE /api/calendar-feeds/{feed_id}', { ids: { feed_id }, status: 204 });
	});

	test('contractors', async () => {
		const one = '/api/contractors/{contractor_id}';
		const made = expectOk(await robin.client.post('/api/contractors', { name: 'Sweep' }), 201);
		const ids = { contractor_id: made.id };

		await expectTrips('GET /api/contractors',
			{ query: '?search=sweep&ordering=-rating&is_favorite=false' });
		await expectTrips('POST /api/contractors', { body: { residence_id: residence.id, name: 'Mow' },
			status: 201 });
		await expectTrips(`GET ${one}`, { ids });
		await expectTrips(`PATCH ${one}`, { ids, body: { residence_id: residence.id,
			specialties: ['chimney'] } });
		await expectTrips(`PUT ${one}/favorite`, { ids });
		await expectTrips(`DELETE ${one}/favorite`, { ids, status: 204 });
		await expectTrips(`PUT ${one}/rating`, { ids, body: { rating: 4 } });
		await expectTrips(`DELETE ${one}/rating`, { ids, status: 204 });
		await expectTrips(`GET ${one}/tasks`, { ids });
		await expectTrips(`GET ${one}/vcard`, { ids });
		await expectTrips('POST /api/residences/{residence_id}/contractors/import',
			{ body: new Cards('BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n') });
		await expectTrips(`DELETE ${one}`, { ids, status: 204 });
	});

	test('sync', async () => {
		await expectTrips('GET /api/sync', { query: '?limit=1' });
	});

	test('tasks and the board', async () => {
		await expectTrips('GET /api/tasks', { query: '?ordering=-due_on&limit=5' });
		await expectTrips('POST /api/tasks',
			{ body: { residence_id: residence.id, title: 'Sweep' }, status: 201 });
		await expectTrips('POST /api/tasks/bulk',
			{ body: { create: [{ residence_id: residence.id, title: 'Sweep' }] } });
		await expectTrips('GET /api/search', { query: '?q=sweep' });
		await expectTrips('GET /api/occurrences', { query: '?from=2031-01-01&to=2031-01-31' });
		await expectTrips('GET /api/tasks/kanban', { query: `?residence_id=${residence.id}` });
		await expectTrips('GET /api/tasks/{task_id}');
		await expectTrips('GET /api/tasks/{task_id}', { query: '?include=completions' });
		await expectTrips('PATCH /api/tasks/{task_id}', { body: { title: 'Swept' } });
		const { id } = await newTask(robin, residence);
		await expectTrips('DELETE /api/tasks/{task_id}', { ids: { task_id: id }, status: 204 });
	});

	test('documents', async () => {
		const { id } = await newDocument(robin, residence);
		const ids = { document_id: id };
		const body = { residence_id: residence.id, title: 'Dishwasher', covers: [{ ends_on: '2031-01-01' }] };

		await expectTrips('GET /api/documents', { query: '?ordering=-expires_on&limit=5' });
		await expectTrips('POST /api/documents', { body, status: 201 });
		await expectTrips('GET /api/documents/warranties', { query: '?state=active' });
		await expectTrips('GET /api/documents/expiring', { query: '?days=90' });
		await expectTrips('GET /api/documents/{document_id}', { ids });
		await expectTrips('PATCH /api/documents/{document_id}', { ids, body: { tags: ['kitchen'] } });
		for (const act of ['deactivate', 'activate', 'void', 'unvoid'])
			await expectTrips(`POST /api/documents/{document_id}/${act}`, { ids });
		await expectTrips('DELETE /api/documents/{document_id}', { ids, status: 204 });
	});

	test('acts on a task, and their history', async () => {
		const after = await newTask(robin, residence);

		for (const act of ['start', 'stop', 'cancel', 'uncancel', 'archive', 'unarchive'])
			await expectTrips(`POST /api/tasks/{task_id}/${act}`);
		await expectTrips('POST /api/tasks/{task_id}/snooze', { body: { days: 3 } });
		await expectTrips('POST /api/tasks/{task_id}/assign', { body: { assigned_to_id: robin.user.id } });
		await expectTrips('POST /api/tasks/{task_id}/move', { body: { after_id: after.id } });
		await expectTrips('POST /api/tasks/{task_id}/copy', { body: {}, status: 201 });
		const other = await newResidence(robin);
		for (const { id: residence_id } of [other, residence])
			await expectTrips('POST /api/tasks/{task_id}/transfer', { body: { residence_id } });
		await expectTrips('POST /api/tasks/{task_id}/complete', { body: { occurrence: 2 }, status: 201 });
		await expectTrips('POST /api/tasks/{task_id}/complete', { body: { occurrence: 2 } });
		await expectTrips('POST /api/tasks/{task_id}/skip', { body: { occurrence: 3 }, status: 201 });
		await expectTrips('GET /api/tasks/{task_id}/completions', { query: '?limit=2&outcome=done' });
		await expectTrips('GET /api/completions', { query: `?residence_id=${residence.id}` });
		await expectTrips('GET /api/completions/{completion_id}');
		await expectTrips('PATCH /api/completions/{completion_id}', { body: { note: 'Swept twice.' } });
		await expectTrips('DELETE /api/completions/{completion_id}', { status: 204 });
		const [newest] = (await robin.client.get(`/api/tasks/${task.id}/completions`)).body.results;
		await expectTrips('POST /api/completions/{completion_id}/undo', { ids: { completion_id: newest.id } });
		await expectTrips('POST /api/recurrence/preview',
			{ body: { recurrence: 'monthly', starts_on: '2027-01-31' } });
	});
});

describe('a refusal takes no more', () => {
	test('none when the request alone shows it', async () => {
		for (const [name, options] of [
			['GET /api/auth/me', { client: nobody, status: 401 }],
			['POST /api/residences', { body: { name: '' }, status: 400 }],
			['GET /api/tasks', { query: '?colour=red', status: 400 }],
			['GET /api/tasks/{task_id}', { ids: { task_id: '7' }, status: 404 }],
		])
			assert.equal(await trips(name, options), 0, name);
	});

	test('one when the database decides', async () => {
		const stranger = await signUp();

		for (const [name, options] of [
			['GET /api/tasks/{task_id}', { client: stranger.client, status: 404 }],
			['PATCH /api/tasks/{task_id}',
				{ ids: { task_id: missingId() }, body: { title: 'x' }, status: 404 }],
			['POST /api/tasks',
				{ body: { residence_id: residence.id, title: 'x', category: 'alchemy' }, status: 400 }],
		])
			assert.equal(await trips(name, options), 1, name);
	});
});

// Stands last, and tests run in the order they stand: a new route fails here until it is called.
test('no route was forgotten', () => {
	assert.deepEqual(routes.map(nameOf).filter((name) => !exercised.has(name)), []);
});
