// openapi.test.mjs: the document is complete, is the committed one, and is served like any
// other public resource. What it says of requests and answers is held in t/contract.
//
//   HOB_UPDATE=1 scripts/test api/openapi    writes doc/openapi.json anew
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { nobody } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';
import { nameOf, routeTable } from './support/routes.mjs';

const committed = fileURLToPath(new URL('../../doc/openapi.json', import.meta.url));

let res;
let served;

before(async () => {
	res = await nobody.get('/api/openapi.json');
	served = expectOk(res);
	if (process.env.HOB_UPDATE)
		writeFileSync(committed, `${JSON.stringify(served, null, '\t')}\n`);
});

// What is there already, and counts in the residence that it comes to.
const SHARING = ['PATCH /api/contractors/{contractor_id}', 'POST /api/tasks/{task_id}/transfer'];

/** The names of the statements that come to hob.refuse_more, by what they call and by triggers. */
async function countingStatements() {
	const rows = async (text) => (await sql(text)).map((line) => line.split('|'));
	const functions = await rows(`SELECT p.proname,
		regexp_replace(regexp_replace(pg_get_functiondef(p.oid), '--[^\n]*', '', 'g'), '[|\\s]+', ' ', 'g')
		FROM pg_proc p WHERE p.pronamespace = 'hob'::regnamespace AND p.prokind = 'f'`);
	const triggers = await rows(`SELECT c.relname, p.proname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND t.tgtype & 4 <> 0`);
	const found = new Set(['refuse_more']);
	const tables = new Set();
	const counts = (text) => [...found].some((name) => text.includes(`hob.${name}(`)) ||
		[...tables].some((name) => new RegExp(`INSERT INTO ${name}\\b`).test(text));

	for (let before = -1; before !== found.size + tables.size;) {
		before = found.size + tables.size;
		functions.filter(([name, text]) => counts(text.replace(`hob.${name}(`, '')))
			.forEach(([name]) => found.add(name));
		triggers.filter(([, name]) => found.has(name)).forEach(([table]) => tables.add(table));
	}
	const folder = new URL('../../sql/queries/api/', import.meta.url);
	const statements = readdirSync(folder)
		.flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split(/^-- name: /m).slice(1));

	return new Set(statements.filter((text) => counts(text.replace(/--.*/g, '')))
		.map((text) => text.match(/^\w+/)[0]));
}

const operations = () => Object.entries(served.paths).flatMap(([path, methods]) => Object.entries(methods)
	.map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));

describe('GET /api/openapi.json', () => {
	test('is the committed document', () => {
		assert.deepEqual(served, JSON.parse(readFileSync(committed, 'utf8')),
			'HOB_UPDATE=1 scripts/test api/openapi writes doc/openapi.json anew');
	});

	test('has every route, and no other', async () => {
		assert.deepEqual(operations().map(nameOf).sort(), (await routeTable()).map(nameOf).sort());
	});

	test('names every operation once', () => {
		const ids = operations().map((o) => o.operationId);

		assert.equal(new Set(ids).size, ids.length);
		ids.forEach((id) => assert.match(id, /^[a-z][A-Za-z]+$/));
	});

	test('refers to nothing that is not there, and has nothing that nobody refers to', () => {
		const text = JSON.stringify(served);
		const refs = new Set([...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)]
			.map(([, kind, name]) => `${kind}/${name}`));
		const there = Object.entries(served.components).filter(([kind]) => kind !== 'securitySchemes')
			.flatMap(([kind, members]) => Object.keys(members).map((name) => `${kind}/${name}`));

		assert.deepEqual(there.sort(), [...refs].sort());
	});

	test('says 402 of what makes things that are counted, and of nothing else', async () => {
		const counting = await countingStatements();
		const limited = (await routeTable())
			.filter((r) => [r.statement, ...r.uses].some((name) => counting.has(name)));

		assert.ok(limited.length >= 5, limited.map(nameOf).join());
		assert.deepEqual(operations().filter((o) => o.responses['402']).map(nameOf).sort(),
			[...limited.map(nameOf), ...SHARING].sort());
	});

	test('may be kept, and asked for again by its tag', async () => {
		assert.equal(res.headers['cache-control'], 'public, max-age=600');
		assert.match(res.headers.etag, /^W\/"/);
		assert.equal((await nobody.get('/api/openapi.json',
			{ headers: { 'If-None-Match': res.headers.etag } })).status, 304);
	});
});
