// notices.test.mjs: the inbox: what hob.notify puts there, once, in which words, and reading, counting and deleting it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sql } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID, UUID_V7 }
	from './support/expect.mjs';
import { crowd, missingId, newId, signIn, signUp } from './support/people.mjs';

const PATH = '/api/notifications';
const KEYS = ['id', 'kind', 'residence_id', 'subject', 'subject_id', 'occurrence', 'title', 'body', 'created_at',
	'read_at'];
const FACTS = { title: 'Clean the gutters', who: 'Kim', home: 'Chestnut Hill', due_on: '2027-05-04', role: 'manager' };

/** Tells `people` of something; resolves to [id, user id, inbox, push, mail] of each new notice. */
async function notify(people, fields = {}) {
	const { kind = 'task_due', home = null, subject = 'task', subject_id = newId(), facts = FACTS, occurrence = 1,
		offset = 0 } = fields;
	const lines = await sql(`WITH told AS (
			SELECT * FROM hob.notify(:'users'::uuid[], :'kind', nullif(:'home', '')::uuid, :'subject',
				:'subject_id', :'facts', nullif(:'occurrence', '')::int, nullif(:'offset', '')::int)
		) SELECT id, user_id, inbox, push, mail FROM told`,
	{ users: `{${people.map(({ user }) => user.id)}}`, kind, home: home ?? '', subject, subject_id,
		facts: JSON.stringify(facts), occurrence: occurrence ?? '', offset: offset ?? '' });

	return lines.map((line) => line.split('|'));
}

/** As many notices; their ids, the oldest first. */
async function tell(person, count, fields = {}) {
	const ids = [];

	for (let i = 0; i < count; i += 1)
		ids.push((await notify([person], fields))[0][0]);
	return ids;
}

const list = async ({ client }, query = '') => expectPage(await client.get(`${PATH}${query}`));
const idsOf = (notices) => notices.map(({ id }) => id);
const count = async ({ client }) => expectOk(await client.get(`${PATH}/unread-count`)).unread;
const act = ({ client }, id, name, options) => client.post(`${PATH}/${id}/${name}`, undefined, options);

describe('hob.notify', () => {
	test('tells each account once of the same, whatever is null of it', async () => {
		const people = await crowd(2);
		const [robin] = people;

		for (const fields of [{}, { offset: null }, { occurrence: null, offset: null }]) {
			const same = { subject_id: newId(), ...fields };

			assert.equal((await notify([robin], same)).length, 1);
			assert.deepEqual((await notify(people, same)).map(([, user]) => user), [people[1].user.id]);
			assert.deepEqual(await notify(people, same), []);
			assert.equal((await notify(people, { ...same, offset: 7 })).length, 2);
			assert.equal((await notify(people, { ...same, kind: 'task_overdue' })).length, 2);
		}
		assert.equal((await list(robin)).length, 9);
	});

	test('of two at once one tells', async () => {
		const [robin] = await crowd(1);
		const same = { subject_id: newId() };
		const told = await Promise.all(Array.from({ length: 6 }, () => notify([robin], same)));

		assert.equal(told.flat().length, 1);
	});

	test('tells nobody whose account is disabled, or who is none, or of a kind that is none', async () => {
		const [robin, gone] = await crowd(2);

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: gone.user.id });
		assert.deepEqual((await notify([gone, robin, { user: { id: missingId() } }])).map(([, user]) => user),
			[robin.user.id]);
		assert.deepEqual(await notify([robin], { kind: 'task_eaten' }), []);
	});

	test('keeps out of the inbox what is wanted elsewhere alone, and nowhere tells nothing', async () => {
		const [robin] = await crowd(1);
		const channels = async (kind) => (await notify([robin], { kind })).map((row) => row.slice(2).join(''));

		expectOk(await robin.client.patch(`${PATH}/preferences`, { inbox: [], push: ['task_due'], mail: [] }));
		assert.deepEqual(await channels('task_due'), ['ftf']);
		assert.deepEqual(await channels('task_overdue'), []);
		assert.deepEqual(await channels('security'), ['tft']);
		assert.deepEqual((await list(robin)).map(({ kind }) => kind), ['security']);
		assert.equal(await count(robin), 1);
	});
});

describe('GET /api/notifications', () => {
	test('shows what one was told, the newest first, page by page', async () => {
		const [robin, other] = await crowd(2);
		const subject_id = newId();
		const home = newId();
		const ids = await tell(robin, 5);

		await notify([robin, other], { subject_id, home, occurrence: 3, offset: 1 });
		const [first, ...rest] = await list(robin);
		expectKeys(first, KEYS);
		assert.match(first.id, UUID_V7);
		assert.match(first.created_at, INSTANT);
		assert.deepEqual({ ...first, id: '', created_at: '' }, { id: '', kind: 'task_due', residence_id: home,
			subject: 'task', subject_id, occurrence: 3, title: 'Due on 4 May 2027: Clean the gutters',
			body: 'A task at Chestnut Hill.', created_at: '', read_at: null });
		assert.deepEqual(idsOf(rest), ids.toReversed());
		const page = expectOk(await robin.client.get(`${PATH}?limit=4`));
		assert.deepEqual(idsOf(await list(robin, `?limit=4&cursor=${page.next_cursor}`)), [ids[1], ids[0]]);
	});

	test('filters by kind, and by whether it was read', async () => {
		const [robin] = await crowd(1);
		const [due] = await tell(robin, 1);
		const [overdue] = await tell(robin, 1, { kind: 'task_overdue' });

		expectOk(await act(robin, due, 'read'));
		assert.deepEqual(idsOf(await list(robin, '?kind=task_overdue')), [overdue]);
		assert.deepEqual(idsOf(await list(robin, '?unread=true')), [overdue]);
		assert.deepEqual(idsOf(await list(robin, '?unread=false')), [due]);
		assert.deepEqual(await list(robin, '?unread=true&kind=task_due'), []);
		expectInvalid(await robin.client.get(`${PATH}?kind=none`), { kind: 'choice' }, 'query');
	});

	test('has words of each kind in each language, with all of its facts', async () => {
		const [robin] = await crowd(1);
		const kinds = await sql('SELECT kind FROM hob.notice_kinds()');
		const OWN = { security: ['new_sign_in', 'password_changed'] };
		const MORE = { subscription: { tier: 'free' } };
		const WANTS = { task_assigned: ['title', 'who', 'home'], task_due: ['title', 'home', 'due_on'],
			task_overdue: ['title', 'home', 'due_on'], task_completed: ['title', 'who', 'home'],
			member_joined: ['who', 'home', 'role'], role_changed: ['home', 'role'],
			residence_shared: ['who', 'home', 'role'], warranty_expiring: ['title', 'home', 'due_on'],
			contractor_insurance_expiring: ['title', 'home', 'due_on'], subscription: ['tier'],
			webhook_off: ['title', 'home'], security: [] };
		const SHOWN = { en: { due_on: '4 May 2027', role: 'manager', tier: 'Free' },
			de: { due_on: '4.5.2027', role: 'Verwalter', tier: 'Kostenlos' } };

		assert.deepEqual(kinds.toSorted(), Object.keys(WANTS).toSorted());
		for (const kind of kinds)
			for (const what of [undefined, ...OWN[kind] ?? []])
				await notify([robin], { kind, facts: { ...FACTS, ...MORE[kind], what } });
		const pages = {};
		for (const language of ['en', 'de'])
			pages[language] = expectPage(await robin.client.get(PATH,
				{ headers: { 'Accept-Language': language } }));
		assert.equal(pages.en.length, kinds.length + 2);
		pages.en.forEach((notice, i) => {
			for (const language of ['en', 'de']) {
				const { title, body, kind } = pages[language][i];

				for (const fact of WANTS[kind])
					assert.ok(`${title} ${body}`.includes(SHOWN[language][fact] ?? FACTS[fact]),
						`${language} ${kind}: ${fact} in ${title} ${body}`);
				assert.match(title, /^\p{Lu}.*[^.]$/u);
				assert.match(body, /^\p{Lu}.*\.$/u);
			}
			assert.notEqual(notice.title, pages.de[i].title);
		});
	});

	test('speaks the language of the account where none is asked for, and names nobody somebody', async () => {
		const robin = await signUp({ locale: 'de-CH' });

		await notify([robin], { kind: 'task_completed', facts: { ...FACTS, who: undefined } });
		const [notice] = await list(robin);
		assert.deepEqual([notice.title, notice.body],
			['Erledigt: Clean the gutters', 'Jemand hat diese Aufgabe in Chestnut Hill erledigt.']);
		const text = 'a %2$s of {who}';
		await notify([robin], { facts: { ...FACTS, title: text } });
		assert.ok((await list(robin))[0].title.endsWith(text), 'what people write is no format');
	});
});

describe('reading', () => {
	test('is noted once, and taken back', async () => {
		const robin = await signUp();
		const phone = await signIn(robin);
		const [id] = await tell(robin, 1);
		const read = expectOk(await act(robin, id, 'read'));

		assert.match(read.read_at, INSTANT);
		assert.deepEqual(await list(phone), [read]);
		assert.deepEqual(expectOk(await act(phone, id, 'read')), read, 'again it stays as it was');
		assert.equal(expectOk(await act(phone, id, 'unread')).read_at, null);
		assert.equal((await list(robin))[0].read_at, null);
	});

	test('of all leaves alone what came since', async () => {
		const [robin] = await crowd(1);
		const ids = await tell(robin, 4);
		const readAll = (before_id) => robin.client.post(`${PATH}/read-all`, { before_id });

		assert.deepEqual(expectOk(await readAll(ids[1])), { unread: 2 });
		assert.deepEqual(idsOf(await list(robin, '?unread=true')), [ids[3], ids[2]]);
		expectOk(await robin.client.delete(`${PATH}/${ids[3]}`), 204);
		assert.deepEqual(expectOk(await readAll(ids[3])), { unread: 0 }, 'also by one that is deleted');
		expectInvalid(await readAll(undefined), { before_id: 'required' });
	});

	test("is nobody else's, and deleted is gone", async () => {
		const [robin, kim] = await crowd(2);
		const [id] = await tell(robin, 1);

		for (const name of ['read', 'unread']) {
			expectProblem(await act(kim, id, name), 404, 'not_found');
			expectSameBytes(await act(kim, id, name, SAME_ID), await act(kim, missingId(), name, SAME_ID));
		}
		expectProblem(await kim.client.delete(`${PATH}/${id}`), 404, 'not_found');
		expectProblem(await kim.client.post(`${PATH}/read-all`, { before_id: id }), 404, 'not_found');
		assert.equal(await count(robin), 1);
		expectOk(await robin.client.delete(`${PATH}/${id}`), 204);
		assert.deepEqual(await list(robin), []);
		for (const name of ['read', 'unread'])
			expectProblem(await act(robin, id, name), 404, 'not_found');
	});
});

describe('GET /api/notifications/unread-count', () => {
	/** As often as every worker has its turn, and remembers what there is to remember. */
	const everywhere = async ({ client }, unread) =>
		(await Promise.all(Array.from({ length: 32 }, () => client.get(`${PATH}/unread-count`))))
			.forEach((res) => assert.deepEqual(expectOk(res), { unread }));

	test('takes no round trip once it is known', async () => {
		const [robin] = await crowd(1);

		await tell(robin, 2);
		for (let i = 0, trips = 1; trips > 0; i += 1) {
			const res = await robin.client.get(`${PATH}/unread-count`);

			assert.deepEqual(expectOk(res), { unread: 2 });
			assert.ok(i < 200, 'it always asks the database');
			trips = Number(res.headers['x-hob-round-trips']);
		}
	});

	test('is never what it was before', async () => {
		const [robin] = await crowd(1);
		const ids = await tell(robin, 4);

		await everywhere(robin, 4);
		expectOk(await act(robin, ids[0], 'read'));
		await everywhere(robin, 3);
		expectOk(await act(robin, ids[0], 'unread'));
		await everywhere(robin, 4);
		expectOk(await robin.client.delete(`${PATH}/${ids[1]}`), 204);
		await everywhere(robin, 3);
		expectOk(await robin.client.post(`${PATH}/read-all`, { before_id: ids[2] }));
		await everywhere(robin, 1);
		await tell(robin, 1);
		await everywhere(robin, 2);
	});
});

describe('PATCH /api/notifications/preferences', () => {
	const at = `${PATH}/preferences`;
	const patch = ({ client }, body, options) => client.patch(at, body, options);
	const shown = async ({ client }) => expectOk(await client.get(at));

	test('begins with what most people want', async () => {
		const [robin] = await crowd(1);
		const kinds = await sql('SELECT kind FROM hob.notice_kinds()');
		const preferences = await shown(robin);

		expectKeys(preferences, ['inbox', 'push', 'mail', 'quiet_from', 'quiet_until', 'remind_at',
			'remind_before', 'version']);
		assert.deepEqual(preferences.inbox, kinds.toSorted());
		assert.ok(preferences.push.includes('task_due') && !preferences.push.includes('task_completed'));
		assert.ok(preferences.mail.includes('security') && !preferences.mail.includes('task_due'));
		assert.deepEqual({ ...preferences, inbox: 0, push: 0, mail: 0 }, { inbox: 0, push: 0, mail: 0,
			quiet_from: null, quiet_until: null, remind_at: '09:00', remind_before: ['P0D'], version: 1 });
	});

	test('changes what it names, and keeps the rest', async () => {
		const [robin] = await crowd(1);
		const before = await shown(robin);
		const push = ['task_due', 'task_overdue'];
		const first = expectOk(await patch(robin, { push: push.toReversed(), quiet_from: '22:00',
			quiet_until: '06:30', remind_before: ['P0D', 'P30D'] }));

		assert.deepEqual(first, { ...before, push, quiet_from: '22:00', quiet_until: '06:30',
			remind_before: ['P30D', 'P0D'], version: 2 });
		const second = expectOk(await patch(robin, { push: [], mail: ['task_due'], quiet_from: null,
			quiet_until: null, remind_at: '18:15', remind_before: [] }));
		assert.deepEqual(second, { ...first, push: [], mail: ['security', 'task_due'], quiet_from: null,
			quiet_until: null, remind_at: '18:15', remind_before: [], version: 3 });
		assert.deepEqual(expectOk(await patch(robin, { push: before.push, mail: before.mail })),
			{ ...second, push: before.push, mail: before.mail, version: 4 });
		assert.deepEqual(await shown(robin), { ...second, push: before.push, mail: before.mail, version: 4 });
	});

	test('honours If-Match, and loses none of two at once', async () => {
		const [robin] = await crowd(1);
		const stale = { headers: { 'If-Match': '"9"' } };

		const problem = expectProblem(await patch(robin, { push: [] }, stale), 412, 'stale');
		assert.deepEqual(problem.current, await shown(robin));
		await Promise.all([{ remind_at: '07:00' }, { quiet_from: '23:00', quiet_until: '05:00' }, { push: [] },
			{ remind_before: ['P7D'] }].map((body) => patch(robin, body)));
		const { remind_at, quiet_from, push, remind_before, version } = await shown(robin);
		assert.deepEqual([remind_at, quiet_from, push, remind_before, version],
			['07:00', '23:00', [], ['P7D'], 5]);
	});

	test('refuses what it cannot be', async () => {
		const [robin] = await crowd(1);

		for (const [body, faults] of [
			[{ push: ['none'] }, { push: 'choice' }], [{ push: null }, { push: 'null' }],
			[{ mail: ['task_due', 'task_due'] }, { mail: 'duplicate' }],
			[{ remind_at: null }, { remind_at: 'null' }],
			[{ remind_at: '25:00' }, { remind_at: 'format' }],
			[{ remind_before: ['P5D'] }, { remind_before: 'choice' }],
			[{ quiet_from: '22:00' }, { quiet_until: 'required' }],
			[{ quiet_until: '22:00' }, { quiet_until: 'required' }]])
			expectInvalid(await patch(robin, body), faults);
		assert.equal((await shown(robin)).version, 1);
	});
});
