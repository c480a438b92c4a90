// file_bounds.test.mjs: what the files of an account and of a home take on the disk is bounded, whatever is sent,
// deleted or made of it.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Upload } from '../api/support/client.mjs';
import { allow, allowAgain, setUsage, sql, usageOf } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { isThere, keysThere, png } from '../api/support/uploads.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { makeCorpus } from '../files/corpus.mjs';
import { copiesOf, directory, notSweeping, sweeping } from './files.mjs';
import { ended, hobJobs, newKey } from './support.mjs';

const MIB = 2 ** 20;
const corpus = makeCorpus(`${process.env.HOB_BUILD}/pictures`);
const item = (name) => corpus.find((one) => one.name === name);

const limit = (name, value) => sql("UPDATE settings SET value = :'value'::int WHERE name = 'limit.' || :'name'",
	{ name, value });
const usage = async (home) => (await usageOf(home)).storage;
const onDisk = () => keysThere().reduce((sum, key) => sum + statSync(`${directory}/${key}`).size, 0);
const settled = (person, path) => until('it is settled', async () => {
	const file = expectOk(await person.client.get(path));

	return file.state !== 'processing' && file;
}, 60);
/** Sends a file to a place and waits for what becomes of it: the file, with its path. */
async function attach(person, place, bytes) {
	const { results } = expectOk(await person.client.post(`${place}/files`, new Upload(bytes)), 201);
	const path = `${place}/files/${results.at(-1).id}`;

	return { path, ...await settled(person, path) };
}

before(async () => {
	configure({ 'jobs.poll': '50ms' });
	await stack('restart', 'jobs');
	await notSweeping();
});
after(async () => {
	await sweeping();
	configure();
	await stack('up');
});

describe('what is deleted', () => {
	const sweep = async () => {
		const key = newKey();

		await hobJobs('resume', 'file_sweep');
		// Nobody can want them any more.
		await sql("UPDATE file_leavings SET since = since - interval '15 minutes'");
		await sql("SELECT hob.add_job('file_sweep', :'key')", { key });
		await ended(key);
		await hobJobs('pause', 'file_sweep');
	};
	const WAYS = {
		'before it hangs on anything': {
			send: (person) => person.client.post('/api/uploads', new Upload(png(MIB))),
			path: (body) => `/api/uploads/${body.upload_id}`,
		},
		'of a task': {
			place: async (person) => `/api/tasks/${(await newTask(person, await newResidence(person))).id}`,
			send: (person, place) => person.client.post(`${place}/files`, new Upload(png(MIB))),
			path: (body, place) => `${place}/files/${body.results.at(-1).id}`,
		},
		'with its task': {
			place: async (person) => `/api/tasks/${(await newTask(person, await newResidence(person))).id}`,
			send: (person, place) => person.client.post(`${place}/files`, new Upload(png(MIB))),
			path: (body, place) => place,
		},
	};

	before(async () => {
		await limit('leaving_mib', 4);
		await hobJobs('pause', 'image');
	});
	after(async () => {
		await limit('leaving_mib', 512);
		await hobJobs('resume', 'image');
	});

	for (const [how, { place, send, path }] of Object.entries(WAYS))
		test(`${how} takes its room of the sender until it is gone`, async () => {
			const [person, other] = [await signUp(), await signUp()];
			const before = onDisk();
			let res;

			for (let i = 0; i < 8; i += 1) {
				const at = await place?.(person);

				res = await send(person, at);
				if (res.status === 429)
					break;
				expectOk(res, 201);
				expectOk(await person.client.delete(path(res.body, at)), 204);
			}
			expectProblem(res, 429, 'too_many_requests');
			assert.ok(Number(res.headers['retry-after']) > 0);
			assert.ok(onDisk() - before < 6 * MIB, `${onDisk() - before} bytes`);
			expectOk(await send(other, await place?.(other)), 201);
			await sweep();
			assert.ok(onDisk() - before < 2 * MIB);
			expectOk(await send(person, await place?.(person)), 201);
		});
});

describe('a file that is refused', () => {
	test('leaves its bytes and its charge at once, and its reason to who sent it', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const { bytes } = item('half of image/jpeg');
		const place = `/api/residences/${home.id}/files`;

		await hobJobs('pause', 'image');
		const { results: [{ id }] } = expectOk(await person.client.post(place, new Upload(bytes)), 201);
		const [key] = await sql("SELECT key FROM file_copies WHERE file_id = :'id'", { id });
		assert.deepEqual([await usage(home), isThere(key)], [bytes.length, true]);
		await hobJobs('resume', 'image');
		const file = await settled(person, `${place}/${id}`);
		assert.deepEqual([file.state, file.reason, await usage(home)], ['refused', 'damaged', 0]);
		await until('its bytes are gone', () => !isThere(key));
		expectOk(await person.client.delete(`${place}/${id}`), 204);
		assert.equal(await usage(home), 0);
	});
});

describe('a file that becomes larger', () => {
	const photo = item('a PNG');

	test('is charged with all that is kept of it', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const file = await attach(person, `/api/residences/${home.id}`, photo.bytes);
		const copies = Object.values(await copiesOf(file));
		const kept = copies.reduce((sum, { bytes }) => sum + bytes, 0);

		assert.equal(file.state, 'ready');
		assert.ok(copies.length === 3 && kept > photo.bytes.length, `${kept} of ${photo.bytes.length}`);
		assert.equal(await usage(home), kept);
		assert.ok(copies.every(({ key }) => isThere(key)));
		expectOk(await person.client.delete(file.path), 204);
		assert.equal(await usage(home), 0);
	});
	test('than there is room for is ready all the same, and the home takes no more', async () => {
		const person = await signUp();
		const home = await newResidence(person);
		const place = `/api/residences/${home.id}`;
		const room = 2048 * MIB;

		await setUsage(home, 'storage', room - photo.bytes.length);
		await allow('storage', room);
		const file = await attach(person, place, photo.bytes);
		assert.equal(file.state, 'ready');
		assert.ok(await usage(home) > room);
		const res = await person.client.post(`${place}/files`, new Upload(png()));
		expectProblem(res, 402, 'plan_limit_reached');
		assert.equal(res.body.limit, 'storage');
		expectOk(await person.client.delete(file.path), 204);
		assert.ok(await usage(home) < room);
		await allowAgain('storage');
	});
});
