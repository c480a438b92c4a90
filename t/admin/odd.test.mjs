// odd.test.mjs: values that no form sends, in each field of each body and query of staff: numbers beyond what
// PostgreSQL or a double holds, characters that it has not, days that are none. All of them are taken or refused, none
// is a fault of ours (500).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { sql } from '../api/support/db.mjs';
import { expectProblem } from '../api/support/expect.mjs';
import { actOf, bodyFor, MAKES } from './support/entities.mjs';
import { staffPanel } from './support/staff.mjs';

const { stdout } = await promisify(execFile)(`${process.env.HOB_BUILD}/hob-admin`, ['-r', '--json']);
const routes = JSON.parse(stdout).filter(({ path }) => !path.includes('/auth/') && !/(live|ready)z$/.test(path));
const nameOf = ({ method, path }) => `${method} ${path}`;
const BECAUSE = { 'X-Hob-Reason': 'a%20walk' };
const NOBODY = '01900000-0000-7000-8000-000000000000';

const NUMBERS = ['1e999999', '0e-999999', '1e308', '9223372036854775807', '-9223372036854775809', '2147483648', '0.5'];
const TEXTS = ['\\u0000', '\\ud800', '', '%', "'", '\\\\', '9999-12-31', '0001-01-01', '294277-01-01T00:00:00Z',
	'2200-12-31T23:59:59Z', 'infinity', '{1,2}', 'a'.repeat(5000)];
const ODD = [...NUMBERS, ...TEXTS.map((text) => `"${text}"`), '{"a":[1e999999]}', '{"a":[1e308]}', '{"":{"":""}}', '[]',
	'[null]', 'true', 'null'];
const QUERIES = [...NUMBERS, '%00', '%FF', '%F0%9F%98%80', '%25', "'", '%5C', '9999-12-31', '0001-01-01', 'infinity',
	'2200-12-31T23:59:59Z', `${NOBODY},x`, ',', 'a'.repeat(1500)];

let panel;

before(async () => {
	panel = await staffPanel('admin');
	await sql("UPDATE staff_sessions SET confirmed_at = now() + interval '1 day' WHERE staff_id = :'id'",
		{ id: panel.id });
});

/** Several at a time. */
async function each(things, act) {
	for (let i = 0; i < things.length; i += 16)
		await Promise.all(things.slice(i, i + 16).map(act));
}

/** A body as text, in which one member (of what stands in `within`, if anything does) is this. */
function withOdd(body, within, name, odd) {
	const place = 'in place of this';
	const changed = within ? { ...body, [within]: { ...body[within], [name]: place } } : { ...body, [name]: place };

	return JSON.stringify(changed).replace(`"${place}"`, () => odd);
}

/** The members of a body, those of an object in it among them. */
const membersOf = (fields, within) => fields.flatMap(({ name, type, fields: inner }) =>
	[[within, name], ...(within === undefined && type !== 'object' && inner ? membersOf(inner, name) : [])]);

const send = ({ method, path }, id, raw) => panel.request(method,
	path.replace('/api/admin', '').replace(/\{\w+\}/, id), { raw, headers: BECAUSE });

describe('no body makes a fault', () => {
	for (const route of routes.filter(({ body, path }) => body.length > 0 && !path.endsWith('/mode')))
		test(nameOf(route), async () => {
			const act = actOf(route);
			const made = act.act === 'create' ? NOBODY : await MAKES[act.entity.name](panel, act.act);
			const { id, bodies = {} } = made.id ? made : { id: made };
			const body = bodies[act.act] ?? bodyFor(act, id);

			const all = membersOf(route.body).flatMap(([within, name]) =>
				ODD.map((odd) => withOdd(body, within, name, odd)));

			await each(all, async (raw) => {
				const { status, text } = await send(route, id, raw);

				assert.ok(status < 500, `${raw.slice(0, 300)}: ${text}`);
			});
		});
});

describe('no query makes a fault', () => {
	for (const route of routes.filter(({ query, path }) => query.length > 0 && !path.includes('{')))
		test(nameOf(route), async () => {
			const within = actOf(route)?.entity.within;

			const all = route.query.flatMap(({ name }) => QUERIES.map((odd) => `?${name}=${odd}${
				within && within[0] !== name ? `&${within[0]}=${NOBODY}` : ''}`));

			await each(all, async (query) => {
				const { status, text } = await panel.get(route.path.replace('/api/admin', '') + query,
					{ headers: BECAUSE });

				assert.ok(status < 500, `${query.slice(0, 200)}: ${text.slice(0, 300)}`);
			});
		});
});

describe('a number beyond a double is named by its field', () => {
	for (const [path, field, json] of [
		['tiers', 'limits', '{"tasks": N}'], ['tiers', 'texts', '{"en": {"name": N, "description": "x"}}'],
		['tiers', 'products', '{"apple": {"x": [N]}}'],
		['task-templates', 'recurrence', '{"unit": "year", "every": N}'],
		['task-templates', 'texts', '{"de": {"title": N}}']])
		for (const number of ['1e999999', '-1e999999', '0e-999999', '1e309'])
			test(`${field} of ${path}: ${number}`, async () => {
				const { errors } = expectProblem(await panel.request('PATCH', `/${path}/free`,
					{ raw: `{"${field}": ${json.replace('N', number)}}`, headers: BECAUSE }),
				400, 'validation_error');

				assert.deepEqual(errors.map((e) => [e.field, e.code, e.detail]),
					[[field, 'format', 'has a number that is too large or too small']]);
			});
});
