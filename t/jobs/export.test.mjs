// export.test.mjs: a copy of all that an account may read: what is in it is what the API answers, and whoever has its
// link can fetch it for a day, or until access ends.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Client, nobody, Upload } from '../api/support/client.mjs';
import { makeMember, sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem, expectSameBytes, SAME_ID } from '../api/support/expect.mjs';
import { login, newAccess, newDocument, newId, newResidence, newTask, newToken, patiently, proveAddress, signIn,
	signUp } from '../api/support/people.mjs';
import { psql, reload, setting, until } from '../fault/support.mjs';
import { ask, copyOf, exported, files, folder, isReady, show, SITE, sweep } from './exports.mjs';
import { catchMails, endMails, mailsTo } from './mails.mjs';
import { ended, expectSilentLogs, hobJobs, newKey } from './support.mjs';

const document = JSON.parse(readFileSync(new URL('../../doc/openapi.json', import.meta.url), 'utf8'));

before(() => catchMails({ 'site.url': SITE }));
after(endMails);

// Where the rows of a list stand in the file, or why they are in none.
const PARTS = {
	listSessions: 'sessions', listDevices: 'devices', listAccessTokens: 'access_tokens',
	listCalendarFeeds: 'calendar_feeds', listNotifications: 'notifications',
	listReceivedInvitations: 'received_invitations',
	listMembers: 'members', listActivity: 'residences/ID/activity', listShareCodes: 'residences/ID/share_codes',
	listInvitations: 'residences/ID/invitations', listWebhooks: 'residences/ID/webhooks',
};
const ELSEWHERE = {
	listResidences: 'as sync has them', listTasks: 'as sync has them', listCompletions: 'as sync has them',
	listDocuments: 'as sync has them', listWarranties: 'among documents', listExpiring: 'among documents',
	listContractors: 'as sync has them', listContractorTasks: 'among tasks',
	listTaskFiles: 'as sync has them', listCompletionFiles: 'as sync has them',
	listDocumentFiles: 'as sync has them',
	listResidenceFiles: 'as sync has them',
	listTaskCompletions: 'among completions', listNotificationDeliveries: 'among deliveries',
	listSummaries: 'counted from tasks', listOccurrences: 'foreseen from tasks', listTaskTemplates: 'not theirs',
	listWebhookDeliveries: 'what was told to another server of things that are in the file',
};

const lists = Object.entries(document.paths).flatMap(([path, { get }]) =>
	(get?.responses[200]?.content?.['application/json']?.schema?.$ref?.endsWith('Page') ? [[path, get.operationId]]
		: []));

describe('a copy', () => {
	let robin;
	let kim;
	let home;
	let hut;
	let copy;

	before(async () => {
		[robin, kim] = await Promise.all([signUp(), signUp({ first_name: 'Kim' })]);
		await Promise.all([robin, kim].map(proveAddress));
		home = await newResidence(robin, { name: '"Süd"', description: 'Drei\nZeilen\t\\ "hier"' });
		hut = await newResidence(kim, { name: 'The hut of Kim' });
		await makeMember(home, kim.user, 'member');
		await makeMember(hut, robin.user, 'viewer');
		const weekly = await newTask(robin, home, { title: 'Every week', due_on: '2031-01-06',
			recurrence: { unit: 'week' }, remind_before: ['P1D'], estimated_cost: '12.50' });
		await newTask(kim, hut, { title: 'Sweep the chimney', assigned_to_id: kim.user.id });
		await newDocument(kim, hut,
			{ tags: ['"a", b'], covers: [{ ends_on: '2031-01-01', terms: '"Süd"\n' }] });
		for (const [path, fields] of [[`tasks/${weekly.id}/complete`, { occurrence: 1, actual_cost: '3' }],
			['contractors', { residence_id: home.id, name: 'Sweep & Sons' }],
			['contractors', { name: 'My own' }],
			['calendar-feeds', {}], ['devices', { platform: 'ios', token: newId(), app_version: '1' }],
			[`residences/${home.id}/share-codes`, { role: 'viewer' }],
			[`residences/${home.id}/invitations`, { email: 'guest@example.test', role: 'viewer' }],
			[`residences/${home.id}/webhooks`, { url: 'https://example.org/x', events: ['task.created'] }]])
			expectOk(await robin.client.post(`/api/${path}`, fields), 201);
		expectOk(await robin.client.post(`/api/tasks/${weekly.id}/files`,
			new Upload('a note', 'text/plain', 'Süd.txt')), 201);
		await newAccess(robin);
		await signIn(robin);
		const attic = await newResidence(kim, { name: 'Attic' });
		expectOk(await kim.client.post(`/api/residences/${attic.id}/invitations`,
			{ email: robin.email, role: 'viewer' }), 201);
		await sql(`SELECT count(*) FROM hob.notify(ARRAY[:'who'::uuid], 'task_completed', :'home', 'task',
			:'task', '{"title": "Every week", "who": "Kim", "home": "Hut"}')`,
		{ who: robin.user.id, home: home.id, task: weekly.id });
		copy = await copyOf(robin);
	});

	test('has a part for each list of the API, or it stands elsewhere', () => {
		assert.deepEqual(lists.map(([, id]) => id).filter((id) => !(id in PARTS) && !(id in ELSEWHERE)), []);
		assert.ok(lists.length >= Object.keys(PARTS).length);
	});

	// Of no session is it said that it is this one.
	const plain = (rows) => rows.map(({ current, ...row }) => row)
		.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

	for (const [path, id] of lists.filter(([, operation]) => operation in PARTS))
		test(`has what ${id} answers`, async () => {
			const residence = PARTS[id].includes('ID') || id === 'listMembers' ? home.id : undefined;
			const rows = expectPage(await robin.client.get(path.replace('{residence_id}', residence)));
			const part = copy[PARTS[id].replace('ID', residence)]
				.filter((row) => id !== 'listMembers' || row.residence_id === residence);

			assert.ok(rows.length > 0, 'there are some');
			assert.deepEqual(plain(part), plain(rows));
		});

	test('has what sync answers', async () => {
		const { changes } = expectOk(await robin.client.get('/api/sync'));

		assert.ok('tasks' in changes);
		for (const [kind, { upserted }] of Object.entries(changes)) {
			assert.ok(upserted.length > 0, kind);
			assert.deepEqual(plain(copy[kind]), plain(upserted), kind);
		}
	});

	test('has the account, what it wants to be told, and what it did', async () => {
		assert.deepEqual(copy.account, expectOk(await robin.client.get('/api/auth/me')));
		assert.deepEqual(copy.preferences, expectOk(await robin.client.get('/api/notifications/preferences')));
		assert.ok(copy.activity.some(({ subject }) => subject === 'device'), JSON.stringify(copy.activity));
		assert.deepEqual([...new Set(copy.deliveries.map(({ channel }) => channel))].sort(), ['mail', 'push']);
	});

	test('has of the homes of others what the role reads, and nothing of anybody else', async () => {
		const stranger = await signUp({ first_name: 'Xanthippe' });
		const away = await newResidence(stranger, { name: 'Xanadu' });
		await newTask(stranger, away, { title: 'Xylophone' });
		expectOk(await kim.client.post(`/api/residences/${hut.id}/share-codes`, { role: 'viewer' }), 201);
		const other = await copyOf(kim);

		for (const part of ['share_codes', 'invitations', 'webhooks'])
			assert.deepEqual(copy[`residences/${hut.id}/${part}`], [], part);
		assert.equal(other[`residences/${hut.id}/share_codes`].length, 1);
		assert.ok(copy.tasks.some(({ title }) => title === 'Sweep the chimney'));
		for (const one of [copy, other])
			assert.doesNotMatch(JSON.stringify(one), /Xan|Xylophone/);
	});

	test('has no secret', () => {
		assert.doesNotMatch(JSON.stringify(copy), /argon2|hob_pat_|whsec_|token_hash|secret|password/);
	});

	test('has everything where there is much', async () => {
		const person = await signUp();
		const house = await newResidence(person);

		await sql(`INSERT INTO tasks (id, residence_id, title, description, created_by)
			SELECT gen_random_uuid(), :'home', 'Task ' || i,
			       CASE WHEN i % 20 = 0 THEN repeat('long ', 8000) END, :'who'
			  FROM generate_series(1, 1700) i`, { home: house.id, who: person.user.id });
		const { tasks } = await copyOf(person);

		assert.equal(new Set(tasks.map(({ id }) => id)).size, 1700);
		assert.equal(tasks.length, 1700);
	});
});

describe('asking for a copy', () => {
	test('twice makes one, and again after an hour another in its place', async () => {
		const person = await signUp();
		const asked = await Promise.all(Array.from({ length: 8 }, () => ask(person)));

		assert.equal(new Set(asked.map(({ id }) => id)).size, 1);
		const first = await isReady(person, asked[0]);
		assert.equal((await ask(person)).id, first.id);
		assert.equal((await nobody.get(first.path)).status, 200);
		await sql("UPDATE exports SET made_at = made_at - interval '61 minutes' WHERE id = :'id'",
			{ id: first.id });
		const second = await exported(person);

		assert.notEqual(second.id, first.id);
		expectProblem(await person.client.get(`/api/auth/export/${first.id}`), 404, 'not_found');
		expectProblem(await nobody.get(first.path), 404, 'not_found');
		await sweep();
		assert.deepEqual([first, second].map(({ id }) => files().includes(`${id}.zip`)), [false, true]);
	});

	test('under a key is answered as the first time, made or found', async () => {
		const person = await signUp();

		for (const what of ['made', 'found']) {
			const key = { headers: { 'Idempotency-Key': newId() } };
			const { id } = expectOk(await person.client.post('/api/auth/export', undefined, key), 202);

			await isReady(person, { id });
			const again = await person.client.post('/api/auth/export', undefined, key);
			assert.deepEqual([expectOk(again, 202).id, again.headers['idempotency-replayed']], [id, 'true'],
				what);
		}
	});

	test('is for the account alone', async () => {
		const [person, other] = [await signUp(), await signUp()];
		const mine = await exported(person);
		const { token } = await newAccess(person);
		const [foreign, missing] = await Promise.all([mine.id, newId()].map((id) =>
			other.client.get(`/api/auth/export/${id}`, SAME_ID)));

		expectProblem(foreign, 404, 'not_found');
		expectSameBytes(foreign, missing);
		assert.equal((await new Client(token).post('/api/auth/export')).status, 403);
		assert.equal((await nobody.post('/api/auth/export')).status, 401);
	});

	test('is answered by a mail with the link, in the language of the account', async () => {
		for (const [locale, subject] of [['en', 'The copy of your data is ready'],
			['de', 'Die Kopie Ihrer Daten ist fertig']]) {
			const person = await signUp({ locale });

			await proveAddress(person);
			const { path } = await exported(person);
			const [mail] = await mailsTo(person.email, subject);
			const token = path.replace('/api/exports/', '');
			assert.ok(mail.text.includes(`\n${SITE}/account/export#${token}\n`), mail.text);
		}
	});

	test('mails no link to an address that nobody has proved', async () => {
		const person = await signUp();

		await exported(person);
		assert.deepEqual(await sql(`SELECT 1 FROM jobs WHERE kind = 'letter' AND args ->> 'export' IS NOT NULL
			AND args ->> 'user_id' = :'id'`, { id: person.user.id }), []);
	});
});

describe('the link of a copy', () => {
	const isShut = async (path) => {
		const gone = await nobody.get(path, SAME_ID);
		const forged = await nobody.get(`/api/exports/${newId()}.${'A'.repeat(22)}`, SAME_ID);

		expectProblem(gone, 404, 'not_found');
		expectSameBytes(gone, forged);
	};

	test('sends the file as one to be kept, in pieces, too, and to whoever asks for its head', async () => {
		const person = await signUp();
		const { path, bytes, made_at: madeAt, expires_at: until_ } = await exported(person);
		const whole = await nobody.get(path);
		const piece = await nobody.get(path, { headers: { Range: 'bytes=2-5' } });
		const head = await nobody.request('HEAD', path);

		assert.equal(whole.bytes.length, bytes);
		assert.match(whole.headers['content-disposition'], /^attachment; filename="hob-\d{4}-\d\d-\d\d\.zip"$/);
		assert.equal(whole.headers['cache-control'], 'private, no-cache');
		assert.equal(whole.headers['x-content-type-options'], 'nosniff');
		assert.ok(!('x-accel-redirect' in whole.headers));
		assert.deepEqual([piece.status, piece.bytes], [206, whole.bytes.subarray(2, 6)]);
		assert.deepEqual([head.status, head.headers['content-length']], [200, String(bytes)]);
		assert.equal(new Date(until_) - new Date(madeAt), 24 * 3600 * 1000);
	});

	test('is of that copy alone', async () => {
		const [person, other] = [await signUp(), await signUp()];
		const [mine, theirs] = [await exported(person), await exported(other)];

		await isShut(mine.path.replace(mine.id, theirs.id));
		await isShut(mine.path.slice(0, -1));
		await isShut(`${mine.path}A`);
		await isShut(mine.path.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')));
		for (const place of ['/.exports', '/exports', '/api/exports'])
			assert.equal((await nobody.get(`${place}/${mine.id}.zip`)).status, 404);
	});

	test('is good for a day, and the file goes', async () => {
		const person = await signUp();
		const { id, path } = await exported(person);

		await sql("UPDATE exports SET made_at = now() - interval '23 h 59 min' WHERE id = :'id'", { id });
		assert.equal((await nobody.get(path)).status, 200);
		await sweep();
		assert.ok(files().includes(`${id}.zip`));
		await sql("UPDATE exports SET made_at = now() - interval '24 h' WHERE id = :'id'", { id });
		await isShut(path);
		expectProblem(await person.client.get(`/api/auth/export/${id}`), 404, 'not_found');
		await sweep();
		assert.ok(!files().includes(`${id}.zip`));
		assert.deepEqual(await sql("SELECT 1 FROM exports WHERE id = :'id'", { id }), []);
	});

	test('is the same by an id in capitals', async () => {
		const person = await signUp();
		const { id, path } = await exported(person);
		const found = await show(person, { id: id.toUpperCase() });

		assert.equal(found.path, path);
		assert.equal((await nobody.get(path.replace(id, id.toUpperCase()))).status, 200);
	});

	test('is for pages of other origins as any answer is', async () => {
		const PAGE = 'https://app.example.org';
		const person = await signUp();
		const { path } = await exported(person);

		await reload({ 'cors.origins': PAGE, 'limits.reads': 1000 });
		try {
			for (const headers of [{}, { Range: 'bytes=0-1' }]) {
				const reply = await nobody.get(path, { headers: { Origin: PAGE, ...headers } });

				assert.equal(reply.headers['access-control-allow-origin'], PAGE);
				assert.match(reply.headers.vary, /Origin/);
				assert.ok(reply.headers.ratelimit && reply.headers['ratelimit-policy']);
			}
			const { etag } = (await nobody.get(path)).headers;
			assert.equal((await nobody.get(path, { headers: { 'If-None-Match': etag } })).status, 304);
		} finally {
			await reload({});
		}
	});

	const disabled = async ({ user: { id } }) => {
		for (const on of [false, true])
			await sql(`UPDATE users SET is_active = ${on} WHERE id = :'id'`, { id });
	};

	// Whoever had the account until then may have asked for it.
	for (const [what, end] of [
		['the account was disabled, even for a moment', disabled],
		['another password was set', ({ client, password }) => patiently(() => client.post(
			'/api/auth/change-password', { old_password: password, new_password: `${password} too` }))],
		['all sessions were ended', ({ client }) => client.post('/api/auth/logout-all', {})],
		['the account has another address', async ({ user: { id }, email }) => {
			const token = newToken('hob_ltr_');

			await sql(`INSERT INTO account_tokens
					(id, user_id, purpose, email, token_hash, code_hash, expires_at)
				VALUES (gen_random_uuid(), :'id', 'email', 'new.' || :'email',
					encode(sha256(:'token'), 'hex'), '', now() + interval '30 minutes')`,
			{ id, email, token });
			expectOk(await nobody.post('/api/auth/confirm-email', { token }), 204);
		}],
	])
		test(`leads nowhere once ${what}`, async () => {
			const person = await signUp();
			const { path } = await exported(person);

			await end(person);
			await isShut(path);
		});

	test('is not of a copy that was being made when access ended', async () => {
		const person = await signUp();

		await hobJobs('pause', 'export');
		try {
			const { id } = await ask(person);

			expectOk(await person.client.post('/api/auth/logout-all', { keep_current: true }));
			await hobJobs('resume', 'export');
			await ended(id);
			expectProblem(await person.client.get(`/api/auth/export/${id}`), 404, 'not_found');
			assert.ok(!files().includes(`${id}.zip`));
		} finally {
			await hobJobs('resume', 'export');
		}
	});

	test('leads nowhere once the account is deleted, and the file goes with it', async () => {
		const person = await signUp();
		const { id, path } = await exported(person);

		const { email, password } = person;

		expectOk(await patiently(() => person.client.post('/api/auth/delete-account', { password })));
		await isShut(path);
		await sql("UPDATE users SET delete_at = now() - interval '1 s' WHERE email = :'email'", { email });
		const key = newKey();

		await sql("SELECT hob.add_job('erase', :'key')", { key });
		await ended(key);
		await until('its file is gone', () => !files().includes(`${id}.zip`));
		assert.equal((await patiently(() => login({ email, password }))).status, 401);
	});
});

test('no log has the link of a copy', () => expectSilentLogs(10));

test('hob_jobs reads as an account while an export of it is to be made, and writes nothing', async () => {
	const person = await signUp();
	const home = await newResidence(person);
	const asJobs = async (text) => (await psql(setting('db.jobs_url'),
		`SELECT hob.act_as('${person.user.id}'); ${text}`)).stdout.trim();
	const seen = () => asJobs('SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM residences)');

	assert.equal(await seen(), '0');
	await hobJobs('pause', 'export');
	try {
		await ask(person);
		assert.equal(await seen(), '2');
		assert.equal((await psql(setting('db.jobs_url'), 'SELECT count(*) FROM users')).stdout.trim(), '0');
		for (const text of [`UPDATE residences SET name = 'x' WHERE id = '${home.id}'`, 'DELETE FROM tasks',
			"INSERT INTO tasks (title) VALUES ('x')"])
			await assert.rejects(asJobs(text), /permission denied/);
	} finally {
		await hobJobs('resume', 'export');
	}
});

test('what is no export in its directory is left alone', async () => {
	const name = `${folder}/README`, orphan = `${folder}/${newId()}.zip`;

	writeFileSync(name, 'not ours');
	writeFileSync(orphan, 'nobody\'s');
	await sweep();
	assert.deepEqual([existsSync(name), existsSync(orphan)], [true, false]);
});
