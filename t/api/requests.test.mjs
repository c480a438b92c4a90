// requests.test.mjs: whatever a request looks like around its body, the right problem leaves and no worker
// is lost.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nobody } from './support/client.mjs';
import { expectOk, expectProblem } from './support/expect.mjs';
import { newResidence, newTask } from './support/people.mjs';
import { exchange, rawRequest } from './support/raw.mjs';
import { fill, routeTable } from './support/routes.mjs';
import { noWorkerIsLost } from './support/survive.mjs';

const KIB = 1024;

let robin;

noWorkerIsLost((person) => {
	robin = person;
});

function send(raw) {
	return robin.client.request('POST', '/api/residences', { raw });
}

describe('a path', () => {
	for (const path of ['/api/tasks/%', '/api/tasks/%2', '/api/tasks/%zz', '/api/tasks/%00', '/api/tasks/%ff',
		'/api/tasks/%c0%af', '/api/%ff', '/api/nothing/%ed%a0%80'])
		test(`with a bad escape is refused: ${path}`, async () => {
			expectProblem(await robin.client.get(path), 400, 'malformed');
		});

	test('that climbs above the root is refused', async () => {
		expectProblem(await exchange(rawRequest('GET /api/../../etc/passwd')), 400, 'malformed');
	});

	for (const path of ['/api/nothing', '/api//tasks', '/api/tasks//', '/API/tasks', '/api/tasks/x/y/z',
		'/api/tasks%2F', '/api/tasks;v=1', '/api/../etc/passwd', '/api/x/../tasks', '/api/./tasks',
		'/.env', '/.problem', '/admin/../etc/passwd', '/api.conf'])
		test(`that leads nowhere is not found: ${path}`, async () => {
			const res = await exchange(rawRequest(`GET ${path}`, [`Authorization: Token ${robin.token}`]));
			expectProblem(res, 404, 'not_found');
		});

	test('may be long, but not longer than a line', async () => {
		expectProblem(await robin.client.get(`/api/${'x'.repeat(7000)}`), 404, 'not_found');
		expectProblem(await robin.client.get(`/api/${'/'.repeat(7000)}`), 404, 'not_found');
		expectProblem(await robin.client.get(`/api/${'a/'.repeat(3500)}`), 404, 'not_found');
		expectProblem(await robin.client.get(`/api/${'x'.repeat(9000)}`), 414, 'uri_too_long');
		expectProblem(await robin.client.get(`/api/${'x'.repeat(40000)}`), 414, 'uri_too_long');
	});
});

describe('a method', () => {
	const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
	const ids = { session_id: '1', residence_id: '1', task_id: '1', list: 'task_states' };

	test('that a path does not have is refused with those it has, before anything else', async () => {
		const allowed = new Map();

		for (const { method, path } of await routeTable())
			allowed.set(path, [...(allowed.get(path) ?? []), method]);
		for (const [path, methods] of allowed) {
			const expected = methods.flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).sort();
			const others = [...METHODS.filter((m) => !methods.includes(m)), 'OPTIONS', 'PROPFIND'];

			if (!methods.includes('GET'))
				others.push('HEAD');
			// nginx leads a browser to a page.
			if (path.startsWith('/api/unsubscribe/'))
				others.splice(others.indexOf('GET'), 1);
			for (const method of others) {
				const res = await nobody.request(method, fill(path, ids));

				assert.equal(res.status, 405, `${method} ${path}`);
				assert.deepEqual(res.headers.allow.split(', ').sort(), expected, `${method} ${path}`);
				if (method !== 'HEAD')
					expectProblem(res, 405, 'method_not_allowed');
			}
		}
	});

	test('that nobody has is refused on every path', async () => {
		for (const method of ['TRACE', 'BREW', 'X'.repeat(100)])
			expectProblem(await exchange(rawRequest(`${method} /api/tasks`)), 405, 'method_not_allowed');
	});

	test('of no known form is refused', async () => {
		for (const line of ['get /api/tasks', 'G\x01T /api/tasks', ' GET /api/tasks'])
			expectProblem(await exchange(rawRequest(line)), 400, 'malformed');
	});

	test('GET may come with a body that nobody reads', async () => {
		const bodies = ['{"x":1}', 'not json', 'x'.repeat(60 * KIB)];

		for (const raw of bodies)
			expectOk(await robin.client.request('GET', '/api/auth/me', { raw }));
		expectOk(await robin.client.get('/api/auth/me'));
	});

	test('DELETE takes no body', async () => {
		const residence = await newResidence(robin);
		const task = await newTask(robin, residence);

		expectProblem(await robin.client.request('DELETE', `/api/tasks/${task.id}`, { raw: 'x'.repeat(1000) }),
			400, 'malformed');
		expectOk(await robin.client.delete(`/api/tasks/${task.id}`), 204);
	});
});

describe('headers', () => {
	const ask = (headers) => exchange(rawRequest('GET /api/auth/me', headers));

	test('that are too large are refused', async () => {
		expectProblem(await ask([`X-Long: ${'x'.repeat(9 * KIB)}`]), 431, 'headers_too_large');
		const many = Array.from({ length: 60 }, (_, i) => `X-Long-${i}: ${'x'.repeat(KIB)}`);
		expectProblem(await ask(many), 431, 'headers_too_large');
	});

	test('may be many and long', async () => {
		const token = `Authorization: Token ${robin.token}`;
		const many = Array.from({ length: 400 }, (_, i) => `X-Header-${i}: ${i}`);

		expectOk(await ask([token, ...many]));
		expectOk(await ask([token, `Accept-Language: ${'de, '.repeat(1500)}en`]));
		expectProblem(await ask([`Authorization: Token ${'x'.repeat(7 * KIB)}`]), 401, 'unauthorized');
		expectOk(await ask([token, 'Accept: ', 'Cookie: \xff\xfe',
			'X-Request-Id: \xff\xfe\xfd\xfc\xfb\xfa\xf9']));
	});

	test('that are broken are refused', async () => {
		for (const header of ['X-Nul: a\0b', 'Host: a b', 'Content-Length: ten', 'Content-Length: -1',
			'Content-Length: 1\r\nContent-Length: 2'])
			expectProblem(await ask([header]), 400, 'malformed');
	});

	test('that contradict each other about the length are refused', async () => {
		const res = await exchange(rawRequest('POST /api/auth/login',
			['Content-Type: application/json', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
			'0\r\n\r\n'));
		expectProblem(res, 400, 'malformed');
	});

	test('cannot be forged for the server behind', async () => {
		const token = `Authorization: Token ${robin.token}`;

		expectOk(await ask([token, 'Request-Method: DELETE', 'X-HTTP-Method-Override: DELETE',
			'Remote-Addr: 10.0.0.1', 'Content-Type: text/plain', 'Script-Name: /x']));
	});
});

describe('a connection', () => {
	test('that ends in the middle of a body costs nobody anything', async () => {
		for (const sent of ['', '{', '{"name":"Hut"']) {
			const head = rawRequest('POST /api/residences', [`Authorization: Token ${robin.token}`,
				'Content-Type: application/json', 'Content-Length: 100']);
			const res = await exchange(Buffer.concat([head, Buffer.from(sent)]), { hangUp: true });

			assert.ok(res === null || res.status === 400, `${res?.status}`);
		}
	});

	test('without TLS is told so, not redirected', async () => {
		expectProblem(await exchange(rawRequest('GET /api/auth/me'), { plain: true }), 400, 'malformed');
	});

	test('that speaks something else is refused', async () => {
		for (const line of ['\x16\x03\x01', 'HELO hob', '*1\r\n$4\r\nPING']) {
			const res = await exchange(Buffer.from(`${line}\r\n\r\n`, 'latin1'));
			if (res !== null)
				expectProblem(res, 400, 'malformed');
		}
	});

	test('may carry 64 bad requests at once', async () => {
		const all = await Promise.all(Array.from({ length: 64 }, (_, i) => send(i % 2 ? '{' : '\0')));

		for (const res of all)
			expectProblem(res, 400, 'malformed_json');
	});
});
