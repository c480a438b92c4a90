// tryout.test.mjs: every operation is tried out in the reference at /api/docs: what its example
// says there is sent by "Execute", and answered by 2xx. A person fills in what only their server
// knows: ids that it made, a share code, the address of a feed, the token.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { freshEmail, signUp } from '../api/support/people.mjs';
import { browser } from './browser.mjs';
import { committed } from './document.mjs';
import { exampleOf, Names, story } from './household.mjs';
import { meanwhile } from './meanwhile.mjs';
import { Reference } from './reference.mjs';

// The examples of a household that this server does not have yet: other suites send them, too.
const email = freshEmail('robin');
const prefix = randomBytes(4).toString('hex');
const moved = (text) => text.replaceAll('01942f3a-', `${prefix}-`).replaceAll('robin@example.com', email);

const steps = story(JSON.parse(moved(JSON.stringify(committed()))));
const names = new Names((id) => id);
let chrome;
let reference;

before(async () => {
	chrome = await browser();
	reference = new Reference(chrome.page);
	await reference.open(moved);
});
after(() => chrome.close());

const written = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** What a person has to fill in: what this server calls otherwise than the example does. */
function unknown({ request, parameters }) {
	const real = names.real(request);

	return {
		parameters: parameters.map((p) => ({ ...p, value: names.real(p.example) }))
			.filter(({ example, value }) => value !== example),
		body: written(real) === written(request) ? undefined : written(real),
	};
}

/** What was sent is the example, with what was filled in; besides it, the page sends defaults. */
function assertSent(sent, step, { type, request, parameters }) {
	const url = new URL(sent.url());
	const target = new URL(names.target(step, parameters), url);
	const body = sent.postData();

	assert.deepEqual([sent.method(), url.pathname], [step.method, target.pathname]);
	target.searchParams.forEach((value, name) => assert.equal(url.searchParams.get(name), value, name));
	if (type === 'application/json')
		assert.deepEqual(JSON.parse(body), names.real(request));
	else
		assert.equal(body, request ?? null);
}

/** One step, by one person. */
async function tried(step, token) {
	const example = exampleOf(step);
	const filled = unknown(example);

	await reference.authorize(token);
	const { answer, status } = await reference.execute(step, filled);

	assertSent(answer.request(), step, example);
	assert.equal(answer.status(), example.status, await answer.text());
	assert.equal(status, String(example.status));
	const body = answer.headers()['content-type'] === 'application/json' ? await answer.json() : undefined;

	names.learn(example.answers[0]?.[1], body);
	return body;
}

test('every operation of the reference can be tried out', async (t) => {
	const guest = await signUp({ first_name: 'Kim', last_name: 'Marlow' });
	const neighbour = await signUp({ first_name: 'Sam', last_name: 'Tiller' });
	const tokens = { guest: [guest.token], guests: [guest.token, neighbour.token], owner: [undefined] };

	names.tell(moved('01942f3a-6f00-7a10-8c01-5d2e9b4f7a02'), guest.user.id);
	names.tell(moved('01942f3a-6f00-7a10-8c01-5d2e9b4f7a03'), neighbour.user.id);
	for (const step of steps) {
		let done = false;

		await t.test(step.id, async () => {
			await meanwhile(step, names);
			for (const token of tokens[step.operation['x-as'] ?? 'owner']) {
				const body = await tried(step, token);

				if (step.id === 'register')
					tokens.owner = [body.token];
			}
			done = true;
		});
		// What follows needs it.
		if (!done)
			break;
	}
	assert.deepEqual(chrome.complaints, []);
});
