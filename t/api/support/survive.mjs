// survive.mjs: a suite that sends what nobody should, and after each test of which no worker has died.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';

import { expectOk } from './expect.mjs';
import { signUp } from './people.mjs';
import { crashes } from './workers.mjs';

/** Sets the suite up; `ready(person)` gets somebody to send as, who must be served at the end, too. */
export function noWorkerIsLost(ready) {
	let person;
	let died;

	before(async () => {
		person = await signUp();
		died = await crashes();
		ready(person);
	});

	afterEach(async () => assert.equal(await crashes(), died, 'a worker has died'));

	after(async () => {
		expectOk(await person.client.get('/api/auth/me'));
	});
}
