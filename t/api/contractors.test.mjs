// contractors.test.mjs: who works for a household: of a residence or somebody's own, and what people think of them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { makeMember, removeMember } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, INSTANT, UUID_V7 } from './support/expect.mjs';
import { crowd, missingId, newAccess, newId, newResidence, newTask, signUp } from './support/people.mjs';

const KEYS = ['id', 'residence_id', 'name', 'company', 'contact_person', 'phones', 'email', 'website', 'address',
	'notes',
	'specialties', 'licence_number', 'insurance_expires_on', 'call_out_rate', 'hourly_rate', 'do_not_use',
	'do_not_use_reason', 'is_favorite', 'my_rating', 'my_rating_note', 'rating', 'rating_count', 'job_count',
	'total_spend', 'last_used_on', 'created_by', 'created_at', 'updated_at', 'version', 'currency'];
const FULL = {
	name: 'Green Mountain Oil', company: 'Green Mountain Oil & Heat', contact_person: 'Walt Pruitt',
	phones: [{ label: 'Office', number: '+1 802 555 0111' }, { label: null, number: '+1 802 555 0112' }],
	email: 'service@gmoil.example', website: 'https://gmoil.example/',
	address: '2 Depot Street\nBrattleboro, VT 05301', notes: 'Comes when it is cold.\nBring cake.',
	specialties: ['heating', 'plumbing'], licence_number: 'VT-H-20417', insurance_expires_on: '2031-05-14',
	call_out_rate: '95.00', hourly_rate: '110.50', do_not_use: true, do_not_use_reason: 'Too dear',
};

let robin;
let helper;
let viewer;
let stranger;
let residence;

before(async () => {
	robin = await signUp();
	helper = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });
	viewer = await signUp();
	stranger = await signUp();
	residence = await newResidence(robin, { time_zone: 'America/New_York' });
	await makeMember(residence, helper.user, 'member');
	await makeMember(residence, viewer.user, 'viewer');
});

const make = async (fields = {}, person = robin) => expectOk(await person.client.post('/api/contractors',
	{ residence_id: residence.id, name: 'Sweep & Sons', ...fields }), 201);
const own = (fields, person) => make({ residence_id: null, ...fields }, person);
const path = (contractor, rest = '') => `/api/contractors/${contractor.id}${rest}`;
const show = async (contractor, person = robin) => expectOk(await person.client.get(path(contractor)));
const list = async (query, person = robin) => expectPage(await person.client.get(
	`/api/contractors?limit=200&${query}`));
const ids = (page) => page.map((c) => c.id);
const complete = async (task, fields = {}, person = robin) => expectOk(await person.client.post(
	`/api/tasks/${task.id}/complete`, { occurrence: 1, ...fields }), 201);

describe('POST /api/contractors', () => {
	test('needs a name and fills in the rest', async () => {
		const res = await robin.client.post('/api/contractors', { residence_id: residence.id, name: 'Sweep' });
		const contractor = expectOk(res, 201);

		expectKeys(contractor, KEYS);
		assert.match(contractor.id, UUID_V7);
		assert.equal(res.headers.location, path(contractor));
		assert.deepEqual([contractor.phones, contractor.specialties], [[], []]);
		assert.deepEqual([contractor.do_not_use, contractor.is_favorite], [false, false]);
		assert.deepEqual([contractor.rating_count, contractor.job_count, contractor.total_spend], [0, 0,
			'0.00']);
		assert.deepEqual([contractor.version, contractor.currency], [1, residence.currency]);
		assert.deepEqual(contractor.created_by, { id: robin.user.id, name: robin.user.name });
		assert.match(contractor.created_at, INSTANT);
		for (const key of ['company', 'contact_person', 'email', 'website', 'address', 'notes',
			'licence_number',
			'insurance_expires_on', 'call_out_rate', 'hourly_rate', 'do_not_use_reason', 'my_rating',
			'my_rating_note', 'rating', 'last_used_on'])
			assert.equal(contractor[key], null, key);
		assert.deepEqual(await show(contractor), contractor);
	});

	test('keeps every field as it was given, for everybody of the residence', async () => {
		const contractor = await make(FULL);

		for (const [key, value] of Object.entries(FULL))
			assert.deepEqual(contractor[key], value, key);
		assert.deepEqual(await show(contractor, viewer), contractor);
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		const body = { residence_id: residence.id, name: 'x' };

		await make({}, helper);
		expectProblem(await viewer.client.post('/api/contractors', body), 403, 'forbidden');
		expectProblem(await stranger.client.post('/api/contractors', body), 404, 'not_found');
		expectProblem(await robin.client.post('/api/contractors', { ...body, residence_id: missingId() }),
			404, 'not_found');
	});

	test('keeps the id of a client, once', async () => {
		const id = newId();
		const first = await make({ id });
		const again = await robin.client.post('/api/contractors', { id, residence_id: residence.id,
			name: 'Other' });

		assert.equal(first.id, id);
		assert.deepEqual(expectOk(again), first);
	});

	test('takes the sites that the document describes, and no others', async () => {
		const { components } = expectOk(await nobody.get('/api/openapi.json'));
		const { pattern } = components.schemas.ContractorCreate.properties.website;
		const whole = 'https://x'.padEnd(2000, '/');

		for (const [website, good] of [
			['https://gmoil.example', true], ['HTTP://gmoil.example:8080/a b'.replace(' ', '%20'), true],
			['http://[2001:db8::1]:443?q=@#@', true], ['https://gmoil.example:#top', true],
			['https://gmoil.example:65535', true], [whole, true],
			['https://gmoil.example:65536', false], ['https://gmoil.example:0', false],
			['https://gmoil.example:x', false], ['https://', false], ['https:///path', false],
			['https://[2001:db8::1', false], ['https://[]', false], ['https://a@gmoil.example', false],
			['https://gmoil.example\\a', false], ['https://gmoil.example/a b', false],
			['https://gmoil.example/\u00e4', false], ['ftp://gmoil.example', false],
			['javascript:alert(1)', false], ['gmoil.example', false], [' https://gmoil.example', false],
		]) {
			const res = await robin.client.post('/api/contractors', { name: 'x', website });

			assert.equal(new RegExp(pattern, 'u').test(website), good, website);
			if (good)
				assert.equal(expectOk(res, 201).website, website);
			else
				expectInvalid(res, { website: 'format' });
		}
		expectInvalid(await robin.client.post('/api/contractors', { name: 'x', website: `${whole}/` }),
			{ website: 'too_long' });
	});

	test('refuses what is no phone, and says which', async () => {
		const phone = { number: '1' };

		for (const [phones, pointer, code] of [
			[[phone, { label: 'Office' }], '/phones/1/number', 'required'],
			[[{ number: 'x'.repeat(41) }], '/phones/0/number', 'too_long'],
			[[{ ...phone, fax: true }], '/phones/0/fax', 'unknown_field'],
		]) {
			const problem = expectProblem(await robin.client.post('/api/contractors', { name: 'x',
				phones }),
				400, 'validation_error');

			assert.deepEqual(problem.errors.map((e) => [e.pointer, e.code]), [[pointer, code]]);
		}
	});

	test('refuses what is no contractor, field by field', async () => {
		const phone = { number: '1' };

		for (const [fields, faults] of [
			[{ name: ' ' }, { name: 'too_short' }],
			[{ name: undefined }, { name: 'required' }],
			[{ phones: Array(11).fill(phone) }, { phones: 'too_long' }],
			[{ phones: 'one' }, { phones: 'type' }],
			[{ email: 'nobody' }, { email: 'format' }],
			[{ website: 'javascript:alert(1)' }, { website: 'format' }],
			[{ website: 'ftp://gmoil.example' }, { website: 'format' }],
			[{ website: 'https://user:pass@gmoil.example' }, { website: 'format' }],
			[{ specialties: ['heating', 'heating'] }, { specialties: 'duplicate' }],
			[{ specialties: Array.from({ length: 11 }, (_, i) => `s${i}`) }, { specialties: 'too_long' }],
			[{ specialties: ['heating', 'magic'] }, { specialties: 'not_found' }],
			[{ hourly_rate: '-1' }, { hourly_rate: 'too_small' }],
			[{ insurance_expires_on: '2031-02-30' }, { insurance_expires_on: 'format' }],
			[{ do_not_use_reason: 'Late' }, { do_not_use_reason: 'misplaced' }],
			[{ job_count: 7 }, { job_count: 'unknown_field' }],
			[{ rating: 5 }, { rating: 'unknown_field' }],
		])
			expectInvalid(await robin.client.post('/api/contractors',
				{ residence_id: residence.id, name: 'x', ...fields }), faults);
	});
});

describe('a contractor without a residence', () => {
	test('is its creator\'s alone', async () => {
		const contractor = await own(FULL);

		assert.deepEqual([contractor.residence_id, contractor.created_by, contractor.currency], [null, null,
			null]);
		assert.deepEqual(await show(contractor), contractor);
		for (const person of [helper, stranger]) {
			expectProblem(await person.client.get(path(contractor)), 404, 'not_found');
			expectProblem(await person.client.patch(path(contractor), { name: 'x' }), 404, 'not_found');
			expectProblem(await person.client.delete(path(contractor)), 404, 'not_found');
			expectProblem(await person.client.request('PUT', path(contractor, '/favorite')), 404,
				'not_found');
			assert.ok(!ids(await list('', person)).includes(contractor.id));
		}
		assert.ok(ids(await list('')).includes(contractor.id));
		assert.ok(!ids(await list(`residence_id=${residence.id}`)).includes(contractor.id));
	});

	test('is changed, rated and deleted like any other', async () => {
		const contractor = await own();
		const changed = expectOk(await robin.client.patch(path(contractor), { name: 'Cousin Per' }));

		assert.deepEqual([changed.name, changed.version], ['Cousin Per', 2]);
		assert.equal(expectOk(await robin.client.request('PUT', path(contractor, '/rating'),
			{ body: { rating: 4 } })).rating, '4.00');
		expectOk(await robin.client.delete(path(contractor)), 204);
		expectProblem(await robin.client.get(path(contractor)), 404, 'not_found');
	});

	test('is shared by naming a residence where its creator may edit, and never taken back', async () => {
		const contractor = await own();
		const elsewhere = await newResidence(stranger);
		const share = (residence_id) => robin.client.patch(path(contractor), { residence_id });

		expectProblem(await share(elsewhere.id), 404, 'not_found');
		await makeMember(elsewhere, robin.user, 'viewer');
		expectProblem(await share(elsewhere.id), 403, 'forbidden');
		expectOk(await share(null));
		await robin.client.request('PUT', path(contractor, '/rating'), { body: { rating: 2, note: 'Mine' } });
		const shared = expectOk(await share(residence.id));
		assert.deepEqual([shared.residence_id, shared.my_rating, shared.rating], [residence.id, 2, '2.00']);
		assert.deepEqual(shared.created_by.id, robin.user.id);
		assert.deepEqual((await show(contractor, helper)).rating, '2.00');
		const other = await newResidence(robin);
		for (const residence_id of [null, other.id])
			expectInvalid(await robin.client.patch(path(contractor), { residence_id }),
				{ residence_id: 'immutable' });
		expectOk(await share(residence.id));
		await removeMember(residence, helper.user);
		assert.equal((await show(contractor)).rating, '2.00');
		await makeMember(residence, helper.user, 'member');
	});

	test('is not for a task of a residence, nor for a completion', async () => {
		const contractor = await own();
		const task = await newTask(robin, residence);

		expectInvalid(await robin.client.patch(`/api/tasks/${task.id}`, { contractor_id: contractor.id }),
			{ contractor_id: 'not_found' });
		expectInvalid(await robin.client.post('/api/tasks',
			{ residence_id: residence.id, title: 'x', contractor_id: contractor.id }),
				{ contractor_id: 'not_found' });
		expectInvalid(await robin.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1, contractor_id: contractor.id }), { contractor_id: 'not_found' });
	});

	test('is no business of an access token that is narrowed to residences', async () => {
		const contractor = await own();
		const wide = await newAccess(robin, { scope: 'write' });
		const narrow = await newAccess(robin, { scope: 'write', residence_ids: [residence.id] });

		expectOk(await wide.client.get(path(contractor)));
		expectProblem(await narrow.client.get(path(contractor)), 404, 'not_found');
		assert.ok(!ids(await list('', narrow)).includes(contractor.id));
		expectProblem(await narrow.client.post('/api/contractors', { name: 'x' }), 403, 'token_narrowed');
		expectOk(await narrow.client.post('/api/contractors', { name: 'x', residence_id: residence.id }), 201);
	});
});

describe('PATCH /api/contractors/{contractor_id}', () => {
	test('changes what it names and keeps the rest; null clears', async () => {
		const contractor = await make(FULL);
		const changed = expectOk(await robin.client.patch(path(contractor),
			{ company: null, phones: [{ number: '2' }], specialties: [], hourly_rate: 7 }));

		assert.deepEqual(changed, { ...contractor, company: null, phones: [{ label: null, number: '2' }],
			specialties: [], hourly_rate: '7.00', version: 2, updated_at: changed.updated_at });
		assert.deepEqual(await show(contractor), changed);
		expectInvalid(await robin.client.patch(path(contractor), { specialties: ['magic'] }),
			{ specialties: 'not_found' });
		expectInvalid(await robin.client.patch(path(contractor), { website: 'gmoil' }), { website: 'format' });
	});

	test('takes the reason away with the flag, and refuses one without it', async () => {
		const contractor = await make(FULL);
		const cleared = expectOk(await robin.client.patch(path(contractor), { do_not_use: false }));

		assert.deepEqual([cleared.do_not_use, cleared.do_not_use_reason], [false, null]);
		expectInvalid(await robin.client.patch(path(contractor), { do_not_use_reason: 'Late' }),
			{ do_not_use_reason: 'misplaced' });
		assert.equal(expectOk(await robin.client.patch(path(contractor),
			{ do_not_use: true, do_not_use_reason: 'Late' })).do_not_use_reason, 'Late');
	});

	test('is for members, and for the version that they have seen', async () => {
		const contractor = await make();

		expectProblem(await viewer.client.patch(path(contractor), { name: 'x' }), 403, 'forbidden');
		expectOk(await helper.client.patch(path(contractor), { name: 'x', version: 1 }));
		const stale = expectProblem(await robin.client.patch(path(contractor), { name: 'y' },
			{ headers: { 'If-Match': '"1"' } }), 412, 'stale');
		assert.equal(stale.current.name, 'x');
	});
});

describe('DELETE /api/contractors/{contractor_id}', () => {
	test('takes it off its tasks; history keeps the name, and the report the sum', async () => {
		const contractor = await make();
		const task = await newTask(robin, residence, { contractor_id: contractor.id });
		const done = await newTask(robin, residence, { contractor_id: contractor.id });
		const { id } = await complete(done, { actual_cost: '12.00' });

		expectProblem(await viewer.client.delete(path(contractor)), 403, 'forbidden');
		expectOk(await helper.client.delete(path(contractor)), 204);
		for (const method of ['get', 'delete'])
			expectProblem(await robin.client[method](path(contractor)), 404, 'not_found');
		const left = expectOk(await robin.client.get(`/api/tasks/${task.id}`));
		assert.deepEqual([left.contractor_id, left.version], [null, task.version + 1]);
		const completion = expectOk(await robin.client.get(`/api/completions/${id}`));
		assert.deepEqual([completion.contractor_name, completion.contractor_id], ['Sweep & Sons',
			contractor.id]);
		const report = expectOk(await robin.client.get(`/api/residences/${residence.id}/report`));
		assert.deepEqual(report.by_contractor.find((line) => line.key === contractor.id).cost, '12.00');
		expectInvalid(await robin.client.patch(`/api/tasks/${task.id}`, { contractor_id: contractor.id }),
			{ contractor_id: 'not_found' });
	});

	test('compares the version', async () => {
		const contractor = await make();
		const task = await newTask(robin, residence, { contractor_id: contractor.id });

		expectProblem(await robin.client.delete(path(contractor), { headers: { 'If-Match': '"7"' } }), 412,
			'stale');
		assert.equal(expectOk(await robin.client.get(`/api/tasks/${task.id}`)).contractor_id, contractor.id);
	});
});

describe('opinions', () => {
	const put = (contractor, what, person, body) => person.client.request('PUT', path(contractor, what), { body });

	test('each who sees a contractor has favourites of their own', async () => {
		const contractor = await make();

		for (let i = 0; i < 2; i++)
			assert.equal(expectOk(await put(contractor, '/favorite', viewer)).is_favorite, true);
		assert.deepEqual(await Promise.all([viewer, robin].map(async (p) => (await show(contractor,
			p)).is_favorite)),
			[true, false]);
		assert.deepEqual(ids(await list('is_favorite=true', viewer)), [contractor.id]);
		assert.ok(!ids(await list('is_favorite=false', viewer)).includes(contractor.id));
		for (let i = 0; i < 2; i++)
			expectOk(await viewer.client.delete(path(contractor, '/favorite')), 204);
		assert.equal((await show(contractor, viewer)).is_favorite, false);
		expectProblem(await put(contractor, '/favorite', stranger), 404, 'not_found');
	});

	test('each may rate it once; the average is for all, the note for nobody else', async () => {
		const contractor = await make();

		assert.equal(expectOk(await put(contractor, '/rating', robin, { rating: 5, note: 'Prompt' })).rating,
			'5.00');
		const rated = expectOk(await put(contractor, '/rating', viewer, { rating: 2 }));
		assert.deepEqual([rated.rating, rated.rating_count, rated.my_rating, rated.my_rating_note], ['3.50', 2,
			2, null]);
		assert.deepEqual(expectOk(await put(contractor, '/rating', robin, { rating: 1 })).rating, '1.50');
		assert.equal((await show(contractor, helper)).my_rating, null);
		const third = await show(contractor, robin);
		assert.deepEqual([third.my_rating, third.my_rating_note, third.version], [1, null, 1]);
		for (let i = 0; i < 2; i++)
			expectOk(await robin.client.delete(path(contractor, '/rating')), 204);
		assert.deepEqual([(await show(contractor)).rating, (await show(contractor)).my_rating], ['2.00', null]);
		for (const [body, faults] of [[{}, { rating: 'required' }], [{ rating: 6 }, { rating: 'too_large' }],
			[{ rating: 0 }, { rating: 'too_small' }], [{ rating: null }, { rating: 'null' }]])
			expectInvalid(await put(contractor, '/rating', robin, body), faults);
	});

	test('a favourite that is rated stays one, and the other way round', async () => {
		const contractor = await make();

		await put(contractor, '/favorite', robin);
		assert.equal(expectOk(await put(contractor, '/rating', robin, { rating: 3 })).is_favorite, true);
		expectOk(await robin.client.delete(path(contractor, '/favorite')), 204);
		assert.equal((await show(contractor)).my_rating, 3);
	});

	test('who leaves takes their rating along', async () => {
		const contractor = await make();
		const [guest] = await crowd(1);

		await makeMember(residence, guest.user, 'viewer');
		await put(contractor, '/rating', guest, { rating: 1 });
		await put(contractor, '/rating', robin, { rating: 5 });
		expectOk(await guest.client.post(`/api/residences/${residence.id}/leave`), 204);
		const left = await show(contractor);
		assert.deepEqual([left.rating, left.rating_count], ['5.00', 1]);
	});
});

describe('GET /api/contractors', () => {
	let home;
	let at;

	before(async () => {
		home = await newResidence(robin);
		at = (fields) => make({ residence_id: home.id, ...fields });
	});

	test('is filtered, each filter must hold, and searched', async () => {
		const here = `residence_id=${home.id}`;
		const oil = await at({ ...FULL, name: 'Ölheizung Müller' });
		const roof = await at({ name: 'Roofer', specialties: ['roofing', 'heating'] });

		assert.deepEqual(ids(await list(`${here}&specialty=heating`)), [oil.id, roof.id]);
		assert.deepEqual(ids(await list(`${here}&specialty=roofing`)), [roof.id]);
		assert.deepEqual(ids(await list(`${here}&specialty=heating&do_not_use=true`)), [oil.id]);
		assert.deepEqual(ids(await list(`${here}&do_not_use=false`)), [roof.id]);
		for (const search of ['olheiz', 'pruitt', 'walt green', '555 0112', 'depot', 'CAKE'])
			assert.deepEqual(ids(await list(`${here}&search=${encodeURIComponent(search)}`)), [oil.id],
				search);
		assert.deepEqual(ids(await list(`${here}&search=nothing`)), []);
	});

	test('has orders', async () => {
		const place = await newResidence(robin);
		const [a, b, c] = [await make({ residence_id: place.id, name: 'a' }),
			await make({ residence_id: place.id, name: 'B' }),
			await make({ residence_id: place.id, name: 'c' })];
		const order = async (by) => ids(await list(`residence_id=${place.id}&ordering=${by}`));

		await complete(await newTask(robin, place), { contractor_id: b.id, actual_cost: '2.00' });
		await complete(await newTask(robin, place), { contractor_id: a.id,
			completed_at: '2026-01-01T10:00:00Z' });
		await robin.client.request('PUT', path(c, '/rating'), { body: { rating: 5 } });
		await robin.client.request('PUT', path(a, '/rating'), { body: { rating: 4 } });
		assert.deepEqual(await order('name'), [a.id, b.id, c.id]);
		assert.deepEqual(await order('-name'), [c.id, b.id, a.id]);
		assert.deepEqual(await order('-last_used_on'), [b.id, a.id, c.id]);
		assert.deepEqual(await order('last_used_on'), [a.id, b.id, c.id]);
		assert.deepEqual(await order('-rating'), [c.id, a.id, b.id]);
		assert.equal((await order('-total_spend'))[0], b.id);
		assert.deepEqual(await order('-created_at'), [c.id, b.id, a.id]);
	});
});
