// access_walk.test.mjs: what an access token may: every route of the table by a session, by tokens of both
// scopes, and by tokens narrowed to one residence. A new route joins by itself.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { address, nameOf, routeTable } from './support/routes.mjs';
import { addAccess, buildWorlds, newWorld, pathIds, sampleRequest } from './support/matrix.mjs';

const routes = (await routeTable()).filter(({ access }) => !['anyone', 'internal', 'holder'].includes(access));

// About the account, or about who belongs to a residence. What else is added here or not is a decision.
const SESSION_ONLY = [
	'DELETE /api/access-tokens/{access_token_id}', 'DELETE /api/auth/me/avatar',
	'DELETE /api/auth/sessions/{session_id}',
	'DELETE /api/calendar-feeds/{feed_id}', 'DELETE /api/devices/{device_id}',
	'DELETE /api/notifications/{notification_id}', 'DELETE /api/residences/{residence_id}',
	'DELETE /api/residences/{residence_id}/invitations/{sent_invitation_id}',
	'DELETE /api/residences/{residence_id}/members/{user_id}',
	'DELETE /api/residences/{residence_id}/share-codes/{share_code_id}',
	'DELETE /api/residences/{residence_id}/webhooks/{webhook_id}',
	'GET /api/access-tokens', 'GET /api/access-tokens/{access_token_id}',
	'GET /api/auth/export/{export_id}', 'GET /api/auth/sessions',
	'GET /api/calendar-feeds', 'GET /api/calendar-feeds/{feed_id}', 'GET /api/devices',
	'GET /api/devices/{device_id}', 'GET /api/invitations', 'GET /api/notifications',
	'GET /api/notifications/preferences', 'GET /api/notifications/unread-count',
	'GET /api/notifications/{notification_id}/deliveries',
	'GET /api/residences/{residence_id}/invitations',
	'GET /api/residences/{residence_id}/webhooks',
	'GET /api/residences/{residence_id}/webhooks/{webhook_id}',
	'GET /api/residences/{residence_id}/webhooks/{webhook_id}/deliveries', 'GET /api/subscription',
	'PATCH /api/access-tokens/{access_token_id}', 'PATCH /api/auth/me', 'PATCH /api/calendar-feeds/{feed_id}',
	'PATCH /api/notifications/preferences',
	'PATCH /api/residences/{residence_id}/members/{user_id}',
	'PATCH /api/residences/{residence_id}/webhooks/{webhook_id}',
	'POST /api/access-tokens', 'POST /api/auth/change-email', 'POST /api/auth/change-password',
	'POST /api/auth/delete-account', 'POST /api/auth/export', 'POST /api/auth/logout', 'POST /api/auth/logout-all',
	'POST /api/auth/resend-verification', 'POST /api/calendar-feeds', 'POST /api/devices',
	'POST /api/devices/{device_id}/test',
	'POST /api/invitations/{invitation_id}/accept', 'POST /api/invitations/{invitation_id}/decline',
	'POST /api/notifications/read-all', 'POST /api/notifications/{notification_id}/read',
	'POST /api/notifications/{notification_id}/unread', 'POST /api/residences/join',
	'POST /api/residences/{residence_id}/invitations',
	'POST /api/residences/{residence_id}/leave', 'POST /api/residences/{residence_id}/share-codes',
	'POST /api/residences/{residence_id}/transfer', 'POST /api/residences/{residence_id}/webhooks',
	'POST /api/residences/{residence_id}/webhooks/{webhook_id}/rotate-secret', 'POST /api/share-codes/preview',
	'POST /api/subscription/verify', 'PUT /api/auth/me/avatar',
];
// What is the account's own, or makes it, and no narrowed token's; nor does one attach what hangs on nothing yet.
const OWN = {
	'POST /api/residences': 'token_narrowed', 'POST /api/uploads': 'token_narrowed',
	'GET /api/uploads/{upload_id}': 'not_found', 'DELETE /api/uploads/{upload_id}': 'not_found',
};
const attaches = (route) => route.method === 'POST' && route.path.endsWith('/files');
// What changes nothing, although it is no GET.
const READS = ['POST /api/recurrence/preview'];

const ROLES = ['view', 'edit', 'manage', 'own'];
const DONE = [200, 201, 202, 204];
const STATUS = { not_found: 404, validation_error: 400 };
const blind = (route) => OWN[nameOf(route)] ?? (ROLES.includes(route.access) ? 'not_found' : 'blind');

/** How each caller comes, and what a route that takes access tokens must answer it. */
const CALLERS = {
	session: { client: (w) => w.client, expected: () => 'done' },
	'token that writes': { client: (w) => addAccess(w.user, 'write'), expected: () => 'done' },
	'token that reads': {
		client: (w) => addAccess(w.user, 'read'),
		expected: (route) => (reads(route) ? 'done' : 'token_read_only'),
	},
	'token of this residence': {
		client: (w) => addAccess(w.user, 'write', [w.residence]),
		expected: (route) => OWN[nameOf(route)] ?? (attaches(route) ? 'validation_error' : 'done'),
	},
	'token of another residence': {
		client: (w) => addAccess(w.user, 'write', [w.second]),
		expected: blind,
	},
	'token of no residence': {
		client: (w) => addAccess(w.user, 'write', []),
		expected: blind,
	},
};

const reads = (route) => route.method === 'GET' || READS.includes(nameOf(route));

const cells = new Map(routes.map((route) => [route, Object.entries(CALLERS).map(([name, { client, expected }]) => {
	const world = newWorld('owner');
	const only = SESSION_ONLY.includes(nameOf(route)) && name !== 'session';

	return { name, world, client: client(world), expected: only ? 'session_required' : expected(route) };
})]));

/** Nothing of a residence that the token is not for. */
function expectBlind(res, world) {
	assert.ok([200, 404].includes(res.status), `${res.status} ${res.text}`);
	for (const hidden of [world.residence, world.task, world.completion])
		assert.ok(!res.text.includes(hidden), res.text);
}

function expectRefused(res, code) {
	assert.equal(res.status, STATUS[code] ?? 403, `${res.status} ${res.text}`);
	assert.equal(res.body.code, code);
}

async function ask(route, { name, world, client, expected }) {
	const { values, body } = await sampleRequest(route, world);
	const res = await client.request(route.method, address(route, values), { body });

	try {
		if (expected === 'done')
			assert.ok(DONE.includes(res.status) || res.status === 409, `${res.status} ${res.text}`);
		else if (expected === 'blind')
			expectBlind(res, world);
		else
			expectRefused(res, expected);
	} catch (why) {
		throw new Error(`${name}, which must be ${expected}: ${why.message}`, { cause: why });
	}
	return res.status;
}

before(buildWorlds);

describe('an access token', () => {
	test('is taken by the rows that are not for a session alone', () => {
		assert.deepEqual(routes.filter(({ takes }) => !takes.includes('accessToken')).map(nameOf).sort(),
			SESSION_ONLY);
		assert.ok(routes.every(({ takes }) => takes.includes('key')));
	});

	test('does not reach what lies below the paths of the account', () => {
		const account = ['auth', 'access-tokens', 'calendar-feeds', 'devices', 'invitations', 'notifications',
			'share-codes', 'residences/join'];
		const left = routes.filter(({ path, takes }) => takes.includes('accessToken')
			&& account.some((name) => `${path}/`.startsWith(`/api/${name}/`)));

		assert.deepEqual(left.map(nameOf), ['GET /api/auth/me']);
	});

	for (const [route, callers] of cells)
		test(`at ${nameOf(route)}`, async () => {
			const statuses = [];

			for (const caller of callers)
				statuses.push(await ask(route, caller));
			// A route that only ever says 409 would show nothing by it.
			if (route.takes.includes('accessToken'))
				assert.ok(DONE.includes(statuses[0]), `nobody can ${nameOf(route)}`);
		});

	test('that is narrowed finds nothing else by ids in a query', async () => {
		const IDS = ['residence_id', 'task_id'];

		for (const [route, callers] of cells)
			for (const field of route.query.filter(({ name }) => IDS.includes(name))) {
				const { world, client } = callers.find(({ name }) =>
					name === 'token of another residence');
				const { values } = await sampleRequest(route, world);
				const id = field.name === 'task_id' ? world.task : world.residence;
				const res = await client.get(address(route, values, `${field.name}=${id}`));

				if (pathIds(route).length === 0)
					assert.equal(res.status, 200, `${nameOf(route)} ${res.text}`);
				assert.ok(!res.text.includes(world.task) && !res.text.includes('Hill House'), res.text);
			}
	});
});
