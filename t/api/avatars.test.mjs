// avatars.test.mjs: the picture of an account, which the people of its homes see.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeMember, sql } from './support/db.mjs';
import { expectInvalid, expectOk, expectProblem } from './support/expect.mjs';
import { missingId, newResidence, signUp } from './support/people.mjs';
import { cleaning, makeReady, notCleaning, png, refuse, sent } from './support/uploads.mjs';

let robin;
let mate;
let home;

before(async () => {
	[robin, mate] = [await signUp(), await signUp({ first_name: 'Mate' })];
	home = await newResidence(robin);
	await makeMember(home, mate.user, 'member');
	await notCleaning();
});
after(cleaning);

describe('a picture of an account', () => {
	const set = (person, id) => person.client.request('PUT', '/api/auth/me/avatar', { body: { upload_id: id } });
	const seen = (by, of) => by.client.get(`/api/residences/${home.id}/members/${of.user.id}/avatar`);

	test('is seen by the people of its homes once it is ready, and by nobody else', async () => {
		const bytes = png();
		const { upload_id: id } = await sent(mate, bytes);
		const stranger = await signUp();

		assert.equal(expectOk(await set(mate, id)).attached, true);
		expectProblem(await seen(robin, mate), 404, 'not_found');
		await makeReady(id);
		assert.deepEqual((await seen(robin, mate)).bytes, bytes);
		assert.deepEqual((await seen(mate, mate)).bytes, bytes);
		expectProblem(await seen(stranger, mate), 404, 'not_found');
		expectProblem(await seen(robin, stranger), 404, 'not_found');
	});

	test('stays until the next one is ready, and when that is refused', async () => {
		const person = await signUp();
		await makeMember(home, person.user, 'member');
		const pictures = [png(), png(), png(), png()];
		const [one, two, three, four] = await Promise.all(pictures.map(async (bytes) =>
			(await sent(person, bytes)).upload_id));
		const left = () => sql(`SELECT id FROM files WHERE uploaded_by = :'id' AND purpose = 'avatar'
			ORDER BY id`, { id: person.user.id });
		const shows = async (bytes) => assert.deepEqual((await seen(robin, person)).bytes, bytes);

		expectOk(await set(person, one));
		await makeReady(one);
		expectOk(await set(person, two));
		await shows(pictures[0]);
		await refuse(two, 'damaged');
		await shows(pictures[0]);
		assert.equal(expectOk(await person.client.get(`/api/uploads/${two}`)).reason, 'damaged');
		expectOk(await set(person, three));
		assert.deepEqual(await left(), [one, three].sort());
		await shows(pictures[0]);
		await makeReady(three);
		await shows(pictures[2]);
		assert.deepEqual(await left(), [three]);
		await makeReady(four);
		expectOk(await set(person, four));
		await shows(pictures[3]);
		assert.deepEqual(await left(), [four]);
	});

	test('that is ready can be chosen again while another waits', async () => {
		const person = await signUp();
		const [one, two] = [(await sent(person)).upload_id, (await sent(person)).upload_id];

		expectOk(await set(person, one));
		await makeReady(one);
		expectOk(await set(person, two));
		expectOk(await set(person, one));
		assert.deepEqual(await sql("SELECT id FROM files WHERE uploaded_by = :'id'", { id: person.user.id }),
			[one]);
	});

	test('takes the place of the one before, and goes', async () => {
		const [{ upload_id: one }, { upload_id: two }] = [await sent(robin), await sent(robin)];
		const left = () => sql("SELECT id FROM files WHERE uploaded_by = :'id' AND purpose = 'avatar'",
			{ id: robin.user.id });

		expectOk(await set(robin, one));
		expectOk(await set(robin, two));
		expectOk(await set(robin, two));
		assert.deepEqual(await left(), [two]);
		expectOk(await robin.client.delete('/api/auth/me/avatar'), 204);
		expectProblem(await robin.client.delete('/api/auth/me/avatar'), 404, 'not_found');
		assert.deepEqual(await left(), []);
	});

	test('is a picture that its owner has sent', async () => {
		const { upload_id: id } = await sent(robin);
		const { upload_id: note } = await sent(robin, 'a note\n');

		for (const [person, upload, code] of [[mate, id, 'not_found'], [robin, missingId(), 'not_found'],
			[robin, note, 'format']])
			expectInvalid(await set(person, upload), { upload_id: code });
	});
});
