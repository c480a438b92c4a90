// openapi.test.mjs: the document is complete, is the committed one, and is served like any
// other public resource. What it says of requests and answers is held in t/contract.
//
//   HOB_UPDATE=1 scripts/test api/openapi    writes doc/openapi.json anew
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { nobody } from './support/client.mjs';
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
		const refs = new Set([...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)].map(([, kind, name]) => `${kind}/${name}`));
		const there = Object.entries(served.components).filter(([kind]) => kind !== 'securitySchemes')
			.flatMap(([kind, members]) => Object.keys(members).map((name) => `${kind}/${name}`));

		assert.deepEqual(there.sort(), [...refs].sort());
	});

	test('may be kept, and asked for again by its tag', async () => {
		assert.equal(res.headers['cache-control'], 'public, max-age=600');
		assert.match(res.headers.etag, /^W\/"/);
		assert.equal((await nobody.get('/api/openapi.json', { headers: { 'If-None-Match': res.headers.etag } })).status, 304);
	});
});
