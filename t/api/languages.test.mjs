// languages.test.mjs: Accept-Language decides in which language refusals and the labels of
// lookups come. German stands for every language that is not English.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { freshEmail, registration, signUp } from './support/people.mjs';

const speaking = (language) => ({ headers: { 'Accept-Language': language } });
const GERMAN = speaking('de');

let robin;

before(async () => {
	robin = await signUp();
});

/** Label by code of a list. */
async function labels(list, options) {
	const { results } = expectOk(await nobody.get(`/api/static-data/${list}`, options));

	return Object.fromEntries(results.map((item) => [item.code, item.label]));
}

describe('a refusal', () => {
	test('that the database words has German too', () => {
		const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
		const german = read('app/api/languages/de.txt').split('\n');
		const said = [...read('app/api/routes.c').matchAll(/^\t {2}"([A-Z].*\.)" \},$/gm)]
			.map(([, text]) => text);

		assert.ok(said.length >= 20);
		assert.deepEqual(said.filter((text) => !german.includes(text)), []);
	});

	test('is English when nobody asks for anything else', async () => {
		for (const options of [{}, speaking('fr'), speaking('en-GB, de;q=0.9'), speaking(',;=q')]) {
			const res = await nobody.get('/api/auth/me', options);

			assert.equal(expectProblem(res, 401, 'unauthorized').title, 'Sign in first');
			assert.equal(res.headers['content-language'], 'en');
			assert.match(res.headers.vary, /\bAccept-Language\b/);
		}
	});

	test('is German for who prefers it, whatever the region', async () => {
		for (const language of ['de', 'DE', 'de-AT', 'fr, de;q=0.7, en;q=0.3', 'en;q=0, *']) {
			const res = await nobody.get('/api/auth/me', speaking(language));
			const { title, detail } = expectProblem(res, 401, 'unauthorized');

			assert.equal(title, 'Bitte zuerst anmelden', language);
			assert.equal(detail, 'Sie sind nicht angemeldet, oder nicht mehr.');
			assert.equal(res.headers['content-language'], 'de');
		}
	});

	test('names the faults of each field in that language, with their numbers; codes stay', async () => {
		const res = await robin.client.post('/api/residences',
			{ name: 'x'.repeat(201), bedrooms: 1001, bathrooms: '1.25', time_zone: 'Mars/Olympus',
				color: 'red' }, GERMAN);
		const { title, errors } = expectInvalid(res, { name: 'too_long', bedrooms: 'too_large',
			bathrooms: 'format', time_zone: 'choice', color: 'unknown_field' });

		assert.equal(title, 'Die Anfrage ist nicht gültig');
		assert.deepEqual(Object.fromEntries(errors.map((e) => [e.field, e.detail])), {
			name: 'darf höchstens 200 Zeichen lang sein', bedrooms: 'darf höchstens 1000 sein',
			bathrooms: 'darf höchstens 1 Nachkommastellen haben',
			time_zone: 'ist keine Zeitzone, die hier bekannt ist', color: 'ist hier nicht bekannt',
		});
	});

	test('of a query does too', async () => {
		const ask = (query, options) => robin.client.get(`/api/tasks?${query}`, options);
		const [{ detail }] = expectInvalid(await ask('ordering=colour', GERMAN), { ordering: 'choice' },
			'query').errors;
		const [choice] = expectInvalid(await ask('state=50%25d', GERMAN), { state: 'choice' }, 'query').errors;

		assert.match(detail, /^muss eines hiervon sein: due_on, -due_on, /);
		assert.equal(choice.detail, 'kennt "50%d" nicht');
	});

	test('of what the database or a handler decides does too', async () => {
		const twice = registration({ email: robin.email });
		const taken = expectProblem(await nobody.post('/api/auth/register', twice, GERMAN), 409, 'email_taken');
		const residence = { name: 'Hut', type: 'castle' };
		const [type] = expectInvalid(await robin.client.post('/api/residences', residence, GERMAN),
			{ type: 'not_found' }).errors;
		const wrong = await nobody.post('/api/auth/login', { email: freshEmail(), password: 'x' }, GERMAN);

		assert.equal(taken.detail, 'Zu dieser Mailadresse gibt es schon ein Konto.');
		assert.equal(type.detail, 'ist keine bekannte Art');
		assert.equal(expectProblem(wrong, 401, 'invalid_credentials').detail,
			'Die Mailadresse oder das Passwort ist falsch.');
	});
});

describe('lookups', () => {
	test('have their labels in the language asked for; all else is the same', async () => {
		const english = expectOk(await nobody.get('/api/static-data'));
		const res = await nobody.get('/api/static-data', speaking('de-CH, en;q=0.5'));
		const german = expectOk(res);

		assert.equal(res.headers['content-language'], 'de');
		assert.match(res.headers.vary, /\bAccept-Language\b/);
		assert.equal(german.residence_types.find((t) => t.code === 'house').label, 'Haus');
		assert.equal(german.task_priorities.find((p) => p.code === 'urgent').label, 'Dringend');
		for (const [list, items] of Object.entries(german)) {
			assert.deepEqual(items.map((item) => ({ ...item, label: '' })),
				english[list].map((item) => ({ ...item, label: '' })), list);
			assert.ok(items.some((item, i) => item.label !== english[list][i].label), list);
		}
	});

	test('do so list by list', async () => {
		assert.deepEqual(await labels('task_states', GERMAN),
			{ pending: 'Zu erledigen', in_progress: 'In Arbeit', cancelled: 'Abgebrochen' });
		assert.deepEqual(await labels('task_states', speaking('fr')),
			{ pending: 'To do', in_progress: 'In progress', cancelled: 'Cancelled' });
		assert.equal((await labels('document_types', GERMAN)).warranty, 'Garantie');
	});

	test('of one language are not taken for those of another', async () => {
		const tag = (await nobody.get('/api/static-data', GERMAN)).headers.etag;
		const again = { headers: { ...GERMAN.headers, 'If-None-Match': tag } };

		assert.equal((await nobody.get('/api/static-data', again)).status, 304);
		assert.equal((await nobody.get('/api/static-data', { headers: { 'If-None-Match': tag } })).status, 200);
	});
});

test('an answer without texts claims no language', async () => {
	assert.equal((await robin.client.get('/api/auth/me', GERMAN)).headers['content-language'], undefined);
});
