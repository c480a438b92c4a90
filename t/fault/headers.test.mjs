// headers.test.mjs: headers that come from a setting or show in the log alone: which web pages
// may read answers (CORS), and the trace of a client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { fill, routeTable } from '../api/support/routes.mjs';
import { configure, logged, logMark, reload, stack } from './support.mjs';

const APP = 'https://app.example.org';
const OTHER = 'http://localhost:5173';
const ids = { session_id: '1', residence_id: '1', task_id: '1', list: 'task_states' };

let robin;

before(async () => {
	robin = await signUp();
});

after(async () => {
	configure();
	await stack('up');
});

const from = (origin, headers = {}) => ({ headers: { Origin: origin, ...headers } });
const preflight = (path, origin, method = 'PATCH') => nobody.request('OPTIONS', path,
	from(origin, { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'authorization' }));

function corsHeaders(res) {
	return Object.keys(res.headers).filter((name) => name.startsWith('access-control-'));
}

function words(header) {
	return (header ?? '').split(', ').sort();
}

describe('pages of other origins', () => {
	test('may read nothing by default', async () => {
		await reload({});
		const res = await robin.client.get('/api/auth/me', from(APP));

		expectOk(res);
		assert.deepEqual(corsHeaders(res), []);
		assert.doesNotMatch(res.headers.vary, /Origin/);
		const asked = await preflight('/api/auth/me', APP);
		expectProblem(asked, 405, 'method_not_allowed');
		assert.deepEqual(corsHeaders(asked), []);
	});

	test('that are named may ask for what a path has, on every route', async () => {
		await reload({ 'cors.origins': `${OTHER} ${APP}` });
		const allowed = new Map();

		for (const { method, path } of await routeTable())
			allowed.set(path,
				[...(allowed.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
		for (const [path, methods] of allowed) {
			const res = await preflight(fill(path, ids), APP);

			expectOk(res, 204);
			assert.equal(res.headers['access-control-allow-origin'], APP, path);
			assert.deepEqual(words(res.headers['access-control-allow-methods']), methods.sort(), path);
			assert.deepEqual(words(res.headers['access-control-allow-headers']), ['Accept-Language',
				'Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match',
				'X-Request-Id']);
			assert.equal(res.headers['access-control-max-age'], '7200');
			assert.equal(res.headers['access-control-allow-credentials'], undefined);
			assert.match(res.headers.vary, /\bOrigin\b/);
		}
		expectProblem(await preflight('/api/nothing', APP), 404, 'not_found');
	});

	test('that are named may read every answer of Hob, refusals too', async () => {
		for (const [res, status] of [
			[await robin.client.get('/api/auth/me', from(APP)), 200],
			[await nobody.get('/api/static-data', from(OTHER)), 200],
			[await nobody.get('/api/auth/me', from(APP)), 401],
			[await nobody.get('/api/nothing', from(APP)), 404],
			[await robin.client.post('/api/residences', {}, from(APP)), 400],
			[await robin.client.post('/api/residences', { name: 'Hut' }, from(APP)), 201],
		]) {
			assert.equal(res.status, status);
			assert.ok([APP, OTHER].includes(res.headers['access-control-allow-origin']), String(status));
			for (const name of ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After',
				'X-Request-Id', 'Idempotency-Replayed'])
				assert.ok(words(res.headers['access-control-expose-headers']).includes(name), name);
			assert.match(res.headers.vary, /\bOrigin\b/);
		}
	});

	test('that are not named may not, and neither may those that only look alike', async () => {
		for (const origin of ['https://evil.example', `${APP}.evil.example`, 'https://app.example.or',
			`${APP}:444`, 'http://app.example.org', 'null', APP.toUpperCase(), `${OTHER} ${APP}`]) {
			const res = await robin.client.get('/api/auth/me', from(origin));

			expectOk(res);
			assert.deepEqual(corsHeaders(res), [], origin);
			assert.match(res.headers.vary, /\bOrigin\b/);
			expectProblem(await preflight('/api/auth/me', origin), 405, 'method_not_allowed');
		}
	});

	test('OPTIONS that is no preflight stays a method nobody has', async () => {
		for (const headers of [{}, { Origin: APP }, { 'Access-Control-Request-Method': 'GET' }])
			expectProblem(await nobody.request('OPTIONS', '/api/auth/me', { headers }),
				405, 'method_not_allowed');
	});

	test('may all read when the setting is *', async () => {
		await reload({ 'cors.origins': '*' });
		const res = await robin.client.get('/api/auth/me', from('https://anyone.example'));

		expectOk(res);
		assert.equal(res.headers['access-control-allow-origin'], '*');
		assert.doesNotMatch(res.headers.vary, /Origin/);
		expectOk(await preflight('/api/auth/me', 'https://anyone.example'), 204);
		assert.deepEqual(corsHeaders(await robin.client.get('/api/auth/me')), []);
	});
});

describe('traceparent', () => {
	const TRACE = '0af7651916cd43dd8448eb211c80319c';

	/** The log line of one request with this header. */
	async function traced(traceparent) {
		const mark = logMark();
		const res = await robin.client.get('/api/auth/me', { headers: { traceparent } });

		expectOk(res);
		return logged(mark, 'request', { request_id: res.headers['x-request-id'] });
	}

	test('gives the log line its trace id, beside the request id', async () => {
		await reload({});
		await newResidence(robin);
		assert.equal((await traced(`00-${TRACE}-b7ad6b7169203331-01`)).trace_id, TRACE);
	});

	test('that is none is left aside', async () => {
		for (const bad of ['00', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
			`00-${TRACE}-b7ad6b7169203331`, '"}'])
			assert.equal((await traced(bad)).trace_id, undefined, bad);
	});
});
