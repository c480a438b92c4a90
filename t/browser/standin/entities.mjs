// entities.mjs: lists, reads and writes of the stand-in, by its schema.
import { randomUUID } from 'node:crypto';

import { invalid, Refusal } from './problems.mjs';
import { rows } from './rows.mjs';

const csvCell = (value) => {
	const text =
		value === null || value === undefined
			? ''
			: typeof value === 'object'
				? JSON.stringify(value)
				: String(value);

	return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
};

/** column, or column__operator → does a row pass? */
const OPERATORS = {
	gte: (a, b) => a >= b,
	gt: (a, b) => a > b,
	lte: (a, b) => a <= b,
	lt: (a, b) => a < b,
	in: (a, b) => b.split(',').includes(a),
};

function passes(row, name, wanted) {
	const [, column, operator] = /^(.*)__([a-z]+)$/.exec(name) ?? [null, name];

	return operator ? OPERATORS[operator](String(row[column]), wanted) : String(row[column]) === wanted;
}

const OWN = new Set(['page', 'page_size', 'ordering', 'search']);

const filterable = ({ columns }) =>
	columns.flatMap(({ name, filter }) => (Array.isArray(filter) ? filter : filter ? [name] : []));

export function entitiesOf(schema) {
	const tables = rows();

	/** The entity, when this session's role may do that with it, and has said why where that is asked. */
	function gate({ session, request, params: { entity: name } }, act) {
		const entity = schema(session.role).find((one) => one.name === name);
		const reason = request.headers['x-hob-reason'];
		const wants = entity?.needs_reason === true || (entity?.needs_reason || []).includes(act);

		if (!entity)
			throw new Refusal('not_found');
		if (!entity.may[act])
			throw new Refusal('forbidden');
		if (wants && !reason)
			throw new Refusal('reason_needed');
		if (entity.dangerous && act !== 'read' && session.confirmed < Date.now())
			throw new Refusal('password_needed');
		return { ...entity, reason: reason && decodeURIComponent(reason) };
	}

	function found(entity, id) {
		const row = tables[entity.name].find((one) => one.id === id);

		if (!row)
			throw new Refusal('not_found');
		return row;
	}

	function record(context, entity, action, row, before, after) {
		tables['audit-events'].unshift({
			id: randomUUID(),
			version: 1,
			created_at: new Date().toISOString(),
			staff_email: context.session.email,
			action,
			entity: entity.name,
			subject: row.id,
			reason: entity.reason ?? null,
			before,
			after,
		});
	}

	function selected(context, entity) {
		const { query } = context;
		const filters = [...query].filter(([name]) => !OWN.has(name));
		const search = query.get('search')?.toLowerCase();

		if (entity.within && !entity.within.some((name) => query.get(name)) && !query.get('id__in') && !search)
			throw invalid([entity.within[0], 'required', 'is missing']);
		const [, minus, by] = /^(-?)(.*)$/.exec(query.get('ordering') ?? '');
		const unknown = filters.filter(([name]) => name !== 'id__in' && !filterable(entity).includes(name));

		if (unknown.length)
			throw invalid(...unknown.map(([name]) => [name, 'unknown_field', 'is not known here']));
		if (by && !entity.columns.some(({ name, order }) => order && name === by))
			throw invalid(['ordering', 'choice', 'cannot be sorted by']);
		if (Number(query.get('page_size')) > 100)
			throw invalid(['page_size', 'too_large', 'must be at most 100']);
		const kept = tables[entity.name]
			.filter((row) => filters.every(([name, wanted]) => passes(row, name, wanted)))
			.filter((row) => !search || JSON.stringify(row).toLowerCase().includes(search));

		return by
			? kept.toSorted(
					(a, b) =>
						(minus ? -1 : 1) *
						(typeof a[by] === 'number'
							? a[by] - b[by]
							: String(a[by]).localeCompare(String(b[by])))
				)
			: kept;
	}

	function list(context) {
		const entity = gate(context, 'read');
		const all = selected(context, entity);
		const size = Number(context.query.get('page_size') ?? 25);
		const from = (Number(context.query.get('page') ?? 1) - 1) * size;

		return {
			body: { count: all.length, results: all.slice(from, from + size) },
			headers: { 'X-Total-Count': all.length },
		};
	}

	function csv(context) {
		const entity = gate(context, 'read');
		const names = entity.columns.filter(({ masked }) => !masked).map(({ name }) => name);
		const lines = [names, ...selected(context, entity).map((row) => names.map((name) => row[name]))];

		return {
			text: lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join(''),
			type: 'text/csv; charset=utf-8',
		};
	}

	const tagged = (row, status = 200) => ({ status, body: row, headers: { ETag: `"${row.version}-0"` } });
	const read = (context) => tagged(found(gate(context, 'read'), context.params.id));

	function check(entity, body, act, row) {
		const errors = Object.keys(body)
			.filter((name) => !entity.columns.find((c) => c.name === name)?.[act])
			.map((name) => [name, 'unknown_field', 'cannot be written']);
		const columns = entity.columns.filter(
			(column) => column[act] && (act === 'create' || column.name in body)
		);

		for (const { name, type, required } of columns) {
			const value = body[name];

			if (required && (value === null || value === undefined || value === ''))
				errors.push([name, 'required', 'is missing']);
			else if (type === 'email' && !/^\S+@\S+$/.test(value))
				errors.push([name, 'format', 'is not a mail address']);
			else if (
				name === 'name' &&
				tables[entity.name].some((one) => one !== row && one.name === value)
			)
				errors.push([name, 'duplicate', 'is there already']);
			else if (type === 'int' && value !== null && value !== undefined && value < 0)
				errors.push([name, 'too_small', 'must be at least 0']);
		}
		if (errors.length)
			throw invalid(...errors);
	}

	function change(context, entity, row, set) {
		check(entity, set, 'write', row);
		const before = Object.fromEntries(Object.keys(set).map((name) => [name, row[name]]));

		Object.assign(row, set, { version: row.version + 1 });
		record(context, entity, 'update', row, before, set);
		return row;
	}

	function hold({ request }, row) {
		const match = request.headers['if-match'];

		if (match && Number(/^"(\d+)/.exec(match)?.[1]) !== row.version)
			throw new Refusal('stale', { current: row });
	}

	function patch(context) {
		const entity = gate(context, 'update');
		const row = found(entity, context.params.id);

		hold(context, row);
		return tagged(change(context, entity, row, context.body));
	}

	function create(context) {
		const entity = gate(context, 'create');

		check(entity, context.body, 'create');
		const empty = Object.fromEntries(entity.columns.map(({ name }) => [name, null]));
		const row = {
			...empty,
			...context.body,
			id: randomUUID(),
			version: 1,
			created_at: new Date().toISOString(),
		};

		tables[entity.name].push(row);
		record(context, entity, 'create', row, null, context.body);
		return tagged(row, 201);
	}

	function drop(context, entity, row) {
		tables[entity.name] = tables[entity.name].filter((one) => one !== row);
		record(context, entity, 'delete', row, row, null);
	}

	function remove(context) {
		const entity = gate(context, 'delete');
		const row = found(entity, context.params.id);

		hold(context, row);
		drop(context, entity, row);
		return { status: 204 };
	}

	function bulkUpdate(context) {
		const entity = gate(context, 'update');
		const all = context.body.ids.map((id) => found(entity, id));

		all.forEach((row) => check(entity, context.body.set, 'write', row));
		all.forEach((row) => change(context, entity, row, context.body.set));
		return { body: { count: all.length } };
	}

	function bulkDelete(context) {
		const entity = gate(context, 'delete');
		const all = context.body.ids.map((id) => found(entity, id));

		all.forEach((row) => drop(context, entity, row));
		return { body: { count: all.length } };
	}

	function act(context) {
		const entity = gate(context, 'read');
		const action = entity.actions.find(({ name }) => name === context.params.action);
		const row = found(entity, context.params.id);

		if (!action)
			throw new Refusal('not_found');
		if (action.needs_reason && !context.request.headers['x-hob-reason'])
			throw new Refusal('reason_needed');
		if (action.dangerous && context.session.confirmed < Date.now())
			throw new Refusal('password_needed');
		entity.reason = decodeURIComponent(context.request.headers['x-hob-reason'] ?? '') || null;
		if (action.name === 'deactivate')
			Object.assign(row, { disabled_at: new Date().toISOString(), version: row.version + 1 });
		record(context, entity, action.name, row, null, context.body ?? null);
		return { status: 204 };
	}

	return { list, csv, read, patch, create, remove, bulkUpdate, bulkDelete, act };
}
