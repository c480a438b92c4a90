// export_files.test.mjs: the bytes of files in the copy of an account's data, from either store.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Upload } from '../api/support/client.mjs';
import { makeMember, removeMember, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newDocument, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { cleaning, filesDir, makeReady, notCleaning, png, refuse, sent, sha256 } from '../api/support/uploads.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { openBucket, refuse as refuseS3, settingsOf } from './bucket.mjs';
import { ask, exported, filesOf, isReady } from './exports.mjs';
import { jobOf } from './support.mjs';

const SOON = { 'jobs.poll': '50ms', 'files.s3_timeout': '1s' };
let bucket;

const useBucket = async (changes = {}) => {
	configure({ ...SOON, ...settingsOf(bucket), ...changes });
	await stack('restart', 'jobs');
};

before(async () => {
	bucket = await openBucket();
	await notCleaning();
	await useBucket();
});
after(async () => {
	await cleaning();
	configure();
	await bucket.close();
	await stack('up');
});

/** A file on a thing, ready: { id, key }. */
async function hung(person, path, bytes, name) {
	const { upload_id: id } = await sent(person, bytes, name);

	expectOk(await person.client.post(`${path}/files`, { upload_ids: [id] }), 201);
	return { id, key: await makeReady(id) };
}

const lost = ({ key }) => rmSync(`${filesDir()}/${key}`);

/** Its bytes are in the bucket, and nowhere else. */
async function moved({ key }, bytes) {
	lost({ key });
	mkdirSync(dirname(bucket.pathOf(key)), { recursive: true });
	writeFileSync(bucket.pathOf(key), bytes);
	await sql("UPDATE file_copies SET store = 's3', host = NULL WHERE key = :'key'", { key });
}

const manifestOf = (files) => JSON.parse(files['files/manifest.json']);
const bytesIn = (files) => Object.entries(files).filter(([name]) => /^files\/[0-9a-f-]{36}\//.test(name));

describe('a copy of an account', () => {
	let robin;
	let kim;
	let home;
	let place;

	before(async () => {
		[robin, kim] = [await signUp(), await signUp()];
		home = await newResidence(robin);
		await makeMember(home, kim.user, 'member');
		place = `/api/tasks/${(await newTask(robin, home)).id}`;
	});

	test('has the files that the account has sent, from either store, under names that mean nothing', async () => {
		const picture = png();
		const one = await hung(robin, place, picture, 'K\u00fcche: 1.HEIC');
		const far = png(200_000);
		const two = await hung(robin, place, far, 'K\u00fcche: 1.HEIC');
		await moved(two, far);
		const paper = `/api/documents/${(await newDocument(robin, home)).id}`;
		const note = expectOk(await robin.client.post(`${paper}/files`, new Upload('a note')), 201).results[0];
		await makeReady(note.id);
		await hung(kim, place, png());
		const files = await filesOf(robin);

		const at = { [one.id]: [`files/${one.id}/K\u00fcche_ 1.png`, picture],
			[two.id]: [`files/${two.id}/K\u00fcche_ 1.png`, far],
			[note.id]: [`files/${note.id}/file.txt`, Buffer.from('a note')] };
		assert.deepEqual(bytesIn(files).map(([name]) => name).sort(),
			Object.values(at).map(([name]) => name).sort());
		for (const [name, bytes] of Object.values(at))
			assert.ok(files[name].equals(bytes), name);
		assert.deepEqual(manifestOf(files), Object.entries(at).sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([id, [path, bytes]]) => ({ id, path, sha256: sha256(bytes), missing: null })));
	});

	test('has no file that is not ready, nor one of a home that the account has left', async () => {
		const person = await signUp();
		const away = await newResidence(robin);
		await makeMember(away, person.user, 'member');
		const path = `/api/tasks/${(await newTask(person, away)).id}`;
		await hung(person, path, png(), 'away.png');
		const { upload_id: waiting } = await sent(person);
		const { upload_id: bad } = await sent(person);
		const { upload_id: own } = await sent(person);
		await refuse(bad, 'damaged');
		await makeReady(own);

		assert.equal(bytesIn(await filesOf(person)).length, 2);
		await removeMember(away, person.user);
		await sql("DELETE FROM exports WHERE user_id = :'id'", { id: person.user.id });
		const files = await filesOf(person);
		assert.deepEqual(manifestOf(files).map(({ id }) => id), [own]);
		assert.ok(waiting !== own);
	});

	test('is made although bytes are lost, and says so', async () => {
		const person = await signUp();
		const path = `/api/residences/${(await newResidence(person)).id}`;
		const [one, two, three] = [await hung(person, path, png()), await hung(person, path, png()),
			await hung(person, path, png())];

		lost(one);
		await moved(two, 'x');
		rmSync(bucket.pathOf(two.key));
		const files = await filesOf(person);
		const said = Object.fromEntries(manifestOf(files).map(({ id, path: at, missing }) =>
			[id, [at === null, missing]]));

		assert.deepEqual(said, { [one.id]: [true, 'not_found'], [two.id]: [true, 'not_found'],
			[three.id]: [false, null] });
		assert.equal(bytesIn(files).length, 1);
	});

	test('leaves out what files.export_max has no room for, and says so', async () => {
		const person = await signUp();
		const path = `/api/residences/${(await newResidence(person)).id}`;
		const large = await hung(person, path, png(300_000));
		const small = await hung(person, path, png());

		await useBucket({ 'files.export_max': '200k' });
		try {
			const files = await filesOf(person);

			assert.deepEqual(Object.fromEntries(manifestOf(files).map(({ id, missing }) => [id, missing])),
				{ [large.id]: 'too_large', [small.id]: null });
			assert.equal(bytesIn(files).length, 1);
		} finally {
			await useBucket();
		}
	});

	test('waits for a bucket that is away, and loses no try', async () => {
		const person = await signUp();
		const path = `/api/residences/${(await newResidence(person)).id}`;
		const bytes = png();
		const file = await hung(person, path, bytes);

		await moved(file, bytes);
		bucket.fail = (req, res) => refuseS3(res, 503, 'SlowDown');
		const asked = await ask(person);
		await until('it waits', async () => /bucket|503/i.test((await jobOf(asked.id))?.last_error ?? ''), 30);
		assert.equal((await jobOf(asked.id)).tries, 0);
		bucket.well();
		await sql("UPDATE jobs SET run_at = now() WHERE key = :'id'", { id: asked.id });
		await isReady(person, asked);
		assert.ok(await exported(person));
	});
});
