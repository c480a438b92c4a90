// warranties.test.mjs: who is told that a warranty, another document or the insurance of a contractor ends, and when.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { held, makeMember, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { crowd, newDocument, newWarranty } from '../api/support/people.mjs';
import { stack, until } from '../fault/support.mjs';
import { agesAgo, homeOf, hourIsNow, looked, momentsOf, noticesOf, PATH, plus, rowOf, setPerson, toldAt, toldOf }
	from './due.mjs';

before(() => stack('up'));
after(() => stack('up'));

let robin;
let home;
let day;

beforeEach(async () => {
	[robin] = await crowd(1);
	home = await homeOf([robin]);
	day = await hourIsNow([robin]);
});

const path = ({ id }) => `/api/documents/${id}`;
const act = async (document, name) => expectOk(await robin.client.post(`${path(document)}/${name}`));
const change = async (document, fields) => expectOk(await robin.client.patch(path(document), fields));
const cover = (...ends) => ({ covers: ends.map((ends_on) => ({ ends_on })) });
const told = async (thing, place = home) => {
	await agesAgo(place);
	await looked(place);
	return toldOf(thing);
};

describe('a warranty', () => {
	test('is reminded of 90, 30 and 7 days before each of its ends, and on it, at the hour of its reader',
		async () => {
		await setPerson(robin, { remind_at: '08:30', time_zone: 'Europe/Berlin', remind_days: '{1}' });
		const document = await newWarranty(robin, home, ['2031-06-15', '2032-12-31']);

		assert.deepEqual(await momentsOf(document), [
			['90', '2031-03-17T07:30'], ['30', '2031-05-16T06:30'], ['7', '2031-06-08T06:30'], ['0',
				'2031-06-15T06:30'],
			['90', '2032-10-02T06:30'], ['30', '2032-12-01T07:30'], ['7', '2032-12-24T07:30'], ['0',
				'2032-12-31T07:30'],
		].map(([days, at]) => `warranty_expiring ${days} ${at}`));
	});

	test('is told of at each of these days, and at no other', async () => {
		for (const days of [91, 90, 89, 31, 30, 29, 8, 7, 6, 1, 0, -1])
			await newWarranty(robin, home, [plus(day, days)]);
		await hourIsNow([robin]);
		await sql(`UPDATE reminders SET since = now() - interval '1 hour', next_at = now()
			WHERE residence_id = :'id'`, { id: home.id });
		await sql("UPDATE residence_members SET joined_at = '2020-01-01' WHERE residence_id = :'id'",
			{ id: home.id });
		assert.deepEqual(await toldAt(home), ['0: 1', '30: 1', '7: 1', '90: 1'].map((row) =>
			`warranty_expiring ${row}`));
	});

	test('says what ends when, where, in both languages', async () => {
		const document = await newWarranty(robin, home, [plus(day, 7)], { title: 'Oven' });

		await told(document);
		const [notice] = await noticesOf(robin);
		assert.deepEqual([notice.kind, notice.subject, notice.subject_id, notice.residence_id, notice.body],
			['warranty_expiring', 'document', document.id, home.id, 'It belongs to Hill House.']);
		assert.match(notice.title, /^The warranty of Oven ends on \d+ \w+ \d+$/);
		const { body } = await robin.client.get(PATH, { headers: { 'Accept-Language': 'de' } });
		assert.match(body.results[0].title, /^Die Garantie für Oven endet am \d+\.\d+\.\d+$/);
	});

	test('is told of once for each day and line, however often it is looked at', async () => {
		const document = await newWarranty(robin, home, [plus(day, 30), plus(day, 7), plus(day, 30), plus(day,
			400)]);
		const wanted = [7, 30].map((days) => `warranty_expiring ${plus(day, days)}`);

		assert.deepEqual((await told(document)).sort(), wanted.sort());
		await stack('restart', 'jobs');
		assert.equal((await told(document)).length, 2);
		assert.equal((await rowOf(document)).slice(0, 10), plus(day, 7), 'the end of the first line');
	});

	test('is not told of for what lay behind when it was entered', async () => {
		await newWarranty(robin, home, [plus(day, 7), plus(day, 0)]);
		assert.deepEqual(await toldAt(home), []);
	});

	test('that is void, for life, put aside or deleted is never told of', async () => {
		const quiet = [await newWarranty(robin, home, [plus(day, 7)]), await newWarranty(robin, home,
			[plus(day, 7)]),
			await newWarranty(robin, home, [plus(day, 7)]), await newWarranty(robin, home, [null])];

		await act(quiet[0], 'void');
		await act(quiet[1], 'deactivate');
		expectOk(await robin.client.delete(path(quiet[2])), 204);
		for (const document of quiet)
			assert.equal(await rowOf(document), undefined);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
	});

	test('that has a line for life and one with an end is told of for the end', async () => {
		const document = await newWarranty(robin, home, [null, plus(day, 7)]);

		assert.deepEqual(await told(document), [`warranty_expiring ${plus(day, 7)}`]);
	});

	test('that counts again, or is void no more, is told of for what came due meanwhile', async () => {
		for (const [off, on] of [['deactivate', 'activate'], ['void', 'unvoid']]) {
			const document = await newWarranty(robin, home, [plus(day, 7)]);

			await act(document, off);
			await agesAgo(home);
			await looked(home);
			assert.deepEqual(await toldOf(document), []);
			await act(document, on);
			await looked(home);
			assert.deepEqual(await toldOf(document), [`warranty_expiring ${plus(day, 7)}`], on);
		}
	});

	test('with another end is told of that one, for what is still to come, and of the old one not twice',
		async () => {
		const document = await newWarranty(robin, home, [plus(day, 7)]);

		assert.deepEqual(await told(document), [`warranty_expiring ${plus(day, 7)}`]);
		await change(document, cover(plus(day, 30)));
		await looked(home);
		assert.equal((await toldOf(document)).length, 1, 'the hour of that day is over');
		assert.equal((await rowOf(document)).slice(0, 10), plus(day, 23));
		assert.deepEqual(await told(document), [`warranty_expiring ${plus(day, 7)}`,
			`warranty_expiring ${plus(day, 30)}`]);
		await change(document, cover(plus(day, 7)));
		assert.equal((await told(document)).length, 2);
	});

	/** Nobody but the test plans; `meanwhile` gets a warranty of 7 days that is due, and a psql. */
	const planning = (meanwhile) => held(async (holder) => {
		const document = await newWarranty(robin, home, [plus(day, 7)]);

		await stack('stop', 'jobs');
		try {
			await agesAgo(home);
			await sql("UPDATE reminders SET next_at = '2000-01-01' WHERE subject_id = :'id'",
				{ id: document.id });
			await meanwhile(document, holder);
		} finally {
			await stack('start', 'jobs');
		}
	});

	test('whose end is changed while somebody is told of it is told of once for each end',
		planning(async (document, holder) => {
		await holder.run('BEGIN; SELECT hob.plan_reminders(100)');
		const answer = robin.client.patch(path(document), cover(plus(day, 30)));
		await holder.untilBlocking(1, answer);
		await holder.run('COMMIT');
		expectOk(await answer);
		await stack('start', 'jobs');
		const both = [plus(day, 7), plus(day, 30)].map((end) => `warranty_expiring ${end}`);
		assert.deepEqual(await told(document), both);
		await change(document, cover(plus(day, 7), plus(day, 30)));
		assert.deepEqual(await told(document), both);
	}));

	test('whose end is being changed is told of for the new one alone', planning(async (document, holder) => {
		await holder.run(`BEGIN; UPDATE documents SET covers = jsonb_build_array(jsonb_build_object('ends_on',
			'${plus(day, 30)}', 'lifetime', false)) WHERE id = '${document.id}'`);
		await sql('SELECT hob.plan_reminders(100)');
		await holder.run('COMMIT');
		await stack('start', 'jobs');
		assert.deepEqual(await told(document), [`warranty_expiring ${plus(day, 30)}`]);
	}));

	test('that is changed otherwise is reminded of as before', async () => {
		const document = await newWarranty(robin, home, [plus(day, 7)]);

		await agesAgo(home);
		await change(document, { title: 'Stove', claims: [{ on: '2026-01-01' }] });
		await looked(home);
		assert.deepEqual(await toldOf(document), [`warranty_expiring ${plus(day, 7)}`]);
	});
});

describe('another document', () => {
	test('is told of in words of its own', async () => {
		const document = await newDocument(robin, home, { type: 'insurance', title: 'Home insurance',
			...cover(plus(day, 30)) });

		assert.deepEqual(await told(document), [`warranty_expiring ${plus(day, 30)}`]);
		const [{ title, body }] = await noticesOf(robin);
		assert.match(title, /^Home insurance ends on \d+ \w+ \d+$/);
		assert.equal(body, 'A document of Hill House.');
	});
});

describe('who is told of an end', () => {
	const counts = (people, kind) => Promise.all(people.map(async (one) =>
		(await noticesOf(one)).filter((notice) => notice.kind === kind).length));

	test('is every member, a viewer too, who wants it, and no disabled account', async () => {
		const people = await crowd(5);
		const shared = await homeOf(people);

		await makeMember(shared, people[1].user, 'viewer');
		await setPerson(people[2], { is_active: false });
		expectOk(await people[3].client.patch(`${PATH}/preferences`, { inbox: ['task_due'], push: [],
			mail: [] }));
		await hourIsNow(people);
		const document = await newWarranty(people[0], shared, [plus(day, 7)]);
		await told(document, shared);
		await setPerson(people[2], { is_active: true });
		assert.deepEqual(await counts([people[0], people[1], people[4]], 'warranty_expiring'), [1, 1, 1]);
		assert.deepEqual(await sql(`SELECT count(*) FROM notices WHERE subject_id = :'id'`,
			{ id: document.id }), ['3']);
	});

	test('is not who joined when the hour was over, but is who may do more since', async () => {
		const [kim, jo] = await crowd(2);

		await makeMember(home, kim.user, 'viewer');
		await hourIsNow([kim, jo]);
		const document = await newWarranty(robin, home, [plus(day, 7)]);
		await agesAgo(home);
		await makeMember(home, jo.user, 'member');
		expectOk(await robin.client.patch(`/api/residences/${home.id}/members/${kim.user.id}`,
			{ role: 'member' }));
		await sql("UPDATE reminders SET next_at = now() WHERE subject_id = :'id'", { id: document.id });
		await looked(home);
		assert.deepEqual(await counts([robin, kim, jo], 'warranty_expiring'), [1, 1, 0]);
	});
});

describe('the insurance of a contractor', () => {
	/** A contractor of a home, or of its creator alone. */
	const insured = async (residence, days, name = 'Sweep & Sons') => {
		const [id] = await sql(
			`INSERT INTO contractors (id, residence_id, name, insurance_expires_on, created_by)
			VALUES (gen_random_uuid(), nullif(:'home', '')::uuid, :'name', :'on', :'user') RETURNING id`,
		{ home: residence?.id ?? '', name, on: plus(day, days), user: robin.user.id });
		return { id };
	};
	const set = ({ id }, what) => sql(`UPDATE contractors SET ${what} WHERE id = :'id'`, { id });

	test('is told of to every member, a viewer too, at 90, 30 and 7 days and on the day, each once', async () => {
		const [kim] = await crowd(1);

		await makeMember(home, kim.user, 'viewer');
		await hourIsNow([kim]);
		const all = [await insured(home, 90), await insured(home, 30), await insured(home, 7),
			await insured(home, 0)];
		await agesAgo(home);
		const wanted = ['0', '30', '7', '90'].map((days) => `contractor_insurance_expiring ${days}: 2`);
		assert.deepEqual(await toldAt(home), wanted);
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), wanted);
		const notice = (await noticesOf(kim)).find(({ subject_id: id }) => id === all[2].id);
		assert.deepEqual([notice.subject, notice.body], ['contractor', 'A contractor of Hill House.']);
		assert.match(notice.title, /^The insurance of Sweep & Sons ends on /);
	});

	test('is never told of when the contractor is deleted, not to be used, or has none any more', async () => {
		for (const what of ['deleted_at = now()', 'do_not_use = true', 'insurance_expires_on = NULL']) {
			const contractor = await insured(home, 7);

			await set(contractor, what);
			assert.equal(await rowOf(contractor), undefined, what);
		}
		await agesAgo(home);
		assert.deepEqual(await toldAt(home), []);
	});

	test('is told of again for another day, and not twice for one', async () => {
		const contractor = await insured(home, 7);

		assert.equal((await told(contractor)).length, 1);
		await set(contractor, `insurance_expires_on = '${plus(day, 30)}'`);
		assert.equal((await told(contractor)).length, 2);
		await set(contractor, `insurance_expires_on = '${plus(day, 7)}'`);
		assert.equal((await told(contractor)).length, 2);
	});

	test('who is somebody\'s alone is told to that one, at their hour, in words of its own', async () => {
		const own = { id: robin.user.id };
		const contractor = await insured(null, 7);

		await setPerson(robin, { remind_at: '23:59' });
		await agesAgo(own);
		await looked(own);
		assert.deepEqual([await toldOf(contractor), await rowOf(contractor)], [[], `${day} 23:59:00`]);
		expectOk(await robin.client.patch(`${PATH}/preferences`, { remind_at: '00:00' }));
		await looked(own);
		assert.deepEqual(await toldOf(contractor), [`contractor_insurance_expiring ${plus(day, 7)}`]);
		const [notice] = await noticesOf(robin);
		assert.deepEqual([notice.residence_id, notice.body], [null, 'A contractor of your own.']);
	});

	test('who is shared is told to the others, too', async () => {
		const own = { id: robin.user.id };
		const [kim] = await crowd(1);
		const contractor = await insured(null, 7);

		await makeMember(home, kim.user, 'member');
		await hourIsNow([kim]);
		await told(contractor, own);
		await sql(`BEGIN; SELECT set_config('hob.user_id', :'user', true);
			UPDATE contractors SET residence_id = :'home' WHERE id = :'id'; COMMIT`,
		{ user: robin.user.id, home: home.id, id: contractor.id });
		assert.deepEqual(await sql("SELECT residence_id FROM reminders WHERE subject_id = :'id'", contractor),
			[home.id]);
		assert.equal((await told(contractor)).length, 2);
		assert.equal((await noticesOf(kim)).length, 1);
	});

	test('who is shared in quiet hours is pushed and mailed when they end, as one of the home', async () => {
		const own = { id: robin.user.id };
		const contractor = await insured(null, 7);

		await told(contractor, own);
		assert.equal(await fault(contractor), '-');
		expectOk(await robin.client.patch(`/api/contractors/${contractor.id}`, { residence_id: home.id }));
		assert.equal(await fault(contractor), '-');
		const [notice] = await noticesOf(robin);
		assert.deepEqual([notice.residence_id, notice.body], [home.id, 'A contractor of Hill House.']);
		assert.equal((await told(contractor)).length, 1, 'they were told before');
		expectOk(await robin.client.delete(`/api/contractors/${contractor.id}`), 204);
		assert.equal(await fault(contractor), 'contractor_gone');
	});
});

const fault = async ({ id }) => (await sql(`SELECT coalesce(hob.notice_fault(n), '-') FROM notices n
	WHERE subject_id = :'id'`, { id }))[0];

describe('a notice of an end is not sent any more', () => {

	/** What happens between the notice and its push or mail, and why it is not sent then. */
	const CASES = {
		'when nothing happened it is': ['-', () => undefined],
		'when the document is deleted': ['document_gone', async (document) =>
			expectOk(await robin.client.delete(path(document)), 204)],
		'when it is void': ['document_closed', (document) => act(document, 'void')],
		'when it is put aside': ['document_closed', (document) => act(document, 'deactivate')],
		'when it has another end': ['document_moved', (document) => change(document, cover(plus(day, 40)))],
		'when it is for life': ['document_moved', (document) => change(document,
			{ covers: [{ lifetime: true }] })],
		'when its reader has left': ['not_a_member', () => sql(
			"DELETE FROM residence_members WHERE residence_id = :'id'", { id: home.id })],
	};

	for (const [what, [reason, happens]] of Object.entries(CASES))
		test(what, async () => {
			const document = await newWarranty(robin, home, [plus(day, 7)]);

			assert.equal((await told(document)).length, 1);
			await happens(document);
			assert.equal(await fault(document), reason);
		});

	test('when the contractor is deleted, is not to be used, or is insured until another day', async () => {
		for (const [reason, what] of [['contractor_gone', 'deleted_at = now()'], ['contractor_closed',
			'do_not_use = true'],
			['contractor_moved', "insurance_expires_on = '2040-01-01'"]]) {
			const [id] = await sql(
				`INSERT INTO contractors (id, residence_id, name, insurance_expires_on, created_by)
				VALUES (gen_random_uuid(), :'home', 'Sweep', :'on', :'user') RETURNING id`,
			{ home: home.id, on: plus(day, 7), user: robin.user.id });

			await told({ id });
			assert.equal(await fault({ id }), '-');
			await sql(`UPDATE contractors SET ${what} WHERE id = :'id'`, { id });
			assert.equal(await fault({ id }), reason);
		}
	});
});

test('a reminder that failed is tried again, and holds up no other', async () => {
	const [first, second] = [await newWarranty(robin, home, [plus(day, 7)]), await newWarranty(robin, home,
		[plus(day, 7)])];

	await sql(`CREATE OR REPLACE FUNCTION hob.fail_for_test() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'no'; END $$;
		CREATE TRIGGER fail_for_test BEFORE INSERT ON notices FOR EACH ROW
		WHEN (new.subject_id = '${first.id}') EXECUTE FUNCTION hob.fail_for_test()`);
	try {
		await agesAgo(home);
		await until('the other is told', async () => (await toldOf(second)).length === 1);
	} finally {
		await sql('DROP TRIGGER fail_for_test ON notices; DROP FUNCTION hob.fail_for_test()');
	}
	assert.deepEqual(await toldOf(first), []);
	assert.equal((await told(first)).length, 1);
});
