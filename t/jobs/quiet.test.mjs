// quiet.test.mjs: in quiet hours nobody is pushed or mailed; when they end what is still so is, as one where it is
// several. The clock is the database's: hours are put around it, and rows are moved.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Session, sql } from '../api/support/db.mjs';
import { expectOk, expectPage } from '../api/support/expect.mjs';
import { proveAddress, signIn, signUp } from '../api/support/people.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { gorush } from './gorush.mjs';
import { becomes, deliveriesFor, deliveriesOf, newDue, newPhone, remind, tell } from './phones.mjs';
import { expectSilentLogs, jobOf, moveTime } from './support.mjs';

let server;

/** The job that lets go what is held of them by a channel, the first where there are several. */
async function digestOf({ user }, channel = 'push') {
	const [key] = await sql(`SELECT key FROM jobs WHERE kind = 'digest' AND starts_with(key, :'about')
		ORDER BY run_at LIMIT 1`, { about: `${user.id}:${channel}:` });

	return key && jobOf(key);
}

const sentTo = ({ phone }) => server.sent.filter(({ tokens }) => tokens[0] === phone.token);
const prefer = ({ client }, body) => client.patch('/api/notifications/preferences', body);

/** The time in a zone, so many hours from now, as preferences have it. */
const clock = (hours, timeZone = 'UTC') => new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit',
	minute: '2-digit', hourCycle: 'h23' }).format(Date.now() + hours * 3600_000);

/** Somebody with a phone, in quiet hours that began an hour ago and end in six. */
async function newSleeper(fields = {}, zone = 'UTC') {
	const person = await signUp({ time_zone: zone, ...fields });

	expectOk(await prefer(person, { quiet_from: clock(-1, zone), quiet_until: clock(6, zone) }));
	return { ...person, phone: await newPhone(person) };
}

/** Their quiet hours are over, and what was held has been let go. */
async function wake(person, channel = 'push') {
	await sql("UPDATE users SET quiet_from = NULL, quiet_until = NULL WHERE id = :'id'", { id: person.user.id });
	await until('nothing is held', async () => (await sql(`SELECT id FROM deliveries WHERE user_id = :'id'
		AND channel = :'channel' AND state = 'held'`, { id: person.user.id, channel })).length === 0);
}

before(async () => {
	server = await gorush();
	configure({ 'push.gorush': server.url });
	await stack('restart', 'jobs');
});

after(async () => {
	await server.close();
	configure();
	await stack('up');
});

describe('quiet hours', () => {
	/** [zone, from, until, instant, the end or null]. Clocks go forward at 2:00 and back at 3:00 in Berlin. */
	const CASES = [
		['UTC', '22:00', '07:00', '2026-06-01T21:59:59Z', null],
		['UTC', '22:00', '07:00', '2026-06-01T22:00:00Z', '2026-06-02T07:00:00Z'],
		['UTC', '22:00', '07:00', '2026-06-02T06:59:59Z', '2026-06-02T07:00:00Z'],
		['UTC', '22:00', '07:00', '2026-06-02T07:00:00Z', null],
		['UTC', '13:00', '15:00', '2026-06-01T14:00:00Z', '2026-06-01T15:00:00Z'],
		['UTC', '13:00', '15:00', '2026-06-01T15:00:00Z', null],
		['UTC', '22:00', '22:00', '2026-06-01T22:00:00Z', null],
		['Pacific/Auckland', '22:00', '07:00', '2026-06-01T12:00:00Z', '2026-06-01T19:00:00Z'],
		['Pacific/Auckland', '22:00', '07:00', '2026-06-01T20:00:00Z', null],
		['America/Los_Angeles', '22:00', '07:00', '2026-06-01T06:00:00Z', '2026-06-01T14:00:00Z'],
		['Asia/Kathmandu', '22:00', '07:00', '2026-06-01T16:15:00Z', '2026-06-02T01:15:00Z'],
		// The night has seven hours, and eight.
		['Europe/Berlin', '23:00', '07:00', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
		['Europe/Berlin', '23:00', '07:00', '2026-10-24T21:00:00Z', '2026-10-25T06:00:00Z'],
		['Europe/Berlin', '23:00', '07:00', '2026-10-25T05:59:59Z', '2026-10-25T06:00:00Z'],
		// An end that the clocks leave out, and one that comes twice.
		['Europe/Berlin', '23:00', '02:30', '2026-03-29T01:15:00Z', '2026-03-29T01:30:00Z'],
		['Europe/Berlin', '23:00', '02:30', '2026-03-29T01:30:00Z', null],
		['Europe/Berlin', '23:00', '02:30', '2026-10-25T00:15:00Z', '2026-10-25T00:30:00Z'],
		['Europe/Berlin', '23:00', '02:30', '2026-10-25T01:15:00Z', null],
		// A beginning that comes twice, and one that is left out.
		['Europe/Berlin', '02:30', '07:00', '2026-10-25T00:30:00Z', '2026-10-25T06:00:00Z'],
		['Europe/Berlin', '02:30', '07:00', '2026-10-25T01:15:00Z', '2026-10-25T06:00:00Z'],
		['Europe/Berlin', '02:30', '07:00', '2026-03-29T01:15:00Z', null],
		['Europe/Berlin', '02:30', '07:00', '2026-03-29T01:30:00Z', '2026-03-29T05:00:00Z'],
		['UTC', null, null, '2026-06-01T00:00:00Z', null],
	];

	test('are those of the zone of the account, past midnight and over changes of the clocks', async () => {
		const { user } = await signUp();

		for (const [zone, from, to, at, end] of CASES) {
			const [found = ''] = await sql(`UPDATE users SET time_zone = :'zone',
					quiet_from = nullif(:'from', '')::time, quiet_until = nullif(:'to', '')::time
				  WHERE id = :'id';
				SELECT to_char(hob.quiet_until(:'id', :'at') AT TIME ZONE 'UTC',
					'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
			{ id: user.id, zone, from: from ?? '', to: to ?? '', at });

			assert.equal(found, end ?? '', `${zone} ${from} to ${to} at ${at}`);
		}
	});

	test('hold a push until they end; alone it goes as it is', async () => {
		const robin = await newSleeper({}, 'Asia/Kathmandu');
		const notice = await tell(robin);
		const held = await becomes(notice, 'held');
		const { state, wait_s } = await digestOf(robin);

		assert.equal(state, 'waiting');
		assert.ok(wait_s > 5.9 * 3600 && wait_s <= 6 * 3600, `at their end: ${wait_s} s`);
		assert.equal(await jobOf(held.id), undefined);
		assert.deepEqual(sentTo(robin), []);
		await wake(robin);
		await becomes(notice, 'accepted');
		assert.deepEqual(sentTo(robin).map((n) => [n.notif_id, n.title]),
			[[held.id, 'Kim has joined Chestnut Hill']]);
	});

	test('hold nothing that is about the safety of the account', async () => {
		const robin = await newSleeper();

		await becomes(await tell(robin, { kind: 'security', subject: 'account' }), 'accepted');
	});

	test('are asked again when a push was tried before them, and goes on behind', async () => {
		const robin = { ...await signUp() };
		robin.phone = await newPhone(robin);

		server.of(robin.phone.token, 'away');
		const notice = await tell(robin);
		const { id } = await until('it is tried', async () => (await deliveriesOf(notice))
			.find(({ attempts }) => attempts === 1));
		await until('it waits', async () => (await jobOf(id))?.state === 'waiting');
		expectOk(await prefer(robin, { quiet_from: clock(-1), quiet_until: clock(6) }));
		server.of(robin.phone.token, 'ok');
		await moveTime(id);
		await becomes(notice, 'held');
		assert.equal((await digestOf(robin)).state, 'waiting');
		await wake(robin);
		assert.equal((await becomes(notice, 'accepted')).attempts, 2);
		assert.deepEqual([...new Set(sentTo(robin).map(({ notif_id }) => notif_id))], [id]);
	});

	test('that are put off or changed let go when they end as they are now', async () => {
		const robin = await newSleeper();
		const notice = await tell(robin);

		await becomes(notice, 'held');
		expectOk(await prefer(robin, { quiet_until: clock(3) }));
		await until('it goes with their new end', async () => {
			const job = await digestOf(robin);
			return job?.state === 'waiting' && job.wait_s < 3 * 3600 && job.wait_s > 2.9 * 3600;
		});
		assert.equal((await deliveriesOf(notice))[0].state, 'held');
		expectOk(await prefer(robin, { quiet_from: null, quiet_until: null }));
		await becomes(notice, 'accepted');
	});

	test('make nobody wait who tells the same people, in whichever order, and what is held is let go', async () => {
		const sleepers = [await newSleeper(), await newSleeper()];
		const [one, other] = [new Session(), new Session()];
		const told = ({ user }) => `DO $$ BEGIN PERFORM hob.notify(ARRAY['${user.id}'::uuid], 'member_joined',
			NULL, 'member', gen_random_uuid(), '{"who": "Kim", "home": "Here", "role": "member"}'); END $$`;
		const free = ({ user }) => sql(`SELECT id FROM jobs WHERE kind = 'digest' AND starts_with(key, :'id')
			FOR UPDATE SKIP LOCKED`, { id: user.id });

		try {
			// Where no job is there yet, and where each finds one.
			for (const jobs of [0, 2]) {
				await one.run(`BEGIN; SET LOCAL lock_timeout = '1s'; ${told(sleepers[0])}`);
				await other.run(`BEGIN; SET LOCAL lock_timeout = '1s'; ${told(sleepers[1])}`);
				await one.run(told(sleepers[1]));
				await other.run(told(sleepers[0]));
				for (const sleeper of sleepers)
					assert.ok(jobs === 0 || (await free(sleeper)).length < jobs);
				await one.run('COMMIT');
				await other.run('COMMIT');
			}
			for (const sleeper of sleepers) {
				assert.equal((await free(sleeper)).length, 2);
				await wake(sleeper);
				const folded = (await deliveriesFor(sleeper)).filter(({ state }) => state === 'folded');
				assert.equal(folded.length, 4);
			}
		} finally {
			one.end();
			other.end();
		}
	});

	test('hold what is told while the job is in other hands', async () => {
		const robin = await newSleeper();
		const runner = new Session();

		await tell(robin);
		await runner.run(`BEGIN;
			SELECT FROM jobs WHERE kind = 'digest' AND key ^@ '${robin.user.id}' FOR UPDATE`);
		await tell(robin);
		await runner.run(`DELETE FROM jobs WHERE kind = 'digest' AND key ^@ '${robin.user.id}'; COMMIT`);
		runner.end();
		await wake(robin);
		assert.equal((await deliveriesFor(robin, 'digest')).length, 1);
	});

	test('of another zone let go, too', async () => {
		const robin = await newSleeper();
		const notice = await tell(robin);

		await becomes(notice, 'held');
		expectOk(await robin.client.patch('/api/auth/me', { time_zone: 'Pacific/Auckland' }));
		await becomes(notice, 'accepted');
	});
});

describe('a digest', () => {
	test('says how many there are and the first of them, in the language of each phone', async () => {
		const robin = await newSleeper();
		const tablet = { phone: await newPhone(await signIn(robin), { platform: 'android', locale: 'de' }) };
		const notices = [];

		for (const title of ['Lamp', 'Roof', 'Sink', 'Door', 'Tap'])
			notices.push(await remind(robin, await newDue(robin, { title })));
		await wake(robin);
		await until('both digests are accepted', async () => (await deliveriesFor(robin, 'digest'))
			.filter(({ state }) => state === 'accepted').length === 2);
		const digests = await deliveriesFor(robin, 'digest');
		const { unread } = expectOk(await robin.client.get('/api/notifications/unread-count'));
		for (const [one, title, body] of [
			[robin, 'New notifications: 5', 'Due on 4 May 2031: Lamp · Due on 4 May 2031: Roof'
				+ ' · Due on 4 May 2031: Sink · and 2 more'],
			[tablet, 'Neue Benachrichtigungen: 5', 'Fällig am 4.5.2031: Lamp · Fällig am 4.5.2031: Roof'
				+ ' · Fällig am 4.5.2031: Sink · und 2 weitere']]) {
			const [sent, ...rest] = sentTo(one);
			const digest = digests.find(({ device_id }) => device_id === one.phone.id);

			assert.deepEqual(rest, []);
			assert.deepEqual(
				[sent.title, sent.message, sent.badge, sent.data, sent.notif_id, sent.collapse_id],
				[title, body, unread, { kind: 'digest' }, digest.id, digest.id]);
			const folded = (await deliveriesFor(robin))
				.filter(({ folded_into }) => folded_into === digest.id);
			assert.deepEqual(folded.map(({ notice_id }) => notice_id), notices);
			assert.ok(folded.every(({ state, device_id }) =>
				state === 'folded' && device_id === one.phone.id));
		}
		for (const notice of notices)
			assert.deepEqual(expectPage(await robin.client.get(`/api/notifications/${notice}/deliveries`))
				.map(({ state, in_digest, attempts }) => [state, in_digest, attempts]),
			[['accepted', true, 1], ['accepted', true, 1]]);
	});

	test('tells only what is still so', async () => {
		const robin = await newSleeper();
		const dues = [];
		const notices = [];

		for (const title of ['Lamp', 'Roof', 'Sink']) {
			dues.push(await newDue(robin, { title }));
			notices.push(await remind(robin, dues.at(-1)));
		}
		const { id } = dues[0].task;
		expectOk(await robin.client.post(`/api/tasks/${id}/complete`, { occurrence: 1 }), 201);
		await wake(robin);
		await becomes(notices[0], 'dropped', 'task_closed');
		const [digest] = await until('it is accepted', async () => (await deliveriesFor(robin, 'digest'))
			.filter(({ state }) => state === 'accepted'));
		assert.equal(sentTo(robin).length, 1);
		assert.equal(sentTo(robin)[0].title, 'New notifications: 2');
		assert.ok(!sentTo(robin)[0].message.includes('Lamp'));
		assert.equal(digest.attempts, 1);
	});

	test('of which one is left goes as that one, and of which none is left not at all', async () => {
		const robin = await newSleeper();
		const kim = await newSleeper();

		for (const [person, left] of [[robin, 1], [kim, 0]]) {
			const notices = [await tell(person), await tell(person)];

			for (const notice of notices.slice(left))
				expectOk(await person.client.post(`/api/notifications/${notice}/read`));
			await wake(person);
			for (const notice of notices.slice(left))
				await becomes(notice, 'dropped', 'read');
			if (left)
				await becomes(notices[0], 'accepted');
			assert.deepEqual(await deliveriesFor(person, 'digest'), []);
		}
		assert.deepEqual(sentTo(robin).map(({ title }) => title), ['Kim has joined Chestnut Hill']);
		assert.deepEqual(sentTo(kim), []);
	});

	test('asks again at each try, and is dropped when nothing of it is left', async () => {
		const robin = await newSleeper();
		const notices = [await tell(robin), await tell(robin)];

		server.of(robin.phone.token, 'away');
		await wake(robin);
		const { id } = await until('it is tried', async () => (await deliveriesFor(robin, 'digest'))
			.find(({ attempts }) => attempts === 1));
		for (const notice of notices)
			expectOk(await robin.client.post(`/api/notifications/${notice}/read`));
		await until('it waits', async () => (await jobOf(id))?.state === 'waiting');
		await moveTime(id);
		await until('it is dropped', async () => (await deliveriesFor(robin, 'digest'))
			.find(({ state, reason }) => state === 'dropped' && reason === 'nothing_left'));
		assert.equal(sentTo(robin).length, 1);
	});

	test('that was tried and comes into quiet hours goes behind them under its own id', async () => {
		const robin = await newSleeper();

		for (let i = 0; i < 2; i += 1)
			await tell(robin);
		server.of(robin.phone.token, 'away');
		await wake(robin);
		const { id } = await until('it is tried', async () => (await deliveriesFor(robin, 'digest'))
			.find(({ attempts }) => attempts === 1));
		await until('it waits', async () => (await jobOf(id))?.state === 'waiting');
		expectOk(await prefer(robin, { quiet_from: clock(-1), quiet_until: clock(6) }));
		await moveTime(id);
		await until('it is held', async () => (await deliveriesFor(robin, 'digest'))[0].state === 'held');
		const third = await tell(robin);
		server.of(robin.phone.token, 'ok');
		await wake(robin);
		await becomes(third, 'accepted');
		const [digest, ...others] = await until('it is accepted', async () => {
			const digests = await deliveriesFor(robin, 'digest');
			return digests[0].state === 'accepted' && digests;
		});
		assert.deepEqual([digest.id, digest.attempts, others], [id, 2, []]);
		assert.deepEqual(sentTo(robin).filter(({ notif_id }) => notif_id === id).map(({ title }) => title),
			Array(2).fill('New notifications: 2'));
	});

	test('that was not tried by then is taken apart, and what it told is in the next', async () => {
		const robin = await newSleeper();
		const { id } = robin.user;
		const notices = [await tell(robin), await tell(robin)];

		await stack('stop', 'jobs');
		await sql("UPDATE users SET quiet_from = NULL, quiet_until = NULL WHERE id = :'id'", { id });
		await sql("SELECT hob.release_held(:'id', 'push')", { id });
		expectOk(await prefer(robin, { quiet_from: clock(-1), quiet_until: clock(6) }));
		await stack('start', 'jobs');
		await becomes(notices[0], 'held');
		const third = await tell(robin);
		await wake(robin);
		await until('another is accepted', async () => (await deliveriesFor(robin, 'digest'))
			.find(({ state }) => state === 'accepted'));
		assert.deepEqual((await deliveriesFor(robin, 'digest')).map(({ state, reason }) => [state, reason]),
			[['dropped', 'quiet_hours'], ['accepted', null]]);
		assert.equal((await deliveriesOf(third))[0].state, 'folded');
		assert.equal(sentTo(robin).at(-1).title, 'New notifications: 3');
	});

	test('is one for all mails', async () => {
		const robin = await newSleeper();
		const notices = [];

		await proveAddress(robin);
		for (let i = 0; i < 2; i += 1)
			notices.push(await tell(robin, { kind: 'residence_shared' }));
		assert.equal((await digestOf(robin, 'mail')).state, 'waiting');
		await wake(robin, 'mail');
		const mails = (await deliveriesFor(robin, 'digest')).filter(({ channel }) => channel === 'mail');
		assert.equal(mails.length, 1);
		for (const notice of notices)
			assert.equal((await deliveriesOf(notice, 'mail'))[0].folded_into, mails[0].id);
	});

	test('is made once, whoever lets go', async () => {
		const robin = await newSleeper();
		const { id } = robin.user;

		for (let i = 0; i < 3; i += 1)
			await tell(robin);
		await sql("DELETE FROM jobs WHERE starts_with(key, :'id')", { id });
		await sql("ALTER TABLE users DISABLE TRIGGER users_quiet_hours");
		await sql("UPDATE users SET quiet_from = NULL, quiet_until = NULL WHERE id = :'id'", { id });
		await sql("ALTER TABLE users ENABLE TRIGGER users_quiet_hours");
		await Promise.all(Array.from({ length: 6 }, () =>
			sql("SELECT hob.release_held(:'id', 'push')", { id })));
		assert.equal((await deliveriesFor(robin, 'digest')).length, 1);
	});
});

test('no log has the token of a phone', () => expectSilentLogs(10));
