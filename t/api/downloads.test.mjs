// downloads.test.mjs: bytes of files, as nginx sends them once Hob has allowed it, and links to them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody, Upload } from './support/client.mjs';
import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem, expectSameBytes, INSTANT, SAME_ID } from './support/expect.mjs';
import { missingId, newAccess, newResidence, newTask, OTHER_PASSWORD, PASSWORD, signIn, signUp }
	from './support/people.mjs';
import { fileToken, sessionOf } from './support/seals.mjs';
import { cleaning, makeReady, notCleaning, png, sha256 } from './support/uploads.mjs';

const BYTES = png(2000);
const PDF = '%PDF-1.7\n1 0 obj\nthe warranty of the boiler\n';

let robin;
let mate;
let home;
let place;

/** A file of a task that is ready: { id, path }. */
async function ready(bytes = BYTES, name = 'Küche 1.png') {
	const place = `/api/tasks/${(await newTask(robin, home)).id}`;
	const { results: [{ id }] } = expectOk(await robin.client.post(`${place}/files`,
		new Upload(bytes, undefined, name)), 201);

	await makeReady(id);
	return { id, path: `${place}/files/${id}` };
}

const linkTo = async (person, { path }, variant = 'main') =>
	expectOk(await person.client.get(`${path}/link?variant=${variant}`));

before(async () => {
	[robin, mate] = [await signUp(), await signUp()];
	home = await newResidence(robin);
	await makeMember(home, mate.user, 'viewer');
	place = `/api/tasks/${(await newTask(robin, home)).id}`;
	await notCleaning();
});
after(cleaning);

describe('a download', () => {
	test('has the bytes, and headers that let a browser do nothing but show them', async () => {
		const file = await ready();
		const res = await mate.client.get(`${file.path}/content`);

		assert.equal(res.status, 200);
		assert.deepEqual(res.bytes, BYTES);
		const { headers } = res;

		assert.deepEqual([headers['content-type'], headers['content-length'], headers.etag],
			['image/png', String(BYTES.length), `"${sha256(BYTES)}"`]);
		assert.deepEqual([headers['x-content-type-options'], headers['cache-control'],
			headers['accept-ranges']],
			['nosniff', 'private, no-cache', 'bytes']);
		assert.equal(headers['content-disposition'],
			"inline; filename=\"K_che 1.png\"; filename*=UTF-8''K%C3%BCche%201.png");
		assert.match(headers['content-security-policy'], /sandbox/);
		assert.equal(headers['last-modified'], undefined);
		assert.equal(headers['x-accel-redirect'], undefined);
		assert.match(headers.vary, /Authorization/);
	});
	test('is called as what it is, whatever it came as', async () => {
		for (const [bytes, name, is] of [[BYTES, 'a.HEIC', 'a.png'], [PDF, 'scan', 'scan.pdf']]) {
			const file = await ready(bytes, name);
			const res = await robin.client.get(`${file.path}/content`);

			assert.match(res.headers['content-disposition'], new RegExp(`filename="${is}"`));
		}
	});
	test('of what is no picture is saved', async () => {
		const file = await ready(PDF, 'a"b.pdf');
		const res = await robin.client.get(`${file.path}/content`);

		assert.equal(res.bytes.toString(), PDF);
		assert.deepEqual([res.headers['content-type'], res.headers['content-disposition']],
			['application/pdf', "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf"]);
	});
	test('is not sent to who has it', async () => {
		const file = await ready();
		const etag = `"${sha256(BYTES)}"`;

		for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
			const res = await robin.client.get(`${file.path}/content`,
				{ headers: { 'If-None-Match': tag } });

			assert.deepEqual([res.status, res.text, res.headers.etag], [304, '', etag]);
		}
		const other = await robin.client.get(`${file.path}/content`, { headers: { 'If-None-Match': '"x"' } });

		assert.deepEqual(other.bytes, BYTES);
	});
	test('can be of a part', async () => {
		const file = await ready();
		const part = (headers) => robin.client.get(`${file.path}/content`, { headers });
		const res = await part({ Range: 'bytes=100-199' });

		assert.equal(res.status, 206);
		assert.equal(res.headers['content-range'], `bytes 100-199/${BYTES.length}`);
		assert.deepEqual(res.bytes, BYTES.subarray(100, 200));
		const same = await part({ Range: 'bytes=-10', 'If-Range': `"${sha256(BYTES)}"` });

		assert.deepEqual([same.status, same.bytes], [206, BYTES.subarray(-10)]);
		const other = await part({ Range: 'bytes=-10', 'If-Range': '"another"' });

		assert.deepEqual([other.status, other.bytes.length], [200, BYTES.length]);
		expectProblem(await part({ Range: 'bytes=9999-' }), 416, 'range_not_satisfiable');
	});
	test('by HEAD has the head alone, on a connection that goes on', async () => {
		const file = await ready();
		const res = await robin.client.request('HEAD', `${file.path}/content`);

		assert.deepEqual([res.status, res.text, res.headers['content-length'], res.headers.etag],
			[200, '', String(BYTES.length), `"${sha256(BYTES)}"`]);
	});
	test('is of a variant that is there', async () => {
		const file = await ready();
		const small = png(10);

		expectProblem(await robin.client.get(`${file.path}/content?variant=thumb`), 404, 'not_found');
		expectInvalid(await robin.client.get(`${file.path}/content?variant=sent`), { variant: 'choice' },
			'query');
		const other = await ready(small);

		await sql("DELETE FROM file_copies WHERE file_id = :'id'", { id: file.id });
		await sql("UPDATE file_copies SET file_id = :'id', variant = 'thumb' WHERE file_id = :'other'",
			{ id: file.id, other: other.id });
		const thumb = await robin.client.get(`${file.path}/content?variant=thumb`);

		assert.deepEqual(thumb.bytes, small);
		expectProblem(await robin.client.get(`${file.path}/content`), 404, 'not_found');
		assert.deepEqual(expectOk(await robin.client.get(file.path)).variants, ['thumb']);
	});
	test('is of what is ready alone', async () => {
		const { results } = expectOk(await robin.client.post(`${place}/files`, new Upload(png())), 201);
		const path = `${place}/files/${results.at(-1).id}`;

		expectSameBytes(await robin.client.get(`${path}/content`, SAME_ID),
			await robin.client.get(`${place}/files/${missingId()}/content`, SAME_ID));
		expectProblem(await robin.client.get(`${path}/link`), 404, 'not_found');
	});
	test('is nothing that anybody could ask nginx for', async () => {
		const file = await ready();
		const [key] = await sql("SELECT key FROM file_copies WHERE file_id = :'id'", { id: file.id });

		for (const path of [`/.files/${key}`, `/api/../.files/${key}`, `/.exports/${key}`, '/.files/'])
			expectProblem(await robin.client.get(path), 404, 'not_found');
	});
});

describe('a link', () => {
	test('shows the same for five minutes, to whoever has it', async () => {
		const file = await ready();
		const link = await linkTo(mate, file);

		assert.match(link.expires_at, INSTANT);
		const left = new Date(link.expires_at) - Date.now();

		assert.ok(left > 290000 && left <= 300000, link.expires_at);
		const res = await nobody.get(link.path);

		assert.deepEqual([res.status, res.bytes, res.headers['content-type']], [200, BYTES, 'image/png']);
		assert.match(res.headers['content-security-policy'], /sandbox/);
		const again = await nobody.get(link.path, { headers: { 'If-None-Match': res.headers.etag } });

		assert.deepEqual([again.status, again.text], [304, '']);
	});
	test('is none when it is over, mistyped, or of another variant', async () => {
		const file = await ready();
		const now = Math.floor(Date.now() / 1000);
		const session = await sessionOf(robin);
		const good = fileToken(file.id, 'main', session, now + 100);
		const nothing = await nobody.get(`/api/files/${fileToken(missingId(), 'main', session, now + 100)}`,
			SAME_ID);

		assert.equal((await nobody.get(`/api/files/${good}`)).status, 200);
		expectProblem(nothing, 404, 'not_found');
		for (const token of [fileToken(file.id, 'main', session, now - 1), `${good}x`,
			good.replace('main', 'thumb'),
			good.replace(/\d{10}/, (s) => String(Number(s) + 1)), fileToken(file.id, 'thumb', session,
				now + 100),
			fileToken(file.id, 'main', robin.user.id, now + 100), fileToken(file.id, 'sent', session,
				now + 100), 'x', `${file.id}.main`])
			expectSameBytes(await nobody.get(`/api/files/${token}`, SAME_ID), nothing);
	});

	// What ends the link of somebody who comes by a session, or by an access token.
	const BY_SESSION = async (person) => person;
	const BY_TOKEN = (narrowed) => (person) =>
		newAccess(person, { scope: 'read', residence_ids: narrowed ? [home.id] : null });
	const change = (token, fields) => token.person.client.patch(`/api/access-tokens/${token.id}`, fields);
	const ENDS = [
		['its session, signed out', BY_SESSION, ({ client }) => client.post('/api/auth/logout')],
		['its session, ended from another', BY_SESSION, async ({ person }) => (await signIn(person)).client
			.delete(`/api/auth/sessions/${await sessionOf(person)}`)],
		['all sessions', BY_SESSION, async ({ person }) => (await signIn(person)).client
			.post('/api/auth/logout-all')],
		['a new password', BY_SESSION, async ({ person }) => (await signIn(person)).client
			.post('/api/auth/change-password', { old_password: PASSWORD, new_password: OTHER_PASSWORD })],
		['a session that is over', BY_SESSION, ({ person }) => sql(`UPDATE sessions SET expires_at = now()
			WHERE user_id = :'id'`, { id: person.user.id })],
		['a session that nobody used', BY_SESSION, ({ person }) => sql(`UPDATE sessions
			SET last_seen_at = now() - interval '30 days' WHERE user_id = :'id'`, { id: person.user.id })],
		['its access token, revoked', BY_TOKEN(false), ({ id, person }) =>
			person.client.delete(`/api/access-tokens/${id}`)],
		['its access token, narrowed to another home', BY_TOKEN(false), async (token) =>
			change(token, { residence_ids: [(await newResidence(token.person)).id] })],
		['its access token, narrowed from this home', BY_TOKEN(true), async (token) =>
			change(token, { residence_ids: [(await newResidence(token.person)).id] })],
		['its access token, over', BY_TOKEN(false), ({ id }) => sql(`UPDATE access_tokens
			SET created_at = now() - interval '2 days', expires_at = now() WHERE id = :'id'`, { id })],
		['the membership', BY_SESSION, ({ person }) => robin.client
			.delete(`/api/residences/${home.id}/members/${person.user.id}`)],
		['leaving', BY_SESSION, ({ client }) => client.post(`/api/residences/${home.id}/leave`)],
		['the membership, by an access token', BY_TOKEN(true), ({ person }) =>
			person.client.post(`/api/residences/${home.id}/leave`)],
		['the account, disabled', BY_SESSION, ({ person }) => sql(
			"UPDATE users SET is_active = false WHERE id = :'id'", { id: person.user.id })],
		['the account, to be deleted', BY_SESSION, ({ client }) => client.post('/api/auth/delete-account',
			{ password: PASSWORD })],
		['the file', BY_SESSION, (_, file) => robin.client.delete(file.path)],
		['what it hangs on', BY_SESSION, (_, file) => robin.client.delete(file.path.split('/files/')[0])],
	];

	for (const [what, come, end] of ENDS)
		test(`ends with ${what}: then it is as if there were no file`, async () => {
			const file = await ready();
			const person = await signUp();

			await makeMember(home, person.user, 'viewer');
			const caller = { ...await come(person), person };
			const { path } = await linkTo(caller, file);
			const other = await linkTo(robin, file);
			const ended = what === 'the file' || what === 'what it hangs on';

			assert.equal((await nobody.get(path)).status, 200);
			const res = await end(caller, file);

			assert.ok(Array.isArray(res) || res.status < 300, res.text);
			expectSameBytes(await nobody.get(path, SAME_ID), await nobody.get(
				`/api/files/${fileToken(missingId(), 'main', await sessionOf(robin))}`, SAME_ID));
			assert.equal((await nobody.get(other.path)).status, ended ? 404 : 200);
		});
	test('of an access token stays good while that is used for the home', async () => {
		const file = await ready();
		const person = await signUp();

		await makeMember(home, person.user, 'viewer');
		const token = { ...await newAccess(person, { scope: 'write' }), person };
		const { path } = await linkTo(token, file);

		expectOk(await change(token, { scope: 'read', residence_ids: [home.id] }));
		assert.equal((await nobody.get(path)).status, 200);
		expectOk(await person.client.post('/api/auth/logout'), 204);
		assert.equal((await nobody.get(path)).status, 200);
	});
	test('is made of what is there', async () => {
		const file = await ready();

		expectProblem(await robin.client.get(`${file.path}/link?variant=thumb`), 404, 'not_found');
		expectProblem(await nobody.get(`${file.path}/link`), 401, 'unauthorized');
	});
});
