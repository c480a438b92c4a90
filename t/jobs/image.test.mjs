// image.test.mjs: files that people send become clean copies, or are refused with a reason; whoever dies on the way,
// none is lost, none is done by halves, and no row is without its bytes.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Upload } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newResidence, newTask, signUp } from '../api/support/people.mjs';
import { keysKnown, sha256 } from '../api/support/uploads.mjs';
import { configure, logged, logMark, median, setting, stack, until } from '../fault/support.mjs';
import { manyScans } from '../files/bytes.mjs';
import { makeCorpus } from '../files/corpus.mjs';
import { atWork, childrenOf, HERE, copiesOf, directory, fileOf, gone, imageProcesses, kept, named, notSweeping,
	send, settled, sweeping } from './files.mjs';
import { ended, historyOf, hobJobs, jobOf, logPath, moveTime, runnerPids } from './support.mjs';

const run = promisify(execFile);
const corpus = makeCorpus(`${process.env.HOB_BUILD}/pictures`);
const item = (name) => corpus.find((one) => one.name === name);
const photo = item('a JPEG with EXIF, GPS, XMP, IPTC and comments');
// Takes hob-image seconds, whatever the machine.
const slow = { type: 'image/jpeg', bytes: manyScans(2500) };
const SOON = { 'jobs.poll': '50ms' };
let robin;

const restart = async (changes = {}) => {
	configure({ ...SOON, ...changes });
	await stack('restart', 'jobs');
};

before(async () => {
	await restart();
	await notSweeping();
	robin = await signUp();
});
after(async () => {
	await sweeping();
	configure();
	await stack('up');
});

// --- processes -------------------------------------------------------------------------------

/** Who has the job of a file: { state, leased_by, tries ... }. */
const retried = (file, tries) => until(`try ${tries} has failed`, async () => {
	const job = await jobOf(file.id);

	return job?.state === 'waiting' && job.tries === tries && job;
}, 30);
/** Runners are told by nobody that a lease or a wait is over: until it is settled their time has come. */
const pressed = (file) => until(`${file.id} is settled`, async () => {
	await sql("UPDATE jobs SET run_at = now() WHERE key = :'id' AND run_at > now() AND leased_by IS NULL",
		{ id: file.id });
	return (await fileOf(file))?.state !== 'processing';
}, 60);
/**
 * Each row has its bytes, and all bytes are told of. What is told of as to be removed may have none: its key was noted
 * before they came, or they went before it.
 */
const nothingLost = () => until('no row is without bytes, nor bytes without a row', async () => {
	const there = kept();
	const [rows, known] = [await keysKnown(), await named()];

	return rows.every((key) => there.includes(key)) && there.every((key) => known.includes(key));
});

// --- what becomes of a file --------------------------------------------------------------------

describe('a file', () => {
	test('is kept in clean copies, whose rows are true', async () => {
		const file = await send(robin, photo);

		assert.deepEqual(await settled(file), { state: 'ready', reason: null });
		const copies = await copiesOf(file);
		assert.deepEqual(Object.entries(copies).map(([name,
			{ media_type, width, height, whole, host, store }]) =>
			[name, media_type, width, height, whole, host, store]), [
			['display', 'image/webp', 640, 480, true, HERE, 'directory'],
			['main', 'image/jpeg', 640, 480, true, HERE, 'directory'],
			['thumb', 'image/webp', 256, 192, true, HERE, 'directory'],
		]);
		for (const { content } of Object.values(copies))
			assert.ok(!content.includes('SECRET'));
		await gone(file);
		assert.equal(await jobOf(file.id), undefined);
	});

	test('of each type ends as it should', async () => {
		const items = ['a HEIC', 'a PNG', 'a WebP', 'a PDF', 'a text', 'a PDF that wants a password',
			'a text with a NUL', 'half of image/jpeg', 'a PNG of 50,000 by 50,000 pixels', 'SVG',
			'nothing, called image/png'].map(item);
		const files = await Promise.all(items.map((one) => send(robin, one)));

		for (const [i, { name, type, bytes, verdict, width }] of items.entries()) {
			const { state, reason } = await settled(files[i]);
			const copies = await copiesOf(files[i]);

			assert.equal(state === 'ready' ? state : reason, verdict, name);
			await gone(files[i]);
			assert.deepEqual(Object.keys(copies), verdict !== 'ready' ? []
				: type === 'text/plain' ? ['main'] : ['display', 'main', 'thumb'], name);
			assert.ok(Object.values(copies).every(({ whole }) => whole), name);
			if (verdict === 'ready' && width === undefined)
				assert.ok(copies.main.content.equals(bytes) && copies.main.width === null, name);
		}
		assert.equal((await copiesOf(files[0])).main.media_type, 'image/jpeg', 'HEIC becomes JPEG');
		await nothingLost();
	});

	test('is shown as what a download of it gives', async () => {
		const home = await newResidence(robin);
		const place = `/api/tasks/${(await newTask(robin, home)).id}/files`;
		const { type, bytes } = item('a HEIC');
		const { results: [sent] } = expectOk(await robin.client.post(place,
			new Upload(bytes, type, 'IMG_1.HEIC')), 201);

		assert.deepEqual([sent.media_type, sent.bytes, sent.sha256], [type, bytes.length, sha256(bytes)]);
		await settled(sent);
		const card = expectOk(await robin.client.get(`${place}/${sent.id}`));
		const got = await robin.client.get(`${place}/${sent.id}/content`);

		assert.deepEqual([card.name, card.media_type, card.bytes, card.sha256],
			['IMG_1.HEIC', 'image/jpeg', got.bytes.length, sha256(got.bytes)]);
		assert.equal(got.headers['content-type'], 'image/jpeg');
		assert.match(got.headers['content-disposition'], /^inline; filename="IMG_1\.jpg"/);
		const thumb = await robin.client.get(`${place}/${sent.id}/content?variant=thumb`);
		assert.match(thumb.headers['content-disposition'], /^inline; filename="IMG_1\.webp"/);
	});

	test('tells those who may have it in memory', async () => {
		const home = await newResidence(robin);
		const touched = async (file) => (await sql(`BEGIN;
			SELECT hob.image_done(:'id', :'key', '[]', 'damaged'); ROLLBACK`, file))[0];

		await hobJobs('pause', 'image');
		const loose = await send(robin, photo);
		const attached = await send(robin, photo, { home });
		assert.match(await touched(loose), new RegExp(`user:${robin.user.id}`));
		assert.match(await touched(attached), new RegExp(`residence:${home.id}`));
		await hobJobs('resume', 'image');
		await settled(loose);
		await settled(attached);
	});

	test('stands in the activity when it is ready, as the act of who sent it, and never when refused', async () => {
		const home = await newResidence(robin);
		const good = await send(robin, photo, { home });
		const bad = await send(robin, { type: 'image/png', bytes: Buffer.from('no picture') }, { home });

		assert.deepEqual([(await settled(good)).state, (await settled(bad)).state], ['ready', 'refused']);
		assert.deepEqual(await sql(`SELECT action, subject_id, user_id FROM activity
			WHERE residence_id = :'id' AND subject = 'file'`, { id: home.id }),
			[`created|${good.id}|${robin.user.id}`]);
	});

	test('stands on the card of its task as soon as it is ready', async () => {
		const path = `/api/tasks/${(await newTask(robin, await newResidence(robin))).id}`;
		const card = async () => expectOk(await robin.client.get(path));
		const { results: [{ id }] } = expectOk(await robin.client.post(`${path}/files`,
			new Upload(photo.bytes, photo.type)), 201);

		await until('the card shows it', async () => (await card()).photo_count === 1);
		assert.equal((await card()).first_photo_id, id);
		assert.equal((await robin.client.get(`${path}/files/${id}/content?variant=thumb`)).status, 200);
	});

	test('that lies on another host is left to that one', async () => {
		const elsewhere = await send(robin, photo, { host: 'elsewhere' });
		const here = await send(robin, photo);

		await settled(here);
		assert.equal((await jobOf(elsewhere.id)).attempt, 0);
		assert.deepEqual(await sql("SELECT key FROM hob.lease_jobs('image', 1, 60, 'another/3', 'elsewhere')"),
			[elsewhere.id]);
		await sql("DELETE FROM files WHERE id = :'id'; DELETE FROM jobs WHERE key = :'id'", elsewhere);
	});

	test('whose row is gone meanwhile leaves nothing behind', async () => {
		const file = await send(robin, slow);

		await atWork();
		await sql("DELETE FROM files WHERE id = :'id'", file);
		assert.deepEqual((await ended(file.id, 1, 60)).map(({ outcome }) => outcome), ['done']);
		await nothingLost();
	});

	test('is asked for again and again and done once', async () => {
		const file = await send(robin, photo);

		await settled(file);
		const before = await copiesOf(file);
		await sql("SELECT hob.add_job('image', :'id')", file);
		await ended(file.id, 2);
		assert.deepEqual(await copiesOf(file), before);
	});

	test('waits while the directory is away', async () => {
		renameSync(directory, `${directory}.away`);
		const rows = await hobJobs('pause', 'image').finally(() => renameSync(`${directory}.away`, directory));

		assert.equal(rows.code, 0);
		const file = await send(robin, photo);
		renameSync(directory, `${directory}.away`);
		try {
			await hobJobs('resume', 'image');
			const waits = await until('it has been tried', async () => {
				const job = await jobOf(file.id);
				return job?.state === 'waiting' && job.last_error !== null && job;
			});
			assert.match(waits.last_error, /is not there/);
			assert.equal(waits.tries, 0, 'no try is gone');
		} finally {
			renameSync(`${directory}.away`, directory);
		}
		await moveTime(file.id);
		assert.equal((await settled(file)).state, 'ready');
	});
});

// --- deaths ------------------------------------------------------------------------------------

describe('whoever dies', () => {
	const deaths = {
		'hob-image': async ({ helpers }) => process.kill(helpers[0], 'SIGKILL'),
		'who starts it': async ({ aide }) => process.kill(aide, 'SIGKILL'),
		'the runner': async () => (await runnerPids()).forEach((pid) => process.kill(pid, 'SIGKILL')),
	};

	for (const [who, kill] of Object.entries(deaths))
		test(`${who}: the file is done by another try`, async () => {
			const file = await send(robin, slow);
			const processes = await atWork();

			await kill(processes);
			await until('hob-image is gone, too',
				async () => !(await childrenOf(processes.aide)).includes(processes.helpers[0]));
			if (who === 'the runner')
				await moveTime(file.id);
			await pressed(file);
			assert.equal((await fileOf(file)).state, 'ready');
			assert.deepEqual((await historyOf(file.id)).map(({ attempt }) => attempt), [2]);
			await nothingLost();
		});

	test('of the file: the third time it is refused', async () => {
		const file = await send(robin, slow);

		for (let tries = 1; tries <= 3; tries += 1) {
			process.kill((await atWork()).helpers[0], 'SIGSEGV');
			if (tries < 3) {
				assert.match((await retried(file, tries)).last_error, /did not come to an end/);
				await moveTime(file.id);
			}
		}
		assert.deepEqual(await settled(file), { state: 'refused', reason: 'damaged' });
		await nothingLost();
	});

	test('at its limit of time: the third time it is refused', async () => {
		await restart({ 'files.image_time': '1s' });
		const mark = logMark(logPath);
		const file = await send(robin, { type: 'image/jpeg', bytes: manyScans(9000) });

		for (let tries = 1; tries < 3; tries += 1) {
			await retried(file, tries);
			await moveTime(file.id);
		}
		assert.deepEqual(await settled(file), { state: 'refused', reason: 'took_too_long' });
		await logged(mark, 'file_refused');
		await restart();
	});

	test('at random: all files are ready, and no row is without bytes', { timeout: 300000 }, async (t) => {
		const kinds = Object.values(deaths);
		const files = [];
		let killed = 0;
		let state = 11;
		const dice = (sides) => {
			state = Math.imul(state, 1664525) + 1013904223 >>> 0;
			return (state >>> 16) % sides;
		};

		await restart({ 'jobs.runners': 4 });
		// None is done before all are there, however slowly they come.
		await hobJobs('pause', 'image');
		for (let i = 0; i < 12; i += 1)
			files.push(await send(robin, i % 3 === 0 ? photo : slow));
		await hobJobs('resume', 'image');
		while (killed < 15 && (await sql("SELECT 1 FROM files WHERE state = 'processing'")).length > 0) {
			const processes = await imageProcesses();

			// Who is there no more has ended by itself.
			if (processes)
				await kinds[dice(kinds.length)](processes).then(() => { killed += 1; },
					() => undefined);
			await sql("UPDATE jobs SET run_at = now(), tries = 1 WHERE kind = 'image' AND run_at > now()");
		}
		for (const file of files) {
			await until(`${file.id} is settled`, async () => {
				await sql(`UPDATE jobs SET run_at = now(), tries = 1
					WHERE key = :'id' AND run_at > now()
					AND (leased_by IS NULL OR leased_at < now() - interval '20 seconds')`, file);
				return (await fileOf(file)).state !== 'processing';
			}, 120);
			assert.equal((await fileOf(file)).state, 'ready');
		}
		// What two did at once is taken back by the second.
		await until('nobody is at work',
			async () => (await sql("SELECT 1 FROM jobs WHERE kind = 'image'")).length === 0, 60);
		t.diagnostic(`${killed} killed; ${kept().length} keys`);
		assert.ok(killed > 5, `${killed} killed`);
		await nothingLost();
		await restart();
	});
});

describe('the processes', () => {
	test('are confined, and hob-image has nothing but its descriptors', async () => {
		const file = await send(robin, slow);
		const { aide, helpers: [helper] } = await atWork();
		const status = (pid, key) =>
			new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];

		await until('the filter of hob-image is closed', () => Number(status(helper, 'Seccomp_filters')) === 2);
		assert.deepEqual([aide, helper].map((pid) => [status(pid, 'Seccomp'), status(pid, 'NoNewPrivs')]),
			[['2', '1'], ['2', '1']]);
		assert.deepEqual(readdirSync(`/proc/${helper}/fd`).sort(), ['1', '2', '3', '4', '5'],
			'what was sent is read and closed');
		const limits = readFileSync(`/proc/${helper}/limits`, 'utf8');
		assert.match(limits, /Max cpu time +20 +21 /);
		assert.match(limits, /Max core file size +0 +0 /);
		assert.match(limits, /Max address space +1610612736 +1610612736 /);
		await settled(file, 60);
	});

	test('hob-jobs -t says whether hob-image can be run', async () => {
		const check = () => spawnSync(`${process.env.HOB_STATE}/bin/hob-jobs`,
			['-t', '-c', process.env.HOB_CONF], { encoding: 'utf8' });
		const where = `${process.env.HOB_STATE}/bin/hob-image`;

		assert.match(check().stdout + check().stderr, /hob-image/);
		renameSync(where, `${where}.away`);
		try {
			const { status, stdout, stderr } = check();
			assert.equal(status, 78);
			assert.match(stdout + stderr, /hob-image.*cannot be run/);
		} finally {
			renameSync(`${where}.away`, where);
		}
	});
});

test('a photo is ready soon after the doorbell', async (t) => {
	const ring = () => run('redis-cli', ['-s', setting('redis.address'), 'PUBLISH', 'hob:jobs', '']);
	const measured = async (one) => {
		const times = [];

		for (let i = 0; i < 7; i += 1) {
			const file = await send(robin, one);
			const began = performance.now();

			await ring();
			await settled(file);
			times.push(performance.now() - began);
		}
		return median(times);
	};

	configure({ 'jobs.poll': '60s' });
	await stack('restart', 'jobs');
	const small = await measured(photo);
	const large = await measured(item('a JPEG of 12 megapixels'));
	t.diagnostic(`0.3 megapixels: ${small.toFixed(0)} ms, 12 megapixels: ${large.toFixed(0)} ms`);
	// A machine that is busy with other suites has its share of this.
	assert.ok(small < 5000 && large < 10000, `${small} ${large}`);
});
