// unsubscribe.test.mjs: the link of a mail that ends mails: whatever a mail program sends along, for one account and
// one kind or all, and nothing by anything else.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { request } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { missingId, signUp } from './support/people.mjs';
import { unsubscribeToken } from './support/seals.mjs';

const FORM = 'application/x-www-form-urlencoded';
const PREFERENCES = '/api/notifications/preferences';
const BOUNDARY = 'x';

let robin;

const wants = async () => expectOk(await robin.client.get(PREFERENCES));
const unsubscribe = (token, { raw = 'List-Unsubscribe=One-Click', type = FORM } = {}) =>
	request('POST', `/api/unsubscribe/${token}`, { raw, headers: { 'Content-Type': type } });
const mine = (kind = 'residence_shared') => unsubscribeToken(robin.user.id, kind);

before(async () => { robin = await signUp(); });

describe('the link of a mail', () => {
	test('ends the mails of its kind, and nothing else', async () => {
		const asked = await wants();

		expectOk(await unsubscribe(mine()), 204);
		assert.deepEqual(await wants(), { ...asked, version: asked.version + 1,
			mail: asked.mail.filter((kind) => kind !== 'residence_shared') });
	});

	test('does so once', async () => {
		const asked = await wants();

		expectOk(await unsubscribe(mine()), 204);
		assert.deepEqual(await wants(), asked);
	});

	test('keeps what was chosen for other channels', async () => {
		expectOk(await robin.client.patch(PREFERENCES,
			{ push: [], mail: ['task_due', 'task_overdue', 'security'] }));
		expectOk(await unsubscribe(mine('task_due')), 204);
		const { push, inbox, mail } = await wants();

		assert.deepEqual([push, mail], [[], ['security', 'task_overdue']]);
		assert.ok(inbox.includes('task_due'));
	});

	test('is taken with any body, and with none', async () => {
		for (const [raw, type] of [
			['List-Unsubscribe=One-Click', `${FORM}; charset=utf-8`],
			[`--${BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n`
				+ `--${BOUNDARY}--\r\n`, `multipart/form-data; boundary=${BOUNDARY}`],
			['{"not": "json"', 'application/json'], ['x'.repeat(100_000), 'text/plain'], ['', FORM],
		])
			expectOk(await unsubscribe(mine(), { raw, type }), 204);
		expectOk(await request('POST', `/api/unsubscribe/${mine()}`), 204);
	});

	test('of a digest ends the mails of all kinds but security, once, and nothing else', async () => {
		const person = await signUp();
		const preferences = async () => expectOk(await person.client.get(PREFERENCES));

		expectOk(await person.client.patch(PREFERENCES, { push: [], mail: ['task_due', 'subscription'] }));
		const asked = await preferences();
		for (const raw of ['List-Unsubscribe=One-Click', '']) {
			expectOk(await unsubscribe(unsubscribeToken(person.user.id, 'all'), { raw }), 204);
			assert.deepEqual(await preferences(),
				{ ...asked, version: asked.version + 1, mail: ['security'] });
		}
		assert.notDeepEqual((await wants()).mail, ['security']);
	});

	test('ends no mails about the safety of an account', async () => {
		expectProblem(await unsubscribe(mine('security')), 404, 'not_found');
		assert.ok((await wants()).mail.includes('security'));
	});

	test('is of this server, whole, and of an account that is there', async () => {
		const token = mine('task_overdue');
		const [kind, user, seal] = token.split('.');
		const other = await signUp();

		for (const wrong of [`${kind}.${user}`, `${kind}.${user}.`, `${kind}.${user}.${seal.slice(1)}`,
			`${kind}.${user}.${'A'.repeat(22)}`, `task_due.${user}.${seal}`,
			`${kind}.${other.user.id}.${seal}`, `${token}.x`, `${token}A`, '.', '..', 'x',
			unsubscribeToken(missingId(), kind), unsubscribeToken(missingId(), 'all'),
			`all.${user}.${seal}`, unsubscribeToken(robin.user.id, 'nothing')])
			expectProblem(await unsubscribe(wrong), 404, 'not_found');
		assert.ok((await wants()).mail.includes('task_overdue'));
	});

	test('does nothing when it is only looked at', async () => {
		const path = `/api/unsubscribe/${mine('task_overdue')}`;

		// A browser's GET is led to a page: t/contract/account_pages.test.mjs.
		assert.equal((await request('HEAD', path)).status, 405);
		assert.equal((await request('GET', `${path}%0d%0aX-Foo:%20bar`)).status, 405);
		assert.ok((await wants()).mail.includes('task_overdue'));
	});

	test('works for who is disabled, too', async () => {
		const away = await signUp();

		await sql("SELECT hob.disable_account(:'id', now())", { id: away.user.id });
		expectOk(await unsubscribe(unsubscribeToken(away.user.id, 'residence_shared')), 204);
		assert.deepEqual(await sql("SELECT mail FROM notice_preferences WHERE user_id = :'id'",
			{ id: away.user.id }), ['f']);
	});
});
