// routes.mjs: the route table of the binary under test, so that no route can be forgotten.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { programs } from './workers.mjs';

const run = promisify(execFile);

/**
 * All routes: { method, path, access, thing, body, query, reads_body, takes_files }. access is anyone,
 * internal, holder or signed, or the least role in the residence of `thing`: view, edit, manage, own.
 * body and query list fields: { name, type, required, create, max, choice }, the types of
 * app/serve/field.h in small letters, choice the first of a choice. statement and uses are the
 * names of what it runs; limited says that 402 is among its answers, dear that it
 * counts as ten reads. values_max is the number of
 * JSON values that its body may hold.
 */
export async function routeTable() {
	const { stdout } = await run(`${programs}/hob-api`, ['-r', '--json']);

	return JSON.parse(stdout);
}

/** "GET /api/tasks/{task_id}", how the tests name a route. */
export function nameOf(route) {
	return `${route.method} ${route.path}`;
}

/** The path of a route with its parameters filled in. */
export function fill(path, values) {
	return path.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const SAMPLES = { day: '2031-01-01', search: 'a' };

/** The same with a query: what the route asks for, and `query` besides. */
export function address(route, values, query = '') {
	const asked = route.query.filter((f) => f.required).map((f) => `${f.name}=${SAMPLES[f.type]}`);
	const all = [...asked, query].filter((part) => part !== '').join('&');

	return fill(route.path, values) + (all === '' ? '' : `?${all}`);
}
