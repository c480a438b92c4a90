// templates.test.mjs: seasonal maintenance: the list, and making tasks of it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { localDay, zoneInDaylight } from './support/days.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem } from './support/expect.mjs';
import { newResidence, signUp } from './support/people.mjs';

const KEYS = ['code', 'title', 'description', 'category', 'priority', 'season', 'month', 'feature', 'climate',
	'recurrence', 'minutes', 'task_id'];
const SEASONS = { spring: [3, 4, 5], summer: [6, 7, 8], autumn: [9, 10, 11], winter: [12, 1, 2], any: [null] };

const zone = zoneInDaylight();
let robin;
let all;

before(async () => {
	robin = await signUp();
	all = await list();
});

const list = async (query = '') => expectPage(await robin.client.get(`/api/task-templates?limit=200${query}`));
const apply = (residence, codes, fields = {}) =>
	robin.client.post('/api/task-templates/apply', { residence_id: residence.id, codes, ...fields });
const here = (fields = {}) => newResidence(robin, { time_zone: zone, country: 'DE', ...fields });
const ofSeason = (season) => all.filter((template) => template.season === season);

describe('GET /api/task-templates', () => {
	test('has sixty and more, for every season, climate and many features', () => {
		assert.ok(all.length >= 60, `${all.length}`);
		assert.equal(new Set(all.map((t) => t.code)).size, all.length);
		assert.equal(new Set(all.map((t) => t.title)).size, all.length);
		for (const season of Object.keys(SEASONS))
			assert.ok(ofSeason(season).length >= 5, season);
		for (const climate of ['cold', 'hot', 'humid', 'dry', 'coastal'])
			assert.ok(all.some((t) => t.climate === climate), climate);
		assert.ok(new Set(all.map((t) => t.feature)).size >= 15);
	});

	test('says of each what, when and how often, in months that are of its season', () => {
		for (const template of all) {
			expectKeys(template, KEYS);
			assert.ok(SEASONS[template.season].includes(template.month), template.code);
			assert.ok(template.title.length <= 80 && template.description.length >= 20, template.code);
			assert.equal(template.recurrence.starts_on, null);
			assert.equal(template.task_id, null);
		}
	});

	test('by season, category, words, climate and features, with what every residence needs', async () => {
		const [{ category }] = all;
		const found = async (query) => (await list(query)).map((t) => t.code);
		const codes = (pick) => all.filter(pick).map((t) => t.code);

		assert.deepEqual(await found('&season=autumn'), codes((t) => t.season === 'autumn'));
		assert.deepEqual(await found(`&category=${category}`), codes((t) => t.category === category));
		assert.deepEqual(await found('&search=GUTTER'),
			codes((t) => `${t.title} ${t.description}`.toLowerCase().includes('gutter')));
		assert.deepEqual(await found('&climate=cold'), codes((t) => ['any', 'cold'].includes(t.climate)));
		assert.deepEqual(await found('&feature__in=pool,garden'),
			codes((t) => [null, 'pool', 'garden'].includes(t.feature)));
	});

	test('refuses what it does not know, and nobody', async () => {
		expectInvalid(await robin.client.get('/api/task-templates?season=lent&climate=mild&colour=red'),
			{ season: 'choice', climate: 'choice', colour: 'unknown_field' }, 'query');
		expectProblem(await nobody.get('/api/task-templates'), 401, 'unauthorized');
	});
});

describe('POST /api/task-templates/apply', () => {
	test('makes tasks that come back, on one round trip', async () => {
		const residence = await here();
		const wanted = [ofSeason('spring')[0], ofSeason('any')[0]];
		const res = await apply(residence, wanted.map((t) => t.code));
		const { created, existing } = expectOk(res);

		assert.equal(res.headers['x-hob-round-trips'], '1');
		assert.deepEqual(existing, []);
		for (const template of wanted) {
			const task = created.find((t) => t.title === template.title);

			assert.deepEqual(['description', 'category', 'priority'].map((key) => task[key]),
				['description', 'category', 'priority'].map((key) => template[key]));
			assert.deepEqual(task.recurrence, { ...template.recurrence, starts_on: task.due_on });
			assert.deepEqual(expectOk(await robin.client.get(`/api/tasks/${task.id}`)), task);
		}
	});

	test('makes each once, and shows what is there', async () => {
		const residence = await here();
		const codes = all.slice(0, 5).map((t) => t.code);
		const first = expectOk(await apply(residence, codes.slice(0, 3)));
		const second = expectOk(await apply(residence, codes));
		const third = expectOk(await apply(residence, codes));

		assert.equal(first.created.length, 3);
		assert.deepEqual(second.existing, first.created);
		assert.equal(second.created.length, 2);
		assert.deepEqual([third.created.length, third.existing.length], [0, 5]);
		assert.deepEqual((await list(`&residence_id=${residence.id}`)).filter((t) => t.task_id !== null)
			.map((t) => t.code).sort(), codes.toSorted());
	});

	test('ten times at once makes each once', async () => {
		const residence = await here();
		const codes = all.slice(0, 20).map((t) => t.code);
		const answers = await Promise.all(Array.from({ length: 10 }, () => apply(residence, codes)));

		assert.equal(answers.reduce((sum, res) => sum + expectOk(res).created.length, 0), 20);
		assert.equal(expectPage(await robin.client.get(`/api/tasks?residence_id=${residence.id}&limit=200`))
			.length, 20);
	});

	test('again when the task was deleted', async () => {
		const residence = await here();
		const { created: [task] } = expectOk(await apply(residence, [all[0].code]));

		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
		assert.equal(expectOk(await apply(residence, [all[0].code])).created.length, 1);
	});

	test('begins in the month of the season, which is turned round in the south', async () => {
		const today = localDay(zone);
		const seasonal = all.filter((t) => t.month !== null);
		const codes = seasonal.map((t) => t.code);
		const months = async (fields, more) => {
			const { created } = expectOk(await apply(await here(fields), codes, more));

			for (const task of created)
				assert.ok(task.due_on > today && task.due_on <= localDay(zone, 366), task.due_on);
			return Object.fromEntries(created.map((task) => [task.title, Number(task.due_on.slice(5, 7))]));
		};
		const soon = Number(localDay(zone, 7).slice(5, 7));	// what begins this month begins in a week
		const expected = (turn) => Object.fromEntries(seasonal.map((t) => {
			const month = (t.month - 1 + turn) % 12 + 1;

			return [t.title, month === Number(today.slice(5, 7)) ? soon : month];
		}));

		assert.deepEqual(await months(), expected(0));
		assert.deepEqual(await months({ country: 'NZ' }), expected(6));
		assert.deepEqual(await months({ country: null }), expected(0));
		assert.deepEqual(await months({}, { hemisphere: 'south' }), expected(6));
	});

	test('refuses codes that are none, and makes nothing then', async () => {
		const residence = await here();

		expectInvalid(await apply(residence, [all[0].code, 'polish_the_moon']), { codes: 'not_found' });
		expectInvalid(await apply(residence, 'polish'), { codes: 'type' });
		expectInvalid(await apply(residence, undefined), { codes: 'required' });
		expectInvalid(await apply(residence, []), { codes: 'too_short' });
		expectInvalid(await apply(residence, Array.from({ length: 201 }, (_, i) => `t${i}`)),
			{ codes: 'too_long' });
		expectInvalid(await apply(residence, Array.from({ length: 200 }, () => all[0].code)),
			{ codes: 'duplicate' });
		expectInvalid(await apply(residence, ['x'.repeat(65)]), { codes: 'too_long' });
		expectInvalid(await apply(residence, [all[0].code, '']), { codes: 'format' });
		expectInvalid(await apply(residence, [`${all[0].code},x`]), { codes: 'type' });
		assert.deepEqual(expectPage(await robin.client.get(`/api/tasks?residence_id=${residence.id}`)), []);
	});
});
