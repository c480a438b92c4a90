// examples.test.mjs: every operation has an example of what it takes and of what it answers;
// they are sound, they are one household, and a server lives it from the first to the last.
//
//   HOB_UPDATE=1 scripts/test contract/examples    writes the answers anew, of a server's own
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cards, Client, Csv, nobody, Upload } from '../api/support/client.mjs';
import { freshEmail, signUp } from '../api/support/people.mjs';
import { openStores } from '../jobs/purchases.mjs';
import { committed, Contract, pointer } from './document.mjs';
import { exampleOf, Names, story } from './household.mjs';
import { meanwhile, senderOf } from './meanwhile.mjs';

const document = committed();
const contract = new Contract(document);
const steps = story(document);

// The two who join the residence.
const KIM = '01942f3a-6f00-7a10-8c01-5d2e9b4f7a02';
const SAM = '01942f3a-6f00-7a10-8c01-5d2e9b4f7a03';

let stores;

before(async () => { stores = await openStores(); });
after(() => stores.close());

const schemaOf = (found, ...at) => pointer(...contract.find(found.method, found.path).at, ...at, 'schema');

describe('the examples', () => {
	test('follow each other, each operation once', () => {
		const ids = contract.operations.map(({ operation }) => operation.operationId).sort();

		assert.deepEqual(steps.map((step) => step.id).sort(), ids);
	});

	for (const step of steps)
		test(`of ${step.id} are there, and as the schemas say`, () => {
			const { type, request, status, answers, parameters } = exampleOf(step);
			const needed = step.operation.parameters.filter((p) => p.in === 'path');

			assert.ok(step.operation.description?.length > 40, 'it has no description');
			needed.forEach((p) => assert.notEqual(p.example, undefined, `${p.name} has no example`));
			parameters.forEach((p) => assert.ok(contract.ajv.validate(p.schema, p.example), p.name));
			if (type !== undefined)
				assert.deepEqual(contract.against('sent',
					schemaOf(step, 'requestBody', 'content', type), request), []);
			for (const [media, example] of answers)
				assert.deepEqual(contract.against('answered',
					schemaOf(step, 'responses', status, 'content', media), example), [], media);
		});

	test('give each id to one kind of thing', () => {
		const kinds = new Map();
		const look = (value, name) => {
			if (value !== null && typeof value === 'object')
				Object.entries(value).forEach(([key, inner]) =>
					look(inner, Number.isNaN(Number(key)) ? key : name));
			else if (typeof value === 'string' && /^01942f3a-/.test(value) && name.endsWith('_id'))
				kinds.set(value, (kinds.get(value) ?? new Set())
					.add(name.replace(/^(.*_)?(task|user)_id$/, '$2_id')
						.replace('upload_id', 'file_id')));
		};
		const AMBIGUOUS = ['subject_id', 'after_id', 'before_id', 'request_id', 'last_completion_id',
			'assigned_to_id', 'completed_by_id'];

		for (const step of steps) {
			const { request, answers, parameters } = exampleOf(step);

			look(request, '');
			answers.forEach(([, example]) => look(example, ''));
			parameters.forEach((p) => look(p.example, p.name));
		}
		for (const [id, names] of kinds)
			assert.ok([...names].filter((name) => !AMBIGUOUS.includes(name)).length <= 1,
				`${id}: ${[...names]}`);
	});
});

const FILES = { 'text/csv': Csv, 'text/vcard': Cards, 'application/octet-stream': Upload };
const bodyOf = (type, value) => (FILES[type] ? new FILES[type](value) : value);

/** The parameters that ask for an answer in this media type, the one of several. */
const FORMATS = { 'text/csv': 'csv', 'text/calendar': 'ics', 'application/json': 'json' };
const formatted = (parameters, media) =>
	[...parameters.filter((p) => p.name !== 'format'), { name: 'format', in: 'query', example: FORMATS[media] }];

/** One step, in each format and for each of those who take it; resolves to what the first was answered. */
async function live(step, people, names) {
	const { type, request, status, answers, parameters } = exampleOf(step);
	const medias = answers.length > 1 ? answers.map(([media]) => formatted(parameters, media)) : [parameters];
	const replies = [];

	for (const client of people)
		for (const asked of medias) {
			const options = request === undefined ? {} : { body: bodyOf(type, names.real(request)) };
			const reply = await client.request(step.method, names.target(step, asked), options);

			assert.equal(reply.status, status, reply.text);
			names.learn(answers[0]?.[1], reply.body);
			replies.push(reply);
		}
	return replies;
}

test('a server lives the examples, one after the other', async (t) => {
	const anew = process.env.HOB_UPDATE ? new (await import('./anew.mjs')).Anew() : undefined;
	const names = new Names();
	const guest = await signUp({ first_name: 'Kim', last_name: 'Marlow' });
	const neighbour = await signUp({ first_name: 'Sam', last_name: 'Tiller' });
	const people = { guest: [guest.client], guests: [guest.client, neighbour.client], neighbour: [neighbour.client],
		owner: [nobody], store: [senderOf(stores)] };

	names.tell('robin@example.com', freshEmail('robin'));
	names.tell('robin@example.org', freshEmail('robin'));
	names.tell(KIM, guest.user.id);
	names.tell(SAM, neighbour.user.id);
	names.tell('sam@example.com', neighbour.email);
	for (const step of steps)
		await t.test(step.id, async () => {
			await meanwhile(step, names, stores);
			const replies = await live(step, people[step.operation['x-as'] ?? 'owner'], names);

			replies.reverse().forEach((reply) => anew?.take(step, reply, names));
			if (step.id === 'register')
				people.owner = [new Client(replies[0].body.token)];
		});
	anew?.write();
});
