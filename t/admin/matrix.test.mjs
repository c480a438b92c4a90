// matrix.test.mjs: every route of the table against everybody who may come: nobody, an account of a household, sessions
// that are over for each reason, and each role, which is answered with what it asked for. And every write of the table
// leaves an event.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Client } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { actOf, bodyFor, MAKES } from './support/entities.mjs';
import { Panel, staffPanel } from './support/staff.mjs';

const ROLES = ['support', 'editor', 'admin'];
const { stdout } = await promisify(execFile)(`${process.env.HOB_BUILD}/hob-admin`, ['-r', '--json']);
const routes = JSON.parse(stdout);
const signed = routes.filter(({ access }) => ROLES.includes(access));
const nameOf = ({ method, path }) => `${method} ${path}`;

const NOBODY = '01900000-0000-7000-8000-000000000000';

const BECAUSE = { 'X-Hob-Reason': 'a%20walk' };

// What a write of no entity is sent: { body, headers }. A route without a line takes none.
const SENT = {
	'PUT /api/admin/mode': () => ({ body: { message: 'A walk.' }, headers: BECAUSE }),
	'DELETE /api/admin/mode': async (panel) => {
		await panel.request('PUT', '/mode', { body: { message: 'A walk.' }, headers: BECAUSE });
		return { headers: BECAUSE };
	},
	'POST /api/admin/auth/confirm': (panel) => ({ body: { password: panel.person.password } }),
};

/** What a route is sent about something that is not there, or about one that was made for it. */
async function sent(route, panel, made = NOBODY) {
	const act = actOf(route);

	if (!act)
		return SENT[nameOf(route)]?.(panel);
	const { id, bodies = {} } = made.id ? made : { id: made };

	return { id, body: bodies[act.act] ?? bodyFor(act, id), headers: { 'X-Hob-Reason': 'a%20walk' } };
}

/** Sessions of all staff are seen by admins alone. */
const isHidden = (act, role) => act?.entity.name === 'staff-sessions' && role !== 'admin';

/** One that a route can be tried with; NOBODY where nothing makes one, or it makes one itself. */
async function madeFor(route) {
	const act = actOf(route);

	if (!act || act.act === 'create' || (route.method === 'GET' && !route.path.includes('{')))
		return NOBODY;
	return await MAKES[act.entity.name]?.(await surePanel('admin', route), act.act) ?? NOBODY;
}

/** In place of a panel, for what strangers send. */
const anybody = { person: { password: 'x' }, request: () => null };

/** A list that is within something is asked for that of nobody. */
function queryOf(route) {
	const within = route.method === 'GET' && !route.path.includes('{') && actOf(route)?.entity.within;

	return within ? `?${within[0]}=${NOBODY}` : '';
}

const send = (panel, route, { body, id = NOBODY, headers } = {}) => panel.request(route.method,
	route.path.replace('/api/admin', '').replaceAll(/\{\w+\}/g, id) + queryOf(route), { body, headers });

const panels = {};

after(() => sql("UPDATE settings SET value = 20 WHERE name = 'limit.invitations'"));

/** Somebody of a role who has given the password again; but for what ends a session, the same each time. */
async function surePanel(role, { path }) {
	const panel = panels[role] ?? await staffPanel(role);

	panels[role] = path.includes('logout') ? undefined : panel;
	await sql("UPDATE staff_sessions SET confirmed_at = now() WHERE staff_id = :'id'", { id: panel.id });
	return panel;
}

test('the table has no route that is nobody\'s', () => {
	const open = routes.filter((route) => !signed.includes(route)).map(nameOf);

	assert.deepEqual(open, ['GET /api/admin/livez', 'GET /api/admin/readyz', 'POST /api/admin/auth/login']);
	assert.ok(signed.length > 0);
});

describe('who is not signed in', () => {
	const strangers = {};

	before(async () => {
		const { body } = await new Client().post('/api/auth/login',
			{ email: 'demo@hob.example', password: 'demo-household' });
		const [idle, old, ended, disabled, bare] = await Promise.all(Array(5).fill('admin').map(staffPanel));
		const [session] = await sql("SELECT id FROM staff_sessions WHERE staff_id = :'id'", { id: ended.id });

		await sql("UPDATE staff_sessions SET seen_at = now() - interval '31 minutes' WHERE staff_id = :'id'",
			{ id: idle.id });
		await sql(`UPDATE staff_sessions SET created_at = created_at - interval '12 hours 1 second',
			ends_at = ends_at - interval '12 hours 1 second' WHERE staff_id = :'id'`, { id: old.id });
		assert.equal((await bare.delete(`/staff-sessions/${session}`)).status, 204);
		// A session that was left to them, too.
		await sql("UPDATE staff SET disabled_at = now() WHERE id = :'id'", { id: disabled.id });
		Object.assign(strangers, {
			nobody: [new Panel()],
			'a household by its token': [new Panel(), { Authorization: `Bearer ${body.token}` }],
			'a household by its token in the cookie': [new Panel(`__Host-hob_staff=${body.token}`)],
			'a session that was idle': [idle],
			'a session of more than twelve hours': [old],
			'a session that somebody has ended': [ended],
			'a session of somebody who is disabled': [disabled],
			'a cookie without the header beside it': [bare, { 'X-Hob-Admin': null }],
		});
	});

	for (const route of signed)
		test(`reaches no ${nameOf(route)}`, async () => {
			for (const [who, [panel, headers]] of Object.entries(strangers)) {
				const what = await sent(route, anybody);
				const { status, body } = await send(panel, route,
					{ ...what, headers: { ...what?.headers, ...headers } });

				assert.equal(status, 401, `${who}: ${JSON.stringify(body)}`);
			}
		});
});

for (const [rank, role] of ROLES.entries())
	describe(role, () => {
		for (const route of signed) {
			const may = ROLES.indexOf(route.access) <= rank;

			test(`${may ? 'reaches' : 'does not reach'} ${nameOf(route)}`, async () => {
				const panel = await surePanel(role, route);
				const made = may ? await madeFor(route) : NOBODY;
				const { status, text } = await send(panel, route, await sent(route, panel, made));
				const isThere = made !== NOBODY && !isHidden(actOf(route), role);

				const nothing = route.path.includes('{') && !isThere;
				const wanted = !may ? [403] : nothing ? [404] : route.method === 'GET' ? [200]
					: [200, 201, 204];

				assert.ok(wanted.includes(status), `${status} ${text}`);
			});
		}
	});

describe('every write leaves an event', () => {
	for (const route of signed.filter(({ method }) => method !== 'GET'))
		test(nameOf(route), async () => {
			const panel = await surePanel('admin', route);
			const reply = await send(panel, route, await sent(route, panel, await madeFor(route)));
			const [count] = await sql(`SELECT count(*) FROM audit_events
				WHERE staff_id = :'id' AND request_id = :'request'`,
			{ id: panel.id, request: reply.headers['x-request-id'] });

			assert.ok(reply.status < 300, reply.text);
			assert.equal(count, '1');
		});
});

describe('nothing is written over what the writer has not seen', () => {
	for (const route of signed.filter((one) => ['PATCH', 'DELETE'].includes(one.method) && actOf(one)))
		test(nameOf(route), async () => {
			const panel = await surePanel('admin', route);
			const { act, entity } = actOf(route);
			const { id, body, headers } = await sent(route, panel, await MAKES[entity.name](panel, act));
			const { headers: { etag } } = await panel.get(`/${entity.name}/${id}`, { headers });
			const [, version] = /^"(\d+)-[0-9a-f]+"$/.exec(etag);
			const under = (tag) =>
				send(panel, route, { id, body, headers: { ...headers, 'If-Match': tag } });
			const other = await under(`"${Number(version) ^ 1}"`);

			assert.equal(other.status, 412, other.text);
			assert.equal(other.body.code, 'stale');
			assert.deepEqual([other.body.current.id, String(other.body.current.version)], [id, version]);
			assert.ok((await under(etag)).status < 300);
		});
});
