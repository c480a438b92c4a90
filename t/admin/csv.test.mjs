// csv.test.mjs: lists as files for spreadsheets, in pieces.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { events, staffPanel } from './support/staff.mjs';

/** RFC 4180: the rows of a text. */
function parse(text) {
	const rows = [[]];

	const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g;

	for (const [, quoted, plain, end] of text.replace(/^\ufeff/, '').matchAll(cell)) {
		rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
		if (end === '\r\n')
			rows.push([]);
		if (end === '')
			break;
	}
	return rows.slice(0, -1);
}

test('a file has what a list has, and no formula', async () => {
	const panel = await staffPanel('admin');

	await sql("UPDATE staff SET name = :'name' WHERE id = :'id'", { name: '=1+"1", really', id: panel.id });
	const { status, headers, text } = await panel.get(`/staff/export.csv?search=${panel.person.email}`,
		{ headers: { 'X-Hob-Reason': 'a%20ticket' } });
	const [head, row, ...more] = parse(text);

	assert.equal(status, 200);
	assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
	assert.match(headers['content-disposition'], /filename="staff\.csv"/);
	assert.deepEqual(more, []);
	assert.deepEqual(head, Object.keys((await panel.get('/staff?page_size=1')).body.results[0]));
	assert.equal(row[head.indexOf('name')], '\'=1+"1", really');
	assert.match(row[head.indexOf('created_at')], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('a number in a file is one, below zero too', async () => {
	const panel = await staffPanel('support');
	const put = (value) => sql(`UPDATE settings SET value = :'value' WHERE name = 'keep.activity'`, { value });
	const [before] = await sql("SELECT value FROM settings WHERE name = 'keep.activity'");

	await put('-1');
	const { text } = await panel.get('/settings/export.csv?search=keep.activity');

	await put(before);
	const [head, row] = parse(text);

	assert.deepEqual([row[head.indexOf('id')], row[head.indexOf('value')]], ['keep.activity', '-1']);
});

/** So many events about a subject that nothing else is about. */
async function record(count) {
	const subject = `csv-${process.pid}-${count}`;

	await sql(`SELECT count(hob.audit_by(NULL, 'a test', 'walk', 'none', :'subject'))
		FROM generate_series(1, :count)`, { subject, count });
	return subject;
}

test('a file of more than a piece is whole', async () => {
	const panel = await staffPanel('support');
	const subject = await record(2500);
	const { text } = await panel.get(`/audit-events/export.csv?subject=${subject}&bom=false`);
	const [head, ...rows] = parse(text);

	assert.equal(rows.length, 2500);
	assert.equal(new Set(rows.map((row) => row[head.indexOf('id')])).size, 2500);
	assert.equal((await panel.get(`/audit-events/export.csv?subject=${subject}&x=1`)).status, 400);
});

test('a file that cannot be made whole does not end as if it were', async () => {
	const panel = await staffPanel('support');
	const subject = await record(1500);
	const path = `/audit-events/export.csv?subject=${subject}`;

	await sql(`BEGIN; ALTER VIEW staff.audit_events RENAME TO whole;
		CREATE VIEW staff.audit_events AS SELECT * FROM staff.whole e WHERE CASE WHEN e.id =
			(SELECT id FROM audit_events WHERE subject = :'subject' ORDER BY id DESC LIMIT 1)
			THEN 1 / (length(e.action) - 4) > 0 ELSE true END;
		GRANT SELECT ON staff.audit_events TO hob_staff; COMMIT`, { subject });
	const reply = await panel.get(path).catch((err) => err);

	await sql(`BEGIN; DROP VIEW staff.audit_events;
		ALTER VIEW staff.whole RENAME TO audit_events; COMMIT`);
	assert.ok(reply instanceof Error, `${reply.status}, ${reply.text?.length} bytes`);
	assert.equal((await panel.get(path)).status, 200);
});

test('the head of a file is one of a file', async () => {
	const panel = await staffPanel('support');
	const { status, headers, text } = await panel.request('HEAD',
		`/audit-events/export.csv?subject=${await record(1200)}`);

	assert.equal(status, 200);
	assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
	assert.equal(text, '');
});

test('who takes people along says why, and it is on record by which filters', async () => {
	const panel = await staffPanel('support');
	const path = '/users/export.csv?search=nobody-of-this-name&is_active=true';
	const reply = await panel.get(path);

	assert.deepEqual([reply.status, reply.body.code], [422, 'reason_needed']);
	assert.equal((await panel.get(path, { headers: { 'X-Hob-Reason': 'a%20ticket' } })).status, 200);
	const found = (await events('export', '')).filter((event) => event.staff_id === panel.id);

	assert.deepEqual(found.map(({ entity, reason, after }) => [entity, reason, after.filters]),
		[['users', 'a ticket', ['search', 'is_active']]]);
});
