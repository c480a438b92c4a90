// account_letters.test.mjs: letters to accounts when something fails, and what their time and the logs tell.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { freshEmail, signUp } from '../api/support/people.mjs';
import { median, stack, until } from '../fault/support.mjs';
import {
	changeEmail, changePassword, closePost, confirm, expectNotValid, expectSilentLogs, forgot, forgotten, lastTo,
	lettersTo, olderBy, openPost, posted, rawLettersTo, read, reset, unwritten, verify,
} from './correspondence.mjs';

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

const resets = async (email) => (await lettersTo(email)).filter(({ subject }) => subject.includes('new password'));

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
		const [failed, ...others] = await resets(robin.email);
		assert.deepEqual(others, [], 'the second try sends nothing');
		expectNotValid(await reset({ token: failed.token }));
	});

	test('that has ended between two tries stays ended', async () => {
		for (const end of [changePassword, disableAndEnable]) {
			const robin = await signUp();

			await takenLater(robin, () => end(robin));
			const [failed, ...others] = await resets(robin.email);
			assert.deepEqual(others, [], 'the second try sends nothing');
			expectNotValid(await reset({ token: failed.token }));
		}
	});

	test('ends with its account being disabled, for good', async () => {
		const robin = await signUp();
		const { token } = await forgotten(robin);

		await disableAndEnable(robin);
		expectNotValid(await reset({ token }));
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

test('the time and the work of an answer do not tell who has an account', async (t) => {
	const robin = await signUp();
	const times = { known: [], unknown: [] };
	const trips = new Set();

	const [jobs] = await unwritten(async () => {
		// In turn, and each other time the other one first.
		for (let i = 0; i < 1000; i++) {
			const kind = (i + (i >> 1)) % 2 ? 'known' : 'unknown';
			const email = kind === 'known' ? robin.email : freshEmail('stranger');
			const begun = performance.now();
			const answer = await nobody.post('/api/auth/forgot-password', { email });

			times[kind].push(performance.now() - begun);
			trips.add(`${answer.status} ${answer.headers['x-hob-round-trips']} ${answer.text}`);
		}
		return sql(`WITH gone AS (DELETE FROM jobs WHERE kind = 'letter' RETURNING id)
			SELECT count(*) FROM gone`);
	});

	t.diagnostic(`medians of ${times.known.length} known and ${times.unknown.length} unknown addresses: `
		+ `${median(times.known).toFixed(3)} and ${median(times.unknown).toFixed(3)} ms; `
		+ `rank sum: ${rankDistance(times.known, times.unknown).toFixed(2)} standard deviations`);
	assert.deepEqual([...trips], ['202 1 ']);
	assert.equal(jobs, '1000', 'each asks for a letter');
});

test('no log has a token, a code or an address', () => expectSilentLogs(4));
