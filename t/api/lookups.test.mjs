// lookups.test.mjs: lookups, health, and what every answer of this server carries.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nobody, request } from './support/client.mjs';
import { expectInvalid, expectKeys, expectOk, expectProblem, REQUEST_ID } from './support/expect.mjs';
import { signUp } from './support/people.mjs';

const LISTS = ['residence_types', 'residence_roles', 'task_categories', 'task_priorities', 'task_states',
	'document_types'];
const CODE = /^[a-z0-9_]+$/;

describe('GET /api/static-data', () => {
	test('gives every lookup list to anyone', async () => {
		const lists = expectOk(await nobody.get('/api/static-data'));

		expectKeys(lists, LISTS);
		for (const [name, items] of Object.entries(lists)) {
			assert.ok(items.length > 0, name);
			const codes = items.map((item) => item.code);
			assert.equal(new Set(codes).size, codes.length);
			for (const item of items) {
				assert.match(item.code, CODE);
				assert.ok(item.label.length > 0);
			}
			const positions = items.map((item) => item.position);
			assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
		}
		assert.deepEqual(lists.residence_roles.map((r) => r.code), ['owner', 'manager', 'member', 'viewer']);
		assert.deepEqual(lists.task_states.map((s) => s.code), ['pending', 'in_progress', 'cancelled']);
		assert.ok(lists.residence_types.some((t) => t.code === 'house'));
		assert.ok(lists.task_priorities.some((p) => p.code === 'medium'));
		for (const category of lists.task_categories)
			assert.match(category.color, /^#[0-9a-f]{6}$/);
		for (const { icon } of lists.document_types)
			assert.match(icon, CODE);
	});

	test('may be kept for a while by everyone', async () => {
		for (const path of ['/api/static-data', '/api/static-data/task_categories']) {
			const res = await nobody.get(path);

			expectOk(res);
			assert.match(res.headers['cache-control'], /\bpublic\b.*\bmax-age=[1-9]\d*/);
			assert.doesNotMatch(res.headers.vary ?? '', /authorization/i);
		}
	});

	test('does not look at credentials', async () => {
		expectOk(await request('GET', '/api/static-data', { token: 'hob_nonsense' }));
	});

	test('refuses query names, since it has none', async () => {
		expectInvalid(await nobody.get('/api/static-data?list=task_states'),
			{ list: 'unknown_field' }, 'query');
	});
});

describe('GET /api/static-data/{list}', () => {
	test('gives each list by itself', async () => {
		const lists = expectOk(await nobody.get('/api/static-data'));

		for (const name of LISTS)
			assert.deepEqual(expectOk(await nobody.get(`/api/static-data/${name}`)),
				{ results: lists[name] });
	});

	test('answers 404 for a list nobody knows, and does not let it be kept', async () => {
		for (const name of ['users', 'task_priorities2', "x'--", 'TASK_STATES']) {
			const res = await nobody.get(`/api/static-data/${encodeURIComponent(name)}`);

			expectProblem(res, 404, 'not_found');
			assert.doesNotMatch(res.headers['cache-control'] ?? '', /max-age=[1-9]/);
		}
	});
});

describe('health', () => {
	test('/livez answers as long as a worker does', async () => {
		assert.deepEqual(expectOk(await nobody.get('/livez')), { status: 'alive' });
	});

	test('/readyz says that database and schema are there', async () => {
		const body = expectOk(await nobody.get('/readyz'));

		assert.equal(body.status, 'ready');
		assert.ok(Number(body.schema_version) >= 1);
	});
});

describe('every answer', () => {
	test('says what may be done with it', async () => {
		const { client } = await signUp();
		const res = await client.get('/api/auth/me');

		expectOk(res);
		assert.equal(res.headers['cache-control'], 'private, no-cache');
		assert.match(res.headers.vary, /Authorization/);
		assert.match(res.headers.vary, /Accept-Language/);
	});

	test('carries the security headers, whoever made it', async () => {
		for (const path of ['/api/static-data', '/api/auth/me', '/api/nothing', '/nothing', '/livez']) {
			const { headers } = await nobody.get(path);

			assert.match(headers['strict-transport-security'] ?? '', /max-age=[1-9]\d{6,}/, path);
			assert.equal(headers['x-content-type-options'], 'nosniff', path);
			assert.ok(headers['content-security-policy'], path);
			assert.doesNotMatch(headers.server ?? '', /\d/, path);
		}
	});

	test('echoes a good X-Request-Id and replaces a bad one', async () => {
		const ask = async (id, path = '/api/auth/me') =>
			(await nobody.get(path, { headers: { 'X-Request-Id': id } })).headers['x-request-id'];

		for (const path of ['/api/auth/me', '/livez', '/nothing']) {
			for (const good of ['abcDEF-_09', '12345678', 'x'.repeat(64)])
				assert.equal(await ask(good, path), good);
			for (const bad of ['short', 'x'.repeat(65), 'has space in it', '<script>alert(1)</script>']) {
				const made = await ask(bad, path);
				assert.notEqual(made, bad);
				assert.match(made, REQUEST_ID);
			}
		}
		assert.notEqual(await ask(''), await ask(''));
	});

	test('to HEAD is that to GET without the body', async () => {
		const { client } = await signUp();

		for (const path of ['/api/static-data', '/api/auth/me', '/livez']) {
			const plain = { headers: { 'Accept-Encoding': 'identity' } };
			const head = await client.request('HEAD', path, plain);
			const get = await client.get(path, plain);

			assert.equal(head.status, 200);
			assert.equal(head.text, '');
			assert.equal(head.headers['content-type'], get.headers['content-type']);
			assert.equal(head.headers['content-length'], get.headers['content-length']);
		}
	});

	test('has a Content-Length, also when it is a refusal', async () => {
		for (const path of ['/api/static-data', '/api/auth/me', '/api/nothing', '/livez']) {
			const res = await nobody.get(path);

			assert.equal(res.headers['content-length'], String(Buffer.byteLength(res.text)), path);
		}
	});

	test('ignores one trailing slash and never redirects', async () => {
		expectOk(await nobody.get('/api/static-data/'));
		expectProblem(await nobody.get('/api/static-data//'), 404, 'not_found');
		expectProblem(await nobody.get('/api/auth/me/'), 401, 'unauthorized');
		for (const path of ['/', '/api', '/api/', '/api/auth', '/api/auth/', '/livez/x'])
			expectProblem(await nobody.get(path), 404, 'not_found');
	});
});
