// walls.mjs: what limits.test.mjs and guessing.test.mjs share: limits set so low that a few requests reach
// them, and how an answer tells of one.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { expectProblem } from '../api/support/expect.mjs';
import { PASSWORD } from '../api/support/people.mjs';
import { connect, send } from './fastcgi.mjs';
import { configure, reload, setting, settled, stack } from './support.mjs';

// Hashes that cost nothing: the hash has a wall of its own, which is not meant here.
const CHEAP = { 'auth.argon2_memory': '64k', 'auth.argon2_passes': 1, 'auth.hash_wait': '10s' };
const POLICY = /^"(\w+)";q=(\d+);w=(\d+)$/;
const LEFT = /^"(\w+)";r=(\d+);t=(\d+)$/;

/** Hashes are cheap while these tests run. */
export function cheaply() {
	before(() => reload(CHEAP));
	after(async () => {
		configure();
		await stack('up');
	});
}

/** These limits and none but them, with no memory of what was before. */
export async function limits(changes) {
	const off = ['reads', 'writes', 'unproven', 'share', 'feeds', 'work', 'auth', 'account', 'login']
		.map((name) => [`limits.${name}`, 0]);

	// As many hashes at a time as workers: none is told to come back for want of a slot.
	configure({ ...CHEAP, 'auth.hash_slots': 4, ...Object.fromEntries(off), ...changes });
	await stack('restart', 'api');
	await settled();
}

/** What the headers say: { name, count, seconds, left, full }. */
export function told(res) {
	const policy = POLICY.exec(res.headers['ratelimit-policy']);
	const left = LEFT.exec(res.headers.ratelimit);

	assert.ok(policy && left, `${res.headers['ratelimit-policy']} ${res.headers.ratelimit}`);
	assert.equal(left[1], policy[1]);
	return { name: policy[1], count: Number(policy[2]), seconds: Number(policy[3]),
		left: Number(left[2]), full: Number(left[3]) };
}

/** A 429 of limit `name`, which is over in `least` to `most` seconds. */
export function expectTooMany(res, name, least, most) {
	expectProblem(res, 429, 'too_many_requests');
	const wait = Number(res.headers['retry-after']);

	assert.ok(wait >= least && wait <= most, `Retry-After: ${wait}`);
	assert.equal(told(res).name, name);
	assert.equal(told(res).left, 0);
}

/** Requests from `address`, one after the other on one connection: their statuses. */
export async function from(address, ...requests) {
	const socket = await connect(setting('api.socket'));
	const statuses = [];

	try {
		for (const request of requests)
			statuses.push(Number((await send(socket, { address, ...request })).slice(8, 11)));
	} finally {
		socket.destroy();
	}
	return statuses;
}

export const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));
export const login = (email, password = PASSWORD) =>
	({ method: 'POST', path: '/api/auth/login', body: { email, password } });
export const wrong = (email, options) => nobody.post('/api/auth/login', { email, password: 'wrong' }, options);
export const right = (email) => nobody.post('/api/auth/login', { email, password: PASSWORD });
