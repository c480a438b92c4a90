// people.mjs: users, residences and tasks that belong to one test alone.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, nobody } from './client.mjs';
import { sql } from './db.mjs';
import { expectOk } from './expect.mjs';

export const PASSWORD = 'a lamp in the 3rd window';
export const OTHER_PASSWORD = 'another lamp, the 4th window';

/** PASSWORD under parameters that have grown since. */
export const CHEAP_HASH =
	'$argon2id$v=19$m=8,t=1,p=1$aG9iIHRlc3Qgc2FsdCAxNg$1wjM69lrUivFzpbbVYFo2JHHBmLyUGJgg2yw5VyaTcs';

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
export async function patiently(send) {
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

/** From now on the account has proved its mail address, as if by the letter. */
export const proveAddress = ({ user }) =>
	sql("UPDATE users SET email_verified_at = now() WHERE id = :'id'", { id: user.id });

export const login = (fields, options) => nobody.post('/api/auth/login', fields, options);

/** A second session of the same user. */
export async function signIn(person, device = 'another phone') {
	const body = { email: person.email, password: person.password, device_name: device };
	const { token, user } = expectOk(await patiently(() => login(body)));

	return { ...person, client: new Client(token), token, user };
}

export async function newResidence(person, fields = {}) {
	return expectOk(await person.client.post('/api/residences', { name: 'Hill House', ...fields }), 201);
}

export async function newTask(person, residence, fields = {}) {
	const body = { residence_id: residence.id, title: 'Sweep the chimney', ...fields };

	return expectOk(await person.client.post('/api/tasks', body), 201);
}

export async function newContractor(person, residence, fields = {}) {
	const body = { residence_id: residence.id, name: 'Sweep & Sons', ...fields };

	return expectOk(await person.client.post('/api/contractors', body), 201);
}

export async function newDocument(person, residence, fields = {}) {
	const body = { residence_id: residence.id, title: 'Dishwasher', ...fields };

	return expectOk(await person.client.post('/api/documents', body), 201);
}

/** A document of the type warranty, whose lines of cover end on these days; null: never. */
export const newWarranty = (person, residence, ends, fields = {}) => newDocument(person, residence, { type: 'warranty',
	covers: ends.map((day) => (day === null ? { lifetime: true } : { ends_on: day })), ...fields });

/** An id of the right form that nothing has. */
export function missingId() {
	const hex = (n) => Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join('');

	return `01890000-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}

/** An id as a phone makes it offline. */
export function newId() {
	const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');

	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}`
		+ `-${hex.slice(20, 32)}`;
}

/** What the database has of an access token. */
export const accessHash = (token) => createHash('sha256').update(`access token ${token}`).digest('hex');

/** A new access token of `person`: what was answered, and its client. */
export async function newAccess(person, fields = {}) {
	const made = expectOk(await person.client.post('/api/access-tokens',
		{ name: 'Home automation', scope: 'write', ...fields }), 201);

	return { ...made, client: new Client(made.token) };
}

/** From now on this person's next login renews the hash. */
export const makeCheap = (person) => sql("UPDATE users SET password_hash = :'hash' WHERE id = :'id'",
	{ id: person.user.id, hash: CHEAP_HASH });

// --- people by SQL, where hashing a password for each would take long ----------------------

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function crc32(text) {
	let crc = 0xffffffff;

	for (const byte of Buffer.from(text)) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

/** A key of the form that lib/crypto/token.c gives out: of a session, or by the prefix of an access token. */
export function newToken(prefix = 'hob_') {
	const text = `${prefix}${randomBytes(32).toString('base64url')}`;
	let sum = '';

	for (let left = crc32(text), i = 0; i < 6; i++, left = Math.floor(left / 62))
		sum = DIGITS[left % 62] + sum;
	return text + sum;
}

/** `count` people who are signed in, with proved addresses: [{ user: { id }, client }]. */
export async function crowd(count) {
	const people = Array.from({ length: count }, () => ({ user: { id: newId() }, token: newToken() }));
	const hash = (token) => createHash('sha256').update(token).digest('hex');

	await sql(`INSERT INTO users (id, email, password_hash, email_verified_at) SELECT (r ->> 'id')::uuid,
			(r ->> 'id') || '@example.test', '-', now() FROM json_array_elements(:'rows') r;
		INSERT INTO sessions (id, user_id, token_hash) SELECT gen_random_uuid(),
			(r ->> 'id')::uuid, r ->> 'hash' FROM json_array_elements(:'rows') r`,
	{ rows: JSON.stringify(people.map((p) => ({ id: p.user.id, hash: hash(p.token) }))) });
	return people.map((p) => ({ ...p, client: new Client(p.token) }));
}
