// entities.mjs: what the walks through all routes of entities send and act upon.
import { randomUUID } from 'node:crypto';

import { staffPanel } from './staff.mjs';

/** Good values of columns, by their names where the type does not say it. */
const BY_NAME = {
	locale: 'en', time_zone: 'Europe/Berlin', currency: 'EUR', country: 'DE',
};
const BY_TYPE = {
	text: () => `sample-${randomUUID().slice(0, 8)}`, long: () => 'A sample.', int: () => 1, number: () => '1', bytes: () => 1,
	bool: () => true, email: () => `sample-${randomUUID()}@example.test`, date: () => '2027-01-31',
	timestamp: () => '2027-01-31T12:00:00Z', json: () => ({}), reference: () => randomUUID(),
	enum: ({ values }) => values.at(-1),
};

const valueOf = (column) => BY_NAME[column.name] ?? BY_TYPE[column.type](column);
const bodyOf = (columns) => Object.fromEntries(columns.map((column) => [column.name, valueOf(column)]));

/**
 * Makes one that the acts of an entity can be tried with, and returns its id (`act` is what will be done with it); or {id, bodies: {act: body}} where an act
 * takes more than samples. A new entity with writes has its row here.
 */
export const MAKES = {
	'staff-sessions': async (panel) => {
		const { body } = await panel.get('/staff-sessions?page_size=100');

		return body.results.find(({ staff_id: owner, current }) => owner === panel.id && !current)?.id;
	},
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

	if (action)
		return action.fields.length ? bodyOf(action.fields) : undefined;
	return {
		create: () => bodyOf(entity.columns.filter(({ create }) => create)),
		update: () => bodyOf(written.slice(0, 1)),
		'bulk-update': () => ({ ids: [id], set: bodyOf(written.filter(({ type }) => type !== 'json').slice(0, 1)) }),
		'bulk-delete': () => ({ ids: [id] }),
	}[act]?.();
}
