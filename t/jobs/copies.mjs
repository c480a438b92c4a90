// copies.mjs: files as rows and bytes of a test's own, in a directory and in a bucket, real ones, and what has become
// of them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, beforeEach } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { asOwner, configure, confPath, setting, stack, state } from '../fault/support.mjs';
import { openBucket, settingsOf } from './bucket.mjs';
import { newKey } from './support.mjs';

export const dir = setting('files.dir');
export const owner = statSync(state);
export let bucket;
let person;
export let home;

/** The settings, with the bucket; not yet read by anybody. */
export const useBucket = (changes = {}) => configure({ ...settingsOf(bucket), 'files.s3_timeout': '1s',
	'jobs.poll': '50ms', 'jobs.rest': '1s', ...changes });

/** For the whole of a test file: both stores, empty for each test, a home, and hob-jobs that knows them. */
export function useStores() {
	before(async () => {
		bucket = await openBucket();
		person = await signUp();
		home = await newResidence(person);
		useBucket();
		await stack('restart', 'jobs');
	});
	after(async () => {
		await sql('DELETE FROM files; DELETE FROM file_leavings');
		configure();
		await bucket.close();
		await stack('up');
	});
	beforeEach(async () => {
		bucket.well();
		useBucket();
		await sql('DELETE FROM files; DELETE FROM file_leavings; DELETE FROM file_walks');
		for (const key of bucket.keys())
			rmSync(bucket.pathOf(key));
		for (const folder of readdirSync(dir).filter((name) => /^[0-9a-f]{2}$/.test(name)))
			rmSync(`${dir}/${folder}`, { recursive: true });
	});
}

// --- files and what is there of them ---------------------------------------------------------

export const keyOf = () => randomBytes(16).toString('hex').replace(/^(..)(..)/, '$1/$2/');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export function putFile(key, bytes) {
	const path = `${dir}/${key}`;

	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, bytes);
	for (const one of [path, dirname(path), dirname(dirname(path))])
		chownSync(one, owner.uid, owner.gid);
}

export const inDirectory = () => readdirSync(dir, { recursive: true })
	.filter((name) => /^..\/..\/.{28}$/.test(name)).sort();

/** A copy with its file, and its bytes in the store that it names: { id, key, bytes }. */
export async function addCopy({ variant = 'main', store = 'directory', host = null, bytes = randomBytes(2000) } = {}) {
	const [id, key] = [randomUUID(), keyOf()];

	if (store === 'directory') {
		putFile(key, bytes);
	} else {
		mkdirSync(dirname(bucket.pathOf(key)), { recursive: true });
		writeFileSync(bucket.pathOf(key), bytes);
	}
	await sql(`INSERT INTO files (id, residence_id, uploaded_by, purpose, media_type, bytes, sha256, state)
		VALUES (:'id', :'home', :'user', 'residence', 'image/webp', :bytes, decode(:'hash', 'hex'), 'ready');
		INSERT INTO file_copies (file_id, variant, key, store, host, media_type, bytes, sha256)
		VALUES (:'id', :'variant', :'key', :'store', nullif(:'host', ''), 'image/webp', :bytes,
			decode(:'hash', 'hex'))`,
	{ id, home: home.id, user: person.user.id, bytes: bytes.length, hash: sha256(bytes), variant, key, store,
		host: host ?? '' });
	return { id, key, bytes };
}

export const addCopies = async (count, how) => {
	const copies = [];

	for (let i = 0; i < count; i += 1)
		copies.push(await addCopy(how));
	return copies;
};

export const rowOf = async ({ id }) => JSON.parse((await sql(`SELECT json_build_object('key', key, 'store', store,
	'host', host) FROM file_copies WHERE file_id = :'id'`, { id }))[0]);
export const sweepJob = async () => {
	const key = newKey();

	await sql("SELECT hob.add_job('file_sweep', :'key')", { key });
	return key;
};
export const leavings = async () => (await sql('SELECT key FROM file_leavings ORDER BY key'));

/** `hob files` with these words: a child that has `ended`, { code, stdout, stderr }. */
export function start(words, options = asOwner) {
	const child = spawn(`${state}/bin/hob`, ['-c', confPath, 'files', ...words],
		{ ...options, stdio: ['ignore', 'pipe', 'pipe'] });
	const said = { stdout: '', stderr: '' };

	for (const name of ['stdout', 'stderr'])
		child[name].on('data', (chunk) => { said[name] += chunk; });
	child.ended = new Promise((resolve) => { child.on('close', (code) => resolve({ code, ...said })); });
	return child;
}
export const hobFiles = (...words) => start(words).ended;

export const expectCode = async (call, code) => {
	const done = await call;

	assert.equal(done.code, code, done.stdout + done.stderr);
	return done;
};

/** A sweep, as if a quarter of an hour had passed for what is left. */
export async function swept() {
	await sql("UPDATE file_leavings SET since = since - interval '15 minutes'");
	return expectCode(hobFiles('sweep'), 0);
}

/** The bytes at this path are so old. */
export const age = (path, hours) => utimesSync(path, new Date(), new Date(Date.now() - hours * 3_600_000));
