// docs.test.mjs: the pages at /api/docs: their files are served under a policy that lets them
// reach nothing but their own host, and they ask for nothing else.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { request } from '../api/support/client.mjs';
import { expectProblem } from '../api/support/expect.mjs';

let page, reference;

before(async () => {
	page = await request('GET', '/api/docs');
	reference = await request('GET', '/api/docs/reference');
});

const assets = () => [...`${page.text}${reference.text}`.matchAll(/\b(?:src|href)="(\/[^"]*)"/g)]
	.map(([, path]) => path);

describe('GET /api/docs', () => {
	test('is a page, with and without a slash', async () => {
		assert.equal(page.status, 200);
		assert.match(page.headers['content-type'], /^text\/html/);
		assert.equal((await request('GET', '/api/docs/index.html')).text, page.text);
		assert.equal((await request('GET', '/api/docs/')).text, page.text);
		assert.equal((await request('GET', '/api/docs/reference/')).text, reference.text);
		assert.equal(reference.status, 200);
	});

	test('may reach its own host alone', () => {
		const policy = page.headers['content-security-policy'];

		assert.match(policy, /default-src 'self'/);
		assert.doesNotMatch(policy, /unsafe-inline.*script|script[^;]*unsafe|unsafe-eval|https?:|\*/);
	});

	test('has no script of its own inside', () => {
		assert.doesNotMatch(page.text + reference.text, /<script(?![^>]*\bsrc=)|\bon\w+=|<style|style=/i);
	});

	test('names files of its own host only, and all are there', async () => {
		assert.ok(assets().length >= 4);
		for (const path of assets()) {
			assert.match(path, /^\/api\/docs(\/|$)/);
			const asset = await request('GET', path);
			assert.equal(asset.status, 200, path);
			assert.equal(asset.headers['x-content-type-options'], 'nosniff');
			assert.doesNotMatch(asset.headers['content-type'], /octet-stream/, path);
		}
	});

	test('shows the documents of this server', async () => {
		const documents = { reference: '/api/openapi.json', staff: '/api/docs/openapi-staff.json' };

		for (const [path, wanted] of Object.entries(documents)) {
			const { text } = await request('GET', `/api/docs/${path}`);
			const [, document] = /data-document="([^"]+)"/.exec(text);

			assert.equal(document, wanted);
			assert.equal((await request('GET', document)).body.openapi, '3.1.0');
		}
	});

	test('has no other files', async () => {
		expectProblem(await request('GET', '/api/docs/package.json'), 404, 'not_found');
	});
});
