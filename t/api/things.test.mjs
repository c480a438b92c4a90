// things.test.mjs: what app/api/things.c says of things is what the document says and what the database does.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectOk } from './support/expect.mjs';

let document;

before(async () => {
	document = expectOk(await nobody.get('/api/openapi.json'));
});

test('subjects of the activity are those that an owner reads', async () => {
	const { parameters } = document.paths['/api/residences/{residence_id}/activity'].get;

	assert.deepEqual(parameters.find((p) => p.name === 'subject').schema.enum,
		await sql("SELECT hob.subjects_for('owner')"));
});

test('kinds of sync are those of which the database knows what there is', async () => {
	const { required, properties } = document.components.schemas.Sync.properties.changes;
	const view = (await sql("SELECT pg_get_viewdef('hob.sync_things')")).join('\n');

	assert.deepEqual(required, Object.keys(properties));
	// A home is lost with the membership in it; a notice belongs to its reader, and not to a home.
	assert.deepEqual(['notifications', 'residences', ...[...view.matchAll(/'(\w+)'::text AS kind/g)]
		.map(([, kind]) => kind)].sort(), [...required].sort());
	for (const kind of required)
		assert.match(properties[kind].properties.upserted.items.$ref, /^#\/components\/schemas\/\w+$/);
});
