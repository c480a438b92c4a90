// erase.test.mjs: an account that its owner deleted: 14 days in which signing in keeps it, and then nothing that says
// who it was, in any table, while the homes of others keep their history.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { login as loginOfStaff, staffPanel } from '../admin/support/staff.mjs';
import { nobody } from '../api/support/client.mjs';
import { arranged, makeMember, Session, sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem } from '../api/support/expect.mjs';
import { login, newAccess, newId, newResidence, newTask, patiently, registration, signIn, signUp }
	from '../api/support/people.mjs';
import { logged, logMark, stack, until } from '../fault/support.mjs';
import { catchMails, endMails, mailsTo } from './mails.mjs';
import { ended, jobOf, logPath, newKey } from './support.mjs';

// Tables that name accounts, and what becomes of the rows of one that is erased. A new one belongs into one of these,
// or into hob.own_tables.
const ELSEWHERE = {
	'is made empty': ['users'],
	'keeps the id, to which there is no name any more': ['activity', 'completions', 'documents',
		'contractors',
		'residence_people', 'files', 'share_code_uses', 'share_codes', 'tasks'],
	'is left, as a member would': ['residence_members'],
	'goes with the home': ['residences'],
	'goes as what was given': ['webhooks'],
	'forgets the id: what was paid goes on at the store': ['purchases'],
	'keeps the id until the bytes are gone': ['file_leavings'],
};
// Where an id may stand that no column says to be an account's.
const BY_THE_WAY = ['tombstones', 'webhook_deliveries', 'job_history', 'notices', 'audit_events'];

const remove = (person, fields = { password: person.password }) =>
	patiently(() => person.client.post('/api/auth/delete-account', fields));
const signInAgain = (person) => patiently(() => login({ email: person.email, password: person.password }));
const hasCome = (person) => sql("UPDATE users SET delete_at = now() - interval '1 s' WHERE id = :'id'",
	{ id: person.user.id });

async function erase() {
	const key = newKey();

	await sql("SELECT hob.add_job('erase', :'key')", { key });
	await ended(key);
}

const tables = () => sql(`SELECT format('%I.%I', n.nspname, c.relname)
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('public', 'hob') ORDER BY 1`);

/** Tables that have a row with this text anywhere in it. */
async function tablesWith(text) {
	const asked = (await tables()).map((table) =>
		`SELECT '${table}' WHERE EXISTS (SELECT FROM ${table} x WHERE x::text ILIKE '%' || :'text' || '%')`);

	return (await sql(asked.join(' UNION ALL '), { text })).map((table) => table.replace(/^public\./, ''));
}

/** Somebody with a name that nobody else has, who has left a trace wherever one can be left. */
async function livelyPerson(owner, hut) {
	const name = `Xylandra${newId().slice(24)}`;
	const person = await signUp({ first_name: name, last_name: 'Quibble', device_name: `${name} phone` });
	const { code } = expectOk(await owner.client.post(`/api/residences/${hut.id}/share-codes`,
		{ role: 'manager' }), 201);

	expectOk(await person.client.post('/api/residences/join', { code },
		{ headers: { 'Idempotency-Key': newId() } }));
	const home = await newResidence(person, { name: `${name} home` });
	const task = await newTask(person, hut, { assigned_to_id: person.user.id, due_on: '2031-01-06',
		recurrence: { unit: 'week' } });
	const done = expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
	const homeTask = await newTask(person, home, { title: `${name} task` });
	expectOk(await person.client.post(`/api/residences/${hut.id}/share-codes`, { role: 'viewer' }), 201);
	const contractor = expectOk(await person.client.post('/api/contractors',
		{ residence_id: hut.id, name: 'Sweep' }), 201);
	expectOk(await person.client.request('PUT', `/api/contractors/${contractor.id}/rating`,
		{ body: { rating: 5, note: name } }));
	for (const [path, fields] of [['contractors', { name }], ['calendar-feeds', { name }],
		['access-tokens', { name, scope: 'read' }],
		['devices', { platform: 'ios', token: name, app_version: '1' }],
		[`residences/${home.id}/webhooks`, { url: `https://example.org/${name}`, events: ['task.created'] }]])
		expectOk(await person.client.post(`/api/${path}`, fields), 201);
	expectOk(await person.client.patch('/api/notifications/preferences',
		{ quiet_from: '22:00', quiet_until: '07:00', mail: ['task_due'] }));
	// Others know the address.
	await sql(`INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at, max_uses, email)
		VALUES (gen_random_uuid(), :'hut', 'viewer', gen_random_uuid(), :'owner', now() + interval '7 days', 1,
			upper(:'email'));
		INSERT INTO account_tokens (id, user_id, purpose, email, token_hash, code_hash, expires_at)
		VALUES (gen_random_uuid(), :'owner', 'email', :'email', :'email', '', now() + interval '30 minutes');
		SELECT hob.try_code('reset', :'email')`, { hut: hut.id, owner: owner.user.id, email: person.email });
	await sql(`SELECT count(*) FROM hob.notify(ARRAY[:'who', :'owner']::uuid[], 'task_completed', :'hut',
			'completion', :'done',
			jsonb_build_object('title', 'Chimney', 'who', :'name' || ' Quibble', 'home', 'Hut'));
		SELECT hob.add_job('probe', :'name', now() + interval '1 day', jsonb_build_object('user_id', :'who'))`,
	{ who: person.user.id, owner: owner.user.id, hut: hut.id, done: done.id, name });
	return { ...person, name, home, homeTask, task, done };
}

/**
 * All that staff do with an account and its home and is on record with what is personal; the mail address that it had
 * meanwhile.
 */
async function touchedByStaff(gone) {
	const panel = await staffPanel('admin');
	const because = { headers: { 'X-Hob-Reason': 'a%20call' } };
	const email = `new-${gone.email}`;
	const user = `/users/${gone.user.id}`;
	const { results: [session] } = expectOk(await panel.get(`/sessions?user_id=${gone.user.id}`));

	await panel.post('/auth/confirm', { password: panel.person.password });
	for (const [method, path, body] of [
		['DELETE', `/sessions/${session.id}`],
		// There and back: notices and invitations know the name and the address of when they were made.
		['PATCH', user, { last_name: `${gone.name}b`, locale: 'de' }],
		['PATCH', user, { last_name: 'Quibble' }],
		['POST', `${user}/actions/change_email`, { email }],
		['POST', `${user}/actions/change_email`, { email: gone.email }],
		['PATCH', `/residences/${gone.home.id}`, { name: `${gone.name} hall`, unit: gone.name }],
		['DELETE', `/tasks/${gone.homeTask.id}`],
		['POST', `${user}/actions/deactivate`], ['POST', `${user}/actions/activate`],
		['POST', `${user}/actions/revoke_sessions`],
		['POST', `${user}/actions/grant_tier`, { tier: 'pro' }],
		['GET', `/users/export.csv?search=${gone.name}`]]) {
		const { status, text } = await panel.request(method, path, { body, ...because });

		assert.ok(status < 300, `${method} ${path}: ${text}`);
	}
	// They have taken that door for their own.
	assert.equal((await loginOfStaff({ email, password: gone.name, code: '000000' })).status, 401);
	return { panel, email };
}

before(async () => {
	await stack('up');
	await catchMails();
});
after(endMails);

describe('POST /api/auth/delete-account', () => {
	test('ends all access now, and gives 14 days', async () => {
		const person = await signUp();
		const other = await signIn(person);
		const script = await newAccess(person);

		expectProblem(await remove(person, { password: 'another lamp' }), 403, 'wrong_password');
		const done = expectOk(await remove(person));
		const days = (Date.parse(done.delete_at) - Date.now()) / 86400000;
		assert.ok(Math.abs(days - 14) < 0.01, done.delete_at);
		assert.deepEqual([done.sessions_ended, done.access_tokens_ended], [2, 1]);
		for (const { client } of [person, other, script])
			expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
	});

	test('is taken back by signing in, also when the time has come and nobody has erased it', async () => {
		const person = await signUp();
		const home = await newResidence(person);

		assert.equal(expectOk(await signInAgain(person)).deletion_cancelled, false);
		for (const late of [false, true]) {
			const { token } = expectOk(await signInAgain(person));
			person.client.token = token;
			expectOk(await remove(person));
			if (late)
				await hasCome(person);
			const back = expectOk(await signInAgain(person));
			assert.equal(back.deletion_cancelled, true);
			person.client.token = back.token;
			assert.equal(expectOk(await signInAgain(person)).deletion_cancelled, false);
		}
		await erase();
		expectOk(await person.client.get(`/api/residences/${home.id}`));
	});

	test('is refused to the owner of homes that others belong to, who sees which', async () => {
		const [owner, mate] = [await signUp(), await signUp()];
		const [shared, own] = [await newResidence(owner, { name: 'Hut' }), await newResidence(owner)];

		await makeMember(shared, mate.user, 'member');
		const { residences } = expectProblem(await remove(owner), 409, 'owns_shared_residences');
		assert.deepEqual(residences, [{ id: shared.id, name: 'Hut', member_count: 2 }]);
		expectOk(await owner.client.get('/api/auth/me'));
		expectOk(await owner.client.post(`/api/residences/${shared.id}/transfer`, { user_id: mate.user.id }));
		expectOk(await remove(owner));
		expectProblem(await mate.client.post(`/api/residences/${shared.id}/transfer`,
			{ user_id: owner.user.id }), 409, 'member_disabled');
		assert.deepEqual(await sql("SELECT deleted_at IS NULL FROM residences WHERE id = :'id'", own), ['t']);
	});

	test('waits for a home that is just being handed over', arranged(async () => {
		const [owner, mate, holder] = [await signUp(), await signUp(), new Session()];
		const shared = await newResidence(owner);

		await makeMember(shared, mate.user, 'member');
		await holder.run(`BEGIN; SELECT FROM residence_members WHERE residence_id = '${shared.id}' FOR UPDATE`);
		const acts = [owner.client.post(`/api/residences/${shared.id}/transfer`, { user_id: mate.user.id })];
		try {
			await holder.untilBlocking(1);
			acts.push(mate.client.post('/api/auth/delete-account', { password: mate.password }));
			await holder.untilBlocking(2);
		} finally {
			holder.end();
		}
		const [handed, left] = await Promise.all(acts);
		expectOk(handed);
		expectProblem(left, 409, 'owns_shared_residences');
	}));

	test('is said by mail, with the day and how to keep the account', async () => {
		const person = await signUp({ locale: 'de-AT', time_zone: 'Pacific/Auckland' });
		const { delete_at } = expectOk(await remove(person));
		const day = new Date(delete_at).toLocaleDateString('de-DE', { timeZone: 'Pacific/Auckland' });
		const subject = `Ihr Konto bei Hob wird am ${day} gelöscht`;

		const [mail] = await mailsTo(person.email, subject);
		assert.ok(mail.text.includes(`Am ${day} wird alles darin endgültig entfernt`), mail.text);
	});

	test('leaves no code by which somebody comes into a home that goes along', async () => {
		const [person, other] = [await signUp(), await signUp()];
		const home = await newResidence(person);
		const { code } = expectOk(await person.client.post(`/api/residences/${home.id}/share-codes`,
			{ role: 'member' }), 201);

		expectOk(await remove(person));
		expectProblem(await other.client.post('/api/residences/join', { code }), 404, 'share_code_not_valid');
	});
});

describe('an account whose time has come', () => {
	test('leaves nothing that says who it was, and others keep what was done', async () => {
		const owner = await signUp();
		const hut = await newResidence(owner, { name: 'Hut' });
		expectOk(await owner.client.post(`/api/residences/${hut.id}/webhooks`,
			{ url: 'https://example.org/', events: ['member.left', 'task.created'] }), 201);
		const gone = await livelyPerson(owner, hut);
		const { sync_token: since } = expectOk(await owner.client.get('/api/sync'));
		const found = await tablesWith(gone.name);

		for (const table of ['access_tokens', 'activity', 'calendar_feeds', 'devices', 'jobs', 'notices',
			'residence_people', 'sessions', 'users', 'webhook_deliveries'])
			assert.ok(found.includes(table), `the test leaves no trace in ${table}`);
		expectOk(await remove(gone));
		await hasCome(gone);
		assert.equal(expectPage(await owner.client.get('/api/residences'))[0].member_count, 2);
		const mark = logMark(logPath);
		await erase();
		await logged(mark, 'erased', { user_id: gone.user.id });
		assert.equal(expectPage(await owner.client.get('/api/residences'))[0].member_count, 1, 'workers know');

		await until('its home has gone, too', async () => (await tablesWith(gone.home.id)).every((table) =>
			['tombstones', 'webhook_deliveries', 'job_history', 'audit_events'].includes(table)), 30);
		assert.deepEqual(await tablesWith(gone.name), []);
		assert.deepEqual(await tablesWith(gone.email), []);
		const kept = ['users', ...BY_THE_WAY, ...ELSEWHERE['keeps the id, to which there is no name any more'],
			...ELSEWHERE['keeps the id until the bytes are gone']];
		assert.deepEqual((await tablesWith(gone.user.id)).filter((table) => !kept.includes(table)), []);

		const task = expectOk(await owner.client.get(`/api/tasks/${gone.task.id}`));
		assert.deepEqual([task.assigned_to, task.created_by], [null, { id: gone.user.id, name: '' }]);
		assert.ok(task.version > gone.done.task.version);
		const [done] = expectPage(await owner.client.get(`/api/tasks/${gone.task.id}/completions`));
		assert.deepEqual(done.completed_by, { id: gone.user.id, name: '' });
		const { changes } = expectOk(await owner.client.get(`/api/sync?since=${since}`));
		assert.deepEqual(changes.members.deleted, [`${hut.id}:${gone.user.id}`]);
		assert.ok(changes.completions.upserted.some((c) => c.id === done.id), 'the history without a name');
		const [left] = expectPage(await owner.client.get(`/api/residences/${hut.id}/activity?subject=member`));
		assert.deepEqual([left.action, left.title], ['left', '']);
		const [told] = expectPage(await owner.client.get('/api/notifications?limit=1'));
		assert.equal(told.body, 'Somebody has done this task at Hut.');
		expectProblem(await signInAgain(gone), 401, 'invalid_credentials');
		const again = expectOk(await patiently(() =>
			nobody.post('/api/auth/register', registration({ email: gone.email }))), 201);
		assert.notEqual(again.user.id, gone.user.id, 'the address is free');
	});

	test('is forgotten by the record of what staff did with it, which stays whole', async () => {
		const owner = await signUp();
		const gone = await livelyPerson(owner, await newResidence(owner, { name: 'Hut' }));
		const { panel, email } = await touchedByStaff(gone);
		const ask = async (subject) => expectOk(await panel.get(`/audit-events?subject=${subject}`)).results
			.filter(({ action }) => ['change_email', 'update'].includes(action))
			.map((event) => event.is_erased);

		gone.client.token = expectOk(await signInAgain(gone)).token;
		for (const text of [gone.name, gone.email, email])
			assert.ok((await tablesWith(text)).includes('audit_values'), text);
		assert.deepEqual(await ask(gone.user.id), [false, false, false, false]);
		expectOk(await remove(gone));
		await hasCome(gone);
		await erase();
		await until('its home has gone, too', async () => (await ask(gone.home.id))[0], 30);
		for (const text of [gone.name, gone.email, email])
			assert.deepEqual(await tablesWith(text), []);
		assert.deepEqual(await ask(gone.user.id), [true, true, true, true]);
		assert.deepEqual(await sql('SELECT day, fault FROM hob.audit_verify() WHERE fault IS NOT NULL'), []);
	});

	test('goes on where a step has ended', async () => {
		const owner = await signUp();
		const [hut, cabin] = [await newResidence(owner), await newResidence(owner)];
		const person = await signUp();

		for (const home of [hut, cabin])
			await makeMember(home, person.user, 'member');
		await hasCome(person);
		await sql("SELECT more FROM hob.erase_step(:'id')", { id: person.user.id });
		expectProblem(await signInAgain(person), 401, 'invalid_credentials');
		await erase();
		assert.deepEqual(await sql(`SELECT count(*),
				(SELECT delete_at IS NULL AND NOT is_active FROM users WHERE id = :'id')
			FROM residence_members WHERE user_id = :'id'`, { id: person.user.id }), ['0|t']);
		assert.deepEqual(await sql("SELECT more FROM hob.erase_step(:'id')", { id: person.user.id }), []);
	});

	test('that still owns a home of others, by hand, waits and keeps no other one', async () => {
		const [owner, mate, other] = [await signUp(), await signUp(), await signUp()];
		const home = await newResidence(owner);
		const key = newKey();

		await makeMember(home, mate.user, 'member');
		await hasCome(owner);
		await hasCome(other);
		await sql("UPDATE users SET delete_at = now() - interval '1 day' WHERE id = :'id'",
			{ id: owner.user.id });
		await sql("SELECT hob.add_job('erase', :'key')", { key });
		assert.match(await until('it has failed', async () => (await jobOf(key))?.last_error),
			new RegExp(`account ${owner.user.id} still owns a home`));
		assert.deepEqual(await sql("SELECT erased_at IS NOT NULL FROM users WHERE id = :'id'",
			{ id: other.user.id }), ['t']);
		assert.equal(expectOk(await signInAgain(owner)).deletion_cancelled, true);
		await sql("UPDATE jobs SET run_at = now() WHERE key = :'key'", { key });
		await ended(key);
	});
});

test('no table that names accounts is forgotten', async () => {
	const naming = await sql(`SELECT DISTINCT c.relname
		  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
		   AND c.relnamespace IN ('public'::regnamespace, 'hob'::regnamespace)
		   AND (c.relname = 'users' OR a.attname ~ '(^|_)(user|owner)_id$'
			OR a.attname ~ '_by(_id)?$' AND a.atttypid = 'uuid'::regtype
			OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
				AND k.confrelid = 'users'::regclass)) ORDER BY 1`);
	const own = await sql('SELECT unnest(hob.own_tables())');

	assert.deepEqual(naming, [...own, ...Object.values(ELSEWHERE).flat()].sort());
});
