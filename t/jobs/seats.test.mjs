// seats.test.mjs: what takes long takes few runners of a host: the others are for what must not wait for it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { signUp } from '../api/support/people.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { beginAnew } from '../api/support/uploads.mjs';
import { manyScans } from '../files/bytes.mjs';
import { forgot } from './correspondence.mjs';
import { atWork, imageProcesses, send, settled } from './files.mjs';
import { catchMails, endMails, mailsTo } from './mails.mjs';
import { addProbe, ended } from './support.mjs';

// Takes hob-image seconds, whatever the machine.
const slow = { type: 'image/jpeg', bytes: manyScans(1500) };
let robin;

before(async () => {
	await beginAnew();
	robin = await signUp();
});
after(endMails);

describe('files that hob-image hangs over', () => {
	for (const [runners, seats] of [[2, 1], [3, 1], [4, 2]])
		test(`take ${seats} of ${runners} runners, and hold up no mail`, async () => {
			const person = await signUp();
			const files = [];

			await catchMails({ 'jobs.runners': runners, 'files.image_time': '5m' });
			for (let i = 0; i < runners; i += 1)
				files.push(await send(robin, slow));
			const { helpers } = await atWork(seats);
			helpers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
			try {
				expectOk(await forgot(person.user.email), 202);
				await mailsTo(person.user.email, 'Your new password for Hob');
				if (runners > 2)
					await ended(await addProbe());
				assert.deepEqual((await imageProcesses()).helpers, helpers);
			} finally {
				helpers.forEach((pid) => process.kill(pid, 'SIGCONT'));
			}
			for (const file of files)
				await settled(file, 120);
		});
});
