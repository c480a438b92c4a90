// correspondence.mjs: accounts that are written to: a mail server for one test, what an app asks and uses, and the
// letters that arrive.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk, expectPage, expectProblem, SAME_ID } from '../api/support/expect.mjs';
import { login, OTHER_PASSWORD, PASSWORD, patiently } from '../api/support/people.mjs';
import { configure, reload, stack, until } from '../fault/support.mjs';
import { folder, open, own, sweepUp } from './post_office.mjs';
import { secret } from './support.mjs';

export const SITE = 'https://hob.example.org';
let office;

// Their ids are those of their jobs, and runners are several.
const byAge = (a, b) => (a.parsed.messageId < b.parsed.messageId ? -1 : 1);
// Notices, which go by mail too, have a title for a greeting.
const isLetter = ({ parsed }) => /^(Hello|Guten Tag)[ ,]/m.test(parsed.text);

/** Passwords are cheap here: 50 at once shall meet in the database and not before it. */
export async function openPost() {
	// hob-jobs is another user.
	chmodSync(folder, 0o755);
	office = await open({ taken: (mail) => (isLetter(mail) ? office.refuse?.() : undefined) });
	configure({ 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file,
		'site.url': SITE, 'jobs.poll': '50ms', 'auth.argon2_memory': '64k', 'auth.argon2_passes': 1 });
	await reload();
	await stack('restart', 'jobs');
	return office;
}

export async function closePost() {
	await office.close();
	configure();
	await stack('up');
	sweepUp();
}

/** All that came to an address, and what of it are letters; the oldest first. */
export const mailsTo = (email) => office.mails.filter(({ parsed }) => parsed.to.text === email);
export const rawLettersTo = (email) => mailsTo(email).filter(isLetter).sort(byAge);

/** Every letter that was asked for is sent, or is not to be. */
export const posted = () => until('all letters are done', async () =>
	(await sql("SELECT key FROM jobs WHERE kind = 'letter'")).length === 0, 20);

/** What a letter says: { subject, text, token, code }. */
export function read({ parsed }) {
	const token = parsed.text.match(/#(hob_ltr_[\w-]{49})$/m)?.[1];
	const code = parsed.text.match(/^ {4}(\d{6})$/m)?.[1];

	if (token) {
		[token, code].forEach(secret);
		assert.ok(parsed.html.includes(token) && parsed.html.includes(code));
	}
	return { subject: parsed.subject, text: parsed.text, token, code };
}

export async function lettersTo(email) {
	await posted();
	return rawLettersTo(secret(email)).map(read);
}

export const lastTo = async (email) => (await lettersTo(email)).at(-1);

/** What is asked for meanwhile is not written before `act` is done. */
export async function unwritten(act) {
	await posted();
	await sql("UPDATE job_kinds SET paused = true WHERE kind = 'letter'");
	try {
		return await act();
	} finally {
		await sql("UPDATE job_kinds SET paused = false WHERE kind = 'letter'");
	}
}

// --- what an app does --------------------------------------------------------------------

export const forgot = (email) => nobody.post('/api/auth/forgot-password', { email }, SAME_ID);
export const reset = (fields, password = OTHER_PASSWORD) =>
	patiently(() => nobody.post('/api/auth/reset-password', { ...fields, password }, SAME_ID));
export const verify = (fields) => nobody.post('/api/auth/verify-email', fields);
export const confirm = (fields) => nobody.post('/api/auth/confirm-email', fields);
export const signsIn = (person, password) => patiently(() => login({ email: person.email, password }));
export const me = async (person) => expectOk(await person.client.get('/api/auth/me'));
export const changeEmail = (person, email, password = PASSWORD) =>
	patiently(() => person.client.post('/api/auth/change-email', { email, password }));
export const changePassword = (person, from = PASSWORD, to = OTHER_PASSWORD) => patiently(() =>
	person.client.post('/api/auth/change-password', { old_password: from, new_password: to }));

/** The address of an account is proved, without a letter. */
export const proved = (person) => sql("UPDATE users SET email_verified_at = now() WHERE id = :'id'",
	{ id: person.user.id });

/** The account is disabled; its letters, which end by that, are as good as before. */
export const disabled = (person) => sql(`UPDATE users SET is_active = false WHERE id = :'id';
	UPDATE account_tokens SET expires_at = now() + interval '30 minutes'
	 WHERE user_id = :'id' AND used_at IS NULL`, { id: person.user.id });

/** What letters may change of an account, as it stands in the database: "active|address|proved|version". */
export const standing = async (person) => (await sql(`SELECT is_active, email, email_verified_at IS NOT NULL, version
	FROM users WHERE id = :'id'`, { id: person.user.id }))[0];

export async function forgotten(person) {
	expectOk(await forgot(person.email), 202);
	return lastTo(person.email);
}

export const expectNotValid = (res) => expectProblem(res, 404, 'letter_not_valid');
export const securityNotices = async (person) =>
	expectPage(await person.client.get('/api/notifications?kind=security')).map(({ title }) => title);

/** So much time has gone by for the letters of an account. */
export const olderBy = (person, minutes) => sql(`UPDATE account_tokens
	SET created_at = created_at - :'span'::interval, expires_at = expires_at - :'span'::interval
	WHERE user_id = :'id'`, { span: `${minutes} minutes`, id: person.user.id });

/** The same is done by fifty at once; one may succeed. */
export async function fifty(use) {
	const all = await Promise.all(Array.from({ length: 50 }, (_, n) => use(n)));

	assert.deepEqual(all.filter(({ status }) => status !== 404).map(({ status }) => status), [204]);
	return all.findIndex(({ status }) => status === 204);
}
