// survive.mjs: a suite that sends what nobody should, and after each test of which the same workers live.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';

import { expectOk } from './expect.mjs';
import { signUp } from './people.mjs';
import { expectSameWorkers, workerPids } from './workers.mjs';

/** Sets the suite up; `ready(person)` gets somebody to send as, who must be served at the end, too. */
export function noWorkerIsLost(ready) {
	let person;
	let workers;

	before(async () => {
		person = await signUp();
		workers = await workerPids();
		assert.ok(workers.length > 0);
		ready(person);
	});

	afterEach(() => expectSameWorkers(workers));

	after(async () => {
		expectOk(await person.client.get('/api/auth/me'));
	});
}
