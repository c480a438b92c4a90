// residences.test.mjs: residences, their fields, the list, and the summary over all of them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { localDay, withinOneDay, zoneInDaylight } from './support/days.mjs';
import { makeMember, setTask, sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes,
	INSTANT, SAME_ID, UUID_V7 } from './support/expect.mjs';
import { missingId, newResidence, newTask, signUp } from './support/people.mjs';

const RESIDENCE_KEYS = ['id', 'name', 'type', 'street_address', 'unit', 'city', 'region', 'postal_code',
	'country', 'time_zone', 'currency', 'first_weekday', 'bedrooms', 'bathrooms', 'floor_area', 'year_built',
	'purchased_on', 'purchase_price', 'description', 'owner', 'role', 'member_count',
	'created_at', 'updated_at', 'version'];
const SUMMARY_KEYS = ['id', 'name', 'role', 'time_zone', 'today', 'counts'];

const FULL = {
	name: 'Hill House', type: 'apartment', street_address: '3 Hill Road', unit: '2b', city: 'Bree',
	region: 'Eriador', postal_code: 'BR 33', country: 'GB', time_zone: 'Europe/London',
	currency: 'GBP', first_weekday: 'sat', bedrooms: 3, bathrooms: '1.5', floor_area: '120.25', year_built: 1887,
	purchased_on: '2019-02-28', purchase_price: '310000.00', description: 'Under the hill.\nRound door.',
};

let robin;
let stranger;

before(async () => {
	robin = await signUp({ time_zone: 'Asia/Kolkata' });
	stranger = await signUp();
});

describe('POST /api/residences', () => {
	test('needs a name alone and fills in the rest', async () => {
		const res = await robin.client.post('/api/residences', { name: 'Hut' });
		const residence = expectOk(res, 201);

		expectKeys(residence, RESIDENCE_KEYS);
		assert.match(residence.id, UUID_V7);
		assert.equal(res.headers.location, `/api/residences/${residence.id}`);
		assert.equal(residence.type, 'house');
		assert.equal(residence.time_zone, 'Asia/Kolkata');
		assert.deepEqual([residence.currency, residence.first_weekday], ['USD', 'mon']);
		assert.equal(residence.country, null);
		assert.equal(residence.bedrooms, null);
		assert.equal(residence.description, null);
		assert.deepEqual(residence.owner, { id: robin.user.id, name: robin.user.name });
		assert.equal(residence.role, 'owner');
		assert.equal(residence.member_count, 1);
		assert.equal(residence.version, 1);
		assert.match(residence.created_at, INSTANT);
		assert.deepEqual(expectOk(await robin.client.get(res.headers.location)), residence);
	});

	test('keeps every field as it was given', async () => {
		const residence = expectOk(await robin.client.post('/api/residences', FULL), 201);

		for (const [key, value] of Object.entries(FULL))
			assert.deepEqual(residence[key], value, key);
		assert.deepEqual(expectOk(await robin.client.get(`/api/residences/${residence.id}`)), residence);
	});

	test('has the currency and the week of its country, or of that in its maker\'s locale', async () => {
		const made = async (person, fields) => {
			const { currency, first_weekday: day } = await newResidence(person, fields);
			return `${currency} ${day}`;
		};
		const ofLocale = (locale) => signUp({ locale });

		for (const [country, expected] of [['US', 'USD sun'], ['DE', 'EUR mon'], ['JP', 'JPY sun'],
			['EG', 'EGP sat'], ['MV', 'MVR fri'], ['BG', 'EUR mon'], ['AQ', 'USD mon'],
			['XX', 'USD mon'], [null, 'USD mon']])
			assert.equal(await made(robin, { country }), expected, country);
		assert.equal(await made(robin, { country: 'DE', currency: 'CHF', first_weekday: 'sun' }), 'CHF sun');
		assert.equal(await made(await ofLocale('pt-BR'), {}), 'BRL sun');
		assert.equal(await made(await ofLocale('zh-Hant-TW'), {}), 'TWD sun');
		assert.equal(await made(await ofLocale('pt-BR'), { country: 'PT' }), 'EUR sun');
		assert.equal(await made(await ofLocale('de'), {}), 'USD mon');
	});

	test('knows the countries of ISO 3166-1 as ICU does', async () => {
		const DAYS = ['', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
		const rows = (await sql('SELECT code, currency, first_weekday FROM countries ORDER BY code'))
			.map((line) => line.split('|'));
		const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

		assert.equal(rows.length, 249);
		for (const [code, currency, day] of rows) {
			const locale = new Intl.Locale(`und-${code}`);
			assert.ok(names.of(code), code);
			assert.equal(day, DAYS[(locale.getWeekInfo?.() ?? locale.weekInfo).firstDay], code);
			assert.match(currency, code === 'AQ' ? /^$/ : /^[A-Z]{3}$/, code);
		}
	});

	test('keeps the currency when the country changes, for amounts are in it', async () => {
		const { id } = await newResidence(robin, { country: 'DE' });
		const moved = expectOk(await robin.client.patch(`/api/residences/${id}`, { country: 'US' }));

		assert.deepEqual([moved.currency, moved.first_weekday], ['EUR', 'mon']);
		const changed = await robin.client.patch(`/api/residences/${id}`, { first_weekday: 'sun' });
		assert.equal(expectOk(changed).first_weekday, 'sun');
	});

	test('takes a number for a decimal and answers a string', async () => {
		const residence = await newResidence(robin, { bathrooms: 2.5, floor_area: 80, purchase_price: 0.1 });

		assert.equal(residence.bathrooms, '2.5');
		assert.equal(residence.floor_area, '80.00');
		assert.equal(residence.purchase_price, '0.10');
	});

	test('takes the bounds themselves', async () => {
		await newResidence(robin, { name: 'x'.repeat(200), bedrooms: 0, bathrooms: '100',
			purchase_price: '999999999999', purchased_on: '1900-01-01', year_built: 2200 });
		await newResidence(robin, { purchased_on: '2200-12-31', purchase_price: '0' });
	});

	test('counts the length of a name in characters, not bytes', async () => {
		const name = '窓'.repeat(200);

		assert.equal((await newResidence(robin, { name })).name, name);
	});

	const refused = [
		['no name', { name: undefined }, { name: 'required' }],
		['a null name', { name: null }, { name: 'null' }],
		['an empty name', { name: '' }, { name: 'too_short' }],
		['a name of spaces', { name: '   ' }, { name: 'too_short' }],
		['a name of 201 characters', { name: 'x'.repeat(201) }, { name: 'too_long' }],
		['a name that is a number', { name: 1 }, { name: 'type' }],
		['a name that is an object', { name: { en: 'Hut' } }, { name: 'type' }],
		['a null type', { type: null }, { type: 'null' }],
		['a type nobody knows', { type: 'zeppelin' }, { type: 'not_found' }],
		['a type that is no code', { type: 'a b' }, { type: 'format' }],
		['a country in small letters', { country: 'gb' }, { country: 'format' }],
		['a country of three letters', { country: 'GBR' }, { country: 'format' }],
		['a time zone that is none', { time_zone: 'Middle/Earth' }, { time_zone: 'choice' }],
		['a time zone that climbs', { time_zone: '../../etc/passwd' }, { time_zone: 'format' }],
		['a time zone that is a folder', { time_zone: 'America' }, { time_zone: 'choice' }],
		['a currency that is a number', { currency: 978 }, { currency: 'type' }],
		['a currency of two letters', { currency: 'US' }, { currency: 'format' }],
		['bedrooms below zero', { bedrooms: -1 }, { bedrooms: 'too_small' }],
		['too many bedrooms', { bedrooms: 1001 }, { bedrooms: 'too_large' }],
		['a week that begins nowhere', { first_weekday: 'monday' }, { first_weekday: 'choice' }],
		['half a bedroom', { bedrooms: 2.5 }, { bedrooms: 'type' }],
		['bedrooms beyond 64 bits', { bedrooms: 1e30 }, { bedrooms: 'type' }],
		['bedrooms in a string', { bedrooms: '3' }, { bedrooms: 'type' }],
		['bathrooms below zero', { bathrooms: '-0.5' }, { bathrooms: 'too_small' }],
		['bathrooms with two decimals', { bathrooms: '1.25' }, { bathrooms: 'format' }],
		['too many bathrooms', { bathrooms: '100.5' }, { bathrooms: 'too_large' }],
		['a price in words', { purchase_price: 'a lot' }, { purchase_price: 'format' }],
		['a price that is true', { purchase_price: true }, { purchase_price: 'type' }],
		['a price below zero', { purchase_price: '-1' }, { purchase_price: 'too_small' }],
		['a price of thirteen digits', { purchase_price: '1000000000000' }, { purchase_price: 'too_large' }],
		['a price of thirty digits', { purchase_price: '1'.repeat(30) }, { purchase_price: 'too_large' }],
		['a price that is not a number', { purchase_price: 'NaN' }, { purchase_price: 'format' }],
		['a year before houses', { year_built: 999 }, { year_built: 'too_small' }],
		['a day that does not exist', { purchased_on: '2023-02-29' }, { purchased_on: 'format' }],
		['a day before 1900', { purchased_on: '1899-12-31' }, { purchased_on: 'too_small' }],
		['a day after 2200', { purchased_on: '2201-01-01' }, { purchased_on: 'too_large' }],
		['an instant for a day', { purchased_on: '2023-02-28T00:00:00Z' }, { purchased_on: 'format' }],
		['a description that is too long', { description: 'x'.repeat(5001) }, { description: 'too_long' }],
		['an owner', { owner_id: missingId() }, { owner_id: 'unknown_field' }],
		['a role', { role: 'owner' }, { role: 'unknown_field' }],
		['all faults at once', { name: '', bedrooms: -1, country: 'x', nonsense: null },
			{ name: 'too_short', bedrooms: 'too_small', country: 'format', nonsense: 'unknown_field' }],
	];

	for (const [what, fields, errors] of refused)
		test(`refuses ${what}`, async () => {
			const res = await robin.client.post('/api/residences', { name: 'Hut', ...fields });
			expectInvalid(res, errors);
		});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.post('/api/residences', { name: 'Hut' }), 401, 'unauthorized');
	});
});

describe('GET /api/residences', () => {
	let owner;
	let lodge;

	before(async () => {
		owner = await signUp();
		const other = await signUp({ first_name: 'Nan', last_name: 'Bobbin' });

		await newResidence(owner, { name: 'Beta barn', type: 'house', city: 'Tuckborough' });
		await newResidence(owner, { name: 'Alpha flat', type: 'apartment', street_address: '7 Mill Lane' });
		lodge = await newResidence(other, { name: 'Gamma lodge' });
		await makeMember(lodge, owner.user, 'viewer');
	});

	const names = async (query) => expectPage(await owner.client.get(`/api/residences${query}`))
		.map((residence) => residence.name);

	test('lists my residences and those I belong to, by name', async () => {
		assert.deepEqual(await names(''), ['Alpha flat', 'Beta barn', 'Gamma lodge']);
	});

	test('shows my own role in each', async () => {
		const results = expectPage(await owner.client.get('/api/residences'));

		assert.deepEqual(results.map((residence) => residence.role), ['owner', 'owner', 'viewer']);
		assert.equal(results[2].member_count, 2);
		assert.equal(results[2].owner.name, 'Nan Bobbin');
		for (const residence of results)
			expectKeys(residence, RESIDENCE_KEYS);
	});

	test('filters by role, type and search', async () => {
		assert.deepEqual(await names('?role=viewer'), ['Gamma lodge']);
		assert.deepEqual(await names('?type=apartment'), ['Alpha flat']);
		assert.deepEqual(await names('?search=MILL'), ['Alpha flat']);
		assert.deepEqual(await names('?search=tuckb'), ['Beta barn']);
		assert.deepEqual(await names('?search=%25'), []);
		assert.deepEqual(await names('?role=owner&type=house'), ['Beta barn']);
		assert.deepEqual(await names('?role=manager'), []);
	});

	test('orders by name and by time of making, both ways', async () => {
		assert.deepEqual(await names('?ordering=name'), ['Alpha flat', 'Beta barn', 'Gamma lodge']);
		assert.deepEqual(await names('?ordering=-name'), ['Gamma lodge', 'Beta barn', 'Alpha flat']);
		assert.deepEqual(await names('?ordering=created_at'), ['Beta barn', 'Alpha flat', 'Gamma lodge']);
		assert.deepEqual(await names('?ordering=-created_at'), ['Gamma lodge', 'Alpha flat', 'Beta barn']);
	});

	test('goes from page to page without losing or repeating', async () => {
		for (const ordering of ['name', '-name', 'created_at', '-created_at']) {
			const whole = await names(`?ordering=${ordering}`);
			const seen = [];
			let cursor = '';

			for (let pages = 0; pages < 4 && cursor !== null; pages++) {
				const res = await owner.client.get(
					`/api/residences?limit=1&ordering=${ordering}${cursor && `&cursor=${cursor}`}`);
				seen.push(...expectPage(res).map((residence) => residence.name));
				cursor = res.body.next_cursor;
			}
			assert.equal(cursor, null);
			assert.deepEqual(seen, whole);
		}
	});

	test('says that there is no next page when the last one is full', async () => {
		const res = await owner.client.get('/api/residences?limit=3');

		assert.equal(expectPage(res).length, 3);
		assert.equal(res.body.next_cursor, null);
	});

	test('is empty for who has none', async () => {
		const res = await (await signUp()).client.get('/api/residences');

		assert.deepEqual(expectOk(res), { results: [], next_cursor: null });
	});

	const refused = [
		['role=king', { role: 'choice' }],
		['type=', { type: 'format' }],
		['limit=0', { limit: 'too_small' }],
		['limit=-1', { limit: 'too_small' }],
		['limit=ten', { limit: 'type' }],
		['ordering=city', { ordering: 'choice' }],
		['cursor=abc', { cursor: 'format' }],
		['cursor=%2e%2e', { cursor: 'format' }],
		['colour=red', { colour: 'unknown_field' }],
		['role=owner&role=viewer', { role: 'duplicate' }],
	];

	for (const [query, errors] of refused)
		test(`refuses ?${query}`, async () => {
			expectInvalid(await owner.client.get(`/api/residences?${query}`), errors, 'query');
		});

	test('refuses a cursor that was made with other filters or by another list', async () => {
		const { next_cursor } = expectOk(await owner.client.get('/api/residences?limit=1'));

		expectInvalid(await owner.client.get(`/api/residences?limit=1&role=owner&cursor=${next_cursor}`),
			{ cursor: 'format' }, 'query');
		expectInvalid(await owner.client.get(`/api/residences?ordering=-name&cursor=${next_cursor}`),
			{ cursor: 'format' }, 'query');
		const other = expectOk(await owner.client.get('/api/residences?limit=1&ordering=-created_at'));
		expectInvalid(await owner.client.get(
			`/api/residences?limit=1&ordering=name&cursor=${other.next_cursor}`),
			{ cursor: 'format' }, 'query');
		expectInvalid(await owner.client.get(`/api/tasks?cursor=${next_cursor}`),
			{ cursor: 'format' }, 'query');
		const flipped = next_cursor.slice(0, 5) + (next_cursor[5] === 'A' ? 'B' : 'A') + next_cursor.slice(6);
		expectInvalid(await owner.client.get(`/api/residences?limit=1&cursor=${flipped}`),
			{ cursor: 'format' }, 'query');
	});

	test('clamps a limit that is too large', async () => {
		assert.equal(expectPage(await owner.client.get('/api/residences?limit=100000')).length, 3);
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/residences'), 401, 'unauthorized');
	});
});

describe('GET /api/residences/{residence_id}', () => {
	test('takes an id in capitals and a trailing slash', async () => {
		const residence = await newResidence(robin);

		assert.equal(expectOk(await robin.client.get(`/api/residences/${residence.id.toUpperCase()}/`)).id,
			residence.id);
	});

	test('answers a foreign residence like a missing one, byte for byte', async () => {
		const residence = await newResidence(robin);
		const foreign = await stranger.client.get(`/api/residences/${residence.id}`, SAME_ID);
		const missing = await stranger.client.get(`/api/residences/${missingId()}`, SAME_ID);

		expectProblem(foreign, 404, 'not_found');
		expectSameBytes(foreign, missing);
	});

	test('answers what is no id 404, and nobody 401', async () => {
		for (const id of ['7', 'x'.repeat(36), "'", '00000000-0000-0000-0000-00000000000g'])
			expectProblem(await robin.client.get(`/api/residences/${encodeURIComponent(id)}`),
				404, 'not_found');
		expectProblem(await nobody.get(`/api/residences/${missingId()}`), 401, 'unauthorized');
	});
});

describe('PATCH /api/residences/{residence_id}', () => {
	test('changes what is named, keeps the rest, and counts the version', async () => {
		const residence = expectOk(await robin.client.post('/api/residences', FULL), 201);
		const changed = expectOk(await robin.client.patch(`/api/residences/${residence.id}`,
			{ name: 'Hole', bedrooms: 4, purchase_price: '1.5' }));

		assert.deepEqual(changed, { ...residence, name: 'Hole', bedrooms: 4, purchase_price: '1.50',
			version: 2, updated_at: changed.updated_at });
		assert.deepEqual(expectOk(await robin.client.get(`/api/residences/${residence.id}`)), changed);
	});

	test('clears what is null', async () => {
		const residence = expectOk(await robin.client.post('/api/residences', FULL), 201);
		const clearable = ['street_address', 'unit', 'city', 'region', 'postal_code', 'country', 'bedrooms',
			'bathrooms', 'floor_area', 'year_built', 'purchased_on', 'purchase_price', 'description'];
		const nulls = Object.fromEntries(clearable.map((key) => [key, null]));
		const changed = expectOk(await robin.client.patch(`/api/residences/${residence.id}`, nulls));

		assert.deepEqual(changed, { ...residence, ...nulls, version: 2, updated_at: changed.updated_at });
	});

	test('answers an empty change with the residence', async () => {
		const residence = await newResidence(robin);
		const same = expectOk(await robin.client.patch(`/api/residences/${residence.id}`, {}));

		assert.equal(same.id, residence.id);
		assert.equal(same.name, residence.name);
	});

	test('refuses null where a value must be, and fields that are not for clients', async () => {
		const residence = await newResidence(robin);
		const path = `/api/residences/${residence.id}`;

		for (const field of ['name', 'type', 'time_zone', 'currency', 'first_weekday', 'version'])
			expectInvalid(await robin.client.patch(path, { [field]: null }), { [field]: 'null' });
		expectInvalid(await robin.client.patch(path, { id: residence.id }), { id: 'immutable' });
		for (const field of ['owner_id', 'owner', 'role', 'deleted_at', 'created_at'])
			expectInvalid(await robin.client.patch(path, { [field]: null }), { [field]: 'unknown_field' });
		expectInvalid(await robin.client.patch(path, { type: 'zeppelin' }), { type: 'not_found' });
		assert.deepEqual(expectOk(await robin.client.get(path)), residence);
	});

	test('is for managers and the owner: others of the residence get 403, strangers 404', async () => {
		const residence = await newResidence(robin);
		const path = `/api/residences/${residence.id}`;

		for (const role of ['viewer', 'member']) {
			await makeMember(residence, stranger.user, role);
			expectProblem(await stranger.client.patch(path, { name: 'Mine' }), 403, 'forbidden');
		}
		await makeMember(residence, stranger.user, 'manager');
		const changed = expectOk(await stranger.client.patch(path, { name: 'Ours' }));
		assert.equal(changed.role, 'manager');
		assert.equal(changed.name, 'Ours');
		expectProblem(await (await signUp()).client.patch(path, { name: 'Mine' }), 404, 'not_found');
		expectProblem(await nobody.patch(path, { name: 'Mine' }), 401, 'unauthorized');
	});
});

describe('DELETE /api/residences/{residence_id}', () => {
	test('takes the residence and its tasks out of everybody\'s sight; again it is 404', async () => {
		const residence = await newResidence(robin, { name: 'Short-lived' });
		const task = await newTask(robin, residence);
		const path = `/api/residences/${residence.id}`;

		await makeMember(residence, stranger.user, 'manager');
		expectOk(await robin.client.delete(path), 204);
		for (const { client } of [robin, stranger]) {
			expectProblem(await client.get(path), 404, 'not_found');
			expectProblem(await client.patch(path, { name: 'Back' }), 404, 'not_found');
			expectProblem(await client.get(`/api/tasks/${task.id}`), 404, 'not_found');
			const residences = expectPage(await client.get('/api/residences?limit=200'));
			assert.ok(residences.every((h) => h.id !== residence.id));
			const tasks = expectPage(await client.get(`/api/tasks?residence_id=${residence.id}`));
			assert.deepEqual(tasks, []);
		}
		expectProblem(await robin.client.delete(path), 404, 'not_found');
	});

	test('is for the owner alone', async () => {
		const residence = await newResidence(robin);
		const path = `/api/residences/${residence.id}`;

		for (const role of ['viewer', 'member', 'manager']) {
			await makeMember(residence, stranger.user, role);
			expectProblem(await stranger.client.delete(path), 403, 'forbidden');
		}
		expectProblem(await (await signUp()).client.delete(path), 404, 'not_found');
		expectProblem(await nobody.delete(path), 401, 'unauthorized');
		expectOk(await robin.client.get(path));
	});
});

describe('GET /api/residences/summary', () => {
	test('counts the open tasks of each residence as its board does', async () => {
		const zone = zoneInDaylight();
		const owner = await signUp();
		const residence = await newResidence(owner, { name: 'Busy house', time_zone: zone });
		const empty = await newResidence(owner, { name: 'Calm house', time_zone: zone });
		const due = (offset, fields) =>
			newTask(owner, residence, { due_on: localDay(zone, offset), ...fields });

		await due(-1);
		await due(0, { due_time: '00:01' });
		await due(0);
		await due(0, { due_time: '23:59' });
		await due(29);
		await due(30);
		await newTask(owner, residence);
		await setTask(await due(-1), "state = 'in_progress'");
		await setTask(await due(-1), "state = 'cancelled'");
		await setTask(await due(-1), 'archived = true');
		await setTask(await due(-1), 'completed = true, last_completed_at = now(), completion_count = 1');

		const results = expectPage(await owner.client.get('/api/residences/summary'));
		assert.deepEqual(results.map((r) => r.name), ['Busy house', 'Calm house']);
		expectKeys(results[0], SUMMARY_KEYS);
		assert.equal(results[0].id, residence.id);
		assert.equal(results[0].role, 'owner');
		assert.equal(results[0].time_zone, zone);
		assert.equal(results[0].today, localDay(zone));
		assert.deepEqual(results[0].counts, { overdue: 2, due_soon: 3, upcoming: 2, in_progress: 1,
			expiring_warranties: 0 });
		assert.equal(results[1].id, empty.id);
		assert.deepEqual(results[1].counts, { overdue: 0, due_soon: 0, upcoming: 0, in_progress: 0,
			expiring_warranties: 0 });

		const board = expectOk(await owner.client.get(`/api/tasks/kanban?residence_id=${residence.id}`));
		const columns = Object.fromEntries(board.columns.map((c) => [c.name, c.count]));
		for (const name of ['overdue', 'due_soon', 'upcoming', 'in_progress'])
			assert.equal(columns[name], results[0].counts[name], name);
	});

	test('moves the edge of due soon by days_threshold', async () => {
		const zone = zoneInDaylight();
		const owner = await signUp();
		const residence = await newResidence(owner, { time_zone: zone });

		await newTask(owner, residence, { due_on: localDay(zone, 6) });
		await newTask(owner, residence, { due_on: localDay(zone, 7) });
		const [{ counts }] = expectPage(await owner.client.get('/api/residences/summary?days_threshold=7'));
		assert.equal(counts.due_soon, 1);
		assert.equal(counts.upcoming, 1);
	});

	test('knows today in the zone of each residence', async () => {
		const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'];
		const owner = await signUp();

		for (const time_zone of zones)
			await newResidence(owner, { name: time_zone, time_zone });
		await withinOneDay(zones, async () => {
			const results = expectPage(await owner.client.get('/api/residences/summary'));
			assert.deepEqual(results.map((r) => r.today), zones.map((zone) => localDay(zone)));
		});
	});

	test('refuses a threshold that is none, and names it does not know', async () => {
		const refused = [['days_threshold=0', 'too_small'], ['days_threshold=366', 'too_large'],
			['days_threshold=x', 'type'], ['days_threshold=', 'type']];

		for (const [query, code] of refused)
			expectInvalid(await robin.client.get(`/api/residences/summary?${query}`),
				{ days_threshold: code }, 'query');
		expectInvalid(await robin.client.get('/api/residences/summary?colour=red'),
			{ colour: 'unknown_field' }, 'query');
	});

	test('answers nobody 401', async () => {
		expectProblem(await nobody.get('/api/residences/summary'), 401, 'unauthorized');
	});
});
