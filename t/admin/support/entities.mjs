// entities.mjs: what the walks through all routes of entities send and act upon.
import { randomInt, randomUUID } from 'node:crypto';

import { Upload } from '../../api/support/client.mjs';
import { makeMember, sql } from '../../api/support/db.mjs';
import { expectOk } from '../../api/support/expect.mjs';
import { crowd, newContractor, newDocument, newId, newResidence, newTask, signUp } from '../../api/support/people.mjs';
import { png } from '../../api/support/uploads.mjs';
import { newDelivery, newJob, newPurchase, newStoreEvent } from './queue.mjs';
import { staffPanel } from './staff.mjs';

/** Good values of columns, by their names where the type does not say it. */
const BY_NAME = {
	locale: 'en', time_zone: 'Europe/Berlin', currency: 'EUR', country: 'DE', tier: 'pro',
};
const BY_TYPE = {
	text: () => `sample-${randomUUID().slice(0, 8)}`, long: () => 'A sample.',
	int: () => 1, number: () => '1', bytes: () => 1,
	bool: () => true, email: () => `sample-${randomUUID()}@example.test`, date: () => '2027-01-31',
	timestamp: () => '2027-01-31T12:00:00Z', json: () => ({}), reference: () => randomUUID(),
	enum: ({ values }) => values.at(-1),
};

const valueOf = (column) => BY_NAME[column.name] ?? BY_TYPE[column.type](column);
const bodyOf = (columns) => Object.fromEntries(columns.map((column) => [column.name, valueOf(column)]));

/** What an account has to be for an act upon it to change something. */
const STATES = {
	activate: "UPDATE users SET is_active = false WHERE id = :'id'",
	cancel_deletion: "UPDATE users SET delete_at = now() + interval '1 day' WHERE id = :'id'",
	test_mail: "UPDATE users SET email_verified_at = now() WHERE id = :'id'",
	ungrant: "SELECT hob.grant_tier_to(:'id', 'plus', 'a walk', NULL, 'a test')",
};

export const newPhone = async ({ client }) =>
	expectOk(await client.post('/api/devices', { platform: 'ios', token: newId() }), 201);

/** A new code, and what there is to make of a lookup, a template, a tier: bodies for `create` and `update`. */
const newCode = () => `sample_${randomUUID().slice(0, 8)}`;
const listed = (more) => () => ({ id: newCode(), label: 'A sample', position: 900, ...more });
const TEXTS = { en: { name: 'A sample', description: 'Of texts.' } };
const CODED = {
	categories: listed({ icon: 'dots', color: '#010203' }),
	priorities: listed({ rank: 900 }),
	specialties: listed({ icon: 'dots' }),
	'task-templates': () => ({ id: newCode(), title: 'A sample', description: 'Of templates.', category: 'other',
		priority: 'low', season: 'any', climate: 'any', recurrence: { unit: 'year' }, position: 900 }),
	tiers: () => ({ id: newCode(), rank: randomInt(1000, 100000), texts: TEXTS, limits: {} }),
};
const CHANGES = { tiers: () => ({ rank: randomInt(1000, 100000) }) };

/** Makes such a one by the API, and says what it is made of and changed to. */
const coded = (name) => async (panel) => {
	const { body: { id } } = await panel.post(`/${name}`, CODED[name]());
	const set = CHANGES[name]?.() ?? { position: 901 };

	return { id, bodies: { update: set, 'bulk-update': { ids: [id], set } } };
};

/** The id of a thing in a home, deleted when it is to come back. */
async function madeAt(part, make, act) {
	const [ann] = await crowd(1);
	const { id } = await make(ann, await newResidence(ann));

	if (act === 'restore')
		expectOk(await ann.client.delete(`/api/${part}/${id}`), 204);
	return id;
}

/**
 * Makes one that the acts of an entity can be tried with, and returns its id (`act` is what will be done with it); or
 * {id, bodies: {act: body}} where an act takes more than samples. A new entity with writes has its row here.
 */
export const MAKES = {
	users: async (panel, act) => {
		const person = await signUp();

		if (act === 'test_push')
			await newPhone(person);
		if (STATES[act])
			await sql(STATES[act], { id: person.user.id });
		return { id: person.user.id, bodies: { grant_tier: { tier: 'pro', until: '2031-01-31' } } };
	},
	sessions: async () => {
		const { user } = await signUp();

		return (await sql("SELECT id FROM sessions WHERE user_id = :'id'", { id: user.id }))[0];
	},
	devices: async () => (await newPhone(await signUp())).id,
	residences: async (panel, act) => {
		const [ann, ben] = await crowd(2);
		const home = await newResidence(ann);

		await makeMember(home, ben.user, 'member');
		if (act === 'restore')
			expectOk(await ann.client.delete(`/api/residences/${home.id}`), 204);
		return { id: home.id, bodies: { hand_over: { to: ben.user.id } } };
	},
	members: async (panel) => {
		const [ann, ben] = await crowd(2);
		const home = await newResidence(ann);

		await makeMember(home, ben.user, 'member');
		return `${home.id}:${ben.user.id}`;
	},
	'share-codes': async () => {
		const [ann] = await crowd(1);
		const home = await newResidence(ann);

		return expectOk(await ann.client.post(`/api/residences/${home.id}/share-codes`,
			{ role: 'viewer', expires_in_hours: 1, max_uses: 1 }), 201).id;
	},
	tasks: (panel, act) => madeAt('tasks', newTask, act),
	contractors: (panel, act) => madeAt('contractors', newContractor, act),
	documents: (panel, act) => madeAt('documents', newDocument, act),
	completions: async () => {
		const [ann] = await crowd(1);
		const { id } = await newTask(ann, await newResidence(ann));

		return expectOk(await ann.client.post(`/api/tasks/${id}/complete`, { occurrence: 1 }), 201).id;
	},
	files: async () => {
		const [ann] = await crowd(1);
		const { id } = await newResidence(ann);

		return expectOk(await ann.client.post(`/api/residences/${id}/files`,
			new Upload(png(), 'image/png', 'photo.png')), 201).results[0].id;
	},
	staff: async () => (await staffPanel('support')).id,
	'staff-sessions': async () => {
		const [id] = await sql("SELECT id FROM staff_sessions WHERE staff_id = :'id'",
			{ id: (await staffPanel('support')).id });

		return id;
	},
	...Object.fromEntries(Object.keys(CODED).map((name) => [name, coded(name)])),
	settings: () => {
		const [id, set] = ['limit.invitations', { value: randomInt(21, 1000000) }];

		return { id, bodies: { update: set, 'bulk-update': { ids: [id], set } } };
	},
	jobs: () => newJob(),
	deliveries: (panel, act) => newDelivery(act === 'cancel' ? 'held' : 'failed'),
	subscriptions: () => newPurchase(),
	'store-events': () => newStoreEvent(),
};

const admin = await staffPanel('admin');
export const { entities } = (await admin.get('/schema')).body;

/** The entity of a route, and what it does with it; undefined for another route. */
export function actOf({ method, path }) {
	const [, name, rest = ''] = /^\/api\/admin\/([a-z-]+)(\/.*)?$/.exec(path);
	const entity = entities.find((one) => one.name === name);
	const action = /actions\/(\w+)$/.exec(rest)?.[1];

	if (!entity)
		return undefined;
	const act = action ?? { GET: 'read', PATCH: 'update', DELETE: 'delete' }[method] ??
		{ '': 'create', '/bulk-update': 'bulk-update', '/bulk-delete': 'bulk-delete' }[rest];

	return { entity, act, action: entity.actions.find(({ name: one }) => one === action) };
}

/** What the route is sent about this id. */
export function bodyFor({ entity, act, action }, id) {
	const written = entity.columns.filter(({ write }) => write);

	if (act === 'create' && CODED[entity.name])
		return CODED[entity.name]();
	if (action)
		return action.fields.length ? bodyOf(action.fields) : undefined;
	return {
		create: () => bodyOf(entity.columns.filter(({ create }) => create)),
		update: () => bodyOf(written.slice(0, 1)),
		'bulk-update': () => ({
			ids: [id], set: bodyOf(written.slice(0, 1)),
		}),
		'bulk-delete': () => ({ ids: [id] }),
	}[act]?.();
}
