// accounts.test.mjs: what accounts are written for, from the request to the mail and back: a forgotten password, an
// address that is proved, another address, and what the owner is told. A real SMTP server takes the mails.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Client, nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem, expectSameBytes, SAME_ID } from '../api/support/expect.mjs';
import { freshEmail, login, newAccess, newResidence, OTHER_PASSWORD, PASSWORD, patiently, signIn, signUp } from '../api/support/people.mjs';
import { configure, median, reload, stack, state, until } from '../fault/support.mjs';
import { folder, open, own, sweepUp } from './post_office.mjs';
import { historyOf } from './support.mjs';

const SITE = 'https://hob.example.org';
// What nobody may find in a log.
const secrets = { tokens: new Set(), codes: new Set(), addresses: new Set() };
let office;

// --- the post --------------------------------------------------------------------------

const to = (email) => office.mails.filter(({ parsed }) => parsed.to.text === email);
const letterKeys = () => sql("SELECT key FROM jobs WHERE kind = 'letter'");
/** Every letter that was asked for is sent, or is not to be. */
const posted = () => until('all letters are done', async () => (await letterKeys()).length === 0, 20);

/** What a letter says: { subject, text, token, code }. */
function read({ parsed }) {
	const token = parsed.text.match(/#(hob_ltr_[\w-]{49})$/m)?.[1];
	const code = parsed.text.match(/^ {4}(\d{6})$/m)?.[1];

	if (token) {
		secrets.tokens.add(token);
		secrets.codes.add(code);
		assert.ok(parsed.html.includes(token) && parsed.html.includes(code));
	}
	return { subject: parsed.subject, text: parsed.text, token, code };
}

/** The letters to an address, the oldest first, once all are sent. */
async function lettersTo(email) {
	await posted();
	secrets.addresses.add(email);
	return to(email).map(read);
}

const lastTo = async (email) => (await lettersTo(email)).at(-1);

const forgot = (email) => nobody.post('/api/auth/forgot-password', { email }, SAME_ID);
const reset = (fields, password = OTHER_PASSWORD) =>
	patiently(() => nobody.post('/api/auth/reset-password', { ...fields, password }, SAME_ID));
const verify = (fields) => nobody.post('/api/auth/verify-email', fields);
const confirm = (fields) => nobody.post('/api/auth/confirm-email', fields);
const signsIn = (person, password) => patiently(() => login({ email: person.email, password }));
const me = async (person) => expectOk(await person.client.get('/api/auth/me'));

async function forgotten(person) {
	expectOk(await forgot(person.email), 202);
	return lastTo(person.email);
}

const expectNotValid = (res) => expectProblem(res, 404, 'letter_not_valid');
const olderBy = (person, minutes) => sql(`UPDATE account_tokens SET created_at = created_at - :'span'::interval,
	expires_at = expires_at - :'span'::interval WHERE user_id = :'id'`,
{ span: `${minutes} minutes`, id: person.user.id });
const securityNotices = async (person) =>
	expectPage(await person.client.get('/api/notifications?kind=security')).map(({ title }) => title);

before(async () => {
	// hob-jobs is another user.
	chmodSync(folder, 0o755);
	office = await open();
	configure({ 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file,
		'site.url': SITE, 'jobs.poll': '50ms' });
	await reload();
	await stack('restart', 'jobs');
});

after(async () => {
	await office.close();
	configure();
	await stack('up');
	sweepUp();
});

// --- a forgotten password -----------------------------------------------------------------

describe('a forgotten password', () => {
	test('is replaced by the token of the mail', async () => {
		const robin = await signUp();
		const { subject, text, token } = await forgotten(robin);

		assert.equal(subject, 'Your new password for Hob');
		assert.match(text, /^Hello Robin Goodfellow,$/m);
		assert.ok(text.includes(`\n${SITE}/account/reset#${token}\n`), text);
		expectOk(await reset({ token }), 204);
		expectOk(await signsIn(robin, OTHER_PASSWORD));
		expectProblem(await signsIn(robin, PASSWORD), 401, 'invalid_credentials');
	});

	test('is replaced by the address and the code, however they are written', async () => {
		const robin = await signUp();
		const { code } = await forgotten(robin);
		const typed = `${code.slice(0, 3)} ${code.slice(3)}`;

		expectOk(await reset({ email: robin.email.toUpperCase(), code: typed }), 204);
		expectOk(await signsIn(robin, OTHER_PASSWORD));
	});

	test('is asked for in the language of the account', async () => {
		const robin = await signUp({ locale: 'de-AT' });
		const { subject, text } = await forgotten(robin);

		assert.equal(subject, 'Ihr neues Passwort für Hob');
		assert.match(text, /^Guten Tag Robin Goodfellow,$/m);
	});

	test('ends all access, and the owner is told', async () => {
		const robin = await signUp();
		const residence = await newResidence(robin);
		const access = await newAccess(robin);
		const other = await signIn(robin);

		expectOk(await robin.client.post('/api/calendar-feeds', { name: 'A feed' }), 201);
		expectOk(await robin.client.post(`/api/residences/${residence.id}/webhooks`,
			{ url: 'https://example.org/hook', events: ['task.created'] }), 201);
		for (const client of [robin.client, other.client, access.client])
			expectOk(await client.get('/api/auth/me'));
		expectOk(await reset({ token: (await forgotten(robin)).token }), 204);
		for (const client of [robin.client, other.client, access.client])
			expectProblem(await client.get('/api/auth/me'), 401, 'unauthorized');
		const [left] = await sql(`SELECT (SELECT count(*) FROM sessions WHERE user_id = :'id')
			+ (SELECT count(*) FROM access_tokens WHERE user_id = :'id')
			+ (SELECT count(*) FROM calendar_feeds WHERE user_id = :'id')
			+ (SELECT count(*) FROM webhooks WHERE created_by = :'id')`, { id: robin.user.id });
		assert.equal(left, '0');
		const again = { ...robin, client: new Client(expectOk(await signsIn(robin, OTHER_PASSWORD)).token) };
		assert.ok((await securityNotices(again)).includes('Your password has changed'));
		await until('a mail says so', () => to(robin.email)
			.some(({ parsed }) => parsed.subject === 'Your password has changed'));
	});

	test('proves the address, too', async () => {
		const robin = await signUp();

		assert.equal(robin.user.email_verified, false);
		expectOk(await reset({ token: (await forgotten(robin)).token }), 204);
		assert.equal(expectOk(await signsIn(robin, OTHER_PASSWORD)).user.email_verified, true);
	});

	test('is replaced once, whoever comes at the same time', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);
		const all = await Promise.all(Array.from({ length: 50 }, (_, n) =>
			reset({ token }, `password number ${n} of 50`)));

		assert.deepEqual(all.map(({ status }) => status).filter((status) => status !== 404), [204]);
		const winner = all.findIndex(({ status }) => status === 204);
		expectOk(await signsIn(robin, `password number ${winner} of 50`));
		expectNotValid(await reset({ token }));
	});

	test('is not replaced by an older letter, nor by the code of one', async () => {
		const robin = await signUp();
		const first = await forgotten(robin);
		const second = await forgotten(robin);

		assert.notEqual(first.token, second.token);
		expectNotValid(await reset({ token: first.token }));
		if (first.code !== second.code)
			expectNotValid(await reset({ email: robin.email, code: first.code }));
		expectOk(await reset({ token: second.token }), 204);
	});

	test('is not replaced after half an hour', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);

		await olderBy(robin, 31);
		expectNotValid(await reset({ token }));
		expectNotValid(await reset({ email: robin.email, code }));
	});

	test('has five tries at a code, and the link is good still', async () => {
		const robin = await signUp();
		const { token, code } = await forgotten(robin);
		const wrong = code === '000000' ? '000001' : '000000';

		for (let i = 0; i < 5; i++)
			expectNotValid(await reset({ email: robin.email, code: wrong }));
		expectNotValid(await reset({ email: robin.email, code }));
		expectOk(await reset({ token }), 204);
	});

	test('has 25 tries at codes in a day', async () => {
		const robin = await signUp();
		const { code } = await forgotten(robin);

		await sql(`INSERT INTO account_tokens (id, user_id, purpose, email, token_hash, code_hash, tries, created_at,
				expires_at)
			SELECT gen_random_uuid(), user_id, purpose, email, token_hash || n, code_hash, 5,
				created_at - n * interval '2 hours', '-infinity'
			  FROM account_tokens, generate_series(1, 5) n WHERE user_id = :'id' AND purpose = 'reset'`,
		{ id: robin.user.id });
		expectNotValid(await reset({ email: robin.email, code }));
		await sql(`UPDATE account_tokens SET tries = 0 WHERE user_id = :'id' AND tries = 5
			AND created_at > now() - interval '3 hours'`, { id: robin.user.id });
		expectOk(await reset({ email: robin.email, code }), 204);
	});

	test('of a disabled account brings no mail, and the account stays disabled', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);
		const before = (await lettersTo(robin.email)).length;

		await sql("UPDATE users SET is_active = false WHERE id = :'id'", { id: robin.user.id });
		expectNotValid(await reset({ token }));
		expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).length, before);
		assert.deepEqual(await sql("SELECT is_active FROM users WHERE id = :'id'", { id: robin.user.id }), ['f']);
	});

	test('brings five letters in an hour, and no more', async () => {
		const robin = await signUp();

		for (let i = 0; i < 7; i++)
			expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).filter(({ token, subject }) =>
			token && subject.includes('password')).length, 5);
		await olderBy(robin, 61);
		expectOk(await forgot(robin.email), 202);
		assert.equal((await lettersTo(robin.email)).length, 1 + 5 + 1);
	});

	test('is answered alike, whatever is wrong with the letter', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);

		expectOk(await reset({ token }), 204);
		const answers = [];
		for (const fields of [{ token }, { token: 'hob_ltr_nonsense' }, { email: robin.email, code: '123456' },
			{ email: freshEmail(), code: '123456' }])
			answers.push(await reset(fields));
		expectNotValid(answers[0]);
		for (const answer of answers.slice(1))
			expectSameBytes(answer, answers[0]);
	});

	test('of nobody is asked for like that of somebody', async () => {
		const robin = await signUp();
		const stranger = freshEmail('stranger');
		const known = await forgot(robin.email);
		const unknown = await forgot(stranger);

		expectOk(known, 202);
		expectSameBytes(unknown, known);
		assert.equal(unknown.headers['x-hob-round-trips'], known.headers['x-hob-round-trips']);
		assert.deepEqual(await lettersTo(stranger), []);
	});
});
