// documents.test.mjs: documents of a residence: making, reading, changing, deleting, the list, what they belong to.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { allow, allowAgain, arranged, makeMember, Session, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID,
	UUID_V7 } from './support/expect.mjs';
import { crowd, missingId, newAccess, newDocument, newResidence, newTask, signUp } from './support/people.mjs';

const DOCUMENT_KEYS = ['id', 'residence_id', 'type', 'title', 'description', 'tags', 'issuer', 'issued_on', 'number',
	'contractor_id', 'task_id', 'category', 'product', 'brand', 'model', 'serial_numbers', 'purchased_on', 'price',
	'shop', 'provider', 'claim_contact', 'covers', 'claims', 'expires_on', 'is_void', 'is_active', 'created_by',
	'created_at', 'updated_at', 'version', 'currency', 'state', 'days_left'];

let robin;
let helper;
let viewer;
let stranger;
let residence;

before(async () => {
	robin = await signUp();
	[helper, viewer, stranger] = await crowd(3);
	residence = await newResidence(robin, { currency: 'EUR' });
	await makeMember(residence, helper.user, 'member');
	await makeMember(residence, viewer.user, 'viewer');
});

const path = ({ id }) => `/api/documents/${id}`;
const get = async (document, person = robin) => expectOk(await person.client.get(path(document)));
const make = (fields, person = robin) => newDocument(person, residence, fields);
const patch = (document, fields, person = robin) => person.client.patch(path(document), fields);

/** A contractor of a residence. */
async function contractor(home, fields = {}) {
	const [id] = await sql(`INSERT INTO contractors (id, residence_id, name, created_by, deleted_at)
		SELECT gen_random_uuid(), :'home', 'Sweep & Sons', owner_id, CASE WHEN :'deleted' THEN now() END
		  FROM residences WHERE id = :'home' RETURNING id`, { home: home.id, deleted: false, ...fields });
	return id;
}

const full = async () => ({
	residence_id: residence.id, type: 'invoice', title: 'Boiler service', description: 'Paid.\nIn the grey folder.',
	tags: ['heating', 'cellar'], issuer: 'Sweep & Sons', issued_on: '2026-10-30', number: 'R-2026-118',
	contractor_id: await contractor(residence), task_id: (await newTask(robin, residence)).id, category: 'hvac',
	product: 'Boiler', brand: 'Vestfold', model: 'V 20', serial_numbers: ['V20-1', 'V20-2'],
	purchased_on: '2020-01-31', price: '1280.50', shop: 'Green River Heating', provider: 'Vestfold',
		claim_contact: '+1 802 555 0142,\nask for Ida.',
	covers: [{ kind: 'parts', provider: 'Vestfold', starts_on: '2026-10-30', ends_on: '2031-10-30',
		lifetime: false,
		terms: 'All but the burner.' }],
	claims: [{ on: '2026-11-02', status: 'settled', outcome: 'The fan was replaced.', replacement: 'Fan F2' }],
});

describe('POST /api/documents', () => {
	test('needs a residence and a title and fills in the rest', async () => {
		const res = await robin.client.post('/api/documents', { residence_id: residence.id, title: 'Deed' });
		const document = expectOk(res, 201);

		expectKeys(document, DOCUMENT_KEYS);
		assert.match(document.id, UUID_V7);
		assert.equal(res.headers.location, path(document));
		assert.deepEqual(['type', 'title', 'is_void', 'is_active', 'currency', 'version', 'state', 'days_left']
			.map((key) => document[key]), ['other', 'Deed', false, true, 'EUR', 1, 'active', null]);
		for (const key of ['tags', 'serial_numbers', 'covers', 'claims'])
			assert.deepEqual(document[key], [], key);
		for (const key of ['description', 'issuer', 'issued_on', 'number', 'contractor_id', 'task_id',
			'category', 'product', 'brand', 'model', 'purchased_on', 'price', 'shop', 'provider',
			'claim_contact', 'expires_on'])
			assert.equal(document[key], null, key);
		assert.deepEqual(document.created_by, { id: robin.user.id, name: robin.user.name });
		assert.match(document.created_at, INSTANT);
		assert.deepEqual(await get(document), document);
	});

	test('keeps every field as it was given', async () => {
		const given = await full();
		const document = expectOk(await helper.client.post('/api/documents', given), 201);

		for (const [key, value] of Object.entries(given))
			assert.deepEqual(document[key], value, key);
		assert.equal(document.expires_on, '2031-10-30');
		assert.deepEqual(await get(document, viewer), document);
	});

	test('takes all ten types, and no other', async () => {
		const types = expectOk(
			await nobody.get('/api/static-data/document_types')).results.map(({ code }) => code);

		assert.deepEqual(types, ['warranty', 'manual', 'receipt', 'invoice', 'contract', 'insurance', 'permit',
			'inspection', 'photo', 'other']);
		for (const type of types)
			assert.equal((await make({ type })).type, type);
		expectInvalid(await robin.client.post('/api/documents', { residence_id: residence.id, title: 'x',
			type: 'will' }),
			{ type: 'not_found' });
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		const body = { residence_id: residence.id, title: 'Deed' };

		expectOk(await helper.client.post('/api/documents', body), 201);
		expectProblem(await viewer.client.post('/api/documents', body), 403, 'forbidden');
		expectProblem(await stranger.client.post('/api/documents', body), 404, 'not_found');
		expectProblem(await nobody.post('/api/documents', body), 401, 'unauthorized');
	});

	test('takes 20 tags and serial numbers, each a line, each once', async () => {
		const lines = (count) => Array.from({ length: count }, (_, i) => `line ${i}`);
		const refused = async (fields, expected) => expectInvalid(await robin.client.post('/api/documents',
			{ residence_id: residence.id, title: 'Deed', ...fields }), expected);

		assert.equal((await make({ tags: lines(20), serial_numbers: lines(20) })).tags.length, 20);
		await refused({ tags: lines(21) }, { tags: 'too_long' });
		await refused({ serial_numbers: lines(21) }, { serial_numbers: 'too_long' });
		await refused({ tags: ['a', 'a'] }, { tags: 'duplicate' });
		await refused({ tags: ['x'.repeat(51)] }, { tags: 'too_long' });
		await refused({ tags: null }, { tags: 'null' });
	});

	test('sent again by the same person answers what exists', async () => {
		const body = { id: missingId(), residence_id: residence.id, title: 'Deed' };
		const made = expectOk(await robin.client.post('/api/documents', body), 201);

		assert.deepEqual(expectOk(await robin.client.post('/api/documents', body)), made);
		expectProblem(await stranger.client.post('/api/documents',
			{ ...body, residence_id: (await newResidence(stranger)).id }), 409, 'id_taken');
	});

	test('is refused when a home has as many as it may, and the deleted do not count', async () => {
		const home = await newResidence(robin);
		const [first] = [await newDocument(robin, home), await newDocument(robin, home)];

		await allow('documents', 2);
		try {
			const problem = expectProblem(await robin.client.post('/api/documents',
				{ residence_id: home.id, title: 'Deed' }), 402, 'plan_limit_reached');

			assert.deepEqual([problem.limit, problem.used, problem.max], ['documents', 2, 2]);
			expectOk(await robin.client.delete(path(first)), 204);
			await newDocument(robin, home);
		} finally {
			await allowAgain('documents');
		}
	});
});

describe('what a document belongs to', () => {
	test('is of the same residence: neither a task nor a contractor of another one, nor one that is deleted',
		async () => {
		const other = await newResidence(robin);
		const gone = await newTask(robin, residence);
		const refused = async (fields, expected) => expectInvalid(await robin.client.post('/api/documents',
			{ residence_id: residence.id, title: 'Deed', ...fields }), expected);

		expectOk(await robin.client.delete(`/api/tasks/${gone.id}`), 204);
		for (const task_id of [(await newTask(robin, other)).id, missingId(), gone.id])
			await refused({ task_id }, { task_id: 'not_found' });
		for (const contractor_id of [await contractor(other), missingId(), await contractor(residence,
			{ deleted: true })])
			await refused({ contractor_id }, { contractor_id: 'not_found' });
		await refused({ category: 'alchemy' }, { category: 'not_found' });
		const document = await make();
		expectInvalid(await patch(document, { task_id: gone.id }), { task_id: 'not_found' });
	});

	test('is left behind when the task is deleted, or goes to another residence', async () => {
		const other = await newResidence(robin);

		for (const leave of [(id) => robin.client.delete(`/api/tasks/${id}`),
			(id) => robin.client.post(`/api/tasks/${id}/transfer`, { residence_id: other.id })]) {
			const { id } = await newTask(robin, residence);
			const document = await make({ task_id: id });

			assert.ok([200, 204].includes((await leave(id)).status));
			const left = await get(document);
			assert.deepEqual([left.task_id, left.version], [null, 2]);
			expectOk(await patch(document, { title: 'Still here' }));
		}
	});

	test('is no task that is being deleted at this moment', arranged(async () => {
		const { id } = await newTask(robin, residence);
		const other = new Session();

		try {
			await other.run(`BEGIN; UPDATE tasks SET deleted_at = now() WHERE id = '${id}'`);
			const made = robin.client.post('/api/documents',
				{ residence_id: residence.id, title: 'Deed', task_id: id });
			await other.untilBlocking(1);
			await other.run('COMMIT');
			expectInvalid(await made, { task_id: 'not_found' });
		} finally {
			other.end();
		}
	}));

	test('is left behind when the contractor is deleted', async () => {
		const id = await contractor(residence);
		const document = await make({ contractor_id: id });

		await sql("UPDATE contractors SET deleted_at = now() WHERE id = :'id'", { id });
		assert.deepEqual([(await get(document)).contractor_id, (await get(document)).version], [null, 2]);
	});
});

describe('GET /api/documents/{document_id}', () => {
	test('answers the same 404 for what is elsewhere and for what never was', async () => {
		const document = await make();

		expectSameBytes(await stranger.client.get(path(document), SAME_ID),
			await stranger.client.get(path({ id: missingId() }), SAME_ID));
	});

	test('answers 304 for the version that is known', async () => {
		const document = await make();
		const { headers } = await robin.client.get(path(document));

		const res = await robin.client.get(path(document), { headers: { 'If-None-Match': headers.etag } });
		assert.equal(res.status, 304);
	});
});

describe('PATCH /api/documents/{document_id}', () => {
	test('changes what it names, clears by null, replaces lists', async () => {
		const document = expectOk(await robin.client.post('/api/documents', await full()), 201);
		const changed = expectOk(await patch(document, { title: 'Boiler', price: null, tags: ['paid'],
			serial_numbers: [],
			covers: [], claims: [], type: 'receipt', task_id: null }, helper));

		assert.deepEqual({ ...changed, updated_at: document.updated_at }, { ...document, title: 'Boiler',
			price: null,
			tags: ['paid'], serial_numbers: [], covers: [], claims: [], type: 'receipt', task_id: null,
			expires_on: null, days_left: null, version: 2 });
	});

	test('may not null what must be there, nor name what is not for it', async () => {
		const document = await make();

		expectInvalid(await patch(document, { title: null, type: null, covers: null, is_void: true,
			residence_id: residence.id }),
			{ title: 'null', type: 'null', covers: 'null', is_void: 'unknown_field',
				residence_id: 'immutable' });
		assert.equal((await get(document)).version, 1);
	});

	test('is refused for a version that is gone, with what there is', async () => {
		const document = await make();

		expectOk(await patch(document, { title: 'Deed' }));
		const res = await robin.client.patch(path(document), { title: 'Lease' },
			{ headers: { 'If-Match': '"1"' } });
		assert.equal(expectProblem(res, 412, 'stale').current.title, 'Deed');
		expectOk(await robin.client.patch(path(document), { title: 'Lease' },
			{ headers: { 'If-Match': '"2"' } }));
	});

	test('is for members', async () => {
		const document = await make();

		expectProblem(await patch(document, { title: 'x' }, viewer), 403, 'forbidden');
		expectProblem(await patch(document, { title: 'x' }, stranger), 404, 'not_found');
	});
});

describe('DELETE /api/documents/{document_id}', () => {
	test('ends it for everybody, and twice is 404', async () => {
		const document = await make();

		expectProblem(await viewer.client.delete(path(document)), 403, 'forbidden');
		expectOk(await helper.client.delete(path(document)), 204);
		for (const send of [() => helper.client.delete(path(document)), () => robin.client.get(path(document)),
			() => patch(document, { title: 'x' }), () => robin.client.post(`${path(document)}/void`)])
			expectProblem(await send(), 404, 'not_found');
	});
});

describe('POST /api/documents/{document_id}/deactivate and /activate', () => {
	test('put it aside and bring it back, and the same again makes no version', async () => {
		const document = await make();
		const act = async (name) => {
			const { is_active, version } = expectOk(await helper.client.post(`${path(document)}/${name}`));
			return [is_active, version];
		};

		assert.deepEqual([await act('activate'), await act('deactivate'), await act('deactivate'),
			await act('activate')],
			[[true, 1], [false, 2], [false, 2], [true, 3]]);
		expectProblem(await viewer.client.post(`${path(document)}/deactivate`), 403, 'forbidden');
	});
});

describe('GET /api/documents', () => {
	let home;
	let task;
	let sweep;

	before(async () => {
		home = await newResidence(robin);
		task = await newTask(robin, home);
		sweep = await contractor(home);
		const add = (title, fields) => newDocument(robin, home, { title, ...fields });
		await add('Boiler 10', { type: 'warranty', category: 'hvac', covers: [{ ends_on: '2027-03-01' }],
			tags: ['cellar'] });
		await add('Boiler 2', { type: 'manual', task_id: task.id, issued_on: '2020-01-01', brand: 'Växjö' });
		await add('Étagère', { type: 'insurance', contractor_id: sweep, issued_on: '2019-01-01',
			covers: [{ ends_on: '2026-01-01' }, { ends_on: '2026-12-01' }], serial_numbers: ['EX-99'] });
		const { id } = await add('Pan', { type: 'warranty', covers: [{ lifetime: true },
			{ ends_on: '2026-02-01' }] });
		expectOk(await robin.client.post(`${path({ id })}/deactivate`));
	});

	const titles = async (query) => expectPage(
		await robin.client.get(`/api/documents?residence_id=${home.id}${query}`))
		.map(({ title }) => title);

	test('is of all homes of the caller, and of theirs alone', async () => {
		const [{ id }] = [await newDocument(stranger, await newResidence(stranger))];
		const all = expectPage(await robin.client.get('/api/documents?limit=200'));

		assert.ok(new Set(all.map(({ residence_id }) => residence_id)).size > 1);
		assert.ok(all.every((document) => document.id !== id));
		assert.deepEqual(expectPage(await stranger.client.get(`/api/documents?residence_id=${home.id}`)), []);
	});

	test('is filtered', async () => {
		for (const [query, wanted] of [
			['&type=warranty', ['Boiler 10', 'Pan']], ['&type__in=manual,insurance', ['Boiler 2',
				'Étagère']],
			['&category=hvac', ['Boiler 10']], [`&contractor_id=${sweep}`, ['Étagère']],
				[`&task_id=${task.id}`, ['Boiler 2']],
			['&expires_on__lte=2026-12-01', ['Étagère']], ['&expires_on__lte=2026-11-30', []],
			['&expires_on__lte=2030-01-01', ['Boiler 10', 'Étagère']], ['&is_active=false', ['Pan']],
			['&is_active=true', ['Boiler 10', 'Boiler 2', 'Étagère']], ['&tag=cellar', ['Boiler 10']],
				['&tag=cell', []],
			['&search=etagere', ['Étagère']], ['&search=boiler+vaxjo', ['Boiler 2']], ['&search=ex-99',
				['Étagère']]])
			assert.deepEqual((await titles(query)).sort(), wanted.sort(), query);
		expectInvalid(await robin.client.get('/api/documents?state=active'), { state: 'unknown_field' },
			'query');
	});

	test('comes in the order that is asked for, the newest first', async () => {
		const [a, b, e, p] = ['Boiler 10', 'Boiler 2', 'Étagère', 'Pan'];

		for (const [query, wanted] of [['', [p, e, b, a]], ['&ordering=created_at', [a, b, e, p]],
			['&ordering=title', [b, a, e, p]], ['&ordering=-title', [p, e, a, b]], ['&ordering=updated_at',
				[a, b, e, p]],
			['&ordering=-updated_at', [p, e, b, a]], ['&ordering=expires_on', [e, a, null, null]],
			['&ordering=-expires_on', [a, e, null, null]], ['&ordering=issued_on', [e, b, null, null]],
			['&ordering=-issued_on', [b, e, null, null]]]) {
			const got = await titles(query);

			assert.deepEqual(got.map((title, i) => wanted[i] && title), wanted, query);
			assert.equal(got.length, 4);
		}
	});
});

describe('an access token', () => {
	test('that is narrowed to another home sees no document', async () => {
		const document = await make();
		const other = await newResidence(robin);
		const { client } = await newAccess(robin, { residence_ids: [other.id] });

		expectProblem(await client.get(path(document)), 404, 'not_found');
		for (const list of ['', '/warranties', '/expiring?days=365'])
			assert.deepEqual(expectPage(await client.get(`/api/documents${list}`)), []);
	});
});

describe('what is done with a document', () => {
	test('is told by the activity of its residence, to viewers too, without what is derived', async () => {
		const home = await newResidence(robin);

		await makeMember(home, viewer.user, 'viewer');
		const document = await newDocument(robin, home, { title: 'Oven' });
		expectOk(await patch(document, { covers: [{ ends_on: '2031-01-01' }], brand: 'Lumen' }));
		expectOk(await robin.client.post(`${path(document)}/void`));
		expectOk(await robin.client.delete(path(document)), 204);
		const rows = expectPage(
			await viewer.client.get(`/api/residences/${home.id}/activity?subject=document`));
		assert.deepEqual(rows.map(({ action, title, changes }) => [action, title, changes.join()]).reverse(), [
			['created', 'Oven', ''], ['updated', 'Oven', 'brand,covers'], ['updated', 'Oven', 'is_void'],
			['deleted', 'Oven', '']]);
	});

	test('is synced: made, changed, deleted, and lost with the residence; without what the clock changes',
		async () => {
		const home = await newResidence(robin);
		const [kim] = await crowd(1);
		const since = async (token) => {
			const page = expectOk(await kim.client.get(`/api/sync${token ? `?since=${token}` : ''}`));
			return { token: page.sync_token, ...page.changes.documents };
		};

		await makeMember(home, kim.user, 'viewer');
		const document = await newDocument(robin, home, { covers: [{ ends_on: '2031-01-01' }] });
		let news = await since();
		assert.deepEqual(news.upserted.map(({ id }) => id), [document.id]);
		expectKeys(news.upserted[0], DOCUMENT_KEYS.filter((key) => !['currency', 'state',
			'days_left'].includes(key)));
		expectOk(await patch(document, { title: 'Oven' }));
		news = await since(news.token);
		assert.deepEqual(news.upserted.map(({ title }) => title), ['Oven']);
		const other = await newDocument(robin, home);
		expectOk(await robin.client.delete(path(document)), 204);
		news = await since(news.token);
		assert.deepEqual([news.upserted.map(({ id }) => id), news.deleted], [[other.id], [document.id]]);
		await sql("DELETE FROM residence_members WHERE residence_id = :'home' AND user_id = :'user'",
			{ home: home.id, user: kim.user.id });
		assert.deepEqual((await since(news.token)).deleted, [other.id]);
	});

	test('is found by the search in everything', async () => {
		const document = await make({ title: 'Pump', model: 'Zephyrine 7', description: 'x'.repeat(400) });
		const { documents } = expectOk(await viewer.client.get('/api/search?q=zephyrine&kind=documents'));

		assert.deepEqual(documents.results.map(({ id, state }) => [id, state]), [[document.id, 'active']]);
		assert.equal([...documents.results[0].description].length, 280);
		assert.deepEqual(expectOk(
			await stranger.client.get('/api/search?q=zephyrine&kind=documents')).documents.results, []);
	});
});
