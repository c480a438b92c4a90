// push.test.mjs: lib/push against a Gorush that fails in all its ways. Needs no other server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { ends, gorush } from './gorush.mjs';

const TIMEOUT_MS = 300;
const TOKEN = 'c0ffee0000000000000000000000000000000000000000000000000000c0ffee';
const TOPIC = 'org.example.app';

/** How each end of a POST is understood. */
const VERDICTS = {
	ok: 'accepted', lost: 'accepted',
	dead: 'dead', environment: 'environment', too_large: 'refused', unknown: 'unknown',
	away: 'later', unreachable: 'later', full: 'later', disabled: 'later', not_json: 'later',
	hang: 'silent', cut: 'silent', half: 'silent', huge: 'silent',
	status_400: 'refused', status_404: 'away', status_500: 'away', status_502: 'away',
};

let server, pusher;

/** The program, asked one notice after the other. */
function start(url) {
	const child = spawn(`${process.env.HOB_BUILD}/pusher`, [url, TOPIC, String(TIMEOUT_MS)]);
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	child.stderr.pipe(process.stderr);
	return {
		async push(notice) {
			const whole = { token: TOKEN, platform: 'ios', message: 'The lamp', ...notice };
			child.stdin.write(`${JSON.stringify(whole)}\n`);
			return JSON.parse((await lines.next()).value);
		},
		async stop() {
			child.stdin.end();
			const [code] = await once(child, 'exit');
			assert.equal(code, 0);
		},
	};
}

before(async () => {
	server = await gorush();
	pusher = start(server.url);
});

after(async () => {
	await pusher.stop();
	await server.close();
});

test('every end has a verdict here', () => assert.deepEqual(Object.keys(VERDICTS).sort(), [...ends].sort()));

for (const platform of ['ios', 'android']) {
	for (const [end, verdict] of Object.entries(VERDICTS)) {
		test(`${end} on ${platform} is ${verdict}`, async () => {
			server.next(end);
			const id = `${platform}-${end}`, begun = performance.now();
			const answer = await pusher.push({ id, platform });
			assert.equal(answer.verdict, verdict, answer.words);
			assert.equal(answer.words === '', verdict === 'accepted');
			assert.ok(!answer.words.includes(TOKEN), 'words hold no token');
			assert.equal(server.sent.filter((n) => n.notif_id === id).length, 1, 'sent once');
			if (end === 'hang')
				assert.ok(performance.now() - begun >= TIMEOUT_MS - 1);
		});
	}
}

test('what is sent is what Gorush reads', async () => {
	await pusher.push({ id: 'n1', title: 'Due "today" 🛋', data: '{"task_id":"t1"}' });
	assert.deepEqual(server.sent.at(-1), {
		notif_id: 'n1', tokens: [TOKEN], platform: 1, title: 'Due "today" 🛋', message: 'The lamp', topic: TOPIC,
		badge: 1, sound: 'default', data: { task_id: 't1' }, priority: 'high', collapse_id: 'n1',
		end: 'ok', taken: true,
	});
	await pusher.push({ id: 'n2', platform: 'android' });
	assert.equal(server.sent.at(-1).topic, undefined, 'a topic of Android is a crowd');
});

test('good answers share one connection', async () => {
	const before = server.connections();
	for (let i = 0; i < 20; i++)
		assert.equal((await pusher.push({ id: `kept-${i}` })).verdict, 'accepted');
	assert.ok(server.connections() <= before + 1);
});

test('a Gorush that went away is away, and found again when it is back', async () => {
	const { port } = new URL(server.url);
	await server.close();
	assert.equal((await pusher.push({ id: 'gone' })).verdict, 'away');
	server = await gorush({ port: Number(port) });
	assert.equal((await pusher.push({ id: 'back' })).verdict, 'accepted');
	assert.equal(server.taken('back'), 1);
});
