// locks.test.mjs: what a session gives at the moment that it ends, and the one order of locks: the account,
// its sessions, the residence, what is in it (sql/README.md, "Locks").
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { allow, allowAgain, held, makeMember, sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { PASSWORD, crowd, newContractor, newDocument, newId, newResidence, newTask, signIn,
	signUp } from './support/people.mjs';
import { cleaning, notCleaning, png, sent } from './support/uploads.mjs';

const hashOf = (person) => createHash('sha256').update(person.token).digest('hex');
const lockAccount = (person) => `BEGIN; SELECT FROM users WHERE id = '${person.user.id}' FOR NO KEY UPDATE`;
const holdNow = (contractor) => `SELECT FROM contractors WHERE id = '${contractor}' FOR NO KEY UPDATE NOWAIT`;
const deadlocks = () => sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
const feed = (person, residence) => `INSERT INTO calendar_feeds (id, user_id, name, secret_hash, residence_id)
	VALUES ('${newId()}', '${person.user.id}', 'Feed', '${newId()}', ${residence ? `'${residence.id}'` : 'NULL'})`;
const feeds = async (person) =>
	Number((await sql("SELECT count(*) FROM calendar_feeds WHERE user_id = :'id'", { id: person.user.id }))[0]);

/** An owner with a residence, a member of it, and a code for it. */
async function household() {
	const [owner, member, guest] = await crowd(3);
	const residence = await newResidence(owner);

	await makeMember(residence, member.user, 'member');
	const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
		{ role: 'viewer' }), 201);
	return { owner, member, guest, residence, code };
}

/** Who sends it, and what: everything that gives something or says who belongs to a residence. */
const GIVING = {
	'a feed of all residences': ({ owner }) => [owner, (c) => c.post('/api/calendar-feeds', {})],
	'a feed of one residence': ({ owner, residence }) =>
		[owner, (c) => c.post('/api/calendar-feeds', { residence_id: residence.id })],
	'a copy of all data': ({ owner }) => [owner, (c) => c.post('/api/auth/export')],
	'a share code': ({ owner, residence }) =>
		[owner, (c) => c.post(`/api/residences/${residence.id}/share-codes`, { role: 'viewer' })],
	'an invitation': ({ owner, residence }) => [owner, (c) => c.post(`/api/residences/${residence.id}/invitations`,
		{ email: 'somebody@x.test', role: 'viewer' })],
	'a role': ({ owner, member, residence }) => [owner,
		(c) => c.patch(`/api/residences/${residence.id}/members/${member.user.id}`, { role: 'manager' })],
	'a residence': ({ owner, member, residence }) =>
		[owner, (c) => c.post(`/api/residences/${residence.id}/transfer`, { user_id: member.user.id })],
	'the end of a membership': ({ owner, member, residence }) =>
		[owner, (c) => c.delete(`/api/residences/${residence.id}/members/${member.user.id}`)],
	'their leaving': ({ member, residence }) => [member, (c) => c.post(`/api/residences/${residence.id}/leave`)],
	'their joining': ({ guest, code }) => [guest, (c) => c.post('/api/residences/join', { code })],
};

describe('a session that is ended while it gives', () => {
	for (const [what, by] of Object.entries(GIVING))
		test(`${what} is answered 401`, held(async (holder) => {
			const [person, send] = by(await household());

			await holder.run(lockAccount(person));
			const answer = send(person.client);
			await holder.untilBlocking(1);
			await holder.run(`DELETE FROM sessions WHERE user_id = '${person.user.id}'; COMMIT`);
			expectProblem(await answer, 401, 'unauthorized');
			assert.equal(await feeds(person), 0);
		}));

	const endings = {
		'a change of the password': (person) => person.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: 'a lantern in the 4th window' }),
		'a logout everywhere': (person) => person.client.post('/api/auth/logout-all', {}),
	};

	for (const [what, end] of Object.entries(endings))
		test(`leaves no feed behind ${what} that waits for it`, held(async (holder) => {
			const person = await signUp();
			const stolen = await signIn(person);

			await holder.run(`BEGIN; SELECT hob.enter('${hashOf(stolen)}', NULL); ${feed(person)}`);
			const answer = end(person);
			await holder.untilBlocking(1);
			await holder.run('COMMIT');
			assert.equal(expectOk(await answer).calendar_feeds_ended, 1);
			assert.equal(await feeds(person), 0);
		}));

	test('leaves no feed behind the disabling that waits for it', held(async (holder) => {
		const [person] = await crowd(1);

		await holder.run(`BEGIN; SELECT hob.enter('${hashOf(person)}', NULL); ${feed(person)}`);
		const done = sql("SELECT hob.disable_account(:'id', now())", { id: person.user.id });
		await holder.untilBlocking(1);
		await holder.run('COMMIT');
		await done;
		assert.equal(await feeds(person), 0);
	}));
});

describe('a use that is noted once an hour', () => {
	const waiting = {
		'a change of the profile': ({ owner }) =>
			[owner, (c) => c.patch('/api/auth/me', { first_name: 'New' })],
		'a new residence': ({ owner }) => [owner, (c) => c.post('/api/residences', { name: 'Another' })],
		'a logout everywhere': ({ owner }) => [owner, (c) => c.post('/api/auth/logout-all', {})],
		...GIVING,
	};

	for (const [what, by] of Object.entries(waiting))
		test(`holds neither session nor residence while ${what} waits for the account`, held(async (holder) => {
			const scene = await household();
			const [person, send] = by(scene);

			await sql("UPDATE sessions SET last_seen_at = now() - interval '2 hours' WHERE user_id = :'id'",
				{ id: person.user.id });
			await holder.run(lockAccount(person));
			const answer = send(person.client);
			await holder.untilBlocking(1);
			await holder.run(`SELECT FROM sessions WHERE user_id = '${person.user.id}' FOR UPDATE NOWAIT;
				SELECT FROM residences
				 WHERE id = '${scene.residence.id}' FOR NO KEY UPDATE NOWAIT; COMMIT`);
			const res = await answer;
			assert.ok(res.status < 300, `${res.status} ${res.text}`);
		}));

	test('is noted by the next request when somebody holds the account', held(async (holder) => {
		const [person] = await crowd(1);
		const seen = async () => (await sql(
			"SELECT last_seen_at > now() - interval '1 hour' FROM sessions WHERE user_id = :'id'",
			{ id: person.user.id }))[0];

		await sql("UPDATE sessions SET last_seen_at = now() - interval '2 hours' WHERE user_id = :'id'",
			{ id: person.user.id });
		await holder.run(lockAccount(person));
		expectOk(await person.client.get('/api/residences'));
		assert.equal(await seen(), 'f');
		await holder.run('COMMIT');
		await sql("UPDATE users SET version = version WHERE id = :'id'", { id: person.user.id });
		expectOk(await person.client.get('/api/residences'));
		assert.equal(await seen(), 't');
	}));
});

test('residences that are made at once count each other', held(async (holder) => {
	const [person] = await crowd(1);

	await allow('residences', -1);
	await sql(`INSERT INTO residences (id, owner_id, name, time_zone) SELECT gen_random_uuid(), :'id', 'Many', 'UTC'
		FROM generate_series(2, (SELECT value FROM settings WHERE name = 'limit.memberships'))`,
		{ id: person.user.id });
	await holder.run(`BEGIN; SELECT hob.enter('${hashOf(person)}', NULL);
		INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES (gen_random_uuid(), '${person.user.id}', 'Last', 'UTC')`);
	const answers = [1, 2, 3].map((n) => person.client.post('/api/residences', { name: `Too many ${n}` }));
	await holder.untilBlocking(3);
	await holder.run('COMMIT');
	for (const answer of answers)
		expectProblem(await answer, 402, 'plan_limit_reached');
	await allowAgain('residences');
}));

test('a task that is given to somebody who is being removed is another version without them', held(async (holder) => {
	const { owner, member, residence } = await household();
	const task = await newTask(owner, residence);

	await holder.run(`BEGIN; UPDATE tasks SET assigned_to_id = '${member.user.id}', version = version + 1
		WHERE id = '${task.id}'`);
	const removed = owner.client.delete(`/api/residences/${residence.id}/members/${member.user.id}`);
	await holder.untilBlocking(1);
	await holder.run('COMMIT');
	expectOk(await removed, 204);
	const { assigned_to: assignee, version } = expectOk(await owner.client.get(`/api/tasks/${task.id}`));
	assert.deepEqual([assignee, version], [null, task.version + 2]);
}));

describe('a task is held before its contractor', () => {
	/** A task and a contractor, and a transaction that completes the one by the other: it has the task. */
	const completing = (save) => held(async (holder) => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const contractor_id = (await newContractor(person, residence)).id;
		const task_id = (await newTask(person, residence)).id;
		const document = await newDocument(person, residence);

		await holder.run(`BEGIN; SELECT FROM tasks WHERE id = '${task_id}' FOR NO KEY UPDATE`);
		const answer = save(person.client, { residence, document, links: { task_id, contractor_id } });
		await holder.untilBlocking(1);
		await holder.run(`${holdNow(contractor_id)}; COMMIT`);
		const res = await answer;
		assert.ok(res.status < 300, `${res.status} ${res.text}`);
	});

	test('by a document that is made', completing((client, { residence, links }) =>
		client.post('/api/documents', { residence_id: residence.id, title: 'Invoice', ...links })));
	test('by a document that is changed', completing((client, { document, links }) =>
		client.patch(`/api/documents/${document.id}`, links)));
});

describe('a document is held behind what it is about', () => {
	/** A contractor with a document and a task, and another document. */
	const settle = async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);
		const contractor = await newContractor(person, residence);
		const links = { contractor_id: contractor.id };

		return { person, residence, contractor, task: await newTask(person, residence, links),
			document: await newDocument(person, residence, links) };
	};
	const lock = (table, { id }, how = '') => `SELECT FROM ${table} WHERE id = '${id}' FOR NO KEY UPDATE ${how}`;

	for (const what of ['task', 'contractor'])
		test(`the ${what} that a change links it to`, held(async (holder) => {
			const { person, document, ...scene } = await settle();
			const { id } = what === 'task' ? scene.task
				: await newContractor(person, scene.residence);

			await holder.run(`BEGIN; ${lock(`${what}s`, { id })}`);
			const answer = person.client.patch(`/api/documents/${document.id}`, { [`${what}_id`]: id });
			await holder.untilBlocking(1, answer);
			await holder.run(`${lock('documents', document, 'NOWAIT')}; COMMIT`);
			assert.equal(expectOk(await answer)[`${what}_id`], id);
		}));

	test('so that whoever deletes its contractor and whoever links it to a task of theirs both get through',
		held(async (holder) => {
		const { person, contractor, task, document } = await settle();
		const before = await deadlocks();

		await holder.run(`BEGIN; ${lock('tasks', task)}`);
		const deleted = person.client.delete(`/api/contractors/${contractor.id}`);
		await holder.untilBlocking(1, deleted);
		const linked = person.client.patch(`/api/documents/${document.id}`, { task_id: task.id });
		await holder.untilBlocking(2, linked);
		await holder.run('COMMIT');
		expectOk(await deleted, 204);
		assert.equal(expectOk(await linked).task_id, task.id);
		const { contractor_id: left } = expectOk(await person.client.get(`/api/documents/${document.id}`));
		assert.deepEqual([left, await deadlocks()], [null, before]);
	}));

	for (const table of ['tasks', 'contractors'])
		test(`several by their ids, when one of ${table} goes that they are about`, held(async (holder) => {
			const { person, residence, ...scene } = await settle();
			const [task_id, contractor_id] = [scene.task.id, scene.contractor.id];
			const [low, high] = [newId(), newId()].sort();

			for (const id of [high, low])
				await newDocument(person, residence, { id, task_id, contractor_id });
			await holder.run(`BEGIN; ${lock('documents', { id: low })}`);
			const answer = person.client.delete(
				`/api/${table}/${table === 'tasks' ? task_id : contractor_id}`);
			await holder.untilBlocking(1, answer);
			await holder.run(`${lock('documents', { id: high }, 'NOWAIT')}; COMMIT`);
			expectOk(await answer, 204);
		}));
});

test('what is told to webhooks is queued before files are counted, by whatever takes files along',
	held(async (holder) => {
	const [person] = await crowd(1);
	const residence = await newResidence(person);
	const done = await newTask(person, residence, { due_on: '2031-01-01', recurrence: 'weekly' });
	const going = await newTask(person, residence);
	const { id } = expectOk(await person.client.post(`/api/tasks/${done.id}/complete`, { occurrence: 1 }), 201);
	const before = await deadlocks();

	for (const path of [`/api/completions/${id}`, `/api/tasks/${going.id}`])
		expectOk(await person.client.post(`${path}/files`, new Upload(png())), 201);
	expectOk(await person.client.post(`/api/residences/${residence.id}/webhooks`,
		{ url: 'https://example.com/hook', events: ['task.updated', 'task.deleted'] }), 201);
	await holder.run(`BEGIN; SELECT FROM usage WHERE about = '${residence.id}' FOR UPDATE`);
	const undone = person.client.post(`/api/completions/${id}/undo`);
	await holder.untilBlocking(1, undone);
	const deleted = person.client.delete(`/api/tasks/${going.id}`);
	await holder.untilBlocking(2, deleted);
	await holder.run('COMMIT');
	expectOk(await undone);
	expectOk(await deleted, 204);
	assert.deepEqual(await deadlocks(), before);
}));

describe('a contractor is held before the job of a webhook', () => {
	/** `act` on a completion by a contractor and a completion by the same, which comes first, both get through. */
	const crossing = (act) => held(async (holder) => {
		const { owner: person, member, residence } = await household();
		const other = await newResidence(person);
		const contractor = await newContractor(person, residence);
		const [task, next] = [await newTask(person, residence), await newTask(person, residence)];
		const link = { occurrence: 1, contractor_id: contractor.id };
		const { id } = expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, link), 201);
		const before = await deadlocks();

		expectOk(await member.client.request('PUT', `/api/contractors/${contractor.id}/rating`,
			{ body: { rating: 2 } }));
		expectOk(await person.client.post(`/api/residences/${residence.id}/webhooks`, {
			url: 'https://example.com/hook',
			events: ['completion.updated', 'member.left', 'task.completed'],
		}), 201);
		await holder.run(`BEGIN; SELECT FROM contractors WHERE id = '${contractor.id}' FOR NO KEY UPDATE`);
		const done = person.client.post(`/api/tasks/${next.id}/complete`, link);
		await holder.untilBlocking(1, done);
		const answer = act(person.client, { id, task, other, residence, member });
		await holder.untilBlocking(2, answer);
		await holder.run('COMMIT');
		expectOk(await done, 201);
		assert.ok((await answer).status < 300);
		assert.deepEqual(await deadlocks(), before);
	});

	test('by a completion that is no longer of one', crossing((client, { id }) =>
		client.patch(`/api/completions/${id}`, { contractor_id: null })));
	test('by a task that goes elsewhere', crossing((client, { task, other }) =>
		client.post(`/api/tasks/${task.id}/transfer`, { residence_id: other.id })));
	test('by somebody who leaves and has rated one', crossing((client, { residence, member }) =>
		member.client.post(`/api/residences/${residence.id}/leave`)));
});

describe('contractors are held by their ids, the lower first', () => {
	/** `act` waits for the lower of two contractors, and has not taken the higher one before. */
	const inOrder = (arrange) => held(async (holder) => {
		const [owner, guest] = await crowd(2);
		const residence = await newResidence(owner);
		const [low, high] = [newId(), newId()].sort();

		await makeMember(residence, guest.user, 'member');
		await newContractor(owner, residence, { id: high });
		await newContractor(owner, residence, { id: low });
		const act = await arrange({ owner, guest, residence, low, high });
		await holder.run(`BEGIN; SELECT FROM contractors WHERE id = '${low}' FOR NO KEY UPDATE`);
		const answer = act();
		await holder.untilBlocking(1);
		await holder.run(`${holdNow(high)}; COMMIT`);
		const res = await answer;
		assert.ok(res.status < 300, `${res.status} ${res.text}`);
	});
	const complete = async (person, task, occurrence, contractor_id) => expectOk(await person.client.post(
		`/api/tasks/${task.id}/complete`, { occurrence, contractor_id }), 201);

	test('by a completion that turns out to be of another', inOrder(async ({ owner, residence, low, high }) => {
		const { id } = await complete(owner, await newTask(owner, residence), 1, low);

		return () => owner.client.patch(`/api/completions/${id}`, { contractor_id: high });
	}));

	test('by a task that goes elsewhere', inOrder(async ({ owner, residence, low, high }) => {
		const other = await newResidence(owner);
		const task = await newTask(owner, residence, { due_on: '2031-01-01', recurrence: 'weekly' });

		await complete(owner, task, 1, high);
		await complete(owner, task, 2, low);
		return () => owner.client.post(`/api/tasks/${task.id}/transfer`, { residence_id: other.id });
	}));

	test('by somebody who leaves', inOrder(async ({ guest, residence, low, high }) => {
		for (const id of [high, low])
			expectOk(await guest.client.request('PUT', `/api/contractors/${id}/rating`,
				{ body: { rating: 2 } }));
		return () => guest.client.post(`/api/residences/${residence.id}/leave`);
	}));
});

describe('what somebody thinks of a contractor', () => {
	/** Somebody says this of a contractor while a transaction does `meanwhile`: the contractor behind both. */
	const said = async (holder, { person, contractor, meanwhile, say }) => {
		await holder.run(`BEGIN; SELECT set_config('hob.user_id', '${person.user.id}', true); ${meanwhile}`);
		const answer = say(person.client, `/api/contractors/${contractor.id}`);
		await holder.untilBlocking(1);
		await holder.run('COMMIT');
		const res = await answer;
		assert.ok(res.status < 300, `${res.status} ${res.text}`);
		return expectOk(await person.client.get(`/api/contractors/${contractor.id}`));
	};
	const rate = (client, path) => client.request('PUT', `${path}/rating`, { body: { rating: 4 } });
	const settle = async () => {
		const [person] = await crowd(1);
		const residence = await newResidence(person);

		return { person, residence, contractor: await newContractor(person, residence) };
	};

	test('is a favourite and a rating that are sent at once', held(async (holder) => {
		const { person, residence, contractor } = await settle();
		const meanwhile = `INSERT INTO contractor_opinions (contractor_id, user_id, residence_id, is_favorite)
			VALUES ('${contractor.id}', '${person.user.id}', '${residence.id}', true)`;
		const seen = await said(holder, { person, contractor, meanwhile, say: rate });

		assert.deepEqual([seen.is_favorite, seen.my_rating, seen.rating_count], [true, 4, 1]);
	}));

	test('is a rating that comes while the favourite goes', held(async (holder) => {
		const { person, contractor } = await settle();
		const meanwhile = `UPDATE contractor_opinions SET rating = 3 WHERE contractor_id = '${contractor.id}'`;

		expectOk(await person.client.request('PUT', `/api/contractors/${contractor.id}/favorite`));
		const seen = await said(holder, { person, contractor, meanwhile,
			say: (client, path) => client.delete(`${path}/favorite`) });
		assert.deepEqual([seen.is_favorite, seen.my_rating, seen.rating_count], [false, 3, 1]);
	}));

	test('is of the residence with which the contractor is shared meanwhile', held(async (holder) => {
		const { person, residence } = await settle();
		const contractor = await newContractor(person, { id: null });
		const meanwhile = `UPDATE contractors SET residence_id = '${residence.id}'
			WHERE id = '${contractor.id}'`;
		const seen = await said(holder, { person, contractor, meanwhile, say: rate });

		assert.deepEqual([seen.residence_id, seen.my_rating], [residence.id, 4]);
		assert.deepEqual(await sql("SELECT residence_id FROM contractor_opinions WHERE contractor_id = :'id'",
			{ id: contractor.id }), [residence.id]);
	}));
});

describe('a file that is made ready', () => {
	const clean = (id) => sql(`SELECT FROM file_copies c, hob.image_done(c.file_id, c.key, '[]', NULL)
		WHERE c.file_id = :'id' AND c.variant = 'sent'`, { id });
	const lock = (table, id, how) => `SELECT FROM ${table} WHERE id = '${id}' FOR NO KEY UPDATE ${how ?? ''}`;
	const photos = async (person, path) => expectOk(await person.client.get(path)).photo_count;

	before(notCleaning);
	after(cleaning);

	for (const table of ['tasks', 'completions'])
		test(`waits for its place before it holds the file: ${table}`, held(async (holder) => {
			const robin = await signUp();
			const task = await newTask(robin, await newResidence(robin));
			const { id } = table === 'tasks' ? task : expectOk(await robin.client.post(
				`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);
			const path = `/api/${table}/${id}`;
			const { results: [file] } = expectOk(await robin.client.post(`${path}/files`,
				new Upload(png())), 201);

			await holder.run(`BEGIN; ${lock(table, id)}`);
			const cleaned = clean(file.id);
			await holder.untilBlocking(1);
			await holder.run(`${lock('files', file.id, 'NOWAIT')}; COMMIT`);
			await cleaned;
			assert.equal(await photos(robin, path), 1);
		}));

	test('is not hung on anything meanwhile, nor made ready while it is hung', held(async (holder) => {
		const robin = await signUp();
		const task = await newTask(robin, await newResidence(robin));
		const path = `/api/tasks/${task.id}`;
		const { upload_id: id } = await sent(robin);

		await holder.run(lockAccount(robin));
		const both = [clean(id), robin.client.post(`${path}/files`, { upload_ids: [id] })];
		await holder.untilBlocking(2);
		await holder.run(`${lock('tasks', task.id, 'NOWAIT')}; ${lock('files', id, 'NOWAIT')}; COMMIT`);
		expectOk((await Promise.all(both))[1], 201);
		assert.equal(await photos(robin, path), 1);
	}));
});
