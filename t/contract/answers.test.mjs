// answers.test.mjs: the check that every answer of the suites goes through notices what it
// is there for.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { checkAnswer } from './answers.mjs';
import { committed, Contract } from './document.mjs';

const live = (body, fields = {}) => ({
	status: 200, headers: { 'content-type': 'application/json', 'x-request-id': 'abcdefgh' },
	text: JSON.stringify(body), body, ...fields,
});
const problem = (status, more = {}) =>
	live({ type: '/api/docs/errors#malformed', title: 'X', status, detail: 'Y.', code: 'malformed',
		request_id: 'abcdefgh', ...more },
		{ status, headers: { 'content-type': 'application/problem+json', 'x-request-id': 'abcdefgh' } });

test('what is documented passes', () => {
	checkAnswer('GET', '/livez', live({ status: 'alive' }));
	checkAnswer('GET', '/api/tasks?limit=0', problem(400));
	checkAnswer('BREW', '/api/nowhere', problem(405));
});

describe('a fault is noticed:', () => {
	for (const [what, method, path, reply, words] of [
		['a wrong type', 'GET', '/livez', live({ status: 1 }), /status must be string/],
		['an undocumented field', 'GET', '/livez', live({ status: 'alive', mood: 'well' }), /additional.*mood/],
		['a missing field', 'GET', '/livez', live({}), /required property 'status'/],
		['an undocumented status', 'GET', '/livez', live({ status: 'alive' }, { status: 206 }),
			/206 is not documented/],
		['a 500', 'GET', '/api/tasks', problem(500), /500 is not documented/],
		['a problem with more than is said', 'GET', '/api/tasks', problem(400, { trace: 'x' }),
			/additional.*trace/],
		['a failure that is no problem', 'GET', '/api/tasks', live({}, { status: 400 }),
			/is application\/json, not/],
		['content where there is none', 'DELETE', '/api/tasks/1', live({}, { status: 204 }), /it has content/],
		['a missing header', 'GET', '/api/openapi.json', live({}), /lacks the header ETag/],
		['an operation that is not there', 'GET', '/api/secret', live({}), /200 is not documented/],
	])
		test(what, () => assert.throws(() => checkAnswer(method, path, reply), words));

	test('a response that the document lacks', () => {
		const document = committed();

		delete document.paths['/api/tasks'].get.responses['400'];
		delete document.paths['/api/tasks'].get.responses.default;
		assert.deepEqual(new Contract(document).answerFaults('GET', '/api/tasks', problem(400)),
			['400 is not documented']);
	});
});
