// openapi.test.mjs: the document of the staff API is complete, is the committed one, and says what is answered. Every
// answer that this suite sees is held against it (t/contract/answers.mjs); here each entity is looked at.
//
//   HOB_UPDATE=1 scripts/test admin/openapi    writes doc/openapi-staff.json anew
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { checkAnswer } from '../contract/answers.mjs';
import { startAdmin } from '../fault/support.mjs';
import { entities, MAKES } from './support/entities.mjs';
import { staffPanel } from './support/staff.mjs';

const committed = fileURLToPath(new URL('../../doc/openapi-staff.json', import.meta.url));
const WHY = { headers: { 'X-Hob-Reason': 'a%20walk' } };
const run = promisify(execFile);

/** What hob-admin prints. */
async function printed(...words) {
	const { stdout } = await run(`${process.env.HOB_BUILD}/hob-admin`, words, { maxBuffer: 16 << 20 });

	return JSON.parse(stdout);
}

const document = await printed('-c', process.env.HOB_CONF, '-o');
const routes = await printed('-r', '--json');

// What the stack began with: nginx serves that.
const served = JSON.parse(readFileSync(committed, 'utf8'));

if (process.env.HOB_UPDATE)
	writeFileSync(committed, `${JSON.stringify(document, null, '\t')}\n`);

const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods)
	.map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));
const nameOf = ({ method, path }) => `${method} ${path}`;
const of = (id) => operations.find((o) => o.operationId === id);

describe('hob-admin -o', () => {
	test('prints the committed document', () => {
		assert.deepEqual(document, JSON.parse(readFileSync(committed, 'utf8')),
			'HOB_UPDATE=1 scripts/test admin/openapi writes doc/openapi-staff.json anew');
	});

	test('has every route, and no other', () => {
		assert.deepEqual(operations.map(nameOf).sort(), routes.map(nameOf).sort());
	});

	test('names every operation once', () => {
		const ids = operations.map((o) => o.operationId);

		assert.equal(new Set(ids).size, ids.length);
		ids.forEach((id) => assert.match(id, /^[a-z][A-Za-z]+$/));
	});

	test('refers to nothing that is not there, and has nothing that nobody refers to', () => {
		const refs = new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)]
			.map(([, kind, name]) => `${kind}/${name}`));
		const there = Object.entries(document.components).filter(([kind]) => kind !== 'securitySchemes')
			.flatMap(([kind, members]) => Object.keys(members).map((name) => `${kind}/${name}`));

		assert.deepEqual(there.sort(), [...refs].sort());
	});

	test('lacks no word: hob-admin -t looks for that', async () => {
		const { said } = await startAdmin('-t', '-c', process.env.HOB_CONF).ended;

		assert.match(said, /^document +ok/m);
	});
});

describe('an operation says', () => {
	test('the role that it wants, the cookie, and the header beside it', () => {
		for (const { method, path, access } of routes.filter((r) => r.takes.includes('staff')))
			assert.deepEqual(operations.find((o) => nameOf(o) === nameOf({ method, path })).security,
				[{ staff: [access], staffProof: [] }], path);
		assert.deepEqual(of('login').security, []);
		const { staff, staffProof } = document.components.securitySchemes;

		assert.deepEqual([staff.in, staff.name, staffProof.in, staffProof.name],
			['cookie', '__Host-hob_staff', 'header', 'X-Hob-Admin']);
	});

	test('that a reason is wanted, or the password, and by which names it is refused', () => {
		const { parameters, responses } = of('handResidenceOver');
		const codes = (status) => responses[status].$ref.split('-').slice(1);

		assert.ok(parameters.find((p) => p.name === 'X-Hob-Reason').required);
		assert.deepEqual(codes(422), ['reason_needed']);
		assert.ok(codes(403).includes('password_needed'));
		assert.ok(codes(409).includes('not_a_member'));
		assert.ok(!of('listJobs').parameters.some((p) => p.name === 'X-Hob-Reason'));
	});

	test('how pages go, and what is compared before a change', () => {
		const list = of('listResidences').responses['200'];
		const names = of('updateResidence').parameters.map((p) => p.$ref ?? p.name);
		const { properties } = document.components.schemas.ResidenceRowPage;

		assert.ok(list.headers['X-Total-Count']);
		assert.deepEqual(Object.keys(properties).sort(), ['count', 'results']);
		assert.ok(names.includes('#/components/parameters/IfMatch'));
		assert.ok(of('updateResidence').responses['412']);
	});
});

/** Where to find one of what nobody makes here: its table has the column that its lists want. */
const TABLES = { activity: 'activity', notices: 'notices', devices: 'devices', sessions: 'sessions' };

/** A list that shows something, if it can be had: of something that was made, or that lies in something. */
async function queryOf({ name, within = [] }, panel) {
	if (name in MAKES) {
		const made = await MAKES[name](panel, 'read');

		return `?id__in=${encodeURIComponent(made.id ?? made)}`;
	}
	if (within.length === 0)
		return '';
	const [id] = await sql(`SELECT ${within[0]} FROM ${TABLES[name]} WHERE ${within[0]} IS NOT NULL LIMIT 1`);

	return `?${within[0]}=${id ?? '01900000-0000-7000-8000-000000000000'}`;
}

/** What is read for a reason is taken along from one home at a time. */
const exported = ({ needs_reason, within }, query, [first]) =>
	(needs_reason.includes('read') && first ? `?${within[0]}=${first[within[0]]}` : query);

describe('what is answered is what it says, of', () => {
	let panel;

	before(async () => { panel = await staffPanel('admin'); });
	for (const entity of entities)
		test(entity.name, async () => {
			const query = await queryOf(entity, panel);
			const { results } = expectOk(await panel.get(`/${entity.name}${query}`, WHY));

			assert.ok(results.length > 0 || !(entity.name in MAKES), 'nothing is shown');
			for (const { id } of results.slice(0, 3))
				expectOk(await panel.get(`/${entity.name}/${encodeURIComponent(id)}`, WHY));
			const file = `/${entity.name}/export.csv${exported(entity, query, results)}`;

			assert.equal((await panel.get(file, WHY)).status, 200);
		});
});

test('an answer that the document does not have is noticed', async () => {
	const reply = await (await staffPanel('support')).get('/jobs');
	const told = (body) => ({ ...reply, body: { ...reply.body, ...body } });

	assert.throws(() => checkAnswer('GET', '/api/admin/jobs', told({ results: [{ id: 'x' }] })), /openapi-staff/);
	assert.throws(() => checkAnswer('GET', '/api/admin/jobs', told({ pages: 3 })), /additional/);
});

test('it is served beside the pages for clients', async () => {
	const { status, text } = await new Client().get('/api/docs/openapi-staff.json');

	assert.equal(status, 200);
	assert.deepEqual(JSON.parse(text), served);
	assert.equal((await new Client().get('/api/docs/staff')).status, 200);
});
