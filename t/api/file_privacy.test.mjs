// file_privacy.test.mjs: what others learn of a file before it is clean, and what is out of reach of an access token
// that is narrowed to residences.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { Copy, expectTrue } from './support/copy.mjs';
import { makeMember } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem, expectSameBytes, SAME_ID } from './support/expect.mjs';
import { missingId, newAccess, newId, newResidence, newTask, signUp } from './support/people.mjs';
import { cleaning, keysThere, notCleaning, png, refuse, sent } from './support/uploads.mjs';

let robin;
let mate;
let viewer;
let home;
const newPlace = async () => `/api/tasks/${(await newTask(robin, home)).id}`;

before(async () => {
	[robin, mate, viewer] = [await signUp(), await signUp(), await signUp()];
	home = await newResidence(robin);
	await makeMember(home, mate.user, 'member');
	await makeMember(home, viewer.user, 'viewer');
	await notCleaning();
});
after(cleaning);

describe('of a file that nobody was to see others learn nothing', () => {
	const FATES = {
		'that is taken back': (place, id) => mate.client.delete(`${place}/files/${id}`),
		'that goes with its task': (place) => robin.client.delete(place),
		'whose task moves': async (place) => robin.client.post(`${place}/transfer`,
			{ residence_id: (await newResidence(robin)).id }),
		'that is refused, and deleted': async (place, id) => {
			await refuse(id, 'truncated');
			return mate.client.delete(`${place}/files/${id}`);
		},
	};

	for (const [what, end] of Object.entries(FATES))
		test(`${what}: who sent it is told`, async () => {
			const [own, other] = [new Copy(mate.client), new Copy(viewer.client)];
			const place = await newPlace();
			const heard = [];
			const activity = `/api/residences/${home.id}/activity?limit=200`;
			const listen = async () => {
				heard.push(JSON.stringify(await other.sync()));
				for (const { client } of [viewer, robin])
					heard.push((await client.get(activity)).text);
				await own.sync();
			};
			const file = new Upload(png(), 'image/png', 'secret.png');

			await listen();
			const { results: [{ id }] } = expectOk(await mate.client.post(`${place}/files`, file), 201);

			await listen();
			assert.ok(own.ids('files').includes(id));
			const res = await end(place, id);

			assert.ok(res.status < 300, res.text);
			await listen();
			assert.ok(!own.ids('files').includes(id));
			await expectTrue(own, mate);
			for (const secret of [id, 'secret.png'])
				assert.deepEqual(heard.filter((text) => text.includes(secret)), []);
		});
});

describe('an access token that is narrowed', () => {
	const narrow = (residence) => newAccess(robin, { residence_ids: [residence.id] });

	test('neither sees, takes back nor attaches what hangs on nothing yet', async () => {
		const { client } = await narrow(home);
		const { upload_id: id } = await sent(robin);
		const place = await newPlace();

		for (const method of ['GET', 'DELETE'])
			expectSameBytes(await client.request(method, `/api/uploads/${id}`, SAME_ID),
				await client.request(method, `/api/uploads/${missingId()}`, SAME_ID));
		expectInvalid(await client.post(`${place}/files`, { upload_ids: [id] }), { upload_ids: 'not_found' });
		assert.deepEqual(expectPage(await robin.client.get(`${place}/files`)), []);
		assert.equal(expectOk(await robin.client.get(`/api/uploads/${id}`)).attached, false);
	});
	test('stages nothing, with a key or without, and leaves no bytes', async () => {
		const { client } = await narrow(home);
		const there = keysThere();

		for (const headers of [{}, { 'Idempotency-Key': newId() }])
			expectProblem(await client.post('/api/uploads', new Upload(png()), { headers }), 403,
				'token_narrowed');
		assert.deepEqual(keysThere(), there);
	});
	test('sends files to what is in its residences, and no picture of the account is its business', async () => {
		const { client } = await narrow(home);
		const place = await newPlace();
		const { results: [{ id }] } = expectOk(await client.post(`${place}/files`, new Upload(png())), 201);
		const { upload_id: avatar } = await sent(robin);

		expectOk(await client.get(`/api/uploads/${id}`));
		expectOk(await robin.client.request('PUT', '/api/auth/me/avatar', { body: { upload_id: avatar } }));
		expectProblem(await client.get(`/api/uploads/${avatar}`), 404, 'not_found');
		expectProblem(await (await narrow(await newResidence(robin))).client.get(`/api/uploads/${id}`), 404,
			'not_found');
		expectOk(await robin.client.delete('/api/auth/me/avatar'), 204);
	});
});
