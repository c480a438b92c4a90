// warranties.test.mjs: what documents cover until when, in which state that is, and what is about to end.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from './support/db.mjs';
import { localDay, withinOneDay } from './support/days.mjs';
import { expectInvalid, expectOk, expectPage } from './support/expect.mjs';
import { crowd, newAccess, newDocument, newResidence, newWarranty, signUp } from './support/people.mjs';

const ZONE = 'UTC';
const day = (offset) => localDay(ZONE, offset);

let robin;
let home;

before(async () => {
	robin = await signUp();
	home = await newResidence(robin, { time_zone: ZONE });
});

const path = ({ id }) => `/api/documents/${id}`;
const get = async (document) => expectOk(await robin.client.get(path(document)));
const stateOf = async (ends, residence = home) => {
	const { state, days_left: left } = await get(await newWarranty(robin, residence, ends));
	return [state, left];
};
const refused = async (fields, expected) => expectInvalid(await robin.client.post('/api/documents',
	{ residence_id: home.id, title: 'Oven', type: 'warranty', ...fields }), expected);

describe('a line of cover', () => {
	test('is shown with all its members, several of one product in the order in which they were given',
		async () => {
		const { covers } = await newDocument(robin, home, { covers: [
			{ kind: 'parts', provider: 'Lumen', starts_on: '2026-01-01', ends_on: '2031-01-01',
				terms: 'Not the lamp.' },
			{ ends_on: '2027-01-01' }, { kind: 'extended', lifetime: true }] });
		const line = { provider: null, starts_on: null, terms: null };

		assert.deepEqual(covers, [
			{ kind: 'parts', provider: 'Lumen', starts_on: '2026-01-01', ends_on: '2031-01-01',
				lifetime: false,
				terms: 'Not the lamp.' },
			{ ...line, kind: 'other', ends_on: '2027-01-01', lifetime: false },
			{ ...line, kind: 'extended', ends_on: null, lifetime: true }]);
	});

	test('has a last day or is for life, and not both', async () => {
		await refused({ covers: [{ kind: 'parts' }] }, { covers: 'required' });
		await refused({ covers: [{ ends_on: '2027-01-01', lifetime: true }] }, { covers: 'required' });
		const document = await newWarranty(robin, home, ['2031-01-01']);
		expectInvalid(await robin.client.patch(path(document), { covers: [{ lifetime: false }] }),
			{ covers: 'required' });
		assert.deepEqual(await get(document), document);
	});

	test('does not end before it begins, and may last one day', async () => {
		await refused({ covers: [{ starts_on: '2027-01-02', ends_on: '2027-01-01' }] },
			{ covers: 'too_small' });
		assert.equal((await newDocument(robin, home,
			{ covers: [{ starts_on: '2027-01-01', ends_on: '2027-01-01' }] })).expires_on, '2027-01-01');
	});

	test('is one of ten at most, of a known kind, and what is wrong with it is said of its place', async () => {
		const lines = (count) => Array(count).fill({ ends_on: '2031-01-01' });

		assert.equal((await newDocument(robin, home, { covers: lines(10) })).covers.length, 10);
		await refused({ covers: lines(11) }, { covers: 'too_long' });
		const { errors } = (await robin.client.post('/api/documents', { residence_id: home.id, title: 'Oven',
			covers: [{ ends_on: '2031-01-01' }, { kind: 'luck', ends_on: 'soon', colour: 'red' }] })).body;
		assert.deepEqual(errors.map(({ pointer, code }) => `${pointer} ${code}`).sort(),
			['/covers/1/colour unknown_field', '/covers/1/ends_on format', '/covers/1/kind choice']);
	});

	test('may be that of an insurance, a contract or a permit, too', async () => {
		for (const type of ['insurance', 'contract', 'permit']) {
			const made = await newDocument(robin, home, { type, covers: [{ ends_on: day(30) }] });
			assert.equal((await get(made)).state, 'expiring', type);
		}
	});
});

describe('a claim', () => {
	test('has a day, a status, an outcome and what was given for it', async () => {
		const document = await newWarranty(robin, home, ['2031-01-01'], { claims: [{ on: '2026-05-02' },
			{ on: '2026-06-01', status: 'settled', outcome: 'Mended.', replacement: 'Pump VP-2' }] });

		assert.deepEqual(document.claims, [{ on: '2026-05-02', status: 'open', outcome: null,
			replacement: null },
			{ on: '2026-06-01', status: 'settled', outcome: 'Mended.', replacement: 'Pump VP-2' }]);
		const changed = expectOk(await robin.client.patch(path(document), { claims: [{ on: '2026-05-02',
			status: 'rejected' }] }));
		assert.deepEqual(changed.claims.map(({ status }) => status), ['rejected']);
		assert.equal(changed.expires_on, '2031-01-01', 'the cover stays');
	});

	test('needs its day, and a known status; fifty are kept', async () => {
		const claims = (count) => Array(count).fill({ on: '2026-05-02' });

		assert.equal((await newDocument(robin, home, { claims: claims(50) })).claims.length, 50);
		await refused({ claims: claims(51) }, { claims: 'too_long' });
		const { errors } = (await robin.client.post('/api/documents', { residence_id: home.id, title: 'Oven',
			claims: [{ status: 'lost' }] })).body;
		assert.deepEqual(errors.map(({ pointer, code }) => `${pointer} ${code}`).sort(),
			['/claims/0/on required', '/claims/0/status choice']);
	});
});

describe('the state of a warranty', () => {
	test('is active until 30 days before its end, expiring to its last day, expired from the next', () =>
		withinOneDay([ZONE], async () => {
			assert.deepEqual([await stateOf([day(31)]), await stateOf([day(30)]), await stateOf([day(0)]),
				await stateOf([day(-1)])], [['active', 31], ['expiring', 30], ['expiring', 0],
					['expired', -1]]);
		}));

	test('is what its next line is about to do, and expired when all have ended', () =>
		withinOneDay([ZONE], async () => {
			assert.deepEqual([await stateOf([day(400), day(10)]), await stateOf([day(-10), day(400)]),
				await stateOf([day(-10), day(-300)])], [['expiring', 10], ['active', 400], ['expired',
					-10]]);
		}));

	test('is lifetime while a line never ends, unless another one is about to', () =>
		withinOneDay([ZONE], async () => {
			assert.deepEqual([await stateOf([null]), await stateOf([null, day(-10)]), await stateOf([null,
				day(400)]),
				await stateOf([null, day(5)])],
			[['lifetime', null], ['lifetime', null], ['lifetime', 400], ['expiring', 5]]);
			assert.equal((await newWarranty(robin, home, [null, day(5)])).expires_on, null);
		}));

	test('is void when somebody has said so, until that is taken back; the same again makes no version', () =>
		withinOneDay([ZONE], async () => {
			const document = await newWarranty(robin, home, [day(10)]);
			const act = async (name) => {
				const { state, days_left: left, is_void: is, version } = expectOk(
					await robin.client.post(`${path(document)}/${name}`));
				return [state, left, is, version];
			};

			assert.deepEqual([await act('void'), await act('void'), await act('unvoid')],
				[['void', null, true, 2], ['void', null, true, 2], ['expiring', 10, false, 3]]);
		}));

	test('without cover is active', async () => {
		assert.deepEqual(await stateOf([]), ['active', null]);
	});

	test('hangs on the day that it is in the residence', () =>
		withinOneDay(['Pacific/Kiritimati', 'Pacific/Pago_Pago'], async () => {
			const far = await newResidence(robin, { time_zone: 'Pacific/Kiritimati' });
			const near = await newResidence(robin, { time_zone: 'Pacific/Pago_Pago' });
			const there = localDay('Pacific/Kiritimati');

			// It is never the same day in both, so what ends today in one does not in the other.
			assert.equal((await stateOf([there], far))[1], 0);
			assert.ok((await stateOf([there], near))[1] >= 1);
		}));

	test('follows from the lines as they are changed', () => withinOneDay([ZONE], async () => {
		const document = await newWarranty(robin, home, [day(10)]);
		const change = async (covers) => {
			const { state, expires_on: on } = expectOk(await robin.client.patch(path(document),
				{ covers }));
			return [state, on];
		};

		assert.deepEqual([await change([{ ends_on: day(500) }]), await change([{ lifetime: true }]),
			await change([]),
			await change([{ ends_on: day(-3) }])],
		[['active', day(500)], ['lifetime', null], ['active', null], ['expired', day(-3)]]);
	}));
});

describe('GET /api/documents/warranties', () => {
	let own;

	before(async () => {
		own = await newResidence(robin, { time_zone: ZONE });
		const add = (title, ends, fields) => newWarranty(robin, own, ends, { title, ...fields });
		await add('Pan', [null]);
		await add('Oven', [day(200)], { category: 'appliances' });
		await add('Fridge', [day(12)], { brand: 'Harrow' });
		await add('Kettle', [day(-40)]);
		expectOk(await robin.client.post(`${path(await add('Door', [day(90)]))}/void`));
		expectOk(await robin.client.post(`${path(await add('Sold bike', [day(8)]))}/deactivate`));
		await newDocument(robin, own, { type: 'insurance', title: 'Home', covers: [{ ends_on: day(9) }] });
	});

	const titles = async (query = '') => expectPage(await robin.client.get(
		`/api/documents/warranties?residence_id=${own.id}${query}`)).map(({ title }) => title);

	test('has warranties alone, those first that end first, those for life last', async () => {
		assert.deepEqual(await titles(), ['Kettle', 'Sold bike', 'Fridge', 'Door', 'Oven', 'Pan']);
		assert.deepEqual(await titles('&ordering=-expires_on'), ['Oven', 'Door', 'Fridge', 'Sold bike',
			'Kettle', 'Pan']);
		assert.deepEqual((await titles('&ordering=title'))[0], 'Door');
	});

	test('shows the state and the days that are left', () => withinOneDay([ZONE], async () => {
		const all = expectPage(await robin.client.get(`/api/documents/warranties?residence_id=${own.id}`));

		assert.deepEqual(all.map(({ state, days_left: left }) => `${state} ${left}`), ['expired -40',
			'expiring 8',
			'expiring 12', 'void null', 'active 200', 'lifetime null']);
	}));

	test('is filtered by state and the rest', async () => {
		for (const [query, wanted] of [['&state=expiring', ['Sold bike', 'Fridge']], ['&state=void', ['Door']],
			['&state=lifetime', ['Pan']], ['&state=expired', ['Kettle']], ['&state__in=active,lifetime',
				['Oven', 'Pan']],
			['&state=expiring&is_active=true', ['Fridge']], ['&category=appliances', ['Oven']],
				['&search=harrow', ['Fridge']]])
			assert.deepEqual(await titles(query), wanted, query);
		expectInvalid(await robin.client.get('/api/documents/warranties?state=sold'), { state: 'choice' },
			'query');
	});
});

describe('GET /api/documents/expiring', () => {
	let owner;
	let own;
	const insured = (residence, name, offset, fields = {}) => sql(`INSERT INTO contractors (id, residence_id, name,
			insurance_expires_on, do_not_use, created_by, deleted_at)
		VALUES (gen_random_uuid(), nullif(:'residence', '')::uuid, :'name', :'on', :'unused', :'user',
			CASE WHEN :'deleted' THEN now() END)`,
	{ residence: residence?.id ?? '', name, on: day(offset), user: owner.user.id, unused: false, deleted: false,
		...fields });

	before(async () => {
		owner = await signUp({ time_zone: ZONE });
		own = await newResidence(owner, { time_zone: ZONE });
		const add = (title, ends, fields) => newWarranty(owner, own, ends, { title, ...fields });
		await add('Oven', [day(20), day(300), day(-5)]);
		await add('Home', [day(30)], { type: 'insurance' });
		await add('Tap', [day(31)]);
		await add('Kettle', [day(-1)]);
		await add('Pan', [null]);
		expectOk(await owner.client.post(`${path(await add('Void', [day(5)]))}/void`));
		expectOk(await owner.client.post(`${path(await add('Aside', [day(5)]))}/deactivate`));
		expectOk(await owner.client.delete(path(await add('Gone', [day(5)]))), 204);
		await insured(own, 'Sweep & Sons', 3);
		await insured(own, 'Never again', 3, { unused: true });
		await insured(own, 'Closed', 3, { deleted: true });
		await insured(null, 'My own', 0);
		await insured(own, 'Later', 80);
	});

	const list = async (query = '', person = owner) =>
		expectPage(await person.client.get(`/api/documents/expiring${query}`));

	test('is what ends within 30 days, the first first: each line by itself, and insurances of contractors', () =>
		withinOneDay([ZONE], async () => {
			assert.deepEqual((await list()).map(({ kind, title, type, ends_on: on, days_left: left,
				residence_id: at }) =>
				[kind, title, type, on, left, at === own.id]), [
				['contractor', 'My own', null, day(0), 0, false], ['contractor', 'Sweep & Sons', null,
					day(3), 3, true],
				['document', 'Oven', 'warranty', day(20), 20, true], ['document', 'Home', 'insurance',
					day(30), 30, true]]);
		}));

	test('looks as far as it is asked to', () => withinOneDay([ZONE], async () => {
		const titles = async (query) => (await list(query)).map(({ title }) => title);

		assert.deepEqual(await titles('?days=0'), ['My own']);
		assert.deepEqual(await titles(`?days=365&residence_id=${own.id}`),
			['Sweep & Sons', 'Oven', 'Home', 'Tap', 'Later', 'Oven']);
		expectInvalid(await owner.client.get('/api/documents/expiring?days=366'), { days: 'too_large' },
			'query');
	}));

	test('is nothing of others', async () => {
		const [stranger] = await crowd(1);

		assert.deepEqual(await list('?days=365', stranger), []);
		assert.deepEqual(await list(`?days=365&residence_id=${own.id}`, stranger), []);
	});

	test('is without what is the account\'s own, and of other homes, for a narrowed access token', async () => {
		const [narrow, elsewhere] = [await newAccess(owner, { residence_ids: [own.id] }),
			await newAccess(owner, { residence_ids: [(await newResidence(owner)).id] })];
		const titles = async (query, person) => (await list(query, person)).map(({ title }) => title);

		assert.deepEqual(await titles('', narrow), ['Sweep & Sons', 'Oven', 'Home']);
		assert.deepEqual(await titles('?days=365', elsewhere), []);
		assert.deepEqual(await titles(`?days=365&residence_id=${own.id}`, elsewhere), []);
		const warranties = async ({ client }) => expectPage(await client.get('/api/documents/warranties'));

		assert.deepEqual(await warranties(narrow), await warranties(owner));
		assert.deepEqual(await warranties(elsewhere), []);
	});

	test('ends with the day of the home, and with that of the person for who is theirs alone', () =>
		withinOneDay(['Pacific/Kiritimati', 'Pacific/Pago_Pago'], async () => {
			const [early, late] = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'];
			const person = await signUp({ time_zone: late });
			const make = async (zone) => {
				const residence = await newResidence(person, { time_zone: zone, name: zone });

				await newWarranty(person, residence, [localDay(late)], { title: zone });
				expectOk(await person.client.post('/api/contractors', { name: zone,
					residence_id: residence.id, insurance_expires_on: localDay(late) }), 201);
			};

			// Here it is the last day, there that is over: the two zones never have the same day.
			await make(early);
			await make(late);
			expectOk(await person.client.post('/api/contractors', { name: 'Mine',
				insurance_expires_on: localDay(late) }), 201);
			assert.deepEqual((await list('?days=0', person)).map(({ kind, title }) => `${kind} ${title}`)
				.sort(), ['contractor Mine', `contractor ${late}`, `document ${late}`]);
			const states = expectPage(await person.client.get('/api/documents/warranties'))
				.map(({ title, state, days_left: left }) => [title, state, left < 0]);

			assert.deepEqual(states.sort(), [[early, 'expired', true], [late, 'expiring', false]]);
			const { counts } = expectPage(await person.client.get('/api/residences/summary'))
				.find(({ name }) => name === early);

			assert.equal(counts.expiring_warranties, 0);
		}));

	test('is counted with the homes: warranties alone, those that count', async () => {
		const [summary] = expectPage(await owner.client.get('/api/residences/summary'));
		const [residence] = expectPage(await owner.client.get('/api/residences?include=summary'));

		assert.equal(summary.counts.expiring_warranties, 1);
		assert.equal(residence.summary.expiring_warranties, 1);
	});
});
