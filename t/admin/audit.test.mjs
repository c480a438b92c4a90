// audit.test.mjs: the record of what staff did: read page by page, and found to be changed when it was.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { arranged, Session, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { addStaff, hob, signIn, staffPanel } from './support/staff.mjs';

test('the list shows what was done, latest first, and finds what it is asked for', async () => {
	const person = await addStaff('support');
	const panel = await signIn(person);

	await panel.post('/auth/confirm', { password: 'wrong' });
	await panel.post('/auth/confirm', { password: person.password });
	const { status, headers, body } = await panel.get(`/audit-events?staff_id=${panel.id}`);

	assert.equal(status, 200);
	assert.equal(body.count, 3);
	assert.equal(headers['x-total-count'], '3');
	assert.deepEqual(body.results.map(({ action }) => action), ['confirm', 'confirm_failed', 'login']);
	const whole = await panel.get(`/audit-events/${body.results[0].id}`);

	assert.deepEqual(Object.keys(whole.body), ['id', 'at', 'staff_id', 'staff_email', 'address', 'request_id',
		'action', 'entity', 'subject', 'reason', 'before', 'after', 'is_erased', 'day', 'seq', 'hash']);
	const one = await panel.get(`/audit-events?staff_id=${panel.id}&action=login&entity=staff-sessions`);

	assert.deepEqual(one.body.results.map(({ action }) => action), ['login']);
	const added = await panel.get(`/audit-events?subject=${panel.id}`);

	assert.deepEqual(added.body.results.map(({ action }) => action), ['add']);
	assert.equal((await panel.get(`/audit-events/${added.body.results[0].id}`)).body.after.role, 'support');
});

test('the list comes in pages', async () => {
	const panel = await staffPanel('support');

	for (let i = 0; i < 4; i++)
		await panel.post('/auth/confirm', { password: 'wrong' });
	const pages = await Promise.all([1, 2, 3, 4].map(async (page) =>
		(await panel.get(`/audit-events?staff_id=${panel.id}&page_size=2&page=${page}`)).body));
	const places = pages.flatMap(({ results }) => results)
		.map(({ day, seq }) => `${day} ${String(seq).padStart(9)}`);

	assert.deepEqual(pages.map(({ count, results }) => [count, results.length]), [[5, 2], [5, 2], [5, 1], [5, 0]]);
	assert.deepEqual(places, [...new Set(places)].sort().reverse());
});

test('from where somebody came is shown to them and to admins', async () => {
	const [one, other, admin] = await Promise.all(['support', 'editor', 'admin'].map(staffPanel));
	const seenBy = async (panel) => {
		const path = `/audit-events?staff_id=${one.id}&action=login`;
		const { results: [{ id }] } = expectOk(await panel.get(path));

		return expectOk(await panel.get(`/audit-events/${id}`)).address;
	};

	assert.equal(await seenBy(one), '127.0.0.1');
	assert.equal(await seenBy(other), null);
	assert.equal(await seenBy(admin), '127.0.0.1');
});

test('nobody reads a password, a hash or a code in it', async () => {
	const person = await addStaff('admin');

	await hob('staff', 'reset', person.email);
	const lines = await sql(`SELECT to_json(e), to_json(v)
		FROM audit_events e LEFT JOIN audit_values v ON v.event_id = e.id`);
	const text = lines.join('\n').replace(/"(previous|hash|seal)":"[0-9a-f]{64}"/g, '');

	assert.doesNotMatch(text, /argon2|[0-9a-f]{64}|otpauth/);
	assert.ok(!text.includes(person.password));
	assert.ok(!person.codes.some((code) => text.includes(code)));
});

// All events, spread over three days of long ago, each chained to the one before it.
const SPREAD = `DO $$
	DECLARE
		e audit_events;
		last text := hob.audit_start();
		n int := 0;
		days CONSTANT date[] := '{2001-01-01,2001-01-02,2001-01-03}';
	BEGIN
		DELETE FROM audit_days;
		FOR e IN SELECT * FROM audit_events x ORDER BY x.day, x.seq LOOP
			n := n + 1;
			e.seq := greatest(n - 2, 1);
			e.day := days[least(n, 3)];
			e.at := e.day;
			e.previous := last;
			e.hash := hob.audit_hash(e);
			last := e.hash;
			UPDATE audit_events x
			   SET day = e.day, seq = e.seq, at = e.at, previous = e.previous, hash = e.hash
			 WHERE x.id = e.id;
			INSERT INTO audit_days AS d VALUES (e.day, e.seq, e.hash)
			ON CONFLICT (day) DO UPDATE SET events = excluded.events, hash = excluded.hash;
		END LOOP;
	END $$`;
const without = (day) => `DELETE FROM audit_values v USING audit_events e WHERE e.id = v.event_id AND e.day = '${day}';
	DELETE FROM audit_events WHERE day = '${day}'; DELETE FROM audit_days WHERE day = '${day}'`;
const OF_PERSON = "WHERE event_id = (SELECT id FROM audit_events WHERE about = :'person')";
const ERASE = `UPDATE users SET erased_at = now() WHERE id = :'person';
	SELECT FROM hob.audit_forget(:'person')`;

describe('hob audit verify', () => {
	test('says of each day how many events it has, and the hash of the last', async () => {
		await staffPanel('support');
		const { code, stdout } = await hob('audit', 'verify');
		const [, day, seq, hash] = /^(\S+) +(\d+) ([0-9a-f]{64}) good$/m.exec(stdout);

		assert.equal(code, 0);
		assert.deepEqual(await sql("SELECT hash FROM audit_events WHERE (day, seq) = (:'day', :'seq')",
			{ day, seq }), [hash]);
	});

	const rehash = 'UPDATE audit_events e SET hash = hob.audit_hash(e) WHERE seq = 2';

	// By somebody who may do all, and without a trace: the transaction is rolled back, and others wait behind it.
	for (const [what, change, fault] of [
		['an event that was changed', "UPDATE audit_events SET staff_email = 'x' WHERE seq = 2",
			'event 2 is not as it was written'],
		['one that was changed together with its hash',
			`UPDATE audit_events SET reason = 'x' WHERE seq = 2; ${rehash}`,
			'event 3 does not follow the one before it'],
		['one that was taken away', 'DELETE FROM audit_events WHERE seq = 2',
			'event 3 stands where another was'],
		['the last one taken away',
			`DELETE FROM audit_values ${OF_PERSON};
			 DELETE FROM audit_events e USING audit_days d WHERE (e.day, e.seq) = (d.day, d.events)`,
			'events at its end are missing'],
		['a day that was made up', "INSERT INTO audit_days VALUES ('2001-01-01', 3, 'x')",
			'events at its end are missing'],
		['a day of which nothing is known', 'DELETE FROM audit_days', 'nothing is known of this day'],
		['an event on another day',
			`UPDATE audit_events SET at = at + interval '2 days' WHERE seq = 2; ${rehash}`,
			'event 2 is of another day'],
		['an event that stands beside the chain', `INSERT INTO audit_events (id, at, action, entity)
			VALUES (gen_random_uuid(), now(), 'login', 'staff')`, 'event has no place in the chain'],
		['nothing, where the record has several days', SPREAD, undefined],
		['a day that was taken away whole', `${SPREAD}; ${without('2001-01-02')}`,
			'event 1 does not follow the last one of the day before'],
		['the first day taken away', `${SPREAD}; ${without('2001-01-01')}`,
			'event 1 does not follow the last one of the day before'],
		['a personal value that was changed',
			`UPDATE audit_values SET after = '{"first_name": "Eve"}' ${OF_PERSON}`,
			'has other values than it was written with'],
		['one whose salt was', `UPDATE audit_values SET salt = gen_random_uuid() ${OF_PERSON}`,
			'has other values than it was written with'],
		['one that was taken away', `DELETE FROM audit_values ${OF_PERSON}`,
			'has lost the values of somebody who is there'],
		['nothing, where somebody is erased', ERASE, undefined],
	])
		test(`finds ${what}`, async () => {
			const panel = await staffPanel('support');
			const { user } = await signUp();

			expectOk(await panel.patch(`/users/${user.id}`, { first_name: 'Una' }));
			const [found] = await sql(`BEGIN; ALTER TABLE audit_events DISABLE TRIGGER USER;
				ALTER TABLE audit_days DISABLE TRIGGER USER;
				ALTER TABLE audit_values DISABLE TRIGGER USER; ${change};
				SELECT fault FROM hob.audit_verify() WHERE fault IS NOT NULL; ROLLBACK`,
			{ person: user.id });

			assert.equal(found?.replace(/^event \d+ (?=has)/, ''), fault);
		});

	test('fails when it finds one', async () => {
		await sql("INSERT INTO audit_days VALUES ('2001-01-01', 1, 'x')");
		const { code, stdout, stderr } = await hob('audit', 'verify');

		await sql(`BEGIN; ALTER TABLE audit_days DISABLE TRIGGER USER;
			DELETE FROM audit_days WHERE day = '2001-01-01';
			ALTER TABLE audit_days ENABLE TRIGGER USER; COMMIT`);
		assert.equal(code, 1);
		assert.match(stdout, /^2001-01-01 +0 x BROKEN$/m);
		assert.match(stderr, /2001-01-01: events at its end are missing/);
		assert.equal((await hob('audit', 'verify')).code, 0);
	});

	test('is right of events that come at once', async () => {
		const people = await Promise.all([1, 2, 3, 4].map(() => addStaff()));

		await Promise.all(people.map((person) => signIn(person)));
		assert.equal((await hob('audit', 'verify')).code, 0);
	});
});

describe('the place of an event', () => {
	// The places of what is written, and how it goes on from the last one, when this was done before; rolled back.
	const placed = (before) => sql(`BEGIN;
		ALTER TABLE audit_events DISABLE TRIGGER audit_events_same; ${before};
		SELECT FROM hob.audit_by(NULL, 'a test', 'walk', 'none', 'place');
		SELECT FROM hob.audit_by(NULL, 'a test', 'walk', 'none', 'place');
		SET CONSTRAINTS ALL IMMEDIATE;
		SELECT concat_ws(' ', e.day - (now() AT TIME ZONE 'UTC')::date, e.seq, e.previous = 'x')
		  FROM audit_events e WHERE e.subject = 'place' ORDER BY e.day, e.seq; ROLLBACK`);
	const [yesterday, tomorrow] = [-1, 1].map((days) =>
		`INSERT INTO audit_days VALUES ((now() AT TIME ZONE 'UTC')::date + ${days}, 7, 'x')`);

	test('is the first of a day, or behind the last', async () => {
		const old = `ALTER TABLE audit_days DISABLE TRIGGER USER; DELETE FROM audit_days;
			UPDATE audit_events SET day = day - 9; ${yesterday}`;

		assert.deepEqual(await placed(old), ['0 1 t', '0 2 f']);
	});

	test('is on no day that another has followed, when its transaction began before midnight', async () => {
		assert.deepEqual(await placed(tomorrow), ['1 8 t', '1 9 f']);
	});

	test('is given at the end of its transaction: nobody waits for who waits for somebody', arranged(async () => {
		const [panel, holder] = [await staffPanel('support'), new Session()];
		let out;

		// A request of the same session that has noted its use, and will be on record.
		await holder.run(`BEGIN; SELECT FROM staff_sessions WHERE staff_id = '${panel.id}' FOR NO KEY UPDATE;
			SELECT hob.audit_by(NULL, 'a test', 'walk', 'none', '${panel.id}')`);
		try {
			out = panel.post('/auth/logout');
			await holder.untilBlocking(1, out);
			await staffPanel('support');
			await holder.run('COMMIT');
		} finally {
			holder.end();
		}
		assert.equal((await out).status, 204);
		assert.equal((await hob('audit', 'verify')).code, 0);
	}));
});

describe('what is personal in an event', () => {
	test('is shown with it, and erased with the account', async () => {
		const panel = await staffPanel('support');
		const { user } = await signUp({ first_name: 'Orsolya' });
		const ask = async () => {
			const { results: [one] } = expectOk(await panel.get(`/audit-events?subject=${user.id}`));
			const whole = expectOk(await panel.get(`/audit-events/${one.id}`));
			const { text } = await panel.get(`/audit-events/export.csv?subject=${user.id}&bom=false`);
			const [head, line] = text.trim().split('\r\n').map((row) => row.split(','));

			assert.equal(one.is_erased, whole.is_erased);
			assert.equal(line[head.indexOf('is_erased')], String(whole.is_erased));
			return [whole.before, whole.after, whole.is_erased];
		};

		expectOk(await panel.patch(`/users/${user.id}`, { first_name: 'Piroska' }));
		assert.deepEqual(await ask(), [{ first_name: 'Orsolya' }, { first_name: 'Piroska' }, false]);
		const [event] = await sql("SELECT to_json(e) FROM audit_events e WHERE subject = :'id'", user);

		assert.doesNotMatch(event, /Orsolya|Piroska/);
		await sql(ERASE, { person: user.id });
		const none = { first_name: { erased: true } };

		assert.deepEqual(await ask(), [none, none, true]);
		const { code, stdout } = await hob('audit', 'verify');

		assert.equal(code, 0);
		assert.match(stdout, /^\S+ +\d+ [0-9a-f]{64} good, \d+ erased$/m);
	});

	test('is all that the table of entities does not know as something else', async () => {
		const write = (entity, fields) => sql(`BEGIN;
			SELECT FROM hob.audit_by(NULL, 'a test', 'walk', :'entity', :'subject', after => :'fields');
			SELECT personal, after FROM audit_events WHERE subject = :'subject'; ROLLBACK`,
		{ entity, subject: randomUUID(), fields: JSON.stringify(fields) });

		assert.deepEqual(await write('users', { email: 'x', is_active: true, until: null, nickname: 'x' }),
			['{email,nickname}|{"email": null, "until": null, "nickname": null, "is_active": true}']);
		assert.deepEqual(await write('tiers', { nickname: 'x' }), ['|{"nickname": "x"}']);
		await assert.rejects(write('sessions', { device_name: 'x' }), /whose are \{device_name\} of sessions/);
	});
});

test('not even the owner of the tables changes an event by mistake', async () => {
	const panel = await staffPanel('support');
	const { user } = await signUp();

	expectOk(await panel.patch(`/users/${user.id}`, { first_name: 'Una' }));
	for (const text of ["UPDATE audit_events SET reason = 'x'", 'DELETE FROM audit_events',
		'TRUNCATE audit_events CASCADE', 'DELETE FROM audit_days', 'TRUNCATE audit_days',
		'UPDATE audit_values SET salt = salt', 'TRUNCATE audit_values'])
		await assert.rejects(sql(text), /is only added to/);
	await assert.rejects(sql('DELETE FROM audit_values'), /these are of somebody who is there/);
});
