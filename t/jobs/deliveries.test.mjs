// deliveries.test.mjs: a notice is pushed to each phone of its reader, once it was taken, and no longer when it is not
// true or not wanted any more; and what the service says of a phone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeMember, removeMember, sql } from '../api/support/db.mjs';
import { expectKeys, expectOk, expectPage, expectProblem, INSTANT } from '../api/support/expect.mjs';
import { newId, proveAddress, signIn, signUp } from '../api/support/people.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { gorush } from './gorush.mjs';
import { becomes, deliveriesFor, deliveriesOf, newDue, newPhone, remind, tell } from './phones.mjs';
import { expectSilentLogs, hobJobs, jobOf, moveTime } from './support.mjs';

let server;

/** hob-jobs begins anew: nothing rests. */
async function restart(changes = {}) {
	configure({ 'push.gorush': server.url, 'push.topic': 'org.example.app', 'push.timeout': '300ms', ...changes });
	await stack('restart', 'jobs');
}

async function newReader(fields = {}, phone = {}) {
	const person = await signUp(fields);

	return { ...person, phone: await newPhone(person, phone) };
}

const sentTo = ({ phone }) => server.sent.filter(({ tokens }) => tokens[0] === phone.token);
const deviceOf = async ({ client, phone }) => expectOk(await client.get(`/api/devices/${phone.id}`));
const countsOf = async ({ phone }) => (await sql(`SELECT wrong_environments, odd_answers FROM devices
	WHERE id = :'id'`, phone))[0];
/** After so many tries of its job it is this. */
async function tried(notice, attempts, state = 'waiting') {
	return until(`${attempts} tries`, async () => {
		const [one] = await deliveriesOf(notice);

		return one.attempts === attempts && one.state === state && one;
	}, 15);
}
/** The time of its next try has come. */
const again = async (notice) => {
	const [{ id }] = await deliveriesOf(notice);

	await until('its runner has left it', async () => (await jobOf(id))?.state === 'waiting');
	return moveTime(id);
};

before(async () => {
	server = await gorush();
	await restart();
});

after(async () => {
	await server.close();
	configure();
	await stack('up');
});

describe('a push', () => {
	test('says what the notice says, and leads the app to it', async () => {
		const robin = await newReader();
		const due = await newDue(robin);
		const notice = await remind(robin, due);
		const { id, attempts, reason, ended_at } = await becomes(notice, 'accepted');

		assert.deepEqual([attempts, reason], [1, null]);
		assert.notEqual(ended_at, null);
		assert.deepEqual(sentTo(robin), [{ notif_id: id, tokens: [robin.phone.token], platform: 1,
			title: 'Due on 4 May 2031: Sweep the chimney', message: 'A task at Hill House.',
			topic: 'org.example.app', badge: 1, sound: 'default',
			data: { notice_id: notice, kind: 'task_due', residence_id: due.residence.id, subject: 'task',
				subject_id: due.task.id },
			priority: 'high', collapse_id: notice, end: 'ok', taken: true }]);
		assert.equal(await jobOf(id), undefined);
	});

	test('goes to each phone, in its language or that of the account', async () => {
		const robin = await newReader({ locale: 'de-DE' });
		const second = await signIn(robin);
		const tablet = { phone: await newPhone(second, { platform: 'android', locale: 'en' }) };
		const notice = await tell(robin);

		await until('both are accepted', async () => (await deliveriesOf(notice))
			.every(({ state }) => state === 'accepted'));
		assert.deepEqual([robin, tablet].map((one) => sentTo(one)
			.map(({ title, platform }) => [title, platform])),
			[[['Kim gehört jetzt zu Chestnut Hill', 1]], [['Kim has joined Chestnut Hill', 2]]]);
	});

	test('counts on its badge what is unread when it goes', async () => {
		const robin = await newReader();
		const first = await tell(robin);

		await becomes(first, 'accepted');
		await becomes(await tell(robin), 'accepted');
		expectOk(await robin.client.post(`/api/notifications/${first}/read`));
		await becomes(await tell(robin), 'accepted');
		assert.deepEqual(sentTo(robin).map(({ badge }) => badge), [1, 2, 2]);
	});

	test('is tried again while what is behind Gorush is away, under the same ids', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'away');
		const notice = await tell(robin);
		assert.equal((await tried(notice, 1)).reason, 'not_taken');
		await again(notice);
		await tried(notice, 2);
		server.of(robin.phone.token, 'ok');
		await again(notice);
		const { id } = await tried(notice, 3, 'accepted');
		assert.deepEqual(sentTo(robin).map(({ notif_id, collapse_id }) => [notif_id, collapse_id]),
			Array(3).fill([id, notice]));
		assert.equal(server.taken(id), 1);
	});

	test('that will never be taken has failed, and the phone is well', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'too_large');
		assert.equal((await becomes(await tell(robin), 'failed')).reason, 'refused');
		assert.equal((await deviceOf(robin)).disabled_at, null);
	});

	test('is done once each, by two runners and more', async () => {
		const robin = await newReader();

		await restart({ 'jobs.runners': 4 });
		const notices = await sql(`SELECT t.id FROM generate_series(1, 60) n
			CROSS JOIN LATERAL hob.notify(ARRAY[:'user'::uuid], 'member_joined', NULL, 'member', :'user',
				'{}', n) t`,
		{ user: robin.user.id });
		await until('all are accepted', async () => (await deliveriesFor(robin))
			.filter(({ state }) => state === 'accepted').length === 60, 30);
		assert.equal(notices.length, 60);
		assert.equal(new Set(sentTo(robin).map(({ notif_id }) => notif_id)).size, 60);
		assert.equal(sentTo(robin).length, 60);
		await restart();
	});

	test('of which each try fails is given up, and goes when somebody takes it up', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'away');
		const notice = await tell(robin);
		const { id } = await tried(notice, 1);
		await until('it waits', async () => (await jobOf(id)).state === 'waiting');
		await sql("UPDATE jobs SET tries = 7 WHERE key = :'id'", { id });
		await moveTime(id);
		await becomes(notice, 'failed', 'given_up');
		const { id: job } = await jobOf(id);
		server.of(robin.phone.token, 'ok');
		await hobJobs('retry', job);
		await becomes(notice, 'accepted');
	});

	test('whose job is cancelled has failed', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'away');
		const notice = await tell(robin);
		const { id } = await tried(notice, 1);
		await hobJobs('cancel', (await jobOf(id)).id);
		await becomes(notice, 'failed', 'cancelled');
	});

	test('is dropped where no Gorush is set up', async () => {
		const robin = await newReader();

		await restart({ 'push.gorush': '' });
		await becomes(await tell(robin), 'dropped', 'not_set_up');
		assert.deepEqual(sentTo(robin), []);
		await restart();
	});
});

test('what is about the safety of the account is pushed to each phone five times an hour', async () => {
	const robin = await newReader();
	const about = { kind: 'security', subject: 'account' };

	for (let i = 0; i < 5; i += 1)
		await becomes(await tell(robin, about), 'accepted');
	await becomes(await tell(robin, about), 'dropped', 'enough');
	await becomes(await tell(robin), 'accepted');
	assert.equal(sentTo(robin).length, 6);
});

describe('GET /api/notifications/{notification_id}/deliveries', () => {
	const path = (notice) => `/api/notifications/${notice}/deliveries`;
	const list = async ({ client }, notice) => expectPage(await client.get(path(notice)));

	test('shows each way, what became of it and why, and neither tokens nor addresses', async () => {
		const robin = await newReader();
		const tablet = await newPhone(await signIn(robin), { platform: 'android' });

		await proveAddress(robin);
		server.of(tablet.token, 'dead');
		const notice = await tell(robin, { kind: 'residence_shared', subject: 'residence' });
		const shown = await until('all have ended', async () => {
			const all = await list(robin, notice);
			return all.every(({ ended_at }) => ended_at !== null) && all;
		});
		assert.deepEqual(shown.map(({ channel, device_id, state, in_digest, attempts, reason }) =>
			[channel, device_id, state, in_digest, attempts, reason]).sort(), [
			['mail', null, 'dropped', false, 0, 'not_set_up'],
			['push', robin.phone.id, 'accepted', false, 1, null],
			['push', tablet.id, 'failed', false, 1, 'unregistered']].sort());
		for (const one of shown) {
			expectKeys(one, ['id', 'channel', 'device_id', 'state', 'in_digest', 'attempts', 'reason',
				'created_at', 'ended_at']);
			assert.match(one.created_at, INSTANT);
		}
		const { text } = await robin.client.get(path(notice));
		for (const secret of [robin.phone.token, tablet.token, robin.email])
			assert.ok(!text.includes(secret));
	});

	test("is nobody else's, and goes with the notice", async () => {
		const robin = await newReader();
		const kim = await signUp();
		const notice = await tell(robin);

		expectProblem(await kim.client.get(path(notice)), 404, 'not_found');
		expectOk(await robin.client.delete(`/api/notifications/${notice}`), 204);
		expectProblem(await robin.client.get(path(notice)), 404, 'not_found');
	});
});

describe('POST /api/devices/{device_id}/test', () => {
	const tryOut = ({ client, phone }, options) => client.post(`/api/devices/${phone.id}/test`, undefined, options);

	test('sends a push to this device, in its language, whatever the time and what is wanted', async () => {
		const robin = await newReader({}, { locale: 'de' });
		const other = { phone: await newPhone(await signIn(robin)) };

		expectOk(await robin.client.patch('/api/notifications/preferences',
			{ push: [], quiet_from: '00:00', quiet_until: '23:59' }));
		assert.deepEqual(expectOk(await tryOut(robin), 202), await deviceOf(robin));
		const [made] = await until('it is accepted', async () => (await deliveriesFor(robin, 'test'))
			.filter(({ state }) => state === 'accepted'));
		const [{ title, message, notif_id, data }, ...rest] = sentTo(robin);
		assert.deepEqual([title, message, notif_id, data, rest], ['Das ist ein Test',
			'Benachrichtigungen kommen auf diesem Telefon an.', made.id, { kind: 'test' }, []]);
		assert.deepEqual(sentTo(other), []);
	});

	test('is done once under its key, three times a minute, and not for a device that is disabled', async () => {
		const robin = await newReader();
		const kim = await newReader();
		const key = { headers: { 'Idempotency-Key': newId() } };

		const first = expectOk(await tryOut(robin, key), 202);
		assert.deepEqual(expectOk(await tryOut(robin, key), 202), first);
		assert.equal((await deliveriesFor(robin, 'test')).length, 1);
		expectOk(await tryOut(robin), 202);
		expectOk(await tryOut(robin), 202);
		const problem = expectProblem(await tryOut(robin), 429, 'too_many_requests');
		assert.ok(problem.detail.length > 0);
		expectProblem(await tryOut({ ...kim, phone: robin.phone }), 404, 'not_found');
		await sql("UPDATE deliveries SET created_at = now() - interval '61 s' WHERE user_id = :'id'",
			{ id: robin.user.id });
		expectOk(await tryOut(robin), 202);
		await sql("UPDATE devices SET disabled_at = now() WHERE id = :'id'", kim.phone);
		expectProblem(await tryOut(kim), 409, 'device_disabled');
	});
});

describe('a phone', () => {
	test('that is dead is disabled, and pushed to no more', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'dead');
		const notice = await tell(robin);
		await becomes(notice, 'failed', 'unregistered');
		const { disabled_at, disabled_reason } = await deviceOf(robin);
		assert.notEqual(disabled_at, null);
		assert.equal(disabled_reason, 'unregistered');
		assert.deepEqual(await deliveriesOf(await tell(robin)), []);
	});

	test('of another environment three times in a row is disabled, and a success between counts', async () => {
		const robin = await newReader();
		const { token } = robin.phone;

		server.of(token, 'environment');
		const first = await tell(robin);
		await tried(first, 1);
		await again(first);
		await tried(first, 2);
		server.of(token, 'ok');
		await again(first);
		await tried(first, 3, 'accepted');
		assert.equal(await countsOf(robin), '0|0');
		server.of(token, 'environment');
		const second = await tell(robin);
		await tried(second, 1);
		await again(second);
		await tried(second, 2);
		assert.equal((await deviceOf(robin)).disabled_at, null);
		await again(second);
		await tried(second, 3, 'failed');
		assert.equal((await deviceOf(robin)).disabled_reason, 'wrong_environment');
		assert.equal((await deliveriesOf(second))[0].reason, 'wrong_environment');
	});

	test('of which something unknown is said is counted and kept, however often', async () => {
		const robin = await newReader();

		server.of(robin.phone.token, 'unknown');
		const notice = await tell(robin);
		for (let i = 1; i <= 4; i += 1) {
			await tried(notice, i);
			await again(notice);
		}
		await tried(notice, 5);
		assert.equal(await countsOf(robin), '0|5');
		assert.equal((await deviceOf(robin)).disabled_at, null);
	});

	test('that is registered anew is not disabled for what was said before', async () => {
		const robin = await newReader();
		const [row] = await sql("SELECT version FROM devices WHERE id = :'id'", robin.phone);

		server.of(robin.phone.token, 'away');
		const notice = await tell(robin);
		const { id } = await tried(notice, 1);
		expectOk(await robin.client.post('/api/devices', { platform: 'ios', token: robin.phone.token }));
		await sql(`SELECT hob.push_tried(:'id', 'dead', :'row'::int)`, { id, row });
		assert.equal((await deviceOf(robin)).disabled_at, null);
	});
});

describe('a push is dropped', () => {
	const stop = () => hobJobs('pause', 'push');
	const go = () => hobJobs('resume', 'push');
	const patch = (robin, body) => robin.client.patch('/api/notifications/preferences', body);

	/** What happens between the notice and its push, and why it is not sent then. */
	const CASES = {
		'when its reader has read it': ['read', async (robin, due, notice) =>
			expectOk(await robin.client.post(`/api/notifications/${notice}/read`))],
		'when its reader has deleted it': ['deleted', async (robin, due, notice) =>
			expectOk(await robin.client.delete(`/api/notifications/${notice}`), 204)],
		'when its reader wants none of its kind any more': ['not_wanted', async (robin) =>
			expectOk(await patch(robin, { push: ['security'] }))],
		'when the task is done': ['task_closed', async (robin, { task }) =>
			expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201)],
		'when the task is cancelled': ['task_closed', async (robin, { task }) =>
			expectOk(await robin.client.post(`/api/tasks/${task.id}/cancel`))],
		'when the task has another day': ['task_moved', async (robin, { task }) =>
			expectOk(await robin.client.patch(`/api/tasks/${task.id}`, { due_on: '2031-05-05' }))],
		'when the task is deleted': ['task_gone', async (robin, { task }) =>
			expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204)],
		'when the task is for somebody else now': ['not_the_assignee', async (robin, due, notice, kim) => {
			await makeMember(due.residence, kim.user, 'member');
			expectOk(await robin.client.patch(`/api/tasks/${due.task.id}`,
				{ assigned_to_id: kim.user.id }));
		}],
		'when its reader may only look any more': ['not_the_assignee', (robin, { residence }, notice, kim) =>
			handOver(residence, robin, kim, 'viewer')],
		'when its reader has left': ['not_a_member', async (robin, { residence }, notice, kim) => {
			await handOver(residence, robin, kim, 'viewer');
			await removeMember(residence, robin.user);
		}],
		'when its account is disabled': ['account_disabled', (robin) =>
			sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: robin.user.id })],
		'when it is three days old': ['too_late', (robin, due, notice) => sql(`UPDATE deliveries
			SET created_at = now() - interval '73 hours' WHERE notice_id = :'notice'`, { notice })],
		'when the session of the phone is over': ['device_gone', (robin) => sql(
			"UPDATE sessions SET expires_at = now() WHERE user_id = :'id'", { id: robin.user.id })],
		'when the phone is gone': ['device_gone', async (robin) =>
			expectOk(await robin.client.delete(`/api/devices/${robin.phone.id}`), 204)],
	};

	async function handOver(residence, from, to, role) {
		await makeMember(residence, to.user, 'member');
		await sql(`UPDATE residence_members SET role = 'manager'
			  WHERE residence_id = :'home' AND role = 'owner';
			UPDATE residence_members SET role = 'owner' WHERE residence_id = :'home' AND user_id = :'to';
			UPDATE residences SET owner_id = :'to' WHERE id = :'home'`,
		{ home: residence.id, to: to.user.id });
		await makeMember(residence, from.user, role);
	}

	for (const [what, [reason, act]] of Object.entries(CASES))
		test(what, async () => {
			const robin = await newReader();
			const kim = await signUp();
			const due = await newDue(robin);

			await stop();
			const notice = await remind(robin, due);
			await act(robin, due, notice, kim);
			await go();
			const { attempts, ended_at } = await becomes(notice, 'dropped', reason);
			assert.equal(attempts, 0);
			assert.notEqual(ended_at, null);
			assert.deepEqual(sentTo(robin), []);
		});

	test('when a task that was given is given to another, and when one that was done is not done', async () => {
		const robin = await newReader();
		const due = await newDue(robin);
		const about = { home: due.residence.id, subject: 'task', subject_id: due.task.id };

		expectOk(await patch(robin, { push: ['task_assigned', 'task_completed'] }));
		await becomes(await tell(robin, { ...about, kind: 'task_assigned' }), 'dropped', 'not_the_assignee');
		await becomes(await tell(robin, { ...about, kind: 'task_completed' }), 'dropped', 'task_undone');
		expectOk(await robin.client.patch(`/api/tasks/${due.task.id}`, { assigned_to_id: robin.user.id }));
		await becomes(await tell(robin, { ...about, kind: 'task_assigned', occurrence: 2 }), 'accepted');
		expectOk(await robin.client.post(`/api/tasks/${due.task.id}/complete`, { occurrence: 1 }), 201);
		await sql("DELETE FROM notices WHERE user_id = :'id' AND kind = 'task_completed'",
			{ id: robin.user.id });
		await becomes(await tell(robin, { ...about, kind: 'task_completed' }), 'accepted');
	});

	test('not when nothing has changed', async () => {
		const robin = await newReader();

		await stop();
		const notice = await remind(robin, await newDue(robin));
		await go();
		await becomes(notice, 'accepted');
		assert.equal(sentTo(robin).length, 1);
	});
});

test('no log has the token of a phone, not where Gorush says it', async () => {
	const robin = await newReader();

	server.of(robin.phone.token, 'unreachable');
	await tried(await tell(robin), 1);
	expectSilentLogs(10);
});
