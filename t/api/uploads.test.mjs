// uploads.test.mjs: files that are sent, and hang on nothing yet.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { nobody, Upload } from './support/client.mjs';
import { sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem, expectSameBytes, INSTANT, SAME_ID,
	UUID_V7 } from './support/expect.mjs';
import { missingId, newId, newResidence, newTask, signUp } from './support/people.mjs';
import { bytesOf, cleaning, form, isThere, keysKnown, keysThere, notCleaning, png, refuse, sent, sha256 }
	from './support/uploads.mjs';

const copyOf = async (id) => {
	const [line] = await sql(`SELECT key, variant, store, media_type, bytes, encode(sha256, 'hex') FROM file_copies
		WHERE file_id = :'id'`, { id });

	return line.split('|');
};

const TEXT = 'The lamp in the hall flickers.\n';
const TYPES = [
	['JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex'), 'image/jpeg'],
	['PNG', png(), 'image/png'],
	['WebP', Buffer.from('524946461a000000574542505650384c0d0000002f00000010071011118888fe0700', 'hex'),
		'image/webp'],
	['HEIC', Buffer.from('000000186674797068656963000000006d69663168656963', 'hex'), 'image/heic'],
	['PDF', '%PDF-1.7\n1 0 obj\n', 'application/pdf'],
	['text', TEXT, 'text/plain'],
	['text that looks like a program', '#include <stdio.h>\nint main(void) { return 0; }\n', 'text/plain'],
];
const REFUSED = [
	['HTML', '<!DOCTYPE html><html><body>hello</body></html>'],
	['SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
	['a program', Buffer.from('7f454c4602010100000000000000000003003e0001000000', 'hex')],
	['a ZIP archive', Buffer.from('504b0304140000000000', 'hex')],
	['GIF', 'GIF89a\x01\x00\x01\x00'],
	['noise', randomBytes(4096)],
];

let robin;

before(async () => {
	robin = await signUp();
	await notCleaning();
});
after(cleaning);

describe('a file that is sent', () => {
	for (const [what, bytes, type] of TYPES)
		test(`is taken by what it is: ${what}`, async () => {
			const person = await signUp();
			const body = new Upload(bytes, 'image/gif', 'Küche.gif');
			const upload = expectOk(await person.client.post('/api/uploads', body), 201);
			const [key, ...copy] = await copyOf(upload.upload_id);

			assert.match(upload.upload_id, UUID_V7);
			assert.deepEqual({ ...upload, upload_id: null, created_at: null, expires_at: null }, {
				upload_id: null, name: 'Küche.gif', media_type: type, bytes: Buffer.from(bytes).length,
				sha256: sha256(bytes), state: 'processing', reason: null, attached: false,
					created_at: null,
				expires_at: null });
			assert.match(upload.expires_at, INSTANT);
			assert.deepEqual(copy, ['sent', 'directory', type, String(Buffer.from(bytes).length),
				sha256(bytes)]);
			assert.deepEqual(bytesOf(key), Buffer.from(bytes));
			assert.deepEqual(await sql("SELECT kind FROM jobs WHERE key = :'id'", { id: upload.upload_id }),
				['image']);
		});
	for (const [what, bytes] of REFUSED)
		test(`is not taken, and leaves nothing: ${what}`, async () => {
			const there = keysThere();
			const body = new Upload(bytes, 'image/png', 'photo.png');

			expectProblem(await robin.client.post('/api/uploads', body), 415, 'file_type_not_allowed');
			assert.deepEqual(keysThere(), there);
		});
	test('has its place in Location, and is shown there with what has become of it', async () => {
		const res = await robin.client.post('/api/uploads', new Upload(TEXT));
		const upload = expectOk(res, 201);

		assert.equal(res.headers.location, `/api/uploads/${upload.upload_id}`);
		assert.equal(upload.name, null);
		assert.deepEqual(expectOk(await robin.client.get(res.headers.location)), upload);
		await refuse(upload.upload_id, 'truncated');
		const shown = expectOk(await robin.client.get(res.headers.location));

		assert.deepEqual([shown.state, shown.reason], ['refused', 'truncated']);
	});
	test('has the name of the query, of either form of the header, or none', async () => {
		const name = async (path, headers) => expectOk(await robin.client.post(`/api/uploads${path}`, undefined,
			{ raw: TEXT, headers: { 'Content-Type': 'text/plain', ...headers } }), 201).name;
		const person = await signUp();

		robin = person;
		assert.equal(await name('?name=b%C3%BCro.txt',
			{ 'Content-Disposition': 'attachment; filename="a.txt"' }), 'büro.txt');
		assert.equal(await name('', { 'Content-Disposition': 'attachment; filename="a b.txt"' }), 'a b.txt');
		assert.equal(await name('', { 'Content-Disposition': 'attachment; filename="C:\\\\x\\\\a.txt"' }),
			'a.txt');
		assert.equal(await name('', { 'Content-Disposition': 'attachment; filename="../../etc/passwd"' }),
			'passwd');
		assert.equal(await name('',
			{ 'Content-Disposition': "attachment; filename=x; filename*=UTF-8''%C3%A9" }), 'é');
		assert.equal(await name('', { 'Content-Disposition': "attachment; filename*=UTF-8''a%0Ab" }), null);
		assert.equal(await name('', {}), null);
		expectInvalid(await robin.client.post('/api/uploads?name=', new Upload(TEXT)), { name: 'too_short' },
			'query');
	});
	test('can be a form with one file', async () => {
		const bytes = png(300000);
		const upload = expectOk(await robin.client.post('/api/uploads', form([['a %22b%22.png', bytes]])), 201);

		assert.deepEqual([upload.name, upload.sha256], ['a "b".png', sha256(bytes)]);
		assert.deepEqual(bytesOf((await copyOf(upload.upload_id))[0]), bytes);
	});
	test('is one file, and no form without or with other things', async () => {
		const there = keysThere();
		const post = (body) => robin.client.post('/api/uploads', body);

		expectProblem(await post(form([['a.png', png()], ['b.png', png()]])), 413, 'too_large');
		expectProblem(await post(form([])), 400, 'no_file');
		expectProblem(await post(form([['a.png', '']])), 400, 'no_file');
		for (const text of ['--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
			'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n1']) {
			const body = new Upload(text, 'multipart/form-data; boundary=x');

			expectProblem(await post(body), 400, 'malformed');
		}
		expectProblem(await post(new Upload(png(), 'multipart/form-data; boundary=x')), 400, 'malformed');
		expectProblem(await post(new Upload(png(), 'multipart/form-data')), 400, 'malformed');
		expectProblem(await post(new Upload('')), 400, 'no_file');
		assert.deepEqual(keysThere(), there);
	});
	test('is not compressed, and no larger than may be', async () => {
		const there = keysThere();
		const gzip = { headers: { 'Content-Encoding': 'gzip' } };
		const large = await robin.client.post('/api/uploads', new Upload(png(25 * 2 ** 20)));

		expectProblem(large, 413, 'file_too_large');
		assert.equal(large.body.detail, 'A file may have 25600 KiB at most.');
		expectProblem(await robin.client.post('/api/uploads', new Upload(TEXT), gzip), 415,
			'unsupported_media_type');
		expectProblem(await robin.client.post('/api/uploads', form([['a.png', png(25 * 2 ** 20)]])), 413,
			'file_too_large');
		assert.deepEqual(keysThere(), there);
	});
	test('may be as large as may be, in little memory', async () => {
		const person = await signUp();
		const bytes = png(25 * 2 ** 20 - 1000);
		const upload = await sent(person, bytes);

		assert.equal(upload.sha256, sha256(bytes));
		assert.deepEqual(sha256(bytesOf((await copyOf(upload.upload_id))[0])), upload.sha256);
	});
	test('needs a session before its bytes are kept', async () => {
		const there = keysThere();

		expectProblem(await nobody.post('/api/uploads', new Upload(TEXT)), 401, 'unauthorized');
		assert.deepEqual(keysThere(), there);
	});
});

describe('an Idempotency-Key', () => {
	const once = (key) => ({ headers: { 'Idempotency-Key': key } });

	test('stands for the bytes: sent again they are one file', async () => {
		const person = await signUp();
		const [key, body] = [newId(), new Upload(png(), 'image/png', 'a.png')];
		const first = expectOk(await person.client.post('/api/uploads', body, once(key)), 201);
		const there = keysThere();
		const again = await person.client.post('/api/uploads', body, once(key));

		assert.deepEqual(expectOk(again, 201), first);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal(again.headers.location, `/api/uploads/${first.upload_id}`);
		assert.deepEqual(keysThere(), there);
		assert.deepEqual(await sql("SELECT count(*) FROM files WHERE uploaded_by = :'id'",
			{ id: person.user.id }), ['1']);
		const others = await person.client.post('/api/uploads', new Upload(png(), 'image/png', 'a.png'),
			once(key));

		expectProblem(others, 422, 'idempotency_key_reused');
		assert.deepEqual(keysThere(), there);
	});
});

describe('a file that hangs on nothing', () => {
	test('is seen by who sent it alone', async () => {
		const { upload_id: id } = await sent(await signUp());
		const other = await signUp();

		expectSameBytes(await other.client.get(`/api/uploads/${id}`, SAME_ID),
			await other.client.get(`/api/uploads/${missingId()}`, SAME_ID));
		expectProblem(await other.client.delete(`/api/uploads/${id}`), 404, 'not_found');
	});
	test('can be taken back, and its bytes are to go', async () => {
		const person = await signUp();
		const { upload_id: id } = await sent(person);
		const [key] = await copyOf(id);

		expectOk(await person.client.delete(`/api/uploads/${id}`), 204);
		expectProblem(await person.client.delete(`/api/uploads/${id}`), 404, 'not_found');
		expectProblem(await person.client.get(`/api/uploads/${id}`), 404, 'not_found');
		assert.ok(!(await keysKnown()).includes(key) && isThere(key));
		assert.deepEqual(await sql("SELECT store FROM file_leavings WHERE key = :'key'", { key }),
			['directory']);
	});
	test('is over after a day', async () => {
		const person = await signUp();
		const { upload_id: id } = await sent(person);

		await sql("UPDATE files SET created_at = now() - interval '24 hours' WHERE id = :'id'", { id });
		expectProblem(await person.client.get(`/api/uploads/${id}`), 404, 'not_found');
	});
	test('is one of few', async () => {
		const person = await signUp();

		for (let i = 0; i < 20; i++)
			await sent(person);
		const there = keysThere();
		const res = await person.client.post('/api/uploads', new Upload(png()));

		expectProblem(res, 402, 'plan_limit_reached');
		assert.deepEqual([res.body.limit, res.body.used, res.body.max], ['staged_files', 20, 20]);
		assert.deepEqual(keysThere(), there);
		await sql(`UPDATE files SET kept_bytes = 255 * 1048576 WHERE id =
			(SELECT min(id::text)::uuid FROM files WHERE uploaded_by = :'id')`,
			{ id: person.user.id });
		await sql("DELETE FROM files WHERE uploaded_by = :'id' AND kept_bytes < 1000", { id: person.user.id });
		const heavy = await person.client.post('/api/uploads', new Upload(png(2 ** 20)));

		expectProblem(heavy, 402, 'plan_limit_reached');
		assert.deepEqual([heavy.body.limit, heavy.body.used, heavy.body.max], ['staged_mib', 255, 256]);
	});
	test('is refused for a while when too many others of its sender wait for hob-image', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const task = await newTask(person, home);
		const ways = ['/api/uploads', `/api/tasks/${task.id}/files`, `/api/residences/${home.id}/files`];
		const limit = (n) => sql(`UPDATE settings SET value = ${n} WHERE name = 'limit.processing_files'`);

		await limit(12);
		try {
			const all = await Promise.all(Array.from({ length: 18 }, (_, i) =>
				person.client.post(ways[i % 3], new Upload(png()))));
			const there = keysThere();

			assert.deepEqual(all.map((res) => res.status).sort().join(' '),
				[...Array(12).fill(201), ...Array(6).fill(429)].join(' '));
			for (const way of ways) {
				const res = await person.client.post(way, new Upload(png()));

				expectProblem(res, 429, 'too_many_requests');
				assert.ok(Number(res.headers['retry-after']) > 0);
				expectProblem(await person.client.post(way, new Upload(png()),
					{ headers: { 'Idempotency-Key': newId() } }), 429, 'too_many_requests');
			}
			assert.deepEqual(keysThere(), there);
			const [one] = expectPage(await person.client.get(ways[1]));

			await refuse(one.id, 'damaged');
			expectOk(await person.client.post(ways[1], new Upload(png())), 201);
		} finally {
			await limit(-1);
		}
	});
	test('is counted under a lock: many at once are not more than may be', async () => {
		const person = await signUp();
		const all = await Promise.all(Array.from({ length: 30 }, () =>
			person.client.post('/api/uploads', new Upload(png()))));

		assert.deepEqual(all.map((res) => res.status).sort().join(' '),
			[...Array(20).fill(201), ...Array(10).fill(402)].join(' '));
	});
});
