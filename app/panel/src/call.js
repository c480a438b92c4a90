// call.js: every request to /api/admin. Where the answer is a question (a reason is needed, the password, somebody
// else has changed it), the person is asked and the request sent again; where the server is busy, it is asked again.
// No page has to know of it.
import { HttpError } from 'react-admin';

import { ask } from './ask.js';
import { used } from './session.js';

const ROOT = '/api/admin';
let language = 'en';
let lastReason = '';
const reasons = new Map(); // for reads alone, by what was read

export const speak = (locale) => {
	language = locale;
};

/** A reason ends with the session that it was given in. */
export function forget() {
	lastReason = '';
	reasons.clear();
}

function wordOf(value) {
	if (Array.isArray(value))
		return value.join(',');
	return value instanceof Date ? value.toISOString() : String(value);
}

/** ?a=1&b=2, without what is empty. */
export function queryOf(query = {}) {
	const pairs = Object.entries(query)
		.filter(([, value]) => value !== undefined && value !== null && value !== '')
		.map(([name, value]) => [name, wordOf(value)]);

	return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

const isRead = ({ method = 'GET' }) => method === 'GET';

/** What a reason is good for: pages of one list of one home, pages of what was sought so, or one thing. */
const matter = ({ path, query: { page, ordering, residence_id: home, ...sought } = {} }) =>
	`${path} ${home ?? JSON.stringify(sought)}`;

function headersOf(request) {
	const reason = request.reason ?? (isRead(request) ? reasons.get(matter(request)) : undefined);
	const headers = { 'X-Hob-Admin': '1', 'Accept-Language': language };

	if (request.body !== undefined)
		headers['Content-Type'] = 'application/json';
	if (reason !== undefined)
		headers['X-Hob-Reason'] = encodeURIComponent(reason);
	if (request.version !== undefined)
		headers['If-Match'] = `"${request.version}"`;
	return headers;
}

const send = (request) =>
	fetch(`${ROOT}${request.path}${queryOf(request.query)}`, {
		method: request.method ?? 'GET',
		credentials: 'same-origin',
		cache: 'no-store',
		headers: headersOf(request),
		body: request.body === undefined ? undefined : JSON.stringify(request.body),
	});

/** The column of "phones.0.number", and of "set.color", which is how a bulk change names it. */
const columnOf = (field) => field.replace(/^set\./, '').split('.')[0];

/** {"email": "is missing"} of [{field, detail}], which is how forms want it. */
const byColumn = (errors) =>
	errors && Object.fromEntries(errors.map(({ field, detail }) => [columnOf(field), detail]));

async function problemOf(answer) {
	const body = await answer.json().catch(() => ({}));
	const seconds = Number(answer.headers.get('Retry-After')) || undefined;
	const problem = new HttpError(body.detail ?? body.title ?? `${answer.status}`, answer.status, {
		...body,
		errors: byColumn(body.errors),
	});

	problem.code = body.code;
	problem.retryAfter = seconds;
	return problem;
}

async function withReason(request, problem) {
	const reason = await ask(
		'reason',
		{ detail: problem.message, last: lastReason, lasts: isRead(request) },
		`reason ${isRead(request) ? matter(request) : Math.random()}`
	);

	if (reason === null)
		return null;
	lastReason = reason;
	if (isRead(request))
		reasons.set(matter(request), reason);
	return { ...request, reason };
}

async function withPassword(request) {
	return (await ask('password')) ? request : null;
}

/** Mine, theirs: chosen field by field, and sent on top of what is there now. */
async function merged(request, problem) {
	const { current } = problem.body;
	const body =
		current && request.before && request.method === 'PATCH'
			? await ask(
					'merge',
					{
						entity: request.entity,
						before: request.before,
						mine: request.body,
						theirs: current,
					},
					Math.random()
				)
			: null;

	return body === null ? null : { ...request, body, before: current, version: current.version };
}

/** A server that is busy is asked again, twice, when it has said: what only reads does no harm. */
async function later(request, problem) {
	const { tries = 0 } = request;

	if (!isRead(request) || tries === 2)
		return null;
	await new Promise((resolve) => {
		setTimeout(resolve, 1000 * Math.min(problem.retryAfter ?? 1, 10));
	});
	return { ...request, tries: tries + 1 };
}

const questions = { reason_needed: withReason, password_needed: withPassword, stale: merged, try_later: later };

/** The answer, when it is a good one; throws an HttpError otherwise. */
export async function call(request) {
	const answer = await send(request).catch(() => {
		throw new HttpError('hob.unreachable', 0, {});
	});

	if (answer.ok) {
		used();
		return answer;
	}
	const problem = await problemOf(answer);
	const next = await questions[problem.code]?.(request, problem);

	if (!next)
		throw problem;
	return call(next);
}

/** What an answer says; {} when it says nothing. Credentials are shown to the person, once, and kept nowhere. */
export async function json(request) {
	const answer = await call(request);
	const { credentials, ...rest } = answer.status === 204 ? {} : await answer.json();

	if (credentials)
		await ask('credentials', credentials, Math.random());
	return rest;
}
