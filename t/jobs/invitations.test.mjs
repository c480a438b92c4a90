// invitations.test.mjs: the letter of an invitation, and who is told of it. A real SMTP server takes the mails.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { makeMember, sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem } from '../api/support/expect.mjs';
import { freshEmail, newResidence, proveAddress, signUp } from '../api/support/people.mjs';
import { configure, reload, stack, until } from '../fault/support.mjs';
import { folder, open, own, sweepUp } from './post_office.mjs';
import { expectSilentLogs, secret } from './support.mjs';

const SITE = 'https://hob.example.org';
let office;
let robin;
let residence;

// An account that is made is written to, too.
const to = (email) => office.mails.map(({ parsed }) => parsed)
	.filter((mail) => mail.to.text.toLowerCase() === email.toLowerCase() && / shares | teilt /.test(mail.subject));
/** Every invitation is mailed, or is not to be. */
const posted = () => until('all invitations are done',
	async () => (await sql("SELECT key FROM jobs WHERE kind = 'invitation'")).length === 0, 20);
const lettersTo = async (email) => {
	await posted();
	return to(email);
};
const codeOf = ({ text }) => {
	const [, code] = text.match(/^ {4}([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})$/m);

	secret(code.replaceAll('-', ''));
	return secret(code);
};
const invite = async (email, role = 'member', by = robin, home = residence) => expectOk(await by.client.post(
	`/api/residences/${home.id}/invitations`, { email: secret(email), role }), 201);
const notices = async (person) =>
	expectPage(await person.client.get('/api/notifications?kind=residence_shared'));
/** Who has proved their own address, without which nobody invites. */
const inviter = async (fields) => {
	const person = await signUp(fields);

	await proveAddress(person);
	return person;
};
const pause = (paused) => sql(`UPDATE job_kinds SET paused = ${paused} WHERE kind = 'invitation'`);

before(async () => {
	// hob-jobs is another user.
	chmodSync(folder, 0o755);
	office = await open();
	configure({ 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file,
		'site.url': SITE, 'jobs.poll': '50ms', 'jobs.rest': '10ms' });
	await reload();
	await stack('restart', 'jobs');
	robin = await inviter();
	residence = await newResidence(robin, { name: 'Hill & House' });
});

after(async () => {
	await office.close();
	configure();
	await stack('up');
	sweepUp();
});

describe('the letter of an invitation', () => {
	test('has a code that opens the residence, and a link with it', async () => {
		const email = freshEmail('newcomer');
		const made = await invite(email, 'viewer');
		const [letter, ...others] = await lettersTo(email);
		const code = codeOf(letter);

		assert.deepEqual(others, []);
		assert.equal(letter.subject, 'Robin Goodfellow shares Hill & House with you');
		assert.match(letter.text, /Robin Goodfellow invites you to Hill & House on Hob.* Your role: viewer\./);
		assert.ok(letter.text.includes(`\n${SITE}/account/join#${code}\n`), letter.text);
		assert.ok(letter.html.includes(code) && letter.html.includes('Hill &amp; House'), letter.html);
		assert.ok(letter.messageId.includes(made.id), letter.messageId);
		const [kept] = await sql("SELECT c::text FROM share_codes c WHERE id = :'id'", { id: made.id });
		assert.doesNotMatch(kept, new RegExp(code.replaceAll('-', '-?')));

		// Who has the letter and makes an account then needs nothing else.
		const newcomer = await signUp({ email });
		const joined = expectOk(await newcomer.client.post('/api/residences/join', { code }));
		assert.deepEqual([joined.id, joined.role], [residence.id, 'viewer']);
		const stranger = await signUp();
		expectProblem(await stranger.client.post('/api/residences/join', { code }), 404,
			'share_code_not_valid');
	});

	test('is in the language of the account that has the address, else of who invites', async () => {
		const german = await signUp({ locale: 'de-DE' });
		await proveAddress(german);
		const home = await newResidence(german, { name: 'Am Berg' });
		const other = freshEmail();

		await invite(german.email);
		await invite(other, 'viewer', german, home);
		assert.equal((await lettersTo(german.email))[0].subject,
			'Robin Goodfellow teilt Hill & House mit Ihnen');
		const [letter] = await lettersTo(other);
		assert.match(letter.text, /lädt Sie zu Am Berg bei Hob ein.* Ihre Rolle: Betrachter\./);
		assert.match(letter.text, /Er gilt einmal, bis \d+\.\d+\.\d{4}\./);
	});

	test('is not sent for one that was taken back, whose giver lost the right, or whose reader is a member',
		async () => {
			const manager = await inviter();
			const member = await signUp();
			const emails = [freshEmail(), freshEmail(), member.email];

			await makeMember(residence, manager.user, 'manager');
			await makeMember(residence, member.user, 'viewer');
			await proveAddress(member);
			await pause(true);
			const back = await invite(emails[0]);
			await invite(emails[1], 'viewer', manager);
			await invite(emails[2]);
			expectOk(await robin.client.delete(`/api/residences/${residence.id}/invitations/${back.id}`),
				204);
			await makeMember(residence, manager.user, 'member');
			await pause(false);
			for (const email of emails)
				assert.deepEqual(await lettersTo(email), []);
			assert.deepEqual(await notices(member), []);
		});

	test('goes to one address five times a day at most, and twice for one account', async () => {
		const email = freshEmail();
		const sent = [];

		for (const person of await Promise.all([1, 2, 3].map(() => inviter()))) {
			const home = await newResidence(person);
			for (let i = 0; i < 3; i += 1)
				await invite(i % 2 ? email.toUpperCase() : email, 'viewer', person, home);
			sent.push((await lettersTo(email)).length);
		}
		assert.deepEqual(sent, [2, 4, 5]);
	});

	test('has no link but that to the server, whatever people and homes are called', async () => {
		const person = await inviter({ first_name: 'http://bad.example', last_name: '' });
		const home = await newResidence(person, { name: 'https://worse.example/now' });
		const email = freshEmail();

		await invite(email, 'viewer', person, home);
		const [{ subject, text, html }] = await lettersTo(email);
		for (const part of [subject, text, html])
			assert.doesNotMatch(part, /:\/\/(bad|worse)/);
		assert.equal(subject, 'http bad.example shares https worse.example/now with you');
	});
});

describe('an account that has the address', () => {
	test('is told in its inbox and by push, and by no second mail', async () => {
		const guest = await signUp({ first_name: 'Kim' });

		await proveAddress(guest);
		assert.equal(expectOk(await guest.client.get('/api/notifications/unread-count')).unread, 0);
		await sql(`INSERT INTO devices (id, user_id, session_id, platform, environment, token)
			SELECT gen_random_uuid(), s.user_id, s.id, 'ios', 'production', gen_random_uuid()::text
			  FROM sessions s WHERE s.user_id = :'id'`, { id: guest.user.id });
		const made = await invite(guest.email, 'viewer');
		assert.equal((await lettersTo(guest.email)).length, 1);
		const [notice, ...others] = await notices(guest);

		assert.deepEqual(others, []);
		assert.equal(notice.title, 'Robin Goodfellow shares Hill & House with you');
		assert.deepEqual([notice.subject, notice.subject_id, notice.residence_id],
			['invitation', made.id, residence.id]);
		assert.equal(expectOk(await guest.client.get('/api/notifications/unread-count')).unread, 1,
			'workers were told at once');
		assert.deepEqual(await sql(`SELECT channel, coalesce(reason, '') = 'letter' FROM deliveries
			 WHERE user_id = :'id' ORDER BY channel`, { id: guest.user.id }), ['mail|t', 'push|f']);
		assert.equal(to(guest.email).length, 1);
		expectOk(await guest.client.post(`/api/invitations/${made.id}/accept`));
	});

	test('is told in its inbox of those that are not mailed, too', async () => {
		const guest = await inviter();

		for (let i = 0; i < 3; i += 1)
			await invite(guest.email, 'viewer');
		assert.equal((await lettersTo(guest.email)).length, 2);
		assert.equal((await notices(guest)).length, 3);
		assert.equal(to(guest.email).length, 2);
	});

	test('is told nothing before it has proved the address, and is mailed', async () => {
		const guest = await signUp();

		await invite(guest.email);
		assert.equal((await lettersTo(guest.email)).length, 1);
		assert.deepEqual(await notices(guest), []);
	});

	test('is told once, when the mail server lets the letter wait', async () => {
		const guest = await signUp();

		await proveAddress(guest);
		await office.close();
		const made = await invite(guest.email);
		const why = await until('it was tried', async () =>
			(await sql("SELECT last_error FROM jobs WHERE key = :'id'", { id: made.id }))[0]);
		assert.doesNotMatch(why, /example\.test/);
		await sql("UPDATE jobs SET run_at = now(), last_error = NULL WHERE key = :'id'", { id: made.id });
		await until('it was tried again', async () =>
			(await sql("SELECT last_error FROM jobs WHERE key = :'id'", { id: made.id }))[0]);
		assert.equal((await notices(guest)).length, 1);
	});
});

test('no log has the code of an invitation, or an address', async () => {
	for (const { parsed } of office.mails.filter(({ parsed: { text } }) => /account\/join#/.test(text)))
		codeOf(parsed);
	expectSilentLogs(30);
});
