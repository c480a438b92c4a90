// server.test.mjs: a store's server fails as it is asked to, and has done what it was asked for or not.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { ends, json, openServer } from './server.mjs';

let server, done;

before(async () => {
	server = await openServer({
		take({ path, body }) {
			done.push(path);
			return json(200, { said: body || 'nothing' });
		},
		refusal: (status, { retryAfter }) => json(status, { refused: status },
			retryAfter ? { 'retry-after': String(retryAfter) } : {}),
	});
});
beforeEach(() => {
	done = [];
	server.well();
	server.seen.length = 0;
});
after(() => server.close());

const get = (path = '/', how = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...how });

/** end: [status, what its body begins with, characters], or no answer. */
const ANSWERS = {
	ok: [200, '{"said":"nothing"}', 18], slow: [200, '{"said":"nothing"}', 18], not_json: [200, '<html>', 37],
	half_json: [200, '{"said":"', 9], empty: [200, '', 0], no_object: [200, '[]', 2], other_object: [200, '{}', 2],
	deep: [200, '[[[[', 200_000], huge: [200, '{"said":"nothing"} ', 20_000_000], redirect: [302, '', 0],
	lost: undefined, cut: undefined, torn: undefined, hang: undefined,
};

describe('ends', () => {
	test('each is known here', () => assert.deepEqual(Object.keys(ANSWERS).sort(), [...ends].sort()));

	for (const [end, expected] of Object.entries(ANSWERS)) {
		test(end, async () => {
			server.next(end, { ms: 30 });
			const signal = AbortSignal.timeout(end === 'hang' ? 100 : 20_000);
			const answer = get('/', { signal }).then(async (a) => [a.status, await a.text()]);

			if (expected === undefined) {
				await assert.rejects(answer);
				assert.equal(done.length, end === 'lost' ? 0 : 1);
			} else {
				const [status, text] = await answer;

				assert.deepEqual([status, text.slice(0, expected[1].length), text.length], expected);
				assert.equal(done.length, 1);
			}
			assert.equal(server.seen[0].end, end);
			assert.equal((await get()).status, 200);
		});
	}

	test('one that is not known is a mistake', () => assert.throws(() => server.next('slwo'), /no such end/));
});

describe('rules', () => {
	const statuses = async (...paths) => {
		const list = [];

		for (const path of paths)
			list.push((await get(path)).status);
		return list;
	};

	test('so many times, then as always', async () => {
		server.next('status_429', { times: 2 });
		assert.deepEqual(await statuses('/', '/', '/'), [429, 429, 200]);
	});

	test('always, until it is well', async () => {
		server.always('status_500');
		server.next('status_503');
		assert.deepEqual(await statuses('/', '/', '/'), [503, 500, 500]);
		server.well();
		assert.deepEqual(await statuses('/'), [200]);
	});

	test('where the path says so', async () => {
		server.always('status_404', { on: '/one' });
		assert.deepEqual(await statuses('/one', '/two', '/one'), [404, 200, 404]);
	});

	test('a refusal does nothing, and may say when to come again', async () => {
		server.next('status_429', { retryAfter: 7 });
		assert.equal((await get()).headers.get('retry-after'), '7');
		assert.equal(done.length, 0);
	});
});

describe('waiting', () => {
	test('an answer that is held was made before what comes after it', async () => {
		const hold = server.hold({ on: '/held' });
		const order = [];
		const held = get('/held').then(() => order.push('held'));

		await hold.answered;
		assert.deepEqual(done, ['/held']);
		await get('/other').then(() => order.push('other'));
		hold.release();
		await held;
		assert.deepEqual(order, ['other', 'held']);
	});

	test('until something has come', async () => {
		const came = server.until((seen) => seen.length === 2);

		await get('/1', { method: 'POST', body: 'x' });
		await get('/2');
		assert.deepEqual((await came).map(({ method, path, body, status }) => [method, path, body, status]),
			[['POST', '/1', 'x', 200], ['GET', '/2', '', 200]]);
	});
});
