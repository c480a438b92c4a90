// text.test.mjs: what people type: one form of it, what finds it, where it sorts. The cases are in
// t/vectors/text.json, which clients can read too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { crowd, login, newResidence, newTask, registration, signUp } from './support/people.mjs';

const cases = JSON.parse(readFileSync(new URL('../vectors/text.json', import.meta.url), 'utf8'));
const shown = (text) => JSON.stringify(text)
	.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
// $ stands for what makes an address this run's own.
const own = `${process.pid}.${Date.now().toString(36)}`;
const address = (text) => text.replace('$', own);

let robin;
let residence;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
});

describe('a name or title', () => {
	for (const { typed, stored } of cases.lines)
		test(`is stored in one form: ${shown(typed)}`, async () => {
			const task = await newTask(robin, residence, { title: typed });
			assert.equal(task.title, stored);
			assert.equal(expectOk(await robin.client.get(`/api/tasks/${task.id}`)).title, stored);
			assert.equal((await newResidence(robin, { name: typed })).name, stored);
			assert.equal(expectOk(await robin.client.patch('/api/auth/me',
				{ first_name: typed })).first_name, stored);
		});

	for (const typed of cases.unseen)
		test(`that nobody can see is refused: ${shown(typed)}`, async () => {
			expectInvalid(await robin.client.post('/api/tasks',
				{ residence_id: residence.id, title: typed }), { title: 'too_short' });
			expectInvalid(await robin.client.post('/api/residences', { name: typed }),
				{ name: 'too_short' });
		});

	for (const typed of cases.unseen)
		test(`of a person that nobody can see is none: ${shown(typed)}`, async () => {
			const person = await signUp({ email: `unseen.${own}.${cases.unseen.indexOf(typed)}@example.org`,
				first_name: 'Anna' });
			const me = (await person.client.patch('/api/auth/me',
				{ first_name: typed, last_name: typed })).body;

			// Ends of lines are no spaces in a name.
			assert.equal(me.code ?? me.name,
				/[\t\n]/.test(typed.trim()) ? 'validation_error' : person.user.email.split('@')[0]);
		});

	test('has no more than 16 marks on one letter', async () => {
		const marks = (n) => `a${'\u0323\u0301'.repeat(n / 2)}`;

		expectOk(await robin.client.patch('/api/auth/me', { first_name: marks(16) }));
		expectInvalid(await robin.client.patch('/api/auth/me', { first_name: marks(18) }),
			{ first_name: 'format' });
		expectInvalid(await robin.client.post('/api/tasks', { residence_id: residence.id, title: 'a',
			description: `x\n${marks(18)}` }), { description: 'format' });
		expectInvalid(await nobody.post('/api/auth/register', registration({ password: marks(18) })),
			{ password: 'format' });
		expectInvalid(await nobody.post('/api/auth/register',
			registration({ email: `${marks(18)}@example.org` })), { email: 'format' });
		expectInvalid(await robin.client.get(`/api/tasks?search=${encodeURIComponent(marks(18))}`),
			{ search: 'format' }, 'query');
	});

	for (const typed of cases.no_lines)
		test(`is one line, without what turns it: ${shown(typed)}`, async () => {
			expectInvalid(await robin.client.post('/api/tasks',
				{ residence_id: residence.id, title: typed }), { title: 'format' });
			expectInvalid(await robin.client.patch('/api/auth/me', { last_name: typed }),
				{ last_name: 'format' });
			expectInvalid(await robin.client.patch(`/api/residences/${residence.id}`, { city: typed }),
				{ city: 'format' });
		});
});

describe('a longer text', () => {
	for (const { typed, stored } of cases.texts)
		test(`keeps its spaces and has one end of a line: ${shown(typed)}`, async () => {
			assert.equal((await newTask(robin, residence, { description: typed })).description, stored);
		});
});

describe('a password', () => {
	for (const { chosen, typed, other } of cases.passwords)
		test(`is the same however it is typed: ${shown(chosen)}`, async () => {
			const { email } = await signUp({ password: chosen });

			for (const password of [chosen, ...typed])
				expectOk(await login({ email, password }));
			for (const password of other)
				expectProblem(await login({ email, password }), 401, 'invalid_credentials');
		});

	test('has no control character', async () => {
		expectInvalid(await nobody.post('/api/auth/register',
			registration({ password: 'a lamp\tin the window' })), { password: 'format' });
	});
});

describe('a mail address', () => {
	for (const { registered, stored, same } of cases.addresses)
		test(`is one account however it is written: ${shown(registered)}`, async () => {
			const person = await signUp({ email: address(registered) });

			assert.equal(person.user.email, address(stored));
			for (const email of same) {
				assert.equal(expectOk(await login({ email: address(email), password: person.password }))
					.user.id, person.user.id);
				expectProblem(await nobody.post('/api/auth/register',
					registration({ email: address(email) })), 409, 'email_taken');
			}
		});

	for (const email of cases.no_addresses)
		test(`is refused: ${shown(email)}`, async () => {
			expectInvalid(await nobody.post('/api/auth/register', registration({ email })),
				{ email: 'format' });
		});
});

describe('a time zone', () => {
	for (const time_zone of cases.zones.taken)
		test(`is a place: ${time_zone}`, async () => {
			assert.equal(expectOk(await robin.client.patch('/api/auth/me', { time_zone })).time_zone,
				time_zone);
		});

	for (const time_zone of cases.zones.refused)
		test(`is nothing else: ${time_zone}`, async () => {
			expectInvalid(await robin.client.patch('/api/auth/me', { time_zone }), { time_zone: 'choice' });
		});
});

test('a share code is read with whatever stands between its characters', async () => {
	const { code } = expectOk(await robin.client.post(`/api/residences/${residence.id}/share-codes`,
		{ role: 'viewer' }), 201);
	const characters = code.replaceAll('-', '');
	const [guest] = await crowd(1);

	for (const between of cases.share_codes)
		expectOk(await guest.client.post('/api/share-codes/preview',
			{ code: `${between}${characters.slice(0, 5)}${between}${characters.slice(5)}${between}` }));
});

describe('a search', () => {
	const find = async (list, search) => {
		const query = `limit=200&search=${encodeURIComponent(search)}`;

		return expectOk(await robin.client.get(`/api/${list}?${query}`)).results;
	};

	for (const { text, finds } of cases.search)
		test(`finds ${shown(text)} in every list`, async () => {
			const task = await newTask(robin, residence, { title: text });
			const noted = await newTask(robin, residence,
				{ title: 'Something', description: `Before ${text} and behind` });
			const named = await newResidence(robin, { name: text });
			const done = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`,
				{ occurrence: 1 }), 201);

			for (const search of finds) {
				const ids = (await find('tasks', search)).map((t) => t.id);

				assert.ok(ids.includes(task.id) && ids.includes(noted.id), `tasks: ${shown(search)}`);
				assert.ok((await find('residences', search)).some((r) => r.id === named.id),
					`residences: ${shown(search)}`);
				assert.ok((await find('completions', search)).some((c) => c.id === done.id),
					`completions: ${shown(search)}`);
			}
		});

	for (const { text, search: others } of cases.not_found)
		test(`does not find ${shown(text)}`, async () => {
			const task = await newTask(robin, residence, { title: text });

			for (const search of others)
				assert.ok(!(await find('tasks', search)).some((t) => t.id === task.id), shown(search));
		});

	test('finds what was done by the title that its task has or had, by who did it and by the note', async () => {
		const task = await newTask(robin, residence, { title: 'Chimney' });
		const done = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1, contractor_name: 'Łukasz & Söhne', note: 'Ruß überall' }), 201);

		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Étagère' }));
		for (const search of ['etagere lukasz', 'sohne', 'russ etagere', 'uberall', 'chimney'])
			assert.deepEqual((await find('completions', search)).map((c) => c.id)
				.filter((id) => id === done.id), [done.id], search);
	});

	test('finds what was skipped by the title that its task has now', async () => {
		const task = await newTask(robin, residence,
			{ title: 'Chimney', due_on: '2031-01-06', recurrence: 'weekly' });
		const skipped = expectOk(await robin.client.post(`/api/tasks/${task.id}/skip`, { occurrence: 1 }), 201);

		expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { title: 'Büffet' }));
		assert.deepEqual((await find('completions', 'buffet')).map((c) => c.id), [skipped.id]);
	});

	test('of templates is the same', async () => {
		const all = expectOk(await robin.client.get('/api/task-templates')).results;
		const [first] = all;
		const words = first.title.toUpperCase().split(' ').reverse().join('  ');

		assert.ok((await find('task-templates', words)).some((t) => t.code === first.code));
	});

	for (const empty of ['', ' ', '\u00a0', '\u200b'])
		test(`for nothing is no filter: ${shown(empty)}`, async () => {
			const [one] = await crowd(1);

			await newTask(one, await newResidence(one));
			for (const list of ['tasks', 'residences'])
				assert.equal(expectOk(await one.client.get(
					`/api/${list}?search=${encodeURIComponent(empty)}`)).results.length, 1);
		});
});

describe('an order', () => {
	for (const sorted of cases.order)
		test(`is that of people: ${sorted.map(shown).join(', ')}`, async () => {
			const [one] = await crowd(1);
			const place = await newResidence(one, { name: sorted[0] });

			for (const name of [...sorted].reverse())
				await newTask(one, place, { title: name });
			for (const name of sorted.slice(1))
				await newResidence(one, { name });
			for (const [path, member, expected] of [['tasks?ordering=title', 'title', sorted],
				['tasks?ordering=-title', 'title', [...sorted].reverse()],
				['residences?ordering=name', 'name', sorted]]) {
				const seen = [];
				let cursor = '';

				do {
					const page = expectOk(await one.client.get(
						`/api/${path}&limit=1${cursor && `&cursor=${cursor}`}`));

					seen.push(...page.results.map((r) => r[member]));
					cursor = page.next_cursor;
				} while (cursor !== null);
				assert.deepEqual(seen, expected, path);
			}
			assert.deepEqual(expectOk(await one.client.get('/api/residences/summary'))
				.results.map((r) => r.name), sorted);
		});
});
