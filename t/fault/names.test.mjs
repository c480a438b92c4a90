// names.test.mjs: PostgreSQL and Redis by name, while the name server is slow, or names another
// address than before.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { signUp } from '../api/support/people.mjs';
import { connect, send } from './fastcgi.mjs';
import { proxy } from './proxy.mjs';
import { logMark, logged, logSince, scratchFolder, separateConf, setting, status, until, worldIn } from './support.mjs';

const folder = scratchFolder();
const postgres = `${setting('db.url').match(/host=(\S+)/)[1]}/.s.PGSQL.5432`;
const between = {};
let api;
let start;
let conf;
let robin;
let socket;

const file = (name) => `${folder.path}/${name}`;
const call = (name) => writeFileSync(file('hob-db.test'), name);
const slow = () => writeFileSync(file('slow'), '');
const quick = () => rmSync(file('slow'), { force: true });

const patch = (first_name) =>
	send(socket, { method: 'PATCH', path: '/api/auth/me', token: robin.token, body: { first_name } });
const get = (path) => send(socket, { path, token: robin.token });

before(async () => {
	start = await worldIn(folder);
	between.db = await proxy({ host: '127.0.0.1', port: 0 }, postgres);
	between.redis = await proxy({ host: '127.0.0.1', port: 0 }, setting('redis.address'));
	call('127.0.0.1');
	writeFileSync(file('hob-redis.test'), '127.0.0.1');
	conf = separateConf(folder, { 'api.workers': 1, 'redis.address': `hob-redis.test:${between.redis.port}`,
		'db.url': `host=hob-db.test port=${between.db.port} dbname=hob user=hob_api sslmode=disable` });
	robin = await signUp();
	api = start('-c', conf);
	await until('it is ready', async () =>
		(await status(conf).catch(() => ({ workers: [] }))).workers.some((w) => w.state === 'idle'));
	await logged({ path: file('log'), bytes: 0 }, 'redis_heard');
	socket = await connect(file('api.sock'));
});

after(async () => {
	quick();
	socket.destroy();
	process.kill(api.pid, 'SIGTERM');
	await api.ended;
	between.db.close();
	between.redis.close();
	folder.remove();
});

describe('names', () => {
	test('a start by names says nothing of Redis being away', () => {
		assert.deepEqual(logSince({ path: file('log'), bytes: 0 }, 'redis_away'), []);
		assert.deepEqual(logSince({ path: file('log'), bytes: 0 }, 'database_away'), []);
		assert.ok(between.db.accepted() > 0 && between.redis.accepted() > 0);
	});

	test('a name server that does not answer holds no request, also when all is connected anew', async () => {
		slow();
		try {
			for (let i = 0; i < 5; i++) {
				const mark = logMark(file('log'));

				between.redis.drop();
				assert.match(await patch(`Slow ${i}`), /Status: 200/);
				between.db.drop();
				await until('the database is there again',
					async () => /Status: 200/.test(await patch(`Slower ${i}`)));
				await until('it is in the log', () => logSince(mark, 'request').length >= 2);
				// A lookup would have taken until quick().
				assert.deepEqual(logSince(mark, 'request').filter((line) => line.total_ms > 5000), []);
			}
			await until('Redis is used', async () => /"redis":"up"/.test(await get('/readyz')));
		} finally {
			quick();
		}
	});

	test('a name that moves to another address is followed', async () => {
		const next = await proxy({ host: '127.0.0.2', port: between.db.port }, postgres);

		call('127.0.0.2');
		between.db.close();
		between.db = next;
		await until('the other address is used',
			async () => next.accepted() > 0 && /Status: 200/.test(await patch('Moved')));
	});

	test('a start while the name server is silent: requests are refused, and served when it speaks', async () => {
		socket.destroy();
		process.kill(api.pid, 'SIGTERM');
		await api.ended;
		slow();
		try {
			api = start('-c', conf);
			socket = await until('it listens', () => connect(file('api.sock')).catch(() => null));
			assert.match(await patch('Early'), /Status: 503/);
		} finally {
			quick();
		}
		await until('it serves', async () => {
			socket.destroy();
			socket = await connect(file('api.sock'));
			return /Status: 200/.test(await patch('Late').catch((why) => why.message));
		});
	});
});
