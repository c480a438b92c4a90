// tryout.test.mjs: every operation is tried out in the reference at /api/docs: "Execute" sends the
// example that stands there, and the answer is a success. A person fills in what only the server
// knows: a token, ids that it made, a share code, the address of a feed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { freshEmail, signUp } from '../api/support/people.mjs';
import { openStores } from '../jobs/purchases.mjs';
import { browser } from './browser.mjs';
import { committed } from './document.mjs';
import { exampleOf, Names, story } from './household.mjs';
import { meanwhile } from './meanwhile.mjs';
import { Reference } from './reference.mjs';

// The document with the ids and the address of a household that no other suite has made yet.
const email = freshEmail('robin');
const prefix = randomBytes(4).toString('hex');
const fresh = (text) => text.replaceAll('01942f3a-', `${prefix}-`).replaceAll('robin@example.com', email)
	.replaceAll('robin@example.org', `new.${email}`);

// The two who join the residence.
const KIM = fresh('01942f3a-6f00-7a10-8c01-5d2e9b4f7a02');
const SAM = fresh('01942f3a-6f00-7a10-8c01-5d2e9b4f7a03');

// What stores send is theirs alone to send.
const steps = story(JSON.parse(fresh(JSON.stringify(committed()))))
	.filter(({ operation }) => operation['x-as'] !== 'store');
const names = new Names((id) => id);

names.tell('robin@example.com', email);
names.tell('robin@example.org', `new.${email}`);
let chrome;
let reference;
let stores;

before(async () => {
	stores = await openStores();
	chrome = await browser();
	reference = new Reference(chrome.page);
	await reference.open(fresh);
});
after(() => Promise.all([chrome.close(), stores.close()]));

const written = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

const BYTES = 'application/octet-stream';

/** What a person has to fill in: what this server calls otherwise than the example does. */
function unknown({ type, request, parameters }) {
	const body = written(names.real(request));
	const file = { name: 'service.txt', mimeType: 'text/plain', buffer: Buffer.from(`${request}`) };

	return {
		parameters: parameters.map((p) => ({ ...p, value: names.real(p.example) }))
			.filter(({ example, value }) => value !== example),
		body: body === written(request) ? undefined : body,
		file: type === BYTES ? file : undefined,
	};
}

/** The page sent the example and what was filled in; in a query it sends defaults, too. */
function assertSent(sent, step, { type, request, parameters }) {
	const url = new URL(sent.url());
	const target = new URL(names.target(step, parameters), url);
	const body = type === BYTES ? names.real(request) : sent.postData();	// a browser shows no file

	assert.deepEqual([sent.method(), url.pathname], [step.method, target.pathname]);
	target.searchParams.forEach((value, name) => assert.equal(url.searchParams.get(name), value, name));
	assert.deepEqual(type === 'application/json' ? JSON.parse(body) : body, names.real(request) ?? null);
}

/** One step, by one person; resolves to the body of the answer, where that is JSON. */
async function tryOut(step, token) {
	const example = exampleOf(step);

	await reference.authorize(token);
	const { answer, status } = await reference.execute(step, unknown(example));

	assertSent(answer.request(), step, example);
	assert.equal(answer.status(), example.status, await answer.text());
	assert.equal(status, String(example.status));
	if (answer.headers()['content-type'] !== 'application/json')
		return undefined;
	const body = await answer.json();

	names.learn(example.answers[0][1], body);
	return body;
}

test('every operation can be tried out', async (t) => {
	const guest = await signUp({ first_name: 'Kim', last_name: 'Marlow' });
	const neighbour = await signUp({ first_name: 'Sam', last_name: 'Tiller' });
	const tokens = { guest: [guest.token], guests: [guest.token, neighbour.token], neighbour: [neighbour.token],
		owner: [undefined] };

	names.tell(KIM, guest.user.id);
	names.tell(SAM, neighbour.user.id);
	names.tell('sam@example.com', neighbour.email);
	for (const step of steps) {
		let done = false;

		await t.test(step.id, async () => {
			await meanwhile(step, names, stores);
			for (const token of tokens[step.operation['x-as'] ?? 'owner']) {
				const body = await tryOut(step, token);

				if (step.id === 'register')
					tokens.owner = [body.token];
			}
			done = true;
		});
		if (!done)
			break;	// What follows needs it.
	}
	assert.deepEqual(chrome.complaints, []);
});
