// letters.test.mjs: notices that go by mail, through a real SMTP server that fails in its ways: each arrives, whole and
// in the reader's language, and once where the server says what it did; what cannot arrive is noted; a link ends them.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { request } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, proveAddress, signUp } from '../api/support/people.mjs';
import { configure, logged, logMark, logSince, stack, until } from '../fault/support.mjs';
import { folder, open, own, reply, stranger, sweepUp } from './post_office.mjs';
import { addProbe, ended, expectSilentLogs, inState, jobOf, logPath, moveTime, secret } from './support.mjs';

const SITE = 'https://hob.example.org';
const FACTS = { title: 'Oil & <b>garden</b> gate', who: 'Kim', home: 'Chestnut Hill', role: 'member' };
const LATER = reply(450, '4.7.1 not yet, ann@example.test');

let office;
let ann;
let ben;

/** hob-jobs with this post office, and settings on top. Only one runner: it is the one that rests. */
async function start(options, settings = {}) {
	office = await open(options);
	configure({ 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file,
		'mail.timeout': '2s', 'site.url': SITE, 'jobs.runners': 1, 'jobs.poll': '50ms', ...settings });
	await stack('restart', 'jobs');
}

/** Tells `person` of something; resolves to the id of the delivery by mail, undefined when there is none. */
async function tell(person, kind = 'residence_shared', facts = FACTS) {
	const [id] = await sql(`SELECT d.id FROM hob.notify(ARRAY[:'user'::uuid], :'kind', NULL, 'residence',
			:'subject', :'facts') n
		  LEFT JOIN LATERAL (SELECT hob.mail_of(n.id) AS id) d ON true`,
	{ user: person.user.id, kind, subject: newId(), facts: JSON.stringify(facts) });

	return id || undefined;
}

const deliveryOf = async (id) => JSON.parse((await sql(`SELECT json_build_object('state', state,
	'attempts', attempts, 'reason', reason, 'created_s', floor(extract(epoch FROM created_at)))
	FROM deliveries WHERE id = :'id'`, { id }))[0]);
const isIn = async (id, state, attempts) => {
	const delivery = await deliveryOf(id);

	assert.deepEqual([delivery.state, delivery.attempts], [state, attempts]);
};
const messageOf = (id) => `<${id}@example.org>`;
const mailsOf = (id) => office.mails.filter(({ parsed }) => parsed.messageId === messageOf(id));

/** A mail that has arrived: as a mail program reads it. */
async function arrived(id) {
	await ended(id);
	assert.equal(mailsOf(id).length, 1);
	assert.deepEqual({ ...await deliveryOf(id), created_s: 0 },
		{ state: 'accepted', attempts: 1, reason: null, created_s: 0 });
	const [{ parsed }] = mailsOf(id);
	secret(parsed.to.text);
	for (const [, seal] of parsed.text.matchAll(/unsubscribe#\w+\.[\w-]+\.([\w-]+)$/gm))
		secret(seal);
	return parsed;
}

/** It waits for its next try, after so many that count. */
const waits = (id, tries) => until(`${id} waits after ${tries} tries`, async () => {
	const job = await jobOf(id);

	return job?.state === 'waiting' && job.last_error !== null && job.tries === tries && job;
});

before(async () => {
	chmodSync(folder, 0o755);
	await stack('up');
	// Which delivery of a notice is its mail.
	await sql(`CREATE OR REPLACE FUNCTION hob.mail_of(notice uuid) RETURNS uuid LANGUAGE sql AS
		$$ SELECT id FROM deliveries WHERE notice_id = notice AND channel = 'mail' $$`);
	ann = await signUp({ locale: 'en' });
	ben = await signUp({ locale: 'de-AT' });
	await Promise.all([ann, ben].map(proveAddress));
});
afterEach(() => office?.close());
after(async () => {
	await sql('DROP FUNCTION hob.mail_of(uuid)');
	configure();
	await stack('up');
	sweepUp();
});

describe('a notice', () => {
	test('arrives by mail, as text and as HTML, in the language of its reader', async () => {
		await start();
		for (const [person, title, stop] of [[ann, 'Kim shares Chestnut Hill with you', 'switch them off'],
			[ben, 'Kim teilt Chestnut Hill mit Ihnen', 'lassen sie sich abschalten']]) {
			const id = await tell(person);
			const mail = await arrived(id);

			assert.equal(mail.subject, title);
			assert.equal(mail.to.text, person.email);
			assert.equal(mail.from.text, '"Hob" <hob@example.org>');
			assert.equal(mail.date.getTime() / 1000, (await deliveryOf(id)).created_s);
			assert.ok(mail.text.startsWith(`${title}\n\n`), mail.text);
			for (const part of [mail.text, mail.html.replace(/\s+/g, ' ')]) {
				assert.ok(part.includes(stop), part);
				assert.ok(part.includes(`${SITE}/open/residence/`));
				assert.ok(part.includes(
					`${SITE}/account/unsubscribe#residence_shared.${person.user.id}.`));
				assert.doesNotMatch(part, /\{\{|undefined|null/);
			}
			assert.ok(mail.html.includes(`<html lang="${person === ann ? 'en' : 'de'}">`));
			assert.doesNotMatch(mail.html, /<img|src=|url\(/);
		}
	});

	test('is HTML only where it is meant', async () => {
		await start();
		expectOk(await ann.client.patch('/api/notifications/preferences',
			{ mail: ['task_assigned', 'residence_shared', 'security'] }));
		const mail = await arrived(await tell(ann, 'task_assigned'));

		assert.equal(mail.subject, 'For you: Oil & <b>garden</b> gate');
		assert.ok(mail.text.includes('Oil & <b>garden</b> gate'));
		assert.ok(mail.html.includes('Oil &amp; &lt;b&gt;garden&lt;/b&gt; gate'));
		assert.ok(!mail.html.includes('<b>garden'));
	});

	test('goes to no address that is not proved, whatever it tells', async () => {
		await start();
		const stranger = await signUp();
		const ids = [await tell(stranger), await tell(stranger, 'security')];

		for (const id of ids) {
			await ended(id);
			assert.deepEqual({ ...await deliveryOf(id), created_s: 0 }, { state: 'dropped', attempts: 0,
				reason: 'address_not_proved', created_s: 0 });
			assert.deepEqual(mailsOf(id), []);
		}
		await proveAddress(stranger);
		await arrived(await tell(stranger));
	});

	test('about the safety of the account is mailed five times an hour', async () => {
		await start();
		const person = await signUp();
		const all = [];

		await proveAddress(person);
		for (let i = 0; i < 8; i += 1)
			all.push(await tell(person, 'security'));
		for (const id of all.slice(0, 5))
			await arrived(id);
		for (const id of all.slice(5)) {
			await ended(id);
			assert.deepEqual([mailsOf(id), (await deliveryOf(id)).reason], [[], 'enough']);
		}
		assert.equal(expectOk(await person.client.get('/api/notifications/unread-count')).unread, 8);
		await arrived(await tell(person));
		await sql("UPDATE deliveries SET created_at = created_at - interval '61 minutes' WHERE user_id = :'id'",
			{ id: person.user.id });
		await arrived(await tell(person, 'security'));
	});

	test('has no links without site.url', async () => {
		await start({}, { 'site.url': '' });
		const mail = await arrived(await tell(ben));

		assert.doesNotMatch(mail.text + mail.html, /https?:/);
		assert.ok(!mail.headers.has('list-unsubscribe') && !mail.headers.has('list'));
		assert.ok(mail.text.includes('lassen sie sich abschalten'));
	});
});

const headersOf = ({ headerLines }) => Object.fromEntries(headerLines.map(({ key, line }) => [key, line]));

/** What a mail program does whose button is pressed, by the headers of a mail. */
async function oneClick(headers) {
	const [, url] = /<(https:[^>]+)>/.exec(headers['list-unsubscribe']);

	assert.match(headers['list-unsubscribe-post'], /: List-Unsubscribe=One-Click$/);
	assert.ok(url.startsWith(`${SITE}/api/unsubscribe/`));
	expectOk(await request('POST', url.slice(SITE.length), { raw: 'List-Unsubscribe=One-Click',
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }), 204);
}

describe('a digest', () => {
	const quiet = ({ user }, from, to) => sql(`UPDATE users SET quiet_from = (${from})::time,
		quiet_until = (${to})::time WHERE id = :'id'`, { id: user.id });

	/** Somebody is told all this in quiet hours; resolves to the mail that comes when they end. */
	async function digest(person, notices) {
		const ids = [];

		await quiet(person, "now() AT TIME ZONE time_zone - interval '1 hour'",
			"now() AT TIME ZONE time_zone + interval '6 hours'");
		for (const [kind, facts] of notices)
			ids.push(await tell(person, kind, { ...FACTS, ...facts }));
		await quiet(person, 'NULL', 'NULL');
		const folded = await until('they are folded', async () => (await sql(
			"SELECT folded_into FROM deliveries WHERE id = :'id' AND folded_into IS NOT NULL",
			{ id: ids[0] }))[0]);
		return arrived(folded);
	}

	const shared = (count) => Array.from({ length: count }, (_, n) => ['residence_shared', { home: `Hut ${n}` }]);

	for (const [locale, title, warranty, one, more, why] of [
		['en', 'New notifications: 13', 'The warranty of Lamp ends on 4 May 2031',
			(home) => `Kim shares ${home} with you`, 'and 3 more',
			'You get this mail because such mails are switched on for your account. The settings of the '
			+ 'app switch them off.\nThis link ends all notifications by mail, but those about the safety '
			+ 'of your account:'],
		['de', 'Neue Benachrichtigungen: 13', 'Die Garantie für Lamp endet am 4.5.2031',
			(home) => `Kim teilt ${home} mit Ihnen`, 'und 3 weitere',
			'Sie bekommen diese Mail, weil solche Mails für Ihr Konto eingeschaltet sind. In den '
			+ 'Einstellungen der App lassen sie sich abschalten.\nDieser Link schaltet alle '
			+ 'Benachrichtigungen per Mail ab, außer denen zur Sicherheit Ihres Kontos:']])
		test(`has ten titles, the number of the rest and one link, and nothing else (${locale})`, async () => {
			await start();
			const person = await signUp({ locale });
			await proveAddress(person);
			const mail = await digest(person,
				[['warranty_expiring', { title: 'Lamp', due_on: '2031-05-04' }], ...shared(12)]);
			const [, body, ...rest] = mail.text.trim().split('\n\n');
			const homes = shared(9).map(([, { home }]) => home);

			assert.equal(mail.subject, title);
			assert.deepEqual([mail.from.text, mail.to.text], ['"Hob" <hob@example.org>', person.email]);
			assert.deepEqual(body.split(' · '), [warranty, ...homes.map(one), more]);
			assert.equal(rest.join('\n\n').replace(/[\w-]{22}$/, 'SEAL'),
				`-- \n${why}\n${SITE}/account/unsubscribe#all.${person.user.id}.SEAL`);
			assert.ok(mail.html.includes(`<html lang="${locale}">`));
			assert.deepEqual(mail.html.match(/https?:[^"]+/g), [rest.at(-1).split('\n').at(-1)]);
			assert.ok(mail.html.replace(/\s+/g, ' ').includes(body));
		});

	test('ends the mails of all kinds but security by one POST', async () => {
		await start();
		const person = await signUp();
		const preferences = async () =>
			expectOk(await person.client.get('/api/notifications/preferences'));

		await proveAddress(person);
		const asked = await preferences();
		await oneClick(headersOf(await digest(person, shared(2))));
		assert.deepEqual(await preferences(), { ...asked, version: asked.version + 1, mail: ['security'] });
		for (const kind of ['residence_shared', 'warranty_expiring', 'subscription'])
			assert.equal(await tell(person, kind), undefined);
		await arrived(await tell(person, 'security'));
	});
});

describe('the header List-Unsubscribe', () => {
	test('ends the mails of its kind by one POST', async () => {
		await start();
		const person = await signUp();
		await proveAddress(person);

		await oneClick(headersOf(await arrived(await tell(person))));
		assert.equal(await tell(person), undefined);
		await arrived(await tell(person, 'warranty_expiring'));
	});

	test('is not in mails about the safety of the account', async () => {
		await start();
		const mail = await arrived(await tell(ben, 'security'));
		const headers = headersOf(mail);

		assert.ok(!('list-unsubscribe' in headers) && !('list-unsubscribe-post' in headers));
		assert.ok(mail.text.includes('lassen sich nicht abschalten'));
		assert.doesNotMatch(mail.text + mail.html, /unsubscribe/);
	});
});

describe('a server', () => {
	test('that wants it later gets it again, under the same Message-ID', async () => {
		let asked = 0;

		await start({ onRcptTo: (address, session, done) => done((asked += 1) === 1 ? LATER : null) });
		const id = await tell(ann);

		assert.match((await waits(id, 1)).last_error, /now: 450 4\.7\.1$/);
		await isIn(id, 'waiting', 1);
		await moveTime(id);
		await ended(id);
		assert.equal(mailsOf(id).length, 1);
		assert.equal((await deliveryOf(id)).state, 'accepted');
	});

	test('that was cut off before it answered gets the same mail again', async () => {
		await start({ taken: (mail, server) => {
			if (server.mails.length > 1)
				return undefined;
			server.hangUp();
			return new Promise(() => {});
		} });
		const id = await tell(ann);

		await waits(id, 1);
		await stack('restart', 'jobs');	// Else it rests.
		await moveTime(id);
		await ended(id);
		const [first, second] = mailsOf(id).map(({ raw }) => raw);

		assert.equal(first, second);
		assert.equal(office.mails.length, 2);
	});

	test('that refuses it is not asked again, and the delivery has failed', async () => {
		await start({ onRcptTo: ({ address }, session, done) => done(reply(550, `5.1.1 no ${address} here`)) });
		const mark = logMark(logPath);
		const id = await tell(ann);

		const why = 'the mail server refuses the mail: 550 5.1.1';

		await logged(mark, 'mail_not_sent', { delivery_id: id, why });
		await ended(id);
		assert.deepEqual({ ...await deliveryOf(id), created_s: 0 }, { state: 'failed', attempts: 1,
			reason: 'refused', created_s: 0 });
	});

	test('that never takes it has it failed with the last try', async () => {
		await start({ onRcptTo: (address, session, done) => done(LATER) });
		const id = await tell(ann);

		await waits(id, 1);
		await sql("UPDATE jobs SET tries = hob.job_tries() - 1, run_at = now() WHERE key = :'id'", { id });
		await inState(id, 'dead');
		await isIn(id, 'failed', 2);
	});
});

describe('a server that cannot be used', () => {
	// What waits since before, or is written meanwhile, would be what the server is asked about first.
	const pause = (paused) => sql(`UPDATE job_kinds SET paused = ${paused} WHERE kind IN ('invitation', 'letter')`);

	before(() => pause(true));
	beforeEach(() => sql("DELETE FROM jobs WHERE kind = 'mail'"));
	after(() => pause(false));

	/** The first mail waits without a try that counts, and the server is left alone when the second one comes. */
	async function isLeftAlone(words) {
		const ids = [await tell(ann), await tell(ben)];

		assert.match((await waits(ids[0], 0)).last_error, words);
		await ended(await addProbe());
		assert.equal((await jobOf(ids[1])).attempt, 0);
		for (const id of ids)
			await isIn(id, 'waiting', 0);
		return ids;
	}

	for (const [why, options, words] of [
		['wants a login', { authOptional: false, onAuth: (auth, session, done) => done(null, {}) },
			/set up: 530$/],
		['is a stranger', { certificate: stranger }, /set up: `hob mail test` says why$/],
		['wants nobody now', { onConnect: (session, done) => done(reply(421, '4.3.2 ann@example.test')) },
			/now: 421 4\.3\.2$/],
		['hangs', { onConnect: () => {} }, /does not answer$/],
	])
		test(`because it ${why} keeps no try, and is left alone`, async () => {
			await start(options);
			const ids = await isLeftAlone(words);

			assert.equal(office.connections, 1);
			await office.close();
			await start();
			await Promise.all(ids.map(moveTime));
			for (const id of ids)
				await arrived(id);
		});

	test('because nobody is there keeps no try', async () => {
		await start();
		await office.close();
		const ids = await isLeftAlone(/does not answer$/);

		await start();
		await Promise.all(ids.map(moveTime));
		for (const id of ids)
			await arrived(id);
	});

	test('because it hangs at a mail lets no other one hang', async () => {
		await start({ taken: () => new Promise(() => {}) }, { 'mail.timeout': '700ms' });
		const ids = [await tell(ann), await tell(ben)];

		await waits(ids[0], 1);
		await ended(await addProbe());
		assert.equal((await jobOf(ids[1])).attempt, 0);
		assert.equal(office.connections, 1);
	});

	test('because there is none has deliveries dropped, and nothing waits for it', async () => {
		await start({}, { 'mail.server': '' });
		const id = await tell(ann);

		await ended(id);
		assert.deepEqual({ ...await deliveryOf(id), created_s: 0 }, { state: 'dropped', attempts: 0,
			reason: 'not_set_up', created_s: 0 });
	});
});

describe('no log has', () => {
	test('an address of a person', () => {
		const lines = logSince({ path: logPath, bytes: 0 }).map((line) => JSON.stringify(line));

		assert.ok(lines.some((line) => line.includes('mail_sent')));
		assert.deepEqual(lines.filter((line) => line.includes('@')), []);
	});

	test('what ends mails, however a link is used', async () => {
		await start();
		const { text } = await arrived(await tell(ben));
		const [, token] = /unsubscribe#(\S+)$/m.exec(text);
		const path = `/api/unsubscribe/${token}`;
		// Not all answers are documented, and one is none.
		const send = (...words) => request(...words).catch(() => {});
		const use = async () => {
			for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'POST'])
				await send(method, path);
			for (const near of [`${path}/`, `${path}/x`, `${path}?x`, `/api/unsubscribe//${token}`,
				`//api//unsubscribe/${token}`])
				await send('POST', near);
			await send('POST', path, { raw: 'x'.repeat(3_000_000) });
		};

		await use();
		await stack('stop', 'api');
		await use();
		await stack('start', 'api');
		expectSilentLogs(10);
	});
});
