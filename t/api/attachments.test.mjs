// attachments.test.mjs: files that hang on tasks, completions, documents and residences.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Upload } from './support/client.mjs';
import { Copy, expectTrue } from './support/copy.mjs';
import { allow, allowAgain, makeMember, setUsage, sql, usageOf } from './support/db.mjs';
import { expectInvalid, expectOk, expectPage, expectProblem, expectSameBytes, SAME_ID } from './support/expect.mjs';
import { missingId, newAccess, newDocument, newId, newResidence, newTask, signUp } from './support/people.mjs';
import { cleaning, form, keysKnown, keysThere, keysWithBytes, makeReady, notCleaning, png, refuse, sent, sha256 }
	from './support/uploads.mjs';

const usage = async (home) => (await usageOf(home)).storage;
const complete = async (person, task) =>
	expectOk(await person.client.post(`/api/tasks/${task.id}/complete`, { occurrence: 1 }), 201);

let robin;
let mate;
let viewer;
let home;

before(async () => {
	[robin, mate, viewer] = [await signUp(), await signUp({ first_name: 'Mate' }), await signUp()];
	home = await newResidence(robin);
	await makeMember(home, mate.user, 'member');
	await makeMember(home, viewer.user, 'viewer');
	await notCleaning();
});
after(cleaning);

/** What is asked for this file below this path is answered as for a file that never was. */
async function expectMissing(person, path, id) {
	for (const [method, rest] of [['GET', ''], ['GET', '/content'], ['GET', '/link'], ['DELETE', '']]) {
		const ask = (file) => person.client.request(method, `${path}/files/${file}${rest}`, SAME_ID);
		const missing = await ask(missingId());

		expectProblem(missing, 404, 'not_found');
		expectSameBytes(await ask(id), missing);
	}
}

// What files hang on: its path, made for one test.
const PLACES = {
	task: async () => `/api/tasks/${(await newTask(robin, home)).id}`,
	completion: async () =>
		`/api/completions/${(await complete(robin, await newTask(robin, home))).id}`,
	document: async () => `/api/documents/${(await newDocument(robin, home)).id}`,
	residence: async () => `/api/residences/${(await newResidence(robin)).id}`,
};

for (const [what, make] of Object.entries(PLACES)) {
	describe(`a file of a ${what}`, () => {
		test('can be sent along, alone or in a form with others', async () => {
			const place = await make();
			const [one, two, three] = [png(), png(), png()];
			const first = await robin.client.post(`${place}/files`, new Upload(one, 'image/png',
				'one.png'));

			assert.equal(first.headers.location, `${place}/files`);
			assert.deepEqual(expectOk(first, 201).results.map((f) => [f.name, f.sha256]), [['one.png',
				sha256(one)]]);
			const page = expectOk(await robin.client.post(`${place}/files`,
				form([['two.png', two], ['three.png', three]])), 201);

			assert.deepEqual(page.results.map((f) => f.name), ['one.png', 'two.png', 'three.png']);
			assert.deepEqual(expectPage(await robin.client.get(`${place}/files`)), page.results);
			for (const file of page.results)
				assert.deepEqual(expectOk(await robin.client.get(`${place}/files/${file.id}`)), file);
		});
		test('can be sent before', async () => {
			const place = await make();
			const uploads = [await sent(robin), await sent(robin)];
			const body = { upload_ids: uploads.map((u) => u.upload_id) };
			const page = expectOk(await robin.client.post(`${place}/files`, body), 201);

			assert.deepEqual(page.results.map((f) => f.id).sort(), [...body.upload_ids].sort());
			const { attached,
				expires_at } = expectOk(await robin.client.get(`/api/uploads/${body.upload_ids[0]}`));

			assert.deepEqual([attached, expires_at], [true, null]);
			assert.deepEqual(expectOk(await robin.client.post(`${place}/files`, body), 201), page);
			expectProblem(await robin.client.delete(`/api/uploads/${body.upload_ids[0]}`), 404,
				'not_found');
		});
		test('is there once under an Idempotency-Key', async () => {
			const place = await make();
			const once = { headers: { 'Idempotency-Key': newId() } };
			const body = form([['a.png', png()], ['b.png', png()]], 'x');
			const page = expectOk(await robin.client.post(`${place}/files`, body, once), 201);
			const there = keysThere();
			const again = await robin.client.post(`${place}/files`, body, once);

			assert.deepEqual(expectOk(again, 201), page);
			assert.equal(again.headers['idempotency-replayed'], 'true');
			assert.deepEqual(keysThere(), there);
		});
		test('goes for good, with its bytes', async () => {
			const place = await make();
			const { results: [file] } = expectOk(await robin.client.post(`${place}/files`,
				new Upload(png())), 201);
			const [key] = await sql("SELECT key FROM file_copies WHERE file_id = :'id'", { id: file.id });

			expectOk(await robin.client.delete(`${place}/files/${file.id}`), 204);
			expectProblem(await robin.client.delete(`${place}/files/${file.id}`), 404, 'not_found');
			expectProblem(await robin.client.get(`${place}/files/${file.id}`), 404, 'not_found');
			assert.deepEqual(expectPage(await robin.client.get(`${place}/files`)), []);
			assert.deepEqual(await sql("SELECT key FROM file_leavings WHERE key = :'key'", { key }), [key]);
		});
		test('is as if it were not there, under anything else and for whoever may not see it', async () => {
			const [place, other] = [await make(), await make()];
			const hall = await newResidence(robin);
			const [stranger, former] = [await signUp(), await signUp()];
			const { results: [file] } = expectOk(await robin.client.post(`${place}/files`,
				new Upload(png())), 201);
			const elsewhere = await newAccess(robin, { residence_ids: [hall.id] });
			const members = `/api/residences/${file.residence_id}/members`;

			await makeReady(file.id);
			await makeMember({ id: file.residence_id }, former.user, 'manager');
			expectOk(await former.client.get(`${place}/files/${file.id}`));
			expectOk(await robin.client.delete(`${members}/${former.user.id}`), 204);
			for (const [person, path] of [[robin, other], [robin, `/api/residences/${hall.id}`],
				[robin, await PLACES.task()], [robin, await PLACES.document()], [stranger, place],
				[former, place], [elsewhere, place]])
				await expectMissing(person, path, file.id);
			expectOk(await robin.client.delete(`${place}/files/${file.id}`), 204);
			await expectMissing(robin, place, file.id);
			expectProblem(await stranger.client.post(`${place}/files`, new Upload(png())), 404,
				'not_found');
		});
		test('is one of as many as may hang there', async () => {
			const place = await make();
			const nine = Array.from({ length: 10 }, (_, i) => [`${i}.png`, png()]);

			for (let i = 0; i < 5; i++)
				expectOk(await robin.client.post(`${place}/files`, form(nine)), 201);
			const there = keysThere();
			const res = await robin.client.post(`${place}/files`, new Upload(png()));

			expectProblem(res, 402, 'plan_limit_reached');
			assert.equal(res.body.limit, 'files');
			assert.deepEqual(keysThere(), there);
			expectProblem(await robin.client.post(`${place}/files`, form([...nine, ['k.png', png()]])), 402,
				'plan_limit_reached');
			expectProblem(await robin.client.post(`${await make()}/files`, form([...nine, ['k.png',
				png()]])), 413,
				'too_large');
		});
	});
}

describe('a file that is not ready', () => {
	test('is seen by who sent it alone, and by all who belong once it is', async () => {
		const place = await PLACES.task();
		const { results: [file] } = expectOk(await mate.client.post(`${place}/files`, new Upload(png())), 201);
		const seen = async (person) => expectPage(await person.client.get(`${place}/files`)).map((f) =>
			f.state);

		assert.deepEqual([await seen(mate), await seen(robin), await seen(viewer)], [['processing'], [], []]);
		expectSameBytes(await robin.client.get(`${place}/files/${file.id}`, SAME_ID),
			await robin.client.get(`${place}/files/${missingId()}`, SAME_ID));
		expectProblem(await robin.client.delete(`${place}/files/${file.id}`), 404, 'not_found');
		await refuse(file.id, 'truncated');
		assert.deepEqual([await seen(mate), await seen(robin)], [['refused'], []]);
		expectProblem(await viewer.client.delete(`${place}/files/${file.id}`), 403, 'forbidden');
		assert.equal(expectOk(await mate.client.get(`${place}/files/${file.id}`)).reason, 'truncated');
		await makeReady(file.id);
		assert.deepEqual([await seen(mate), await seen(robin), await seen(viewer)], [['ready'], ['ready'],
			['ready']]);
		const shown = expectOk(await viewer.client.get(`${place}/files/${file.id}`));

		assert.deepEqual([shown.variants, shown.uploaded_by], [['main'], { id: mate.user.id,
			name: mate.user.name }]);
		expectOk(await robin.client.delete(`${place}/files/${file.id}`), 204);
	});
});

test('a file that was refused can be removed by whoever may edit the thing', async () => {
	const place = await PLACES.task();
	const { results: [file] } = expectOk(await mate.client.post(`${place}/files`, new Upload(png())), 201);

	await refuse(file.id, 'damaged');
	expectOk(await robin.client.delete(`${place}/files/${file.id}`), 204);
	assert.deepEqual(expectPage(await mate.client.get(`${place}/files`)), []);
});

describe('who may attach', () => {
	test('is who may edit the thing, and manage a residence', async () => {
		const place = await PLACES.task();

		expectProblem(await viewer.client.post(`${place}/files`, new Upload(png())), 403, 'forbidden');
		expectProblem(await mate.client.post(`/api/residences/${home.id}/files`, new Upload(png())), 403,
			'forbidden');
		expectOk(await mate.client.post(`${place}/files`, new Upload(png())), 201);
		await sql("DELETE FROM residence_members WHERE user_id = :'id'", { id: mate.user.id });
		expectProblem(await mate.client.post(`${place}/files`, new Upload(png())), 404, 'not_found');
		expectProblem(await mate.client.get(`${place}/files`), 404, 'not_found');
		await makeMember(home, mate.user, 'member');
	});
	test('attaches what they sent themselves, of late, and to one thing', async () => {
		const place = await PLACES.task();
		const { upload_id: id } = await sent(robin);
		const attach = (person, ...ids) => person.client.post(`${place}/files`, { upload_ids: ids });
		const none = { upload_ids: 'not_found' };

		expectInvalid(await attach(mate, id), none);
		expectInvalid(await attach(robin, missingId()), none);
		expectInvalid(await attach(robin, id, missingId()), none);
		assert.deepEqual(expectPage(await robin.client.get(`${place}/files`)), []);
		expectOk(await robin.client.post(`${await PLACES.task()}/files`, { upload_ids: [id] }), 201);
		expectInvalid(await attach(robin, id), none);
		const { upload_id: old } = await sent(robin);

		await sql("UPDATE files SET created_at = now() - interval '1 day' WHERE id = :'old'", { old });
		expectInvalid(await attach(robin, old), none);
		expectInvalid(await attach(robin), { upload_ids: 'too_short' });
		expectInvalid(await robin.client.post(`${place}/files`, {}), { upload_ids: 'required' });
	});
});

describe('the room of a residence', () => {
	test('is taken by its files and given back', async () => {
		const own = await newResidence(robin);
		const task = await newTask(robin, own);
		const place = `/api/tasks/${task.id}`;
		const [one, two] = [png(5000), png(7000)];

		expectOk(await robin.client.post(`${place}/files`, new Upload(one)), 201);
		const { upload_id: id } = await sent(robin, two);

		assert.equal(await usage(own), one.length);
		expectOk(await robin.client.post(`/api/residences/${own.id}/files`, { upload_ids: [id] }), 201);
		assert.equal(await usage(own), one.length + two.length);
		expectOk(await robin.client.delete(`/api/residences/${own.id}/files/${id}`), 204);
		assert.equal(await usage(own), one.length);
		const next = await newResidence(robin);

		expectOk(await robin.client.post(`${place}/transfer`, { residence_id: next.id }));
		assert.deepEqual([await usage(own), await usage(next)], [0, one.length]);
		assert.equal(expectPage(await robin.client.get(`${place}/files`)).length, 1);
		expectOk(await robin.client.delete(place), 204);
		assert.deepEqual([await usage(next), await sql("SELECT 1 FROM files WHERE task_id = :'id'",
			{ id: task.id })],
			[0, []]);
	});
	test('has an end, at once and for two at a time', async () => {
		const own = await newResidence(robin);
		const place = `/api/tasks/${(await newTask(robin, own)).id}`;
		const MIB = 2 ** 20;

		await setUsage(own, 'storage', 2047 * MIB);
		await allow('storage', 2048 * MIB);
		const all = await Promise.all(Array.from({ length: 6 }, () =>
			robin.client.post(`${place}/files`, new Upload(png(MIB / 2 - 1000)))));
		const there = keysThere();

		assert.deepEqual(all.map((res) => res.status).sort(), [201, 201, 402, 402, 402, 402]);
		const res = await robin.client.post(`${place}/files`, new Upload(png(MIB)));

		expectProblem(res, 402, 'plan_limit_reached');
		assert.deepEqual([res.body.limit, res.body.max], ['storage', 2048 * MIB]);
		const { upload_id: id } = await sent(robin, png(MIB));

		expectProblem(await robin.client.post(`${place}/files`, { upload_ids: [id] }), 402,
			'plan_limit_reached');
		assert.equal(keysThere().length, there.length + 1);
		await setUsage(own, 'storage', 0);
		expectOk(await robin.client.post(`${place}/files`, { upload_ids: [id] }), 201);
		await allowAgain('storage');
	});
});

describe('a sync', () => {
	test('brings a file to others when it is ready, and takes it away when it goes', async () => {
		const copies = [new Copy(mate.client), new Copy(viewer.client)];
		const all = async () => {
			for (const copy of copies)
				await copy.sync();
			return copies.map((copy) => copy.ids('files').includes(id));
		};
		const place = await PLACES.task();
		const { results: [{ id }] } = expectOk(await mate.client.post(`${place}/files`, new Upload(png())),
			201);

		assert.deepEqual(await all(), [true, false]);
		await makeReady(id);
		assert.deepEqual(await all(), [true, true]);
		await expectTrue(copies[1], viewer);
		assert.equal(copies[0].things.files.get(id).state, 'ready');
		expectOk(await robin.client.delete(place), 204);
		assert.deepEqual(await all(), [false, false]);
	});
	test('has a file in the activity, once, from when others see it', async () => {
		const place = await PLACES.task();
		const { upload_id: id } = await sent(mate, png(), 'leak.png');
		const told = async () => expectPage(await viewer.client.get(
			`/api/residences/${home.id}/activity?subject=file`))
			.filter((row) => row.subject_id === id).map((row) => [row.action, row.title, row.user.id]);
		const [made, gone] = [['created', 'leak.png', mate.user.id], ['deleted', 'leak.png', robin.user.id]];

		expectOk(await mate.client.post(`${place}/files`, { upload_ids: [id] }), 201);
		assert.deepEqual(await told(), []);
		await makeReady(id);
		assert.deepEqual(await told(), [made]);
		expectOk(await robin.client.delete(`${place}/files/${id}`), 204);
		assert.deepEqual(await told(), [gone, made]);
	});
	test('has one that was ready before in the activity when it is attached', async () => {
		const place = await PLACES.task();
		const { upload_id: id } = await sent(mate);
		const told = () => sql("SELECT action FROM activity WHERE subject_id = :'id'", { id });

		await makeReady(id);
		assert.deepEqual(await told(), []);
		expectOk(await mate.client.post(`${place}/files`, { upload_ids: [id] }), 201);
		assert.deepEqual(await told(), ['created']);
	});
});

describe('photos', () => {
	const attach = async (person, place, bytes = png()) =>
		expectOk(await person.client.post(`${place}/files`, new Upload(bytes)), 201).results.at(-1).id;
	const shown = async (person, place) => expectOk(await person.client.get(place));
	const photosOf = ({ photo_count, first_photo_id }) => [photo_count, first_photo_id];
	const NONE = [0, null];

	for (const what of ['task', 'completion'])
		test(`of a ${what} are counted for everybody from when they are ready until they go`, async () => {
			const place = await PLACES[what]();
			const asSeen = async () => {
				const cards = await Promise.all([mate, robin, viewer].map((who) => shown(who, place)));

				assert.deepEqual(cards.map(photosOf), Array(3).fill(photosOf(cards[0])));
				return photosOf(cards[0]);
			};
			const [note, ...ids] = [await attach(mate, place, 'a note\n'), await attach(mate, place),
				await attach(mate, place)];

			assert.deepEqual(await asSeen(), NONE);
			await refuse(await attach(mate, place), 'truncated');
			await makeReady(note);
			assert.deepEqual(await asSeen(), NONE);
			await makeReady(ids[1]);
			assert.deepEqual(await asSeen(), [1, ids[1]]);
			await makeReady(ids[0]);
			assert.deepEqual(await asSeen(), [2, ids[0]]);
			for (const left of [[1, ids[1]], NONE]) {
				expectOk(await robin.client.delete(`${place}/files/${ids.shift()}`), 204);
				assert.deepEqual(await asSeen(), left);
			}
		});
	test('that were ready before they are attached are counted, too', async () => {
		const place = await PLACES.task();
		const uploads = [await sent(robin), await sent(robin)].map((u) => u.upload_id);

		await Promise.all(uploads.map(makeReady));
		expectOk(await robin.client.post(`${place}/files`, { upload_ids: uploads }), 201);
		assert.equal((await shown(viewer, place)).photo_count, 2);
	});
	test('make no version and no act of the thing', async () => {
		const PATCHES = { task: { title: 'Dust' }, completion: { note: 'Dusty.' } };

		for (const [what, patch] of Object.entries(PATCHES)) {
			const place = await PLACES[what]();
			const before = await shown(mate, place);
			const kept = (card) => ({ ...card, photo_count: 0, first_photo_id: null });
			const id = await attach(robin, place);

			await makeReady(id);
			assert.deepEqual(kept(await shown(mate, place)), before);
			expectOk(await robin.client.delete(`${place}/files/${id}`), 204);
			assert.deepEqual(await shown(mate, place), before);
			await makeReady(await attach(robin, place));
			assert.deepEqual((await sql("SELECT action FROM activity WHERE subject_id = :'id'", before)),
				['created']);
			const told = await mate.client.patch(place, patch,
				{ headers: { 'If-Match': `"${before.version}"` } });

			assert.deepEqual([expectOk(told).version, told.body.photo_count], [before.version + 1, 1]);
		}
	});
	test('come with a sync', async () => {
		const copies = [new Copy(mate.client), new Copy(viewer.client)];
		const places = [await PLACES.task(), await PLACES.completion()];
		const thing = (copy, place) => copy.things[place.split('/')[2]].get(place.split('/')[3]);
		const counts = async () => {
			for (const copy of copies)
				await copy.sync();
			return copies.map((copy) => places.map((place) => thing(copy, place).photo_count));
		};
		const ids = [await attach(mate, places[0]), await attach(mate, places[1])];

		assert.deepEqual(await counts(), [[0, 0], [0, 0]]);
		await makeReady(ids[0]);
		await makeReady(ids[1]);
		assert.deepEqual(await counts(), [[1, 1], [1, 1]]);
		await expectTrue(copies[1], viewer);
		expectOk(await robin.client.delete(`${places[0]}/files/${ids[0]}`), 204);
		assert.deepEqual(await counts(), [[0, 1], [0, 1]]);
	});
	test('are on the board, beside what is done, and gone with what is undone', async () => {
		const task = await newTask(robin, home, { due_on: '2031-01-06' });
		const id = await attach(robin, `/api/tasks/${task.id}`);

		await makeReady(id);
		const board = expectOk(await viewer.client.get(`/api/tasks/kanban?residence_id=${home.id}`));
		const cards = board.columns.flatMap((column) => column.tasks).filter((card) => card.id === task.id);

		assert.deepEqual(cards.map(photosOf), [[1, id]]);
		const done = await complete(robin, task);

		assert.deepEqual([photosOf(done), photosOf(done.task)], [NONE, [1, id]]);
		await makeReady(await attach(robin, `/api/completions/${done.id}`));
		for (let i = 0; i < 2; i++) {
			const undone = expectOk(await robin.client.post(`/api/completions/${done.id}/undo`));

			assert.deepEqual([photosOf(undone), photosOf(undone.task)], [NONE, [1, id]]);
		}
	});
	test('are those of a task that moves, and none of its copy', async () => {
		const own = await newResidence(robin);
		const task = await newTask(robin, own);
		const id = await attach(robin, `/api/tasks/${task.id}`);

		await makeReady(id);
		const to = { residence_id: (await newResidence(robin)).id };
		const copy = expectOk(await robin.client.post(`/api/tasks/${task.id}/copy`, to), 201);

		assert.deepEqual(photosOf(copy), NONE);
		assert.deepEqual(photosOf(expectOk(await robin.client.post(`/api/tasks/${task.id}/transfer`, to))),
			[1, id]);
	});
});

describe('what its files go with', () => {
	test('a completion that is undone', async () => {
		const task = await newTask(robin, home);
		const done = await complete(robin, task);

		expectOk(await robin.client.post(`/api/completions/${done.id}/files`, new Upload(png())), 201);
		expectOk(await robin.client.post(`/api/completions/${done.id}/undo`));
		assert.deepEqual(await sql("SELECT 1 FROM files WHERE completion_id = :'id'", { id: done.id }), []);
	});
	test('a document that is deleted', async () => {
		const place = await PLACES.document();

		expectOk(await robin.client.post(`${place}/files`, new Upload(png())), 201);
		expectOk(await robin.client.delete(place), 204);
		assert.deepEqual(await sql("SELECT 1 FROM files WHERE document_id = :'id'",
			{ id: place.split('/').at(-1) }), []);
	});
	test('no file without bytes, no bytes of a file without a row', async () => {
		const [there, known] = [new Set(keysThere()), await keysKnown()];
		const leaving = await sql('SELECT key FROM file_leavings');

		assert.deepEqual((await keysWithBytes()).filter((key) => !there.has(key)), []);
		assert.deepEqual([...there].filter((key) => !known.includes(key) && !leaving.includes(key)), []);
	});
});
