// expect.mjs: what every answer of Hob has in common, said once.
import assert from 'node:assert/strict';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

const PROBLEM_MEMBERS = ['type', 'title', 'status', 'detail', 'code', 'request_id', 'errors'];
// What problems of one code have besides.
const MORE_MEMBERS = { not_current_occurrence: ['occurrence'], stale: ['current'],
	owns_shared_residences: ['residences'],
	plan_limit_reached: ['limit', 'used', 'max', 'tier_needed'] };
const ERROR_CODES = ['required', 'null', 'unknown_field', 'type', 'too_short', 'too_long',
	'too_small', 'too_large', 'too_common', 'format', 'choice', 'duplicate', 'immutable',
	'not_found', 'not_a_member', 'disabled', 'misplaced', 'no_next_date'];

function describe(res) {
	return `${res.status} ${res.text.slice(0, 600)}`;
}

/** A success of exactly this status; JSON unless it is 204, or a 202 that says no more. Returns the body. */
export function expectOk(res, status = 200) {
	assert.equal(res.status, status, describe(res));
	assert.match(res.headers['x-request-id'] ?? '', REQUEST_ID);
	if (status === 204 || (status === 202 && res.text === '')) {
		assert.equal(res.text, '');
		assert.equal(res.headers['content-type'], undefined);
		return undefined;
	}
	assert.match(res.headers['content-type'], /^application\/json(;|$)/);
	return res.body;
}

function expectFieldError(error) {
	assert.deepEqual(Object.keys(error).sort(), ['code', 'detail', 'field', 'pointer']);
	assert.equal(typeof error.field, 'string');
	assert.ok(error.pointer === null || error.pointer.startsWith('/'), error.pointer);
	assert.ok(ERROR_CODES.includes(error.code), `unknown code ${error.code}`);
	assert.equal(typeof error.detail, 'string');
	assert.notEqual(error.detail, '');
}

function expectCompanions(res, status, code) {
	if (status === 401) {
		const challenges = String(res.headers['www-authenticate']);

		assert.match(challenges, /\bToken\b/);
		assert.match(challenges, /\bBearer\b/);
	}
	if (status === 405)
		assert.match(res.headers.allow ?? '', /^[A-Z]+(, [A-Z]+)*$/);
	if (status === 429 || status === 503 || code === 'idempotency_in_progress')
		assert.match(res.headers['retry-after'] ?? '', /^[1-9]\d*$/);
}

/** An RFC 9457 problem: its whole shape, its content type, and the headers its status asks for. */
export function expectProblem(res, status, code) {
	assert.equal(res.status, status, describe(res));
	assert.match(res.headers['content-type'] ?? '', /^application\/problem\+json(;|$)/);
	const p = res.body;

	assert.deepEqual(Object.keys(p).filter((k) => !PROBLEM_MEMBERS.includes(k)), MORE_MEMBERS[code] ?? []);
	assert.equal(p.code, code, describe(res));
	assert.equal(p.type, `/api/docs/errors#${code}`);
	assert.equal(p.status, status);
	assert.equal(typeof p.title, 'string');
	assert.notEqual(p.title, '');
	if (p.detail !== undefined)
		assert.ok(typeof p.detail === 'string' && p.detail !== '', describe(res));
	assert.match(p.request_id, REQUEST_ID);
	assert.equal(p.request_id, res.headers['x-request-id']);
	assert.equal(p.errors !== undefined, code === 'validation_error', describe(res));
	p.errors?.forEach(expectFieldError);
	expectCompanions(res, status, code);
	return p;
}

/** A 400 about exactly these fields, as { field: code }. Body fields have a pointer. */
export function expectInvalid(res, expected, where = 'body') {
	const p = expectProblem(res, 400, 'validation_error');
	const seen = Object.fromEntries(p.errors.map((e) => [e.field, e.code]));

	assert.deepEqual(seen, expected, describe(res));
	for (const e of p.errors)
		assert.equal(e.pointer, where === 'body' ? `/${e.field.replace('.', '/')}` : null, describe(res));
	return p;
}

/** A list page: its shape, and its results. */
export function expectPage(res) {
	const page = expectOk(res);

	assert.deepEqual(Object.keys(page).sort(), ['next_cursor', 'results']);
	assert.ok(Array.isArray(page.results));
	assert.ok(page.next_cursor === null || typeof page.next_cursor === 'string');
	return page.results;
}

/** Exactly these keys, whatever their values. */
export function expectKeys(object, keys) {
	assert.deepEqual(Object.keys(object).sort(), [...keys].sort());
}

// What differs between two answers by the nature of things.
const PER_ANSWER = ['date', 'x-hob-worker', 'x-hob-round-trips'];

/** All of an answer but what is its own by the nature of things. */
export function comparable(res) {
	const headers = { ...res.headers };

	for (const name of PER_ANSWER)
		delete headers[name];
	return { status: res.status, headers, text: res.text };
}

/**
 * The two answers are the same bytes. Both requests must have carried the same X-Request-Id,
 * so that nothing has to be blanked out first.
 */
export function expectSameBytes(a, b) {
	assert.deepEqual(comparable(a), comparable(b));
}

/** One request id for both halves of expectSameBytes. */
export const SAME_ID = { headers: { 'X-Request-Id': 'the-same-for-both' } };
