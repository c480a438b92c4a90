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

const SITE = 'https://hob.example.org';
// What nobody may find in a log.
const secrets = { tokens: new Set(), codes: new Set(), addresses: new Set() };
let office;

// --- the post --------------------------------------------------------------------------

const to = (email) => office.mails.filter(({ parsed }) => parsed.to.text === email);
// Their ids are those of their jobs, and runners are several.
const byAge = (a, b) => (a.parsed.messageId < b.parsed.messageId ? -1 : 1);
// Notices, which go by mail too, have a title for a greeting.
const isLetter = ({ parsed }) => /^(Hello|Guten Tag) /m.test(parsed.text);
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
	return to(email).filter(isLetter).sort(byAge).map(read);
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

const fifty = (use) => Promise.all(Array.from({ length: 50 }, (_, n) => use(n)));
const successes = (all) => all.filter(({ status }) => status !== 404).map(({ status }) => status);

before(async () => {
	// hob-jobs is another user.
	chmodSync(folder, 0o755);
	office = await open({ taken: (mail) => (isLetter(mail) ? office.refuse?.() : undefined) });
	configure({ 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file,
		'site.url': SITE, 'jobs.poll': '50ms',
		'auth.argon2_memory': '64k', 'auth.argon2_passes': 1 });
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
		const all = await fifty((n) => reset({ token }, `password number ${n} of 50`));

		assert.deepEqual(successes(all), [204]);
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

// --- an address that is proved --------------------------------------------------------------

describe('a new account', () => {
	test('proves its address by the token or the code of the mail that register sends', async () => {
		for (const by of ['token', 'code']) {
			const robin = await signUp();
			const letter = await lastTo(robin.email);

			assert.equal(letter.subject, 'Is this your mail address?');
			assert.ok(letter.text.includes(`\n${SITE}/account/verify#${letter.token}\n`), letter.text);
			assert.equal((await me(robin)).email_verified, false);
			expectOk(await verify(by === 'token' ? { token: letter.token }
				: { email: robin.email, code: letter.code }), 204);
			assert.equal((await me(robin)).email_verified, true);
			expectNotValid(await verify({ token: letter.token }));
		}
	});

	test('proves it once, whoever comes at the same time', async () => {
		const robin = await signUp();
		const { token, code } = await lastTo(robin.email);
		const all = await fifty((n) => verify(n % 2 ? { token } : { email: robin.email, code }));

		assert.deepEqual(successes(all), [204]);
		assert.equal((await me(robin)).version, robin.user.version + 1);
	});

	test('asks for another mail, and is sent none when it has proved the address', async () => {
		const robin = await signUp();
		const first = await lastTo(robin.email);
		const options = { headers: { 'Idempotency-Key': 'once' } };

		expectOk(await robin.client.post('/api/auth/resend-verification', undefined, options), 202);
		expectOk(await robin.client.post('/api/auth/resend-verification', undefined, options), 202);
		const letters = await lettersTo(robin.email);
		assert.equal(letters.length, 2, 'a retry asks for nothing');
		expectNotValid(await verify({ token: first.token }));
		expectOk(await verify({ token: letters[1].token }), 204);
		expectOk(await robin.client.post('/api/auth/resend-verification'), 202);
		assert.equal((await lettersTo(robin.email)).length, 2);
	});

	test('is written once, however often register comes under its key', async () => {
		const body = { email: freshEmail(), password: PASSWORD };
		const options = { headers: { 'Idempotency-Key': 'register-once' } };

		for (let i = 0; i < 2; i++)
			expectOk(await patiently(() => nobody.post('/api/auth/register', body, options)), 201);
		assert.equal((await lettersTo(body.email)).length, 1);
	});

	test('has letters that are good for nothing else', async () => {
		const robin = await signUp();
		const { token, code } = await lastTo(robin.email);

		for (const fields of [{ token }, { email: robin.email, code }]) {
			expectNotValid(await reset(fields));
			expectNotValid(await confirm(fields));
		}
		expectOk(await verify({ token }), 204);
	});
});

// --- another address ------------------------------------------------------------------------

const changeEmail = (person, email, password = PASSWORD) =>
	patiently(() => person.client.post('/api/auth/change-email', { email, password }));

async function movingTo(person, email) {
	expectOk(await changeEmail(person, email), 202);
	return lastTo(email);
}

describe('another address', () => {
	test('is that of the account when it is confirmed, and the old one is told', async () => {
		const robin = await signUp();
		const other = await signIn(robin);
		const wanted = freshEmail('new');
		const { subject, text, token } = await movingTo(robin, wanted);

		assert.equal(subject, 'Your new mail address for Hob');
		assert.ok(text.includes(`\n${SITE}/account/email#${token}\n`), text);
		assert.equal((await me(robin)).email, robin.email);
		expectOk(await confirm({ token }), 204);
		for (const session of [robin, other]) {
			const { email, email_verified } = await me(session);

			assert.deepEqual({ email, email_verified }, { email: wanted, email_verified: true });
		}
		assert.equal((await lastTo(robin.email)).subject,
			'The mail address of your account at Hob has changed');
		assert.ok((await securityNotices(robin)).includes('Your mail address has changed'));
		expectProblem(await signsIn(robin, PASSWORD), 401, 'invalid_credentials');
		expectOk(await signsIn({ email: wanted }, PASSWORD));
	});

	test('is confirmed by the code, too', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { code } = await movingTo(robin, wanted);

		expectNotValid(await confirm({ email: robin.email, code }));
		expectOk(await confirm({ email: wanted, code }), 204);
		assert.equal((await me(robin)).email, wanted);
	});

	test('is asked for with the password', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');

		expectProblem(await changeEmail(robin, wanted, OTHER_PASSWORD), 403, 'wrong_password');
		assert.deepEqual(await lettersTo(wanted), []);
	});

	test('that is taken is told to whose it is, and to nobody else', async () => {
		const robin = await signUp();
		const kim = await signUp({ first_name: 'Kim', locale: 'de' });
		const free = await changeEmail(robin, freshEmail('new'));
		const taken = await changeEmail(robin, kim.email.toUpperCase());

		assert.deepEqual([taken.status, taken.text], [free.status, free.text]);
		const { subject, text, token } = await lastTo(kim.email);
		assert.equal(subject, 'Ihr Konto bei Hob hat diese E-Mail-Adresse schon');
		assert.match(text, /^Guten Tag Kim Goodfellow,$/m);
		assert.equal(token, undefined);
		assert.ok(!text.includes('Robin'));
	});

	test('that another account has taken meanwhile is not given', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { token } = await movingTo(robin, wanted);

		await signUp({ email: wanted });
		expectNotValid(await confirm({ token }));
		assert.equal((await me(robin)).email, robin.email);
		expectNotValid(await confirm({ token }));
	});

	test('ends what was sent to the old one', async () => {
		const robin = await signUp();
		const { token: proves } = await lastTo(robin.email);
		const { token: resets } = await forgotten(robin);

		expectOk(await confirm({ token: (await movingTo(robin, freshEmail('new'))).token }), 204);
		expectNotValid(await reset({ token: resets }));
		expectNotValid(await verify({ token: proves }));
	});

	test('is not given any more once the password is another', async () => {
		const changes = [
			(robin) => robin.client.post('/api/auth/change-password',
				{ old_password: PASSWORD, new_password: OTHER_PASSWORD }),
			async (robin) => reset({ token: (await forgotten(robin)).token }),
		];

		for (const change of changes) {
			const robin = await signUp();
			const { token } = await movingTo(robin, freshEmail('new'));

			assert.ok((await patiently(() => change(robin))).status < 300);
			expectNotValid(await confirm({ token }));
		}
	});

	test('is not even written to when the password is another by then', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');

		await posted();
		await sql("UPDATE job_kinds SET paused = true WHERE kind = 'letter'");
		expectOk(await changeEmail(robin, wanted), 202);
		expectOk(await patiently(() => robin.client.post('/api/auth/change-password',
			{ old_password: PASSWORD, new_password: OTHER_PASSWORD })));
		await sql("UPDATE job_kinds SET paused = false WHERE kind = 'letter'");
		assert.deepEqual(await lettersTo(wanted), []);
	});

	test('is written to five times in an hour, whichever accounts ask', async () => {
		const wanted = freshEmail('new');

		for (const robin of [await signUp(), await signUp()])
			for (let i = 0; i < 4; i++)
				expectOk(await changeEmail(robin, wanted), 202);
		assert.equal((await lettersTo(wanted)).length, 5);
	});
});

// --- what the owner is told -------------------------------------------------------------------

describe('the owner is told', () => {
	const SIGNED_IN = 'Somebody has signed in to your account';
	/** From now on the network of this machine is a new one to the account, which has another. */
	const elsewhere = (person) => sql(`UPDATE login_networks SET network = 'another' WHERE user_id = :'id'`,
		{ id: person.user.id });

	test('of a session from a network that is new, with the name of the device', async () => {
		const robin = await signUp();

		await signIn(robin);
		assert.deepEqual(await securityNotices(robin), [], 'register and a login from there are no news');
		await elsewhere(robin);
		const unread = async () =>
			expectOk(await robin.client.get('/api/notifications/unread-count')).unread;
		assert.equal(await unread(), 0);
		await signIn(robin, 'a strange phone');
		assert.equal(await unread(), 1);
		const [notice] = expectPage(await robin.client.get('/api/notifications?kind=security'));
		assert.equal(notice.title, SIGNED_IN);
		assert.equal(notice.body, 'On a strange phone. If it was not you, change your password.');
		await signIn(robin, 'a strange phone');
		assert.equal(await unread(), 1, 'the network is known by then');
	});

	test('of one without a name, too, and not of the first one ever', async () => {
		const robin = await signUp();

		await sql("DELETE FROM login_networks WHERE user_id = :'id'", { id: robin.user.id });
		await signIn(robin, '');
		assert.deepEqual(await securityNotices(robin), []);
		await elsewhere(robin);
		await signIn(robin, '');
		const [{ body }] = expectPage(await robin.client.get('/api/notifications?kind=security'));
		assert.equal(body, 'If it was not you, change your password.');
	});

	test('of a wrong password nothing, of a new one each time', async () => {
		const robin = await signUp();
		const change = (from, to) => patiently(() => robin.client.post('/api/auth/change-password',
			{ old_password: from, new_password: to }));

		expectProblem(await change(OTHER_PASSWORD, PASSWORD), 403, 'wrong_password');
		assert.deepEqual(await securityNotices(robin), []);
		expectOk(await change(PASSWORD, OTHER_PASSWORD));
		expectOk(await change(OTHER_PASSWORD, PASSWORD));
		assert.deepEqual(await securityNotices(robin),
			['Your password has changed', 'Your password has changed']);
	});
});

// --- failures, time and logs --------------------------------------------------------------------

describe('a letter', () => {
	test('is the same at each try, and a restart between loses none', async () => {
		const robin = await signUp();
		let failures = 0;

		await posted();
		office.refuse = () => (failures++ === 0 ? Object.assign(new Error('4.7.1 later'), { responseCode: 451 })
			: undefined);
		expectOk(await forgot(robin.email), 202);
		await until('it has failed once', async () => failures === 1
			&& (await sql("SELECT id FROM jobs WHERE kind = 'letter' AND last_error IS NOT NULL")).length === 1);
		await stack('restart', 'jobs');
		await sql("UPDATE jobs SET run_at = now() WHERE kind = 'letter'");
		await posted();
		const [first, second] = to(robin.email).filter(isLetter).slice(-2);
		assert.equal(read(first).token, read(second).token);
		assert.equal(first.parsed.messageId, second.parsed.messageId);
		assert.equal(first.raw.match(/^Date: .*/m)[0], second.raw.match(/^Date: .*/m)[0]);
		office.refuse = () => {};
		expectOk(await reset({ token: read(second).token }), 204);
	});

	test('that is refused for good is not kept, and its address with it', async () => {
		office.refuse = () => Object.assign(new Error('5.1.1 nobody'), { responseCode: 550 });
		const robin = await signUp();

		await posted();
		office.refuse = () => {};
		assert.deepEqual(await sql("SELECT args FROM jobs WHERE kind = 'letter'"), []);
		expectOk(await robin.client.post('/api/auth/resend-verification'), 202);
		expectOk(await verify({ token: (await lastTo(robin.email)).token }), 204);
	});

	test('that nobody could write for a day is not written', async () => {
		const robin = await signUp();

		await posted();
		await sql("UPDATE job_kinds SET paused = true WHERE kind = 'letter'");
		expectOk(await forgot(robin.email), 202);
		await sql(`UPDATE jobs SET created_at = now() - interval '25 hours' WHERE kind = 'letter';
			UPDATE job_kinds SET paused = false WHERE kind = 'letter'`);
		assert.equal((await lettersTo(robin.email)).length, 1);
	});

	test('is forgotten after two days', async () => {
		const robin = await signUp();

		await posted();
		await olderBy(robin, 2 * 24 * 60 + 1);
		await sql("SELECT hob.add_job('sweep', 'now')");
		await until('the sweep has been there', async () => (await sql(
			"SELECT id FROM account_tokens WHERE user_id = :'id'", { id: robin.user.id })).length === 0);
	});
});

/** How far two samples are from being of one kind, in standard deviations: the rank sum of Mann and Whitney. */
function rankDistance(a, b) {
	const all = [...a.map((value) => ({ value, of: a })), ...b.map((value) => ({ value, of: b }))]
		.sort((x, y) => x.value - y.value);
	const sum = all.reduce((ranks, { of }, i) => (of === a ? ranks + i + 1 : ranks), 0);
	const n = a.length * b.length;

	return (sum - a.length * (a.length + 1) / 2 - n / 2) / Math.sqrt(n * (a.length + b.length + 1) / 12);
}

test('the time and the work of an answer do not tell who has an account', async (t) => {
	const robin = await signUp();
	const times = { known: [], unknown: [] };
	const trips = new Set();

	await posted();
	await sql("UPDATE job_kinds SET paused = true WHERE kind = 'letter'");
	// In turn, and each other time the other one first.
	for (let i = 0; i < 1000; i++) {
		const kind = (i + (i >> 1)) % 2 ? 'known' : 'unknown';
		const email = kind === 'known' ? robin.email : freshEmail('stranger');
		const begun = performance.now();
		const answer = await nobody.post('/api/auth/forgot-password', { email });

		times[kind].push(performance.now() - begun);
		trips.add(`${answer.status} ${answer.headers['x-hob-round-trips']} ${answer.text}`);
	}
	const [jobs] = await sql("SELECT count(*) FROM jobs WHERE kind = 'letter'");
	t.diagnostic(`medians of ${times.known.length} known and ${times.unknown.length} unknown addresses: `
		+ `${median(times.known).toFixed(3)} and ${median(times.unknown).toFixed(3)} ms; `
		+ `rank sum: ${rankDistance(times.known, times.unknown).toFixed(2)} standard deviations`);
	await sql("DELETE FROM jobs WHERE kind = 'letter'; UPDATE job_kinds SET paused = false WHERE kind = 'letter'");
	assert.deepEqual([...trips], ['202 1 ']);
	assert.equal(jobs, '1000', 'each asks for a letter');
});

/** All texts of a line of JSON: a number may look like a code. */
function textsOf(line) {
	const texts = [];

	JSON.parse(line, (_, value) => {
		if (typeof value === 'string')
			texts.push(value);
		return value;
	});
	return texts;
}

test('no log has a token, a code or an address', () => {
	const { tokens, codes, addresses } = secrets;

	assert.ok(tokens.size > 30 && codes.size > 30 && addresses.size > 30);
	for (const file of readdirSync(`${state}/log`)) {
		const text = readFileSync(`${state}/log/${file}`, 'utf8');

		for (const secret of [...tokens, ...addresses])
			assert.ok(!text.includes(secret), `${file} has ${secret}`);
		const words = /^hob-(api|jobs)\.log$/.test(file) ? text.trim().split('\n').flatMap(textsOf) : [];
		for (const code of codes)
			assert.ok(!words.some((word) => new RegExp(`\\b${code}\\b`).test(word)), `${file} has ${code}`);
	}
});
