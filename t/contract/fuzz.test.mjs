// fuzz.test.mjs: every operation with bodies and queries made from its schemas, sound and
// spoilt. Never a 5xx; a 2xx only if the schemas accept; a refusal of what they accept only
// for reasons that a schema cannot say. That every answer is documented client.mjs checks.
//
//   HOB_SEED=7 scripts/test contract/fuzz    other dice; HOB_RUNS=1000: longer
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { missingId, newResidence, newTask, PASSWORD, signUp } from '../api/support/people.mjs';
import { openStores } from '../jobs/purchases.mjs';
import { committed, Contract } from './document.mjs';
import { maybeSpoilt } from './values.mjs';

const contract = new Contract(committed());
const { schemas } = contract.document.components;
const seed = Number(process.env.HOB_SEED ?? 20261125);
const numRuns = Number(process.env.HOB_RUNS ?? 150);

// Operations that hash a password or end what the others live on: fewer runs, and a person each.
const COSTLY = ['register', 'login', 'changePassword', 'changeEmail', 'resetPassword', 'deleteAccount', 'logout',
	'logoutAll', 'revokeSession', 'deleteResidence'];

// Problems that a request may meet although the schemas accept it, by code.
const BEYOND_SCHEMAS = ['plan_limit_reached', 'invalid_credentials', 'wrong_password', 'not_found', 'email_taken',
	'id_taken', 'gone', 'sync_token_too_old', 'share_code_not_valid', 'letter_not_valid', 'idempotency_in_progress',
	'task_done', 'task_cancelled', 'task_deleted', 'not_current_occurrence', 'not_recurring', 'not_newest',
	'owner_must_transfer', 'owns_shared_residences', 'already_the_owner', 'already_a_member', 'member_disabled',
	'email_not_verified', 'idempotency_key_required', 'stale',
	'not_genuine', 'purchase_of_another'];

let stores;
let person;
let residence;
let task;
let foreign;

async function newWorld() {
	person = await signUp();
	residence = await newResidence(person);
	task = await newTask(person, residence);
}

before(async () => {
	const stranger = await signUp();

	stores = await openStores();
	foreign = await newResidence(stranger);
	await newWorld();
});

after(() => stores.close());

/** Values that mean something here, by the name of a property or parameter. */
const known = () => ({
	residence_id: [residence.id, residence.id, residence.id, foreign.id],
	assigned_to_id: [person.user.id], completed_by_id: [person.user.id], occurrence: [1],
	old_password: [PASSWORD], password: [PASSWORD], new_password: ['another lamp, another window'],
});

// --- what the schemas say ---------------------------------------------------------

const ofQuery = (operation) => operation.parameters.filter((p) => p.in === 'query');

/** The query as an object schema. */
function querySchema(operation) {
	const parameters = ofQuery(operation);

	return {
		type: 'object', additionalProperties: false,
		properties: Object.fromEntries(parameters.map((p) => [p.name, whole(p.schema)])),
		required: parameters.filter((p) => p.required).map((p) => p.name),
	};
}

/** A value as it stands in a query, and that text as the value of its schema's type. */
const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const TEXTS = {
	integer: (s) => (/^-?\d+$/.test(s) ? Number(s) : s),
	boolean: (s) => ({ true: true, false: false }[s] ?? s),
	string: (s) => s,
};
const fromText = (schema, s) => (schema ? TEXTS[schema.type](s) : s);

function typed(schema, query) {
	return Object.fromEntries(Object.entries(query)
		.map(([name, value]) => [name, fromText(schema.properties[name], asText(value))]));
}

// --- reasons that a schema cannot say ----------------------------------------------

const isUnicode = (value) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value));
const isAscii = (value) => /^[ -~]*$/.test(value);

/** May this field be refused with this code although its schema accepts the value? */
function isBeyond({ code, field }, value, schema = {}) {
	if (['not_found', 'not_a_member', 'too_common', 'misplaced', 'no_next_date'].includes(code))
		return true;				// needs the database or a list, or is about several fields
	if (['due_on', 'starts_on', 'quiet_until'].includes(field) && code === 'required')
		return true;				// what comes back begins on a day, and what begins ends
	if (['token', 'email', 'signed_transaction', 'purchase_token'].includes(field) && code === 'required')
		return true;				// one of two ways to say which letter, or by the store
	if (field === 'starts_on' && code === 'too_large')
		return true;				// by the day it is due
	if ((field === 'completed_at' && code === 'too_large') || (field === 'until' && code === 'too_small'))
		return true;				// what the clock says
	if (field === 'expires_at')
		return ['too_small', 'too_large'].includes(code);	// and this
	if (field === 'to' && ['too_small', 'too_large'].includes(code))
		return true;				// by the first day
	if (['url', 'website'].includes(field))
		return code === 'format';		// what leads to the public internet
	if (field === 'covers')
		return ['required', 'too_small'].includes(code);	// each ends, behind its beginning
	if (field === 'create')
		return code === 'required';		// either list may be empty, not both
	if (field === 'time_zone')
		return code === 'choice';		// which zones there are
	if (schema.format === 'password' || schema.format === 'idn-email')
		return code === 'too_short' || !isAscii(value);	// bytes, not characters
	if (schema.oneOf?.some((one) => one.type === 'number'))	// how large is a text, how many decimals has a number
		return code === (typeof value === 'string' ? 'too_large' : 'format');
	return field === 'cursor';			// signed by the server
}

function isExcused(reply, sent, properties) {
	if (reply.body.code === 'validation_error')
		return reply.body.errors.every((e) => isBeyond(e, sent[e.field], properties[e.field]));
	return BEYOND_SCHEMAS.includes(reply.body.code) || !isUnicode(sent);
}

// An item of a bulk request is refused alone, inside a 200.
const OF_AN_ITEM = /^\/(create|update|complete|skip)\/\d/;

// --- one request -------------------------------------------------------------------

/** The id in the path: ours when there is one, else one that nothing has. */
function pathOf({ path }) {
	const ours = { residence_id: residence.id, task_id: task.id, list: 'task_categories' };

	return path.replace(/\{(\w+)\}/g, (_, name) => ours[name] ?? missingId());
}

// Hashes are rationed: 503 is what a schema-blind client hears as well.
async function send(found, target, options) {
	for (;;) {
		const reply = await person.client.request(found.method, target, options);

		if (reply.status !== 503 || !COSTLY.includes(found.operation.operationId))
			return reply;
		await sleep(Number(reply.headers['retry-after']) * 1000);
	}
}

async function tryOut(found, target, query, body) {
	const schema = querySchema(found.operation);
	const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, asText(value)]));
	const faults = [
		...contract.ajv.validate(schema, typed(schema, query)) ? [] : [contract.ajv.errorsText()],
		...body === undefined ? []
			: contract.bodyFaults(found, body).filter((fault) => !OF_AN_ITEM.test(fault)),
	];
	const reply = await send(found, search.size > 0 ? `${target}?${search}` : target, { body });
	const properties = { ...schema.properties, ...bodySchema(found.operation)?.properties };

	assert.ok(reply.status < 500, reply.text);
	if (reply.status < 300)
		assert.deepEqual(faults, [], `${reply.status} although the schemas refuse it`);
	else if (faults.length === 0)
		assert.ok(isExcused(reply, { ...query, ...body }, properties),
			`the schemas accept what is refused: ${reply.text}`);
}

/** A schema with what it refers to in its place. */
function whole(schema) {
	if (Array.isArray(schema))
		return schema.map(whole);
	if (schema === null || typeof schema !== 'object')
		return schema;
	return schema.$ref ? whole(schemas[schema.$ref.split('/').at(-1)])
		: Object.fromEntries(Object.entries(schema).map(([name, inner]) => [name, whole(inner)]));
}

function bodySchema(operation) {
	const schema = operation.requestBody?.content['application/json'].schema;

	return schema && whole(schema);
}

describe(`HOB_SEED=${seed}`, () => {
	for (const found of contract.operations.filter((o) => o.path.startsWith('/api/')
		&& (o.operation.requestBody?.content['application/json'] ?? o.operation.requestBody === undefined)))
		test(found.name, async () => {
			const body = bodySchema(found.operation);
			const costly = COSTLY.includes(found.operation.operationId);
			const property = fc.asyncProperty(
				maybeSpoilt(querySchema(found.operation), known()),
				body ? maybeSpoilt(body, known()) : fc.constant(undefined),
				async (query, sent) => {
					await tryOut(found, pathOf(found), query, sent);
				},
			);

			if (costly)
				property.beforeEach(newWorld);
			await fc.assert(property,
				{ seed, numRuns: costly ? Math.ceil(numRuns / 10) : numRuns, endOnFailure: costly });
			if (costly)
				await newWorld();
		});
});
