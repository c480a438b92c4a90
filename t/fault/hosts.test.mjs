// hosts.test.mjs: two hosts on one machine: two pools with a shared block each, one
// PostgreSQL, one Redis, behind one nginx. What changes through one is soon known to the
// other, and a write asks the database on both.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { expectOk } from '../api/support/expect.mjs';
import { crowd, newResidence, signIn, signUp } from '../api/support/people.mjs';
import { connect, send } from './fastcgi.mjs';
import { logged, median, scratchFolder, separateConf, setting, settled, stack, startApi, state, status,
	until } from './support.mjs';

const run = promisify(execFile);

const nginxConf = `${state}/nginx/http.conf`;
const original = readFileSync(nginxConf, 'utf8');
const folder = scratchFolder();
const conf = separateConf(folder, { 'api.workers': 4 });
const second = startApi('-c', conf);

/** Which of the two answered. */
const hosts = { first: new Set(), second: new Set() };
const hostOf = (res) => Object.keys(hosts).find((name) => hosts[name].has(Number(res.headers['x-hob-worker'])));

/** Sends until host `name` has answered. */
async function on(name, send) {
	for (let i = 0; i < 500; i++) {
		const res = await send();

		if (hostOf(res) === name)
			return res;
	}
	return assert.fail(`host ${name} never answered`);
}

const cached = (name, client, path = '/api/auth/me') => until(`host ${name} has cached ${path}`, async () => {
	const res = await on(name, () => client.get(path));

	return res.status === 200 && res.headers['x-hob-round-trips'] === '0';
});

before(async () => {
	await until('the second pool is ready', async () => (await status(conf).catch(() => ({ workers: [] })))
		.workers.filter((w) => w.state === 'idle').length === 4);
	await logged({ path: `${folder.path}/log`, bytes: 0 }, 'redis_heard');
	for (const [name, board] of [['first', await settled()], ['second', await status(conf)]])
		hosts[name] = new Set(board.workers.map((w) => w.pid));
	writeFileSync(nginxConf, original.replace(/(\tserver unix:)[^;]*;/, `$&$1${folder.path}/api.sock;`));
	await stack('restart', 'nginx');
	const { client } = await signUp();
	await until('nginx knows both', async () => hostOf(await client.get('/api/auth/me')) === 'second');
});

after(async () => {
	writeFileSync(nginxConf, original);
	await stack('restart', 'nginx');
	process.kill(second.pid, 'SIGTERM');
	await second.ended;
	folder.remove();
});

/** Milliseconds from the answer of `change` until `seen` holds for an answer of host `name`. */
async function crossing(name, change, read, seen) {
	await change();
	const answered = performance.now();

	await until('the other host knows', async () => seen(await on(name, read)));
	return performance.now() - answered;
}

describe('two hosts', () => {
	test('a change crosses within 100 ms', async () => {
		const took = [];

		for (let i = 0; i < 40; i++) {
			const person = await signUp();
			const phone = await signIn(person);
			const read = () => phone.client.get('/api/auth/me');

			await cached('second', phone.client);
			took.push(await crossing('second', () => on('first', () => person.client.patch('/api/auth/me',
				{ first_name: `Crossed ${i}` })), read,
				(res) => expectOk(res).first_name === `Crossed ${i}`));
			await cached('second', phone.client);
			took.push(await crossing('second',
				async () => expectOk(await phone.client.post('/api/auth/logout'), 204),
				read, (res) => res.status === 401));
		}
		assert.ok(median(took) < 100, `median ${median(took).toFixed(1)} ms`);
		console.log(`seen by the other host after ${median(took).toFixed(1)} ms (median), `
			+ `${Math.max(...took).toFixed(1)} at most`);
	});

	test('so does the loss of a residence', async () => {
		const [owner, friend] = await crowd(2);
		const residence = await newResidence(owner);
		const { code } = expectOk(await owner.client.post(`/api/residences/${residence.id}/share-codes`,
			{ role: 'member', max_uses: 50 }), 201);

		for (let i = 0; i < 10; i++) {
			expectOk(await friend.client.post('/api/residences/join', { code }));
			const listed = () => on('second', () => friend.client.get('/api/residences'));
			const path = `/api/residences/${residence.id}/members/${friend.user.id}`;
			await until('both know', async () => expectOk(await listed()).results.length === 1);
			await crossing('second', async () => expectOk(await owner.client.delete(path), 204),
				() => friend.client.get('/api/residences'),
				(res) => expectOk(res).results.length === 0);
		}
	});

	test('a relay that is stopped: within a second its host caches nothing, later it does again', async (t) => {
		const [friend] = await crowd(1);
		const person = await signUp();
		const phone = await signIn(person);
		const there = await connect(`${folder.path}/api.sock`);
		const here = await connect(setting('api.socket'));
		const relay = Number((await run('pgrep', ['-P', String(second.pid), '-x', 'hob-relay'])).stdout);
		const me = (who, socket) => send(socket, { path: '/api/auth/me', token: who.token });

		t.after(() => [there, here].forEach((socket) => socket.destroy()));
		await until('the session is cached', async () => /Round-Trips: 0/.test(await me(phone, there)));
		process.kill(relay, 'SIGSTOP');
		try {
			const stopped = performance.now();

			assert.match(await send(here, { method: 'POST', path: '/api/auth/logout', token: phone.token }),
				/Status: 204/);
			await until('the session is over there too',
				async () => /Status: 401/.test(await me(phone, there)));
			console.log(`over ${(performance.now() - stopped).toFixed(0)} ms after the relay was stopped`);
			for (let i = 0; i < 40; i++) {
				assert.match(await me(phone, there), /Status: 401/);
				assert.match(await me(friend, there), /Round-Trips: 1/, 'nothing is cached');
			}
		} finally {
			process.kill(relay, 'SIGCONT');
		}
		await cached('second', friend.client);
		for (let i = 0; i < 40; i++)
			assert.match(await me(phone, there), /Status: 401/);
	});

	for (const [weather, break_, mend] of [['Redis is there', async () => {}, async () => {}],
		['Redis is away', () => stack('kill', 'redis'), () => stack('start', 'redis')]])
		test(`a write asks at once whether the session still counts, on both, while ${weather}`, async (t) => {
			await break_();
			t.after(mend);
			const person = await signUp();

			for (let i = 0; i < 20; i++) {
				const phone = await signIn(person);

				await on('first', () => phone.client.get('/api/auth/me'));
				await on('second', () => phone.client.get('/api/auth/me'));
				expectOk(await phone.client.post('/api/auth/logout'), 204);
				const seen = new Set();

				for (let n = 0; n < 8 || seen.size < 2; n++) {
					const res = await phone.client.patch('/api/auth/me', { first_name: 'Nobody' });

					assert.equal(res.status, 401);
					seen.add(hostOf(res));
				}
			}
			assert.notEqual(expectOk(await person.client.get('/api/auth/me')).first_name, 'Nobody');
		});
});
