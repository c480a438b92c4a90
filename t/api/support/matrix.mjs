// matrix.mjs: what matrix.test.mjs needs to call any route of the table as anybody: worlds
// made by SQL, one for each call, and samples for what paths and bodies ask for.
//
// A new route joins by itself. When it asks for something nobody has heard of, it fails with
// the name of the table here that wants a line: THINGS, ALIASES, SAMPLES or BODIES.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Cards, Client, Csv, Upload } from './client.mjs';
import { sql } from './db.mjs';
import { accessHash, missingId, newId, newToken, PASSWORD, signUp } from './people.mjs';
import { nameOf } from './routes.mjs';
import { exportToken, fileToken, newExport, unsubscribeToken } from './seals.mjs';
import { putBytes } from './uploads.mjs';

// --- worlds --------------------------------------------------------------------------------

const rows = { users: [], sessions: [], access_tokens: [], residences: [], members: [], tasks: [], completions: [],
	contractors: [] };

function addUser(active = true) {
	const id = newId();

	rows.users.push({ id, email: `${id}@example.test`, is_active: active });
	return id;
}

/** A session of `user`: { id, client }. `state` is live, expired, idle or revoked. */
function addSession(user, state = 'live') {
	const id = newId();
	const token = newToken();

	rows.sessions.push({ id, user_id: user, state,
		token_hash: createHash('sha256').update(token).digest('hex') });
	return { id, client: new Client(token) };
}

/** A client by an access token of `user` with this scope, narrowed to `residences` unless that is null. */
export function addAccess(user, scope, residences = null) {
	const token = newToken('hob_pat_');

	rows.access_tokens.push({ id: newId(), user_id: user, scope, residence_ids: residences,
		token_hash: accessHash(token) });
	return new Client(token);
}

function addTask(residence, owner, deleted = false) {
	const id = newId();

	rows.tasks.push({ id, residence_id: residence, created_by: owner, deleted });
	return id;
}

/** The first occurrence of `task`, done by `user`, or done and undone. */
function addCompletion(residence, task, user) {
	const id = newId();

	rows.completions.push({ id, residence_id: residence, task_id: task, user_id: user });
	return id;
}

function addContractor(residence, owner, deleted = false) {
	const id = newId();

	rows.contractors.push({ id, residence_id: residence, created_by: owner, deleted });
	return id;
}

/** A residence of `owner`, with `members` as [user, role] pairs. */
function addResidence(owner, members, deleted = false) {
	const id = newId();

	rows.residences.push({ id, owner_id: owner, deleted });
	for (const [user_id, role] of members)
		rows.members.push({ residence_id: id, user_id, role });
	return id;
}

// Those who are in every world, and the residence next door where no caller belongs.
const landlord = addUser();
const mate = addUser();
const former = addUser();
const neighbour = addUser();
const lodger = addUser();
const roomer = addUser();
const landlordSession = addSession(landlord);
const neighbourSession = addSession(neighbour);

function furnish(owner, members, foreign, user) {
	const residence = addResidence(owner, [...members, [mate, 'viewer'], [former, 'gone']]);
	const dead = addResidence(owner, [...members, [mate, 'viewer']], true);
	// Another residence of the same people: what is in it is not in the first.
	const second = addResidence(owner, [...members, [roomer, 'member']]);
	const things = {
		residence, dead, second, foreign,
		task: addTask(residence, owner), deadTask: addTask(residence, owner, true),
		lostTask: addTask(dead, owner),
	};

	// A task of its own: what is done with the others must not stand in its way.
	things.otherTask = addTask(residence, owner);
	things.completion = addCompletion(residence, things.otherTask, user);
	things.lostCompletion = addCompletion(dead, things.lostTask, user);
	things.contractor = addContractor(residence, owner);
	things.deadContractor = addContractor(residence, owner, true);
	things.lostContractor = addContractor(dead, owner);
	things.strangersContractor = addContractor(null, neighbour);
	return things;
}

const nextDoor = (() => {
	const residence = addResidence(neighbour, [[lodger, 'member']]);

	return {
		residence, task: addTask(residence, neighbour), host: neighbourSession.client,
		completion: addCompletion(residence, addTask(residence, neighbour), neighbour),
		contractor: addContractor(residence, neighbour),
	};
})();

/** What makes a caller: the role in their own world, and what is wrong with their session. */
export const CALLERS = {
	anonymous: { role: 'owner', dead: 'anonymous' },
	'session of garbage': { role: 'owner', dead: 'garbage' },
	'expired session': { role: 'owner', dead: 'expired' },
	'idle session': { role: 'owner', dead: 'idle' },
	'revoked session': { role: 'owner', dead: 'revoked' },
	'disabled user': { role: 'owner', dead: 'disabled' },
	stranger: {},
	'manager of another residence': { elsewhere: 'manager' },
	viewer: { role: 'viewer' },
	member: { role: 'member' },
	manager: { role: 'manager' },
	owner: { role: 'owner' },
};

function clientOf(user, dead) {
	if (dead === 'anonymous')
		return new Client();
	if (dead === 'garbage')
		return new Client('hob_garbage');
	return addSession(user, dead === 'disabled' ? 'live' : dead).client;
}

/** A world of its own for one call. Counts once buildWorlds has run. */
export function newWorld(caller) {
	const { role, dead, elsewhere } = CALLERS[caller];
	const user = addUser(dead !== 'disabled');
	const owner = role === 'owner' ? user : landlord;
	const world = furnish(owner, role && role !== 'owner' ? [[user, role]] : [], nextDoor, user);

	if (elsewhere)
		addResidence(neighbour, [[user, elsewhere]]);
	world.user = user;
	world.client = clientOf(user, dead);
	world.session = addSession(user).id;
	world.endedSession = addSession(user, 'revoked').id;
	world.host = owner === landlord ? landlordSession.client : dead ? null : world.client;
	return world;
}

// Before the first request with any of these keys: whatever remembers roles and sessions
// never saw them otherwise.
export async function buildWorlds() {
	const { email } = await signUp();
	const list = (name) =>
		`jsonb_populate_recordset(NULL::rows_${name}, $json$${JSON.stringify(rows[name])}$json$)`;

	await sql(`BEGIN;
		CREATE TEMP TABLE rows_users (id uuid, email text, is_active bool);
		CREATE TEMP TABLE rows_sessions (id uuid, user_id uuid, state text, token_hash text);
		CREATE TEMP TABLE rows_access_tokens (id uuid, user_id uuid, scope text, residence_ids uuid[],
			token_hash text);
		CREATE TEMP TABLE rows_residences (id uuid, owner_id uuid, deleted bool);
		CREATE TEMP TABLE rows_members (residence_id uuid, user_id uuid, role text);
		CREATE TEMP TABLE rows_tasks (id uuid, residence_id uuid, created_by uuid, deleted bool);
		CREATE TEMP TABLE rows_completions (id uuid, residence_id uuid, task_id uuid, user_id uuid);
		CREATE TEMP TABLE rows_contractors (id uuid, residence_id uuid, created_by uuid, deleted bool);
		${Object.keys(rows).map((name) => `INSERT INTO rows_${name} SELECT * FROM ${list(name)};`).join('\n')}
		INSERT INTO users (id, email, password_hash, is_active, email_verified_at)
		SELECT r.id, r.email, u.password_hash, r.is_active, now() FROM rows_users r, users u
		 WHERE u.email = :'email';
		INSERT INTO sessions (id, user_id, token_hash, last_seen_at, expires_at)
		SELECT id, user_id, token_hash,
		       now() - CASE state WHEN 'idle' THEN interval '31 d' ELSE interval '0' END,
		       now() + CASE state WHEN 'expired' THEN interval '-1 s' ELSE interval '180 d' END
		  FROM rows_sessions;
		DELETE FROM sessions WHERE id IN (SELECT id FROM rows_sessions WHERE state = 'revoked');
		INSERT INTO access_tokens (id, user_id, name, token_hash, hint, scope, residence_ids)
		SELECT id, user_id, 'Script', token_hash, 'xxxx', scope, residence_ids FROM rows_access_tokens
		UNION ALL SELECT id, id, 'Script', id::text, 'xxxx', 'read', NULL FROM rows_users WHERE is_active;
		INSERT INTO calendar_feeds (id, user_id, name, secret_hash) SELECT id, id, 'Feed', id::text
		  FROM rows_users WHERE is_active;
		INSERT INTO notices (id, user_id, kind, subject, subject_id) SELECT id, id, 'security', 'account', id
		  FROM rows_users;
		INSERT INTO devices (id, user_id, session_id, platform, environment, token)
		SELECT DISTINCT ON (s.user_id) s.user_id, s.user_id, s.id, 'ios', 'production', s.user_id::text
		  FROM rows_sessions r JOIN sessions s ON s.id = r.id JOIN users u ON u.id = s.user_id AND u.is_active;
		INSERT INTO residences (id, owner_id, name, time_zone) SELECT id, owner_id, 'Hill House', 'UTC'
		  FROM rows_residences;
		INSERT INTO webhooks (id, residence_id, created_by, url, events, active, secret_nonce)
		SELECT r.id, r.id, r.owner_id, 'https://example.com', '{task.created}', false, ''
		  FROM rows_residences r JOIN users u ON u.id = r.owner_id AND u.is_active;
		INSERT INTO contractors (id, residence_id, name, created_by) SELECT id, id, 'Sweep & Sons', owner_id
		  FROM rows_residences;
		INSERT INTO documents (id, residence_id, title, created_by) SELECT id, id, 'Dishwasher', owner_id
		  FROM rows_residences;
		INSERT INTO residence_members (residence_id, user_id, role)
		SELECT residence_id, user_id, CASE role WHEN 'gone' THEN 'member' ELSE role END::residence_role
		  FROM rows_members;
		DELETE FROM residence_members WHERE (residence_id, user_id) IN
			(SELECT residence_id, user_id FROM rows_members WHERE role = 'gone');
		INSERT INTO tasks (id, residence_id, title, created_by, due_on, recurrence)
		SELECT id, residence_id, 'Sweep', created_by, '2031-01-01', '{"unit": "week"}' FROM rows_tasks;
		INSERT INTO completions (id, residence_id, task_id, occurrence, due_before, due_after, completed_by,
			recorded_by)
		SELECT id, residence_id, task_id, 1, '2031-01-01', '2031-01-08', user_id, user_id FROM rows_completions;
		UPDATE tasks t SET occurrence = 2, due_on = '2031-01-08', grid_on = '2031-01-08', completion_count = 1,
			last_completed_at = now(), last_completed_by = c.user_id, last_completion_id = c.id
		  FROM rows_completions c WHERE t.id = c.task_id;
		INSERT INTO contractors (id, residence_id, name, created_by, deleted_at)
		SELECT id, residence_id, 'Sweep & Sons', created_by, CASE WHEN deleted THEN now() END
		  FROM rows_contractors;
		INSERT INTO files (id, residence_id, uploaded_by, purpose, task_id, completion_id, document_id, name,
			media_type,
			bytes, sha256, state)
		SELECT (left(id::text, 24)
				|| translate(right(id::text, 12), '0123456789abcdef', '123456789abcdef0'))::uuid,
			NULL::uuid, id, 'avatar', NULL::uuid, NULL::uuid, NULL::uuid, 'a', 'image/png', 3, ''::bytea,
				'ready'
		  FROM rows_users
		UNION ALL SELECT id, NULL, id, 'staged', NULL, NULL, NULL, 'a', 'image/png', 3, '',
			'processing' FROM rows_users
		UNION ALL SELECT id, id, owner_id, 'residence', NULL, NULL, NULL, 'a', 'text/plain', 3, '',
			'ready' FROM rows_residences
		UNION ALL SELECT id, residence_id, created_by, 'task', id, NULL, NULL, 'a', 'text/plain', 3, '',
			'ready' FROM rows_tasks
		UNION ALL SELECT id, residence_id, user_id, 'completion', NULL, id, NULL, 'a', 'text/plain', 3, '',
			'ready'
		  FROM rows_completions
		UNION ALL SELECT (left(id::text, 24) || translate(right(id::text, 12), '0123456789abcdef',
			'123456789abcdef0'))::uuid,
			id, owner_id, 'document', NULL, NULL, id, 'a', 'text/plain', 3, '',
				'ready' FROM rows_residences;
		INSERT INTO file_copies (file_id, variant, key, store, media_type, bytes, sha256)
		SELECT id, 'main', left(id::text, 2) || '/' || substr(id::text, 3, 2) || '/' || replace(id::text, '-',
			''),
		       'directory', 'text/plain', 3, '' FROM files f WHERE f.sha256 = ''
		ON CONFLICT DO NOTHING;
		UPDATE tasks SET deleted_at = now() WHERE id IN (SELECT id FROM rows_tasks WHERE deleted);
		UPDATE residences SET deleted_at = now() WHERE id IN (SELECT id FROM rows_residences WHERE deleted);
		COMMIT;`, { email });
}

// --- things --------------------------------------------------------------------------------

// A share code of the world's residence, made by its owner: { id, code }.
async function shareCode(residence, host) {
	if (host === null)
		return { id: missingId(), code: 'NOBODY' };
	const res = await host.post(`/api/residences/${residence}/share-codes`, { role: 'viewer' });

	assert.equal(res.status, 201,
		`making a share code (shareCode() in t/api/support/matrix.mjs): ${res.status} ${res.text}`);
	return res.body;
}

async function endedShareCode({ residence, host }) {
	const { id } = await shareCode(residence, host);

	if (host !== null)
		await host.delete(`/api/residences/${residence}/share-codes/${id}`);
	return id;
}

// An invitation to a residence by its owner, to the address of somebody.
async function invitation(residence, user, declined = false) {
	const [id] = await sql(`INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at,
			max_uses, email, declined_at)
		SELECT gen_random_uuid(), r.id, 'viewer', gen_random_uuid(), r.owner_id, now() + interval '7 days', 1,
		       u.email, CASE WHEN :'declined' THEN now() END
		  FROM residences r, users u, users o
		 WHERE r.id = :'residence' AND u.id = :'user' AND o.id = r.owner_id AND o.is_active
		RETURNING id`, { residence, user, declined });

	return id ?? missingId();
}

// What the files of this route hang on, by the first id of its path; and one of its files, whose bytes are there.
const hungOn = (w, route) => (route.path.startsWith('/api/documents/') ? paperOf(w.residence)
	: w[route.path.match(/\{(\w+)_id\}/)[1]]);
// A document has the id of its residence; its file another, as the picture of an account: the last digits are one
// more each.
const DIGITS = '0123456789abcdef';
const paperOf = (id) => id.slice(0, 24)
	+ [...id.slice(24)].map((c) => DIGITS[(DIGITS.indexOf(c) + 1) % 16]).join('');
const fileOf = (id, route) => {
	if (route.path.endsWith('/content'))
		putBytes(id);
	return id;
};

// Every id that a path, a body or a query may name, in the world of the call. `missing` needs
// no line: nothing has that id.
const THINGS = {
	residence_id: {
		own: (w) => w.residence, foreign: (w) => w.foreign.residence, deleted: (w) => w.dead,
	},
	task_id: {
		own: (w) => w.task, foreign: (w) => w.foreign.task, deleted: (w) => w.deadTask,
		'of a deleted residence': (w) => w.lostTask,
	},
	// Somebody of the residence, somebody of another, and somebody who belonged once. A child of
	// another residence of the caller's is what row-level security does not catch.
	user_id: {
		own: (w, route) => {
			if (route.path.endsWith('/avatar'))
				putBytes(paperOf(mate));
			return mate;
		},
		foreign: () => lodger, deleted: () => former,
		"of another residence of the caller's": () => roomer,
	},
	after_id: {
		own: (w) => w.otherTask, foreign: (w) => w.foreign.task, deleted: (w) => w.deadTask,
	},
	contractor_id: {
		own: (w) => w.residence, foreign: (w) => w.foreign.residence, 'of a deleted residence': (w) => w.dead,
	},
	// A document has the id of its residence: see buildWorlds.
	document_id: {
		own: (w) => w.residence, foreign: (w) => w.foreign.residence, 'of a deleted residence': (w) => w.dead,
	},
	completion_id: {
		own: (w) => w.completion, foreign: (w) => w.foreign.completion,
		'of a deleted residence': (w) => w.lostCompletion,
	},
	contractor_id: {
		own: (w) => w.contractor, foreign: (w) => w.foreign.contractor, deleted: (w) => w.deadContractor,
		'of a deleted residence': (w) => w.lostContractor, "somebody's alone": (w) => w.strangersContractor,
	},
	session_id: {
		own: (w) => w.session, foreign: () => neighbourSession.id, deleted: (w) => w.endedSession,
	},
	// A feed has the id of its user: see buildWorlds.
	feed_id: { own: (w) => w.user, foreign: () => neighbour },
	// And an access token: likewise.
	access_token_id: { own: (w) => w.user, foreign: () => neighbour },
	// And a notice, and a device: likewise.
	notification_id: { own: (w) => w.user, foreign: () => neighbour },
	device_id: { own: (w) => w.user, foreign: () => neighbour },
	// A file has the id of what it hangs on (but see paperOf), or of who has sent it.
	file_id: {
		own: (w, route) => fileOf(hungOn(w, route), route), foreign: (w, route) => hungOn(w.foreign, route),
		'of another thing of the caller\'s': (w) => w.otherTask,
		"of another residence of the caller's": (w) => w.second,
	},
	upload_id: { own: (w) => w.user, foreign: () => neighbour },
	export_id: { own: (w) => newExport(w.user), foreign: () => newExport(neighbour) },
	// Of the residence, of another, and of a deleted one.
	webhook_id: { own: (w) => w.residence, foreign: (w) => w.foreign.residence,
		"of another residence of the caller's": (w) => w.second },
	share_code_id: {
		own: async (w) => (await shareCode(w.residence, w.host)).id,
		foreign: async (w) => (await shareCode(w.foreign.residence, w.foreign.host)).id,
		deleted: endedShareCode,
		"of another residence of the caller's": async (w) => (await shareCode(w.second, w.host)).id,
	},
	// To the address of the caller, or of somebody else; and those of a residence.
	invitation_id: {
		own: (w) => invitation(w.foreign.residence, w.user),
		foreign: (w) => invitation(w.foreign.residence, former),
		deleted: (w) => invitation(w.foreign.residence, w.user, true),
	},
	sent_invitation_id: {
		own: (w) => invitation(w.residence, former), foreign: (w) => invitation(w.foreign.residence, former),
		deleted: (w) => invitation(w.residence, former, true),
		"of another residence of the caller's": (w) => invitation(w.second, former),
	},
};

// Other names for such an id.
const ALIASES = { assigned_to_id: 'user_id', completed_by_id: 'user_id', before_id: 'notification_id' };

function thingOf(name, route) {
	const thing = THINGS[ALIASES[name] ?? name];

	assert.ok(thing,
		`${nameOf(route)}: nothing is known of the id ${name}: `
		+ 'add a line to THINGS or ALIASES in t/api/support/matrix.mjs');
	return thing;
}

export function kindsOf(name, route) {
	return [...Object.keys(thingOf(name, route)), 'missing'];
}

export async function idOf(name, route, kind, world) {
	return kind === 'missing' ? missingId() : thingOf(name, route)[kind](world, route);
}

// --- samples -------------------------------------------------------------------------------

// Required fields and parts of paths that are no ids, by name, where the type says too little.
const SAMPLES = {
	token: () => newToken('push-'),
	password: () => PASSWORD,
	old_password: () => PASSWORD,
	new_password: () => `${PASSWORD}!`,
	list: () => 'task_priorities',
	role: () => 'viewer',
	occurrence: () => 1,
	rating: () => 5,
	url: () => 'https://example.com/hook',
	events: () => ['task.completed'],
	codes: async () => {
		const res = await landlordSession.client.get('/api/task-templates');
		assert.equal(res.status, 200, res.text);
		return [res.body.results[0].code];
	},
	feed: async () => (await landlordSession.client.post('/api/calendar-feeds')).body.path.split('/').pop(),
	upload_ids: (w) => [w.user],
	file_token: () => {
		putBytes(nextDoor.residence);
		return fileToken(nextDoor.residence, 'main', neighbourSession.id);
	},
	export_token: async () => exportToken(await newExport(landlord)),
	unsubscribe_token: (w) => unsubscribeToken(w.user, 'task_due'),
	recurrence: () => ({ unit: 'week', starts_on: '2027-02-03' }),
	store: () => 'google', purchase_token: () => newId(),
	code: async (w) => (await shareCode(w.residence, w.host)).code,
};

const BY_TYPE = {
	text: 'Sample', line: 'Sample', search: 'Sample', email: 'sample@example.test', int: 1,
	url: 'https://example.test/', decimal: '1', bool: true, day: '2027-02-03', time: '08:30', zone: 'UTC',
	currency: 'EUR', country: 'NL', locale: 'en',
};

// Of routes whose body no table describes.
const BODIES = {
	'POST /api/residences/{residence_id}/tasks/import': () => new Csv('title\nSweep\n'),
	'POST /api/residences/{residence_id}/contractors/import': () =>
		new Cards('BEGIN:VCARD\nVERSION:4.0\nFN:Sweep & Sons\nEND:VCARD\n'),
	'POST /api/uploads': () => new Upload('a note'),
	'POST /api/tasks/bulk': (w) => ({ create: [{ residence_id: w.residence, title: 'Sweep' }] }),
};

/** Or one of several is wanted: this one is sent. */
const isWanted = (field) => field.required || field.name === 'purchase_token';

async function sampleOf(field, route, world) {
	if (SAMPLES[field.name])
		return SAMPLES[field.name](world);
	const sample = field.choice ?? BY_TYPE[field.type];

	assert.notEqual(sample, undefined,
		`${nameOf(route)} asks for ${field.name}, of which no sample is known: `
		+ 'add a line to SAMPLES in t/api/support/matrix.mjs');
	return sample;
}

/** The fields of the body that are ids, as this method may name them. */
export function bodyIds(route) {
	return route.body.filter((f) => f.type === 'uuid' && !(f.create && route.method === 'PATCH'))
		.map((f) => f.name);
}

export function pathParts(route) {
	return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
}

export function pathIds(route) {
	return pathParts(route).filter((name) => name.endsWith('_id'));
}

/** A good request to `route` in `world`: { values, body }. Ids in `chosen` are of those kinds. */
export async function sampleRequest(route, world, chosen = {}) {
	const id = (name) => idOf(name, route, chosen[name] ?? 'own', world);
	const values = {};
	const body = {};

	for (const name of pathParts(route))
		values[name] = name.endsWith('_id') ? await id(name)
			: await sampleOf({ name, type: 'part' }, route, world);
	if (route.reads_body || (route.takes_files && route.body.length === 0)) {
		assert.ok(BODIES[nameOf(route)],
			`${nameOf(route)} has a body that no table describes: `
			+ 'add a line to BODIES in t/api/support/matrix.mjs');
		return { values, body: BODIES[nameOf(route)](world) };
	}
	if (route.body.length === 0)
		return { values };
	for (const name of bodyIds(route))
		body[name] = await id(name);
	for (const field of route.body.filter(isWanted))
		if (field.type !== 'uuid' && !(field.create && route.method === 'PATCH'))
			body[field.name] = await sampleOf(field, route, world);
	return { values, body };
}
