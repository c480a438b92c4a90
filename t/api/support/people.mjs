// people.mjs: users, homes and tasks that belong to one test alone.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, nobody } from './client.mjs';
import { expectOk } from './expect.mjs';

export const PASSWORD = 'a lamp in the 3rd window';

let count = 0;

export function freshEmail(name = 'someone') {
	count += 1;
	return `${name}.${process.pid}.${Date.now().toString(36)}.${count}@example.test`;
}

export function registration(fields = {}) {
	return {
		email: freshEmail(), password: PASSWORD, first_name: 'Robin', last_name: 'Goodfellow',
		...fields,
	};
}

// Hashes are rationed: who is told to come back after a while does.
async function patiently(send) {
	for (;;) {
		const res = await send();

		if (res.status !== 503)
			return res;
		await sleep(Number(res.headers['retry-after']) * 1000);
	}
}

/** A new user: { client, token, user, email, password }. */
export async function signUp(fields = {}) {
	const body = registration(fields);
	const res = await patiently(() => nobody.post('/api/auth/register', body));
	const { token, user } = expectOk(res, 201);

	return { client: new Client(token), token, user, email: body.email, password: body.password };
}

/** A second session of the same user. */
export async function signIn(person, device = 'another phone') {
	const body = { email: person.email, password: person.password, device_name: device };
	const { token, user } = expectOk(await patiently(() => nobody.post('/api/auth/login', body)));

	return { ...person, client: new Client(token), token, user };
}

export async function newHome(person, fields = {}) {
	return expectOk(await person.client.post('/api/residences', { name: 'Hill House', ...fields }), 201);
}

export async function newTask(person, home, fields = {}) {
	const body = { residence_id: home.id, title: 'Sweep the chimney', ...fields };

	return expectOk(await person.client.post('/api/tasks', body), 201);
}

/** An id of the right form that nothing has. */
export function missingId() {
	const hex = (n) => Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join('');

	return `01890000-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}

/** An id as a phone makes it offline. */
export function newId() {
	const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');

	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
