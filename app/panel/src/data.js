// data.js: react-admin's dataProvider, in the words of /api/admin.
import { call, json } from './call.js';
import { columnOf, emptyOf, entityOf, isOpen, readJson } from './schema.js';

const path = (resource, ...more) => `/${[resource, ...more.map(encodeURIComponent)].join('/')}`;
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const PAGE_MOST = 100;

/** By what the server can sort, or else as it likes. */
function orderingOf(resource, sort) {
	const column = columnOf(entityOf(resource), sort?.field);

	return column?.order ? `${sort.order === 'DESC' ? '-' : ''}${column.name}` : undefined;
}

const listQuery = (resource, { pagination, sort, filter = {} }) => ({
	page: pagination?.page,
	page_size: pagination?.perPage,
	ordering: orderingOf(resource, sort),
	...filter,
});

async function list(resource, query) {
	const { count, results } = await json({ path: path(resource), query });

	return { data: results, total: count };
}

async function getMany(resource, { ids }) {
	const pages = Array.from({ length: Math.ceil(ids.length / PAGE_MOST) }, (_, i) =>
		ids.slice(i * PAGE_MOST, (i + 1) * PAGE_MOST)
	);
	const lists = await Promise.all(pages.map((some) => list(resource, { id__in: some, page_size: PAGE_MOST })));

	return { data: lists.flatMap(({ data }) => data) };
}

function valueOf(column, value) {
	const read = column.type === 'json' ? readJson(value) : value;

	return (read ?? '') === '' ? emptyOf(column) : read;
}

/** [column, value] of what a form has and the schema knows, as the server wants it. */
const valuesOf = (resource, data) =>
	Object.entries(data)
		.map(([name, value]) => [columnOf(entityOf(resource), name), value])
		.filter(([column]) => column)
		.map(([column, value]) => [column, valueOf(column, value)]);

const bodyOf = (values) => Object.fromEntries(values.map(([{ name }, value]) => [name, value]));

/** What was left empty is not said. */
const filled = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => (value ?? '') !== ''));

/** Only what may be written and is another: what somebody else writes meanwhile stays. */
const changes = (resource, data, before) =>
	bodyOf(
		valuesOf(resource, data).filter(
			([column, value]) => column.write && !same(value, valueOf(column, before[column.name]))
		)
	);

async function update(resource, { id, data, previousData: before }) {
	const body = changes(resource, data, before);

	if (Object.keys(body).length === 0)
		return { data: before };
	return {
		data: await json({
			method: 'PATCH',
			path: path(resource, id),
			entity: resource,
			body,
			before,
			version: data.version,
		}),
	};
}

function create(resource, { data }) {
	const body = filled(bodyOf(valuesOf(resource, data).filter(([column]) => column.create)));

	return json({ method: 'POST', path: path(resource), body });
}

const remove = (resource, { id, previousData }) =>
	call({ method: 'DELETE', path: path(resource, id), version: previousData?.version });

export const dataProvider = {
	getList: async (resource, params) =>
		isOpen(entityOf(resource), params.filter)
			? list(resource, listQuery(resource, params))
			: { data: [], total: 0 },
	getOne: async (resource, { id }) => ({ data: await json({ path: path(resource, id) }) }),
	getMany,
	getManyReference: (resource, { target, id, filter, ...rest }) =>
		list(resource, listQuery(resource, { ...rest, filter: { ...filter, [target]: id } })),
	update,
	create: async (resource, params) => ({ data: await create(resource, params) }),
	delete: async (resource, params) => {
		await remove(resource, params);
		return { data: params.previousData ?? { id: params.id } };
	},

	/** To each of these: how many it was done to, and the problems of the others, {count, refused}. */
	updateEach: (resource, { ids, values }) =>
		json({
			method: 'POST',
			path: path(resource, 'bulk-update'),
			body: { ids, set: bodyOf(valuesOf(resource, values)) },
		}),
	deleteEach: (resource, { ids }) =>
		json({ method: 'POST', path: path(resource, 'bulk-delete'), body: { ids } }),
	/** An act on one thing, by its name in the schema; one without fields takes no body. */
	act: async (resource, { id, action: { name, fields }, values }) => {
		const body = fields.length ? filled(values) : undefined;

		await json({ method: 'POST', path: path(resource, id, 'actions', name), body });
		return { data: { id } };
	},
	/** The whole of a list as a file. A link cannot send the header that each call needs. */
	csv: async (resource, { filter }) =>
		(await call({ path: path(resource, 'export.csv'), query: filter })).blob(),
	/** Whether the service is read-only, since when, and what callers are told of it: `message` null is as usual. */
	mode: async () => ({ data: await json({ path: '/mode' }) }),
	changeMode: async ({ message }) => ({
		data: await json(
			message === null
				? { method: 'DELETE', path: '/mode' }
				: { method: 'PUT', path: '/mode', body: { message } }
		),
	}),
	overview: async () => ({ data: await json({ path: '/stats/overview' }) }),
	timeseries: async ({ days }) => ({
		data: (await json({ path: '/stats/timeseries', query: { days } })).results,
	}),
};
