// staff.mjs: people of the panel: made by `hob staff`, signed in as a browser does, with codes as an authenticator
// app has them (RFC 6238, written out here, so that the server is held to another one than its own).
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { base, Client } from '../../api/support/client.mjs';
import { sql } from '../../api/support/db.mjs';

const run = promisify(execFile);
const STEP_S = 30;
let serial = 0;

/** The command line: what it says, and its exit code. */
export async function hob(...words) {
	try {
		return { code: 0, ...await run(`${process.env.HOB_BUILD}/hob`, words) };
	} catch (failed) {
		return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr };
	}
}

export const freshEmail = () => `staff-${process.pid}-${serial += 1}@example.test`;

/** What `hob staff add` and `reset` print. */
export function credentials(text) {
	const lines = (label) => text.split('\n').filter((line) => line.startsWith(`${label}: `))
		.map((line) => line.slice(label.length + 2));

	return { password: lines('password')[0], url: new URL(lines('key')[0]), codes: lines('recovery code') };
}

/** A new person of this role, who has not signed in yet. */
export async function addStaff(role = 'support', name = `A person of ${role}`) {
	const email = freshEmail();
	const { code, stdout, stderr } = await hob('staff', 'add', email, name, role);

	if (code !== 0)
		throw new Error(`hob staff add: ${stderr}`);
	return { email, name, role, ...credentials(stdout) };
}

function fromBase32(text) {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...text].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');

	return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The six digits that an app shows `steps` from now. */
export function codeOf(person, steps = 0) {
	const counter = Buffer.alloc(8);

	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + steps));
	const mac = createHmac('sha1', fromBase32(person.url.searchParams.get('secret'))).update(counter).digest();
	const at = mac[19] & 15;

	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** Waits while the step is about to end, for who must know in which one it is a moment later. */
export async function withinStep() {
	while (Date.now() / 1000 % STEP_S > STEP_S - 4)
		await delay(100);
}

export const login = (body, headers = {}) =>
	new Client().post('/api/admin/auth/login', body, { headers: { 'X-Hob-Admin': '1', ...headers } });

/** The name and value of the cookie that an answer sets. */
export const cookieOf = (reply) => reply.headers['set-cookie']?.[0].split(';')[0];

/** A browser in which somebody is signed in; or nobody, without a cookie. */
export class Panel extends Client {
	constructor(cookie) {
		super();
		this.cookie = cookie;
	}

	request(method, path, options = {}) {
		return super.request(method, `/api/admin${path}`, { ...options, headers: {
			'X-Hob-Admin': '1', ...this.cookie && { Cookie: this.cookie }, ...options.headers } });
	}
}

/** Signs somebody in; by a code that may have been used, for nobody waits here for the next one. */
export async function signIn(person) {
	await sql("UPDATE staff SET totp_step = 0 WHERE email = :'email'", { email: person.email });
	const reply = await login({ email: person.email, password: person.password, code: codeOf(person) });

	if (reply.status !== 200)
		throw new Error(`login: ${reply.status} ${reply.text}`);
	return Object.assign(new Panel(cookieOf(reply)), { person, id: reply.body.id });
}

export const staffPanel = async (role) => signIn(await addStaff(role));

export const ownOrigin = `https://${base.host}`;

/** The events of an action about a subject, oldest first, as the database has them, what is personal in its place. */
export const events = async (action, subject) => (await sql(`SELECT to_jsonb(e) || jsonb_build_object(
		'before', e.before || coalesce(v.before, '{}'), 'after', e.after || coalesce(v.after, '{}'))
	FROM audit_events e LEFT JOIN audit_values v ON v.event_id = e.id
	WHERE action = :'action' AND subject IS NOT DISTINCT FROM nullif(:'subject', '') ORDER BY day, seq`,
{ action, subject: subject ?? '' })).map((line) => JSON.parse(line));
