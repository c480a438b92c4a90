// schema.js: what the server says of its entities: columns, who may, actions. Lists and forms are drawn from it.
import { useResourceContext } from 'react-admin';

import { json } from './call.js';

let entities = new Map();

export async function loadSchema() {
	const { entities: list } = await json({ path: '/schema' });

	entities = new Map(list.map((entity) => [entity.name, entity]));
	return list;
}

export const entityOf = (name) => entities.get(name);
export const useEntity = () => entityOf(useResourceContext());
export const readable = (name) => entityOf(name)?.may.read ?? false;

/** Does reading it ask for a reason? Then nothing reads it in passing. */
export const isGuarded = ({ needs_reason: acts }) => acts.includes('read');

/** How many a search has found: "57"; or "100+" where the server counts no further. */
export const foundOf = (entity, count) => (count >= (isGuarded(entity) ? 100 : 501) ? `${count}+` : `${count}`);

/** What lies in homes is listed one home at a time, or sought: until then there is no list. */
export const isOpen = ({ within }, filter = {}) =>
	!within || Boolean(filter.search) || within.some((name) => filter[name]);

export const columnOf = (entity, name) => entity.columns.find((column) => column.name === name);

export const isText = ({ type }) => ['text', 'long', 'email'].includes(type);

/** What somebody has left who clears it. */
export const emptyOf = (column) => (isText(column) && !column.nullable ? '' : null);
export const mayBeEmpty = (column) => column.nullable || (isText(column) && column.min === 0);

/** The entities that refer to this one by a column that their lists can be filtered by, and by that alone. */
export const referring = (name) =>
	[...entities.values()]
		.flatMap((entity) =>
			entity.columns
				.filter(({ reference, filter }) => reference === name && filter)
				.filter((column) => !entity.within || entity.within.includes(column.name))
				.map((column) => ({ entity, column }))
		)
		.filter(({ entity }) => entity.may.read);

/** What somebody writes for a column of type json: text, until data.js makes a value of it; null when it is none. */
export const draft = (text) => (text.trim() === '' ? null : { $text: text });
export const draftOf = (value) => value?.$text;

export function readJson(value) {
	const text = draftOf(value);

	return text === undefined ? value : JSON.parse(text);
}
