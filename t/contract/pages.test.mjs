// pages.test.mjs: the pages at /api/docs in a browser: each opens without a complaint, each link
// leads somewhere, and so does the `type` of each problem.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { base, request } from '../api/support/client.mjs';
import { browser } from './browser.mjs';
import { committedPath } from './tools.mjs';

const server = base.href.replace(/\/$/, '');
const paths = ['getting-started', 'errors', 'retries', 'sync', 'notifications', 'board', 'recurrence',
	'documents',
	'uploads', 'contractors', 'uploads', 'text', 'files', 'limits', 'languages', 'automations', 'clients',
	'changelog']
	.map((name) => `/api/docs/${name}`);
let chrome;

before(async () => { chrome = await browser(); });
after(() => chrome.close());

/** Opens a page and returns its links, as { path, fragment }. */
async function open(path) {
	const answer = await chrome.page.goto(`${server}${path}`);

	assert.equal(answer.status(), 200, path);
	const links = await chrome.page.$$eval('a[href]', (list) => list.map((a) => a.href));

	return links.filter((href) => href.startsWith(server)).map((href) => new URL(href))
		.map(({ pathname, hash }) => ({ path: pathname, fragment: hash.slice(1) }));
}

const idsOf = (path) => request('GET', path)
	.then(({ status, text }) => (status === 200
		? new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))
		: null));

describe('the pages at /api/docs', () => {
	test('open without a complaint, and say where one is', async () => {
		for (const path of paths) {
			await open(path);
			assert.equal(await chrome.page.locator('nav a[aria-current]').count(), 1, path);
			assert.equal(await chrome.page.locator('main h1').count(), 1, path);
		}
		assert.deepEqual(chrome.complaints, []);
	});

	test('have links that lead to pages and headings that are there', async () => {
		const ids = new Map();

		for (const from of paths)
			for (const { path, fragment } of await open(from)) {
				if (!ids.has(path))
					ids.set(path, await idsOf(path));
				assert.ok(ids.get(path), `${from} → ${path}`);
				assert.ok(fragment === '' || ids.get(path).has(fragment),
					`${from} → ${path}#${fragment}`);
			}
		assert.ok(ids.has('/api/docs/reference') && ids.has('/api/docs'));
	});

	test('fit a phone: nothing but tables and examples scrolls sideways', async () => {
		await chrome.page.setViewportSize({ width: 360, height: 740 });
		for (const path of paths) {
			await open(path);
			const wide = await chrome.page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(wide <= 360, `${path} is ${wide} wide`);
		}
		await chrome.page.setViewportSize({ width: 1280, height: 720 });
	});

	test('explain each code of a problem where its type leads', async () => {
		const nginx = readFileSync(new URL('../../conf/nginx/http.conf', import.meta.url), 'utf8');
		const [, map] = /map \$status \$hob_problem_code \{(.*?)\}/s.exec(nginx);
		const codes = [...map.matchAll(/\S+ (\w+);/g)].map(([, code]) => code);
		const { type } = (await request('GET', '/api/nothing')).body;

		JSON.parse(readFileSync(committedPath), (key, value) => {
			if (key === 'x-codes')
				codes.push(...value);
			return value;
		});
		assert.equal(type, '/api/docs/errors#not_found');
		const ids = await idsOf('/api/docs/errors');
		assert.ok(codes.length > 40);
		assert.deepEqual(codes.filter((code) => !ids.has(code)), []);
	});
});
