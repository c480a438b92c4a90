// auth.mjs: staff of the stand-in, and their sessions.
import { randomBytes } from 'node:crypto';

import { invalid, Refusal } from './problems.mjs';
import { stepAt, totp } from './totp.mjs';

const COOKIE = '__Host-hob_staff';
const END_MS = 12 * 3_600_000;
const CONFIRM_MS = 300_000;
const TRIES = 5;

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
export const PASSWORD = 'a lamp in the hall';
export const staff = ['admin', 'editor', 'support'].map((role, i) => ({
	id: `018f0000-0000-7000-8012-00000000000${i}`,
	email: `${role}@hob.example`,
	name: `${role} of the house`,
	role,
	password: PASSWORD,
	secret: SECRET,
}));

export function auth({ idleMs }) {
	const sessions = new Map();
	const failures = new Map();
	const used = new Map();

	/** Each code works once, as the real one has it. */
	function codeIsGood(one, code) {
		const now = stepAt(Date.now());
		const step = [now, now - 1, now + 1].find(
			(at) => totp(one.secret, at) === code && at > (used.get(one) ?? 0)
		);

		if (step === undefined)
			return false;
		used.set(one, step);
		return true;
	}

	function login({ body }) {
		const { email, password, code } = body;
		const missing = ['email', 'password', 'code'].filter((name) => !body[name]);
		const one = staff.find((other) => other.email === email);
		const failed = failures.get(email) ?? 0;

		if (missing.length)
			throw invalid(...missing.map((name) => [name, 'required', 'is missing']));
		if (failed >= TRIES) {
			failures.set(email, TRIES - 1);
			throw new Refusal('too_many_requests', {}, { 'Retry-After': '2' });
		}
		if (one?.password !== password || !codeIsGood(one, code)) {
			failures.set(email, failed + 1);
			throw new Refusal('wrong_login');
		}
		failures.delete(email);
		return begin(one);
	}

	function begin(one) {
		const token = randomBytes(32).toString('base64url');
		const session = { ...one, seen: Date.now(), ends: Date.now() + END_MS, confirmed: 0 };

		sessions.set(token, session);
		return {
			body: me({ session }).body,
			headers: { 'Set-Cookie': `${COOKIE}=${token}; Secure; HttpOnly; SameSite=Strict; Path=/` },
		};
	}

	const tokenOf = (request) => new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];

	function enter(request) {
		const session = sessions.get(tokenOf(request));

		if (!session || session.seen + idleMs < Date.now() || session.ends < Date.now())
			throw new Refusal('not_signed_in');
		session.seen = Date.now();
		return session;
	}

	function me({ session: { id, email, name, role, seen, ends, confirmed } }) {
		const at = (ms) => new Date(ms).toISOString();

		return {
			body: {
				id,
				email,
				name,
				role,
				idle_ends_at: at(seen + idleMs),
				ends_at: at(ends),
				confirmed_until: confirmed > Date.now() ? at(confirmed) : null,
			},
		};
	}

	function confirm({ session, body }) {
		if (body.password !== session.password)
			throw new Refusal('wrong_password');
		session.confirmed = Date.now() + CONFIRM_MS;
		return { status: 204 };
	}

	function logout({ request }) {
		sessions.delete(tokenOf(request));
		return {
			status: 204,
			headers: { 'Set-Cookie': `${COOKIE}=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0` },
		};
	}

	return { login, enter, me, confirm, logout, endAll: () => sessions.clear() };
}
