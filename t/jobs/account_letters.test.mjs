// account_letters.test.mjs: letters to accounts when something fails, and what their time and the logs tell.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { freshEmail, newResidence, OTHER_PASSWORD, proveAddress, signUp } from '../api/support/people.mjs';
import { median, stack, until } from '../fault/support.mjs';
import {
	changeEmail, changePassword, closePost, confirm, expectNotValid, forgot, forgotten, lastTo,
	lettersTo, olderBy, openPost, posted, rawLettersTo, read, reset, unwritten, verify,
} from './correspondence.mjs';
import { expectSilentLogs } from './support.mjs';

let office;

before(async () => { office = await openPost(); });
after(closePost);

/** A forgotten password's letter, which the mail server takes at the second try, and not before `meanwhile`. */
async function takenLater(person, meanwhile) {
	let failures = 0;

	await posted();
	office.refuse = () => (failures++ === 0 ? Object.assign(new Error('4.7.1 later'), { responseCode: 451 })
		: undefined);
	expectOk(await forgot(person.email), 202);
	const [job] = await until('it has failed once', async () => {
		const failed = await sql("SELECT id FROM jobs WHERE kind = 'letter' AND last_error IS NOT NULL");

		return failed.length === 1 && failed;
	});
	await meanwhile();
	await sql("UPDATE jobs SET run_at = now() WHERE id = :'job'", { job });
	await posted();
	office.refuse = () => {};
}

async function disableAndEnable(person) {
	for (const active of [false, true])
		await sql(`UPDATE users SET is_active = ${active} WHERE id = :'id'`, { id: person.user.id });
}

const resetsTo = async (email) => (await lettersTo(email)).filter(({ subject }) => subject.includes('new password'));

describe('a letter', () => {
	test('is the same at each try, and a restart between loses none', async () => {
		const robin = await signUp();

		await takenLater(robin, () => stack('restart', 'jobs'));
		const [first, second] = rawLettersTo(robin.email).slice(-2);
		assert.equal(read(first).token, read(second).token);
		assert.equal(first.parsed.messageId, second.parsed.messageId);
		assert.equal(first.raw.match(/^Date: .*/m)[0], second.raw.match(/^Date: .*/m)[0]);
		expectOk(await reset({ token: read(second).token }), 204);
	});

	test('that was tried for one account is not sent for another that has the address by then', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');

		await takenLater(robin, async () => {
			expectOk(await changeEmail(robin, wanted), 202);
			await until('the new address is written to', () => rawLettersTo(wanted).length === 1);
			expectOk(await confirm({ token: read(rawLettersTo(wanted)[0]).token }), 204);
			await signUp({ email: robin.email });
		});
		const [failed, ...others] = await resetsTo(robin.email);
		assert.deepEqual(others, [], 'the second try sends nothing');
		expectNotValid(await reset({ token: failed.token }));
	});

	test('that has ended between two tries stays ended', async () => {
		for (const end of [changePassword, disableAndEnable]) {
			const robin = await signUp();

			await takenLater(robin, () => end(robin));
			const [failed, ...others] = await resetsTo(robin.email);
			assert.deepEqual(others, [], 'the second try sends nothing');
			expectNotValid(await reset({ token: failed.token }));
		}
	});

	test('ends with its account being disabled, for good', async () => {
		const robin = await signUp();
		const wanted = freshEmail('new');
		const { token: proves } = await lastTo(robin.email);
		const { token: resets } = await forgotten(robin);

		expectOk(await changeEmail(robin, wanted), 202);
		const { token: moves } = await lastTo(wanted);
		await disableAndEnable(robin);
		expectNotValid(await verify({ token: proves }));
		expectNotValid(await reset({ token: resets }));
		expectNotValid(await confirm({ token: moves }));
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

		await unwritten(async () => {
			expectOk(await forgot(robin.email), 202);
			await sql("UPDATE jobs SET created_at = now() - interval '25 hours' WHERE kind = 'letter'");
		});
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

/** As many accounts, each with a letter of each purpose that its code may be tried at; their addresses. */
const letterHolders = (count) => sql(`WITH people AS (
		INSERT INTO users (id, email, password_hash, first_name, last_name)
		SELECT gen_random_uuid(), 'holder' || n || '@example.test', '', 'Robin', 'Goodfellow'
		  FROM generate_series(1, :count) n RETURNING id, email
	), letters AS (
		INSERT INTO account_tokens (id, user_id, purpose, email, token_hash, code_hash, expires_at)
		SELECT gen_random_uuid(), p.id, purpose, p.email, gen_random_uuid()::text, 'another',
		       now() + interval '1 hour'
		  FROM people p CROSS JOIN unnest('{reset,verify,email}'::text[]) purpose
	)
	SELECT email FROM people`, { count });

describe('the time and the work of an answer do not tell who has an account', () => {
	let known;
	let owner;
	let home;

	before(async () => {
		known = await letterHolders(500);
		owner = await signUp();
		await proveAddress(owner);
		home = await newResidence(owner);
	});

	const forgive = () => sql(`DELETE FROM share_codes WHERE residence_id = :'id'`, { id: home.id });

	const letters = "FROM jobs WHERE kind = 'letter'", codes = 'FROM code_tries';

	// What is asked, what is answered, and what each writes.
	for (const [what, ask, answer, written] of [
		['a forgotten password', (email) => nobody.post('/api/auth/forgot-password', { email }),
			'202 1 ', letters],
		['a code for another password', (email) => nobody.post('/api/auth/reset-password',
			{ email, code: '000000', password: OTHER_PASSWORD }), '404 1 letter_not_valid', codes],
		['a code for an address', (email) => nobody.post('/api/auth/verify-email', { email, code: '000000' }),
			'404 1 letter_not_valid', codes],
		['a code for another address', (email) => nobody.post('/api/auth/confirm-email',
			{ email, code: '000000' }), '404 1 letter_not_valid', codes],
		['another address', (email) => owner.client.post('/api/auth/change-email',
			{ email, password: owner.password }), '202 2 ', letters],
		['an invitation', (email) => owner.client.post(`/api/residences/${home.id}/invitations`,
			{ email, role: 'viewer' }), '201 1 ', "FROM jobs WHERE kind = 'invitation'"],
	])
		test(what, async (t) => {
			const times = { known: [], unknown: [] };
			const answers = new Set();

			const [rows] = await unwritten(async () => {
				await sql(`DELETE ${written}`);
				await sql("UPDATE job_kinds SET paused = true WHERE kind = 'invitation'");
				// In turn, and each other time the other one first.
				for (let i = 0; i < 2 * known.length; i++) {
					const kind = (i + (i >> 1)) % 2 ? 'known' : 'unknown';
					const email = kind === 'known' ? known[i >> 1] : freshEmail('stranger');

					if (i % 10 === 0)
						await forgive();
					const begun = performance.now();
					const { status, headers, body } = await ask(email);

					times[kind].push(performance.now() - begun);
					answers.add(`${status} ${headers['x-hob-round-trips']} ${body?.code ?? ''}`);
				}
				return sql(`SELECT count(*) ${written};
					DELETE FROM jobs WHERE kind IN ('letter', 'invitation');
					UPDATE job_kinds SET paused = false WHERE kind = 'invitation'`);
			});
			const [a, b] = [times.known, times.unknown];

			t.diagnostic(`${what}: medians of ${a.length} known and ${b.length} unknown addresses `
				+ `${median(a).toFixed(3)} and ${median(b).toFixed(3)} ms; `
				+ `rank sum ${rankDistance(a, b).toFixed(2)} standard deviations`);
			assert.deepEqual([[...answers], rows], [[answer], String(2 * known.length)]);
		});
});

test('no log has a password, a token, a code or an address', () => expectSilentLogs(8));
