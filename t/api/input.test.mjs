// input.test.mjs: whatever bytes arrive, the right problem leaves and no worker is lost.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { nobody } from './support/client.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { newResidence, newTask, signUp } from './support/people.mjs';
import { exchange, rawRequest } from './support/raw.mjs';
import { noWorkerIsLost } from './support/survive.mjs';

const KIB = 1024;

let robin;

noWorkerIsLost((person) => {
	robin = person;
});

function send(raw, options = {}) {
	return robin.client.request('POST', '/api/residences', { raw, ...options });
}

function bytes(...parts) {
	return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** `depth` arrays, one in the other. */
function nested(depth) {
	return '['.repeat(depth) + ']'.repeat(depth);
}

describe('a body that is not JSON', () => {
	const malformed = [
		['spaces', ' \r\n\t'],
		['an open brace', '{'],
		['half a member', '{"name"'],
		['a member without a value', '{"name":}'],
		['a member without a name', '{:"Hut"}'],
		['an open string', '{"name":"Hut'],
		['a comma too many', '{"name":"Hut",}'],
		['a comma too few', '{"name":"Hut" "unit":"1"}'],
		['single quotes', "{'name':'Hut'}"],
		['no quotes', '{name:"Hut"}'],
		['a comment', '{"name":"Hut"/* a hut */}'],
		['something after it', '{"name":"Hut"} x'],
		['two objects', '{"name":"Hut"}{"name":"Hut"}'],
		['NaN', '{"name":"Hut","bedrooms":NaN}'],
		['Infinity', '{"name":"Hut","bedrooms":-Infinity}'],
		['a hexadecimal number', '{"name":"Hut","bedrooms":0x10}'],
		['a leading zero', '{"name":"Hut","bedrooms":01}'],
		['a leading plus', '{"name":"Hut","bedrooms":+1}'],
		['a bare point', '{"name":"Hut","bedrooms":1.}'],
		['True', '{"name":True}'],
		['a bad escape', '{"name":"\\x41"}'],
		['a short escape', '{"name":"\\u12"}'],
		['a line break in a string', '{"name":"Hut\nHouse"}'],
		['a tab in a string', '{"name":"Hut\tHouse"}'],
		['a second byte order mark', '\ufeff\ufeff{"name":"Hut"}'],
		['UTF-16', Buffer.from('{"name":"Hut"}', 'utf16le')],
		['an array', '[{"name":"Hut"}]'],
		['a string', '"Hut"'],
		['a number', '1'],
		['a form', 'name=Hut'],
		['XML', '<name>Hut</name>'],
		['the same name twice', '{"name":"Hut","name":"House"}'],
		['the same name twice, once escaped', '{"name":"Hut","n\\u0061me":"House"}'],
		['the same name twice, deeper', '{"name":"Hut","x":{"a":1,"a":2}}'],
		['a NUL in a string', bytes('{"name":"H', [0], 't"}')],
		['a NUL after the end', bytes('{"name":"Hut"}', [0])],
		['a NUL before the start', bytes([0], '{"name":"Hut"}')],
		['an escaped NUL', '{"name":"H\\u0000t"}'],
		['an escaped NUL in a name', '{"name":"Hut","a\\u0000b":1}'],
		['a byte that is never UTF-8', bytes('{"name":"', [0xff], '"}')],
		['a cut UTF-8 sequence', bytes('{"name":"', [0xe2, 0x82], '"}')],
		['an overlong slash', bytes('{"name":"', [0xc0, 0xaf], '"}')],
		['an encoded surrogate', bytes('{"name":"', [0xed, 0xa0, 0x80], '"}')],
		['a code point beyond Unicode', bytes('{"name":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
		['bad UTF-8 in a name', bytes('{"name":"Hut","', [0xfe], '":1}')],
		['a lone high surrogate', '{"name":"\\ud800"}'],
		['a lone low surrogate', '{"name":"\\udc00"}'],
		['17 levels', `{"x":${nested(16)}}`],
		['17 levels of objects', `${'{"x":'.repeat(17)}1${'}'.repeat(17)}`],
		['30,000 levels', '['.repeat(30000)],
		['30,000 levels of objects', '{"x":'.repeat(12000)],
	];

	for (const [what, body] of malformed)
		test(`is refused: ${what}`, async () => {
			expectProblem(await send(body), 400, 'malformed_json');
		});

	test('is refused before anybody asks who sent it where anyone may', async () => {
		expectProblem(await nobody.request('POST', '/api/auth/login', { raw: '{"email":' }),
			400, 'malformed_json');
	});

	test('is refused on PATCH too', async () => {
		const residence = await newResidence(robin);

		expectProblem(await robin.client.request('PATCH', `/api/residences/${residence.id}`, { raw: '{' }),
			400, 'malformed_json');
	});
});

describe('a body at the edge of what is taken', () => {
	test('may be 16 levels deep', async () => {
		expectInvalid(await send(`{"name":"Hut","x":${nested(15)}}`), { x: 'unknown_field' });
	});

	test('may be 160 KiB, and not a byte more', async () => {
		const body = '{"name":"Hut"}';

		expectOk(await send(body.padEnd(160 * KIB)), 201);
		expectProblem(await send(body.padEnd(160 * KIB + 1)), 413, 'too_large');
		expectProblem(await send(body.padEnd(161 * KIB)), 413, 'too_large');
		expectProblem(await send(body.padEnd(2000 * KIB)), 413, 'too_large');
	});

	test('is no larger where files are sent to, by a method that sends none', async () => {
		const residence = await newResidence(robin);

		const large = [`Authorization: Token ${robin.token}`, `Content-Length: ${200 * KIB}`];

		for (const path of ['/api/uploads', `/api/residences/${residence.id}/files`])
			for (const method of ['GET', 'OPTIONS'])
				assert.equal((await exchange(rawRequest(`${method} ${path}`, large))).status, 413);
		expectOk(await robin.client.get(`/api/residences/${residence.id}/files`));
	});

	test('may have surrogate pairs and every kind of space', async () => {
		const residence = expectOk(await send('\t{ "name"\r\n:\n"\\ud83d\\ude00 \\/" } \n'), 201);

		assert.equal(residence.name, '😀 /');
	});

	test('is refused when it is announced larger than it may be', async () => {
		const head = (length) => rawRequest('POST /api/residences',
			[`Authorization: Token ${robin.token}`, 'Content-Type: application/json',
				`Content-Length: ${length}`]);

		for (const length of [163841, 1e9, '9223372036854775807'])
			expectProblem(await exchange(head(length)), 413, 'too_large');
	});

	test('is measured in pieces too', async () => {
		const headers = [`Authorization: Token ${robin.token}`, 'Content-Type: application/json',
			'Transfer-Encoding: chunked'];
		const chunked = (size) => Buffer.concat([rawRequest('POST /api/residences', headers),
			Buffer.from(`${size.toString(16)}\r\n${'{"name":"Hut"}'.padEnd(size)}\r\n0\r\n\r\n`)]);

		expectOk(await exchange(chunked(100)), 201);
		expectProblem(await exchange(chunked(161 * KIB)), 413, 'too_large');
	});

	test('may have more unknown fields than are worth listing', async () => {
		const body = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, i]));
		const problem = expectProblem(await send(JSON.stringify(body)), 400, 'validation_error');

		assert.equal(problem.errors.length, 16);
	});

	test('that holds more values than its fields could have is refused, naming the number', async () => {
		const detail = /^The content must hold at most \d+ values\.$/;
		const zeros = (count) => `[${Array(count).fill(0).join()}]`;
		const members = (count) =>
			JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i])));

		for (const body of [members(4000), `{"name":"Hut","x":${zeros(30000)}}`, `{"name":${zeros(1000)}}`,
			`{"name":"Hut","x":${'[],'.repeat(1000).replace(/.*/, '[$&[]]')}}`])
			assert.match(expectProblem(await send(body), 413, 'too_large').detail, detail);
		assert.match(expectProblem(await robin.client.request('POST', '/api/tasks/bulk',
			{ raw: `{"create":${zeros(500000)}}` }), 413, 'too_large').detail, detail);
	});

	test('that is too large has its number of values in the language of the caller', async () => {
		const res = await send(`{"x":[${Array(1000).fill(0).join()}]}`,
			{ headers: { 'Accept-Language': 'de' } });

		assert.match(expectProblem(res, 413, 'too_large').detail,
			/^Der Inhalt darf höchstens \d+ Werte haben\.$/);
	});

	test('may have any name for an unknown field; the pointer escapes it', async () => {
		const names = ['a/b', 'm~n', '', ' ', '"', '\\', 'é', '\u0001', '<b>', 'x'.repeat(64), '__proto__'];

		for (const name of names) {
			const problem = expectProblem(await send(`{"name":"Hut",${JSON.stringify(name)}:1}`),
				400, 'validation_error');
			const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1');

			assert.deepEqual(problem.errors.map((e) => [e.field, e.pointer, e.code]),
				[[name, `/${escaped}`, 'unknown_field']]);
		}
	});

	test('may have a name as long as itself for an unknown field: its beginning is shown', async () => {
		for (const [name, shown] of [['x'.repeat(60000), `${'x'.repeat(64)}…`],
			['€'.repeat(20000), `${'€'.repeat(21)}…`],
			['~'.repeat(60000), `${'~'.repeat(64)}…`]]) {
			const problem = expectProblem(await send(`{"name":"Hut",${JSON.stringify(name)}:1}`),
				400, 'validation_error');

			assert.deepEqual(problem.errors.map((e) => [e.field, e.pointer, e.code]),
				[[shown, `/${shown.replaceAll('~', '~0')}`, 'unknown_field']]);
		}
		const query = expectProblem(await robin.client.get(`/api/tasks?${'y'.repeat(7000)}`),
			400, 'validation_error');
		assert.equal(query.errors[0].field, `${'y'.repeat(64)}…`);
		const value = expectProblem(await robin.client.get(`/api/tasks?state=${'z'.repeat(7000)}`),
			400, 'validation_error');
		assert.equal(value.errors[0].detail, `does not know "${'z'.repeat(64)}…"`);
	});

	test('may have numbers no double holds: they are refused by their own field', async () => {
		for (const number of ['1e999', '-1e999', '123456789012345678901234567890', '1.0', '1e2'])
			expectInvalid(await send(`{"name":"Hut","bedrooms":${number}}`), { bedrooms: 'type' });
		expectInvalid(await send('{"name":"Hut","bedrooms":9223372036854775807}'), { bedrooms: 'too_large' });
		expectInvalid(await send('{"name":"Hut","bedrooms":-9223372036854775808}'), { bedrooms: 'too_small' });
		const residence = expectOk(await send('{"name":"Hut","purchase_price":90071992547.93}'), 201);
		assert.equal(residence.purchase_price, '90071992547.93');
	});

	test('keeps SQL, HTML and format strings as text', async () => {
		for (const name of ["'; DROP TABLE users; --", '<script>', '%s%n%x', '$1', '{{7*7}}', '\\'])
			assert.equal(expectOk(await send(JSON.stringify({ name })), 201).name, name);
	});
});

describe('a content type', () => {
	const body = '{"name":"Hut"}';

	for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
		'application/jsonx', 'application/problem+json', 'json', 'application', ';', 'x'.repeat(4000)])
		test(`other than JSON is refused: ${type.slice(0, 40)}`, async () => {
			expectProblem(await send(body, { headers: { 'Content-Type': type } }),
				415, 'unsupported_media_type');
		});

	for (const type of ['utf-16', 'UTF-16LE', '"utf-16"', 'latin1', 'us-ascii', 'utf8', '', "'utf-8'",
		'utf-8; charset=utf-16'])
		test(`of JSON in another charset is refused: ${type}`, async () => {
			expectProblem(await send(body,
				{ headers: { 'Content-Type': `application/json; charset=${type}` } }),
				415, 'unsupported_media_type');
		});

	test('that is missing is refused when there is a body', async () => {
		expectProblem(await send(body, { headers: { 'Content-Type': null } }), 415, 'unsupported_media_type');
	});

	test('of JSON is taken in any case and with parameters', async () => {
		for (const type of ['application/json; charset=utf-8', 'application/json;charset=UTF-8',
			'application/json; Charset="utf-8"', 'application/json; x="; charset=utf-16"',
			'Application/JSON', 'application/json ;x=y'])
			expectOk(await send(body, { headers: { 'Content-Type': type } }), 201);
	});

	test('does not matter without a body', async () => {
		const { client } = await signUp();

		expectOk(await client.request('POST', '/api/auth/logout',
			{ headers: { 'Content-Type': 'text/plain' } }), 204);
	});
});

describe('a query', () => {
	const get = (query) => robin.client.get(`/api/tasks?${query}`);

	for (const query of ['search=%', 'search=%2', 'search=%zz', 'search=%00', 'search=a%00b', 'search=%ff',
		'search=%c0%af', 'search=%ed%a0%80', '%=1', '%ff=1', 'limit=1&%'])
		test(`with a bad escape is refused: ?${query}`, async () => {
			expectProblem(await get(query), 400, 'malformed');
		});

	test('with raw bytes is refused when they are not UTF-8', async () => {
		const ask = (search) => exchange(rawRequest(`GET /api/tasks?search=${search}`,
			[`Authorization: Token ${robin.token}`]));

		expectProblem(await ask('\xff\xfe'), 400, 'malformed');
		expectOk(await ask(Buffer.from('café').toString('latin1')));
	});

	test('with names nobody knows is refused, naming each', async () => {
		expectInvalid(await get('colour=red&Limit=5&=x'),
			{ colour: 'unknown_field', Limit: 'unknown_field', '': 'unknown_field' }, 'query');
	});

	test('is refused on paths that have none', async () => {
		expectInvalid(await robin.client.get('/api/auth/me?verbose=1'), { verbose: 'unknown_field' }, 'query');
		expectInvalid(await nobody.get('/livez?x'), { x: 'unknown_field' }, 'query');
	});

	test('may be empty', async () => {
		for (const query of ['', '&', '&&'])
			expectOk(await get(query));
	});

	test('is text and nothing else', async () => {
		for (const search of ["' OR '1'='1", '%', '_', '\\', '*', '$1', '%s%n'])
			expectOk(await get(`search=${encodeURIComponent(search)}`));
	});

	test('may be long, but not longer than a line', async () => {
		expectInvalid(await get(`search=${'x'.repeat(7000)}`), { search: 'too_long' }, 'query');
		expectProblem(await get(`search=${'x'.repeat(9000)}`), 414, 'uri_too_long');
		const many = Array.from({ length: 900 }, (_, i) => `x${i}=`).join('&');
		expectProblem(await get(many), 400, 'validation_error');
	});
});

describe('what clients send', () => {
	let residence;
	let task;

	before(async () => {
		residence = await newResidence(robin);
		task = await newTask(robin, residence, { due_on: '2031-01-06' });
	});

	const types = [null, 'application/json', 'application/x-www-form-urlencoded'];

	for (const type of types)
		for (const [path, status] of [['/api/calendar-feeds', 201], ['snooze', 200],
			['/api/auth/logout-all', 200]])
			test(`no bytes are no fields, under ${type ?? 'no type'}: ${path}`, async () => {
				const to = path === 'snooze' ? `/api/tasks/${task.id}/snooze` : path;

				expectOk(await robin.client.request('POST', to,
					{ raw: '', headers: { 'Content-Type': type } }), status);
			});

	test('null is no fields in a POST and nothing to merge in a PATCH', async () => {
		expectOk(await robin.client.request('POST', '/api/calendar-feeds', { raw: ' null\n' }), 201);
		expectInvalid(await robin.client.request('POST', '/api/tasks', { raw: 'null' }),
			{ residence_id: 'required', title: 'required' });
		assert.equal((await robin.client.request('PATCH', `/api/tasks/${task.id}`, { raw: 'null' })).status,
			400);
	});

	test('a compressed body is 415, which says what is taken', async () => {
		for (const encoding of ['gzip', 'br', 'deflate']) {
			const res = await send(gzipSync('{"name":"Hut"}'),
				{ headers: { 'Content-Encoding': encoding } });

			expectProblem(res, 415, 'unsupported_media_type');
			assert.equal(res.headers['accept-encoding'], 'identity');
		}
		expectOk(await send('{"name":"Hut"}', { headers: { 'Content-Encoding': 'identity' } }), 201);
	});

	test('one byte order mark is passed over', async () => {
		assert.equal(expectOk(await send('\ufeff{"name":"Marked"}'), 201).name, 'Marked');
	});

	test('a plus that became a space is a plus, in an offset', async () => {
		const done = expectOk(await robin.client.post(`/api/tasks/${task.id}/complete`,
			{ occurrence: 1, completed_at: '2026-01-02T10:00:00Z' }), 201);
		const found = (query) => robin.client.get(`/api/completions?residence_id=${residence.id}&${query}`);
		const ids = async (query) => expectOk(await found(query)).results.map(({ id }) => id);

		assert.deepEqual(await ids('completed_at__gte=2026-01-02T12:00:00+02:00'), [done.id]);
		assert.deepEqual(await ids('completed_at__gte=2026-01-02T12:00:01+02:00'), []);
	});

	test('a second slash before the path is none', async () => {
		assert.equal(expectOk(await robin.client.get('//api/auth/me')).id, robin.user.id);
		assert.equal((await robin.client.get('/api//auth/me')).status, 404);
	});

	test('6,000 emoji of the 10,000 allowed, written as escapes, are not too large', async () => {
		const escapes = '\\ud83c\\udfe1'.repeat(6000);
		const raw = `{"residence_id":"${residence.id}","title":"x","description":"${escapes}"}`;

		assert.equal(expectOk(await robin.client.request('POST', '/api/tasks', { raw }), 201).description,
			'🏡'.repeat(6000));
	});
});
