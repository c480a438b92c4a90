// audit.test.mjs: the record of what staff did: read page by page, and found to be changed when it was.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
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
		'action', 'entity', 'subject', 'reason', 'before', 'after', 'day', 'seq', 'hash']);
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

test('nobody reads a password, a hash or a code in it', async () => {
	const person = await addStaff('admin');

	await hob('staff', 'reset', person.email);
	const lines = await sql('SELECT to_json(e) FROM audit_events e');
	const text = lines.join('\n').replace(/"(previous|hash)":"[0-9a-f]{64}"/g, '');

	assert.doesNotMatch(text, /argon2|[0-9a-f]{64}|otpauth/);
	assert.ok(!text.includes(person.password));
	assert.ok(!person.codes.some((code) => text.includes(code)));
});

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
			'DELETE FROM audit_events e USING audit_days d WHERE (e.day, e.seq) = (d.day, d.events)',
			'events at its end are missing'],
		['a day that was made up', "INSERT INTO audit_days VALUES ('2001-01-01', 3, 'x')",
			'events at its end are missing'],
		['a day of which nothing is known', 'DELETE FROM audit_days', 'nothing is known of this day'],
		['an event on another day',
			`UPDATE audit_events SET at = at - interval '2 days' WHERE seq = 2; ${rehash}`,
			'event 2 is of another day'],
	])
		test(`finds ${what}`, async () => {
			await staffPanel('support');
			const [found] = await sql(`BEGIN; ALTER TABLE audit_events DISABLE TRIGGER USER;
				ALTER TABLE audit_days DISABLE TRIGGER USER; ${change};
				SELECT fault FROM hob.audit_verify() WHERE fault IS NOT NULL; ROLLBACK`);

			assert.equal(found, fault);
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

test('not even the owner of the tables changes an event by mistake', async () => {
	for (const text of ["UPDATE audit_events SET reason = 'x'", 'DELETE FROM audit_events', 'TRUNCATE audit_events',
		'DELETE FROM audit_days', 'TRUNCATE audit_days'])
		await assert.rejects(sql(text), /is only added to/);
});
