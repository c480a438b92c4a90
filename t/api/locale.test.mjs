// locale.test.mjs: where no Accept-Language came, the locale of the account decides the language, of
// everything that a client can see; and German is German everywhere.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { missingId, newAccess, newResidence, newTask, signUp } from './support/people.mjs';
import { fill, routeTable } from './support/routes.mjs';

const speaking = (language) => ({ headers: { 'Accept-Language': language } });
const MISSING = 'fehlt';

let heidi;
let residence;

before(async () => {
	heidi = await signUp({ locale: 'de-AT' });
	residence = await newResidence(heidi);
});

const setLocale = async (locale) => expectOk(await heidi.client.patch('/api/auth/me', { locale }));

describe('the locale of an account', () => {
	const refusals = [
		['a fault of a body, which no database has seen', () => ['POST', '/api/tasks', { body: {} }]],
		['a fault of a query', () => ['GET', '/api/tasks?limit=0']],
		['bytes that are no JSON', () => ['POST', '/api/tasks', { raw: '{' }]],
		['a body that is not taken', () => ['DELETE', `/api/tasks/${missingId()}`, { body: { x: 1 } }]],
		['an id that is none', () => ['GET', '/api/tasks/7']],
		['an id that is nowhere', () => ['GET', `/api/tasks/${missingId()}`]],
		['a write that the database refuses', () => ['POST', '/api/tasks',
			{ body: { residence_id: residence.id, title: 'x', category: 'nothing' } }]],
	];

	for (const [what, request] of refusals)
		test(`is the language of ${what}; Accept-Language goes before it`, async () => {
			const ask = (options = {}) => {
				const [method, path, more] = request();

				return heidi.client.request(method, path, { ...more, ...options });
			};
			const german = await ask();
			const english = await ask(speaking('en'));

			assert.equal(german.headers['content-language'], 'de');
			assert.equal(english.headers['content-language'], 'en');
			assert.equal(german.status, english.status);
			assert.notEqual(german.body.title, english.body.title);
			assert.notEqual(german.body.detail, english.body.detail);
			assert.match(german.headers.vary, /\bAuthorization\b/);
			assert.match(german.headers.vary, /\bAccept-Language\b/);
		});

	test('is that of their access tokens, narrowed or not, also from memory', async () => {
		for (const narrowed of [null, [residence.id]]) {
			const { client } = await newAccess(heidi, { residence_ids: narrowed });
			const hidden = await newResidence(heidi);

			// A key that has proved nothing is a stranger's.
			expectPage(await client.get('/api/residences'));
			for (let again = 0; again < 3; again += 1) {
				const faulty = expectProblem(await client.get('/api/tasks?limit=0'),
					400, 'validation_error');
				const lost = await client.get(`/api/residences/${narrowed ? hidden.id : missingId()}`);

				assert.match(faulty.title, /Anfrage/);
				assert.equal(expectProblem(lost, 404, 'not_found').title,
					'Hier gibt es nichts für Sie');
				assert.equal(lost.headers['content-language'], 'de');
				assert.equal(expectPage(await client.get('/api/residences')).length === 1,
					narrowed !== null);
			}
		}
	});

	test('is that of each part of a bulk and of each row of a file', async () => {
		const { created } = expectOk(await heidi.client.post('/api/tasks/bulk', { create: [{}] }));
		const { rows } = expectOk(await heidi.client.request('POST',
			`/api/residences/${residence.id}/tasks/import`,
			{ raw: 'title,due_on,last_completed_at,completed\nx,today,,\ny,,now,true\n',
				headers: { 'Content-Type': 'text/csv' } }));

		assert.ok(created[0].problem.errors.some(({ detail }) => detail === MISSING));
		assert.match(rows[0].problem.errors[0].detail, /^muss ein Tag sein/);
		assert.match(rows[1].problem.errors[0].detail, /^muss ein Zeitpunkt sein/);
	});

	test('that is changed is seen at once, by every worker', async () => {
		const languages = async () => new Set((await Promise.all(Array.from({ length: 24 }, async (_, i) =>
			(await (i % 2 === 0
				? heidi.client.get('/api/tasks?limit=0')
				: heidi.client.post('/api/tasks', {})))
				.headers['content-language']))));

		for (const [locale, language] of [['en-GB', 'en'], ['de', 'de'], ['fr', 'en'], ['de-AT', 'de']]) {
			await setLocale(locale);
			assert.deepEqual([...await languages()], [language], locale);
		}
	});

	test('of nobody is English', async () => {
		const res = await nobody.get('/api/tasks');

		assert.equal(res.headers['content-language'], 'en');
		expectProblem(res, 401, 'unauthorized');
	});
});

describe('German is', () => {
	const GARDEN = 'Garten';

	before(async () => {
		const task = await newTask(heidi, residence,
			{ title: 'Hecke', category: 'garden', due_on: '2031-01-06' });

		expectOk(await heidi.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
		await newTask(heidi, residence, { title: 'Rasen', category: 'garden', due_on: '2031-01-06' });
	});

	test('the name of a category in a report, as JSON and as CSV', async () => {
		const path = `/api/residences/${residence.id}/report`;
		const { by_category: [line] } = expectOk(await heidi.client.get(path));
		const csv = await heidi.client.get(`${path}?format=csv`);
		const english = await heidi.client.get(path, speaking('en'));

		assert.deepEqual([line.key, line.name], ['garden', GARDEN]);
		assert.match(csv.text, /^category,garden,Garten,/m);
		assert.equal(csv.headers['content-language'], 'de');
		assert.equal(expectOk(english).by_category[0].name, 'Garden');
		const again = await heidi.client.get(path, { headers: { 'If-None-Match': english.headers.etag } });
		assert.equal(again.status, 200);
	});

	test('the category of a task in a file and in a feed, which goes by its owner', async () => {
		const file = await heidi.client.get(`/api/residences/${residence.id}/tasks/export?format=ics`);
		const { path } = expectOk(await heidi.client.post('/api/calendar-feeds', {}), 201);
		const feed = await nobody.get(path);

		assert.match(file.text, /^CATEGORIES:Garten\r$/m);
		assert.match(feed.text, /^CATEGORIES:Garten\r$/m);
		assert.equal(feed.headers['content-language'], 'de');
		assert.match((await nobody.get(path, speaking('en'))).text, /^CATEGORIES:Garden\r$/m);
		await sql(`INSERT INTO tasks (id, residence_id, title, due_on, created_by)
			SELECT gen_random_uuid(), :'residence', 'x', '2031-01-07', :'user'
			  FROM generate_series(1, 1001)`,
		{ residence: residence.id, user: heidi.user.id });
		assert.match((await nobody.get(path)).text, /^SUMMARY:Es sind mehr Aufgaben fällig/m);
	});

	test('every template, its search, and the task that is made of it', async () => {
		const list = async (query, options) =>
			expectPage(await heidi.client.get(`/api/task-templates?limit=200${query}`, options));
		const german = await list('');
		const english = await list('', speaking('en'));
		const { created } = expectOk(await heidi.client.post('/api/task-templates/apply',
			{ residence_id: residence.id, codes: ['test_smoke_alarms'] }));

		assert.equal(german.length, english.length);
		for (const [i, { code, title, description }] of german.entries()) {
			assert.equal(code, english[i].code);
			assert.notEqual(title, english[i].title, code);
			assert.notEqual(description, english[i].description, code);
		}
		assert.deepEqual((await list('&search=RAUCHMELDER')).map(({ code }) => code), ['test_smoke_alarms']);
		assert.deepEqual((await list('&search=smoke', speaking('en-GB'))).map(({ code }) => code),
			['test_smoke_alarms']);
		assert.deepEqual(created.map(({ title }) => title), ['Rauchmelder prüfen']);
	});

	test('what every route says of a request that it cannot take', async () => {
		const NAMED = { feed: 'x.ics', list: 'x' };
		const ids = new Proxy({}, { get: (_, name) => NAMED[name] ?? missingId() });
		const same = [];

		for (const route of await routeTable()) {
			if (route.access === 'internal' || ['/livez', '/api/openapi.json'].includes(route.path))
				continue;
			const address = `${fill(route.path, ids)}?limit=0&colour=red`;
			const more = ['GET', 'DELETE'].includes(route.method) ? {} : { body: { colour: 'red' } };
			const ask = (language) =>
				heidi.client.request(route.method, address, { ...more, ...speaking(language) });
			const [german, english] = [await ask('de'), await ask('en')];

			assert.ok(english.status >= 400 && english.status < 500, `${route.path} ${english.status}`);
			for (const member of ['title', 'detail'])
				if (typeof english.body[member] !== 'string'
					|| german.body[member] === english.body[member])
					same.push(`${route.method} ${route.path} ${member}: ${english.body[member]}`);
			for (const [i, { field, detail }] of (english.body.errors ?? []).entries())
				if (german.body.errors[i].detail === detail)
					same.push(`${route.method} ${route.path} ${field}: ${detail}`);
		}
		assert.deepEqual(same, []);
	});
});

test('a fault named for a person whose language is not known yet costs one round trip at most', async () => {
	const ulla = await signUp({ locale: 'de' });

	for (const ask of [() => ulla.client.post('/api/tasks', {}), () => ulla.client.get('/api/tasks?limit=0')]) {
		const res = await ask();

		assert.equal(res.headers['content-language'], 'de');
		assert.ok(Number(res.headers['x-hob-round-trips']) <= 1);
	}
	expectInvalid(await ulla.client.post('/api/tasks', {}), { residence_id: 'required', title: 'required' });
});
