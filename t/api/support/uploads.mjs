// uploads.mjs: files as phones send them, and where their bytes are.
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync,
	rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

import { Upload } from './client.mjs';
import { sql } from './db.mjs';
import { expectOk } from './expect.mjs';
import { newId } from './people.mjs';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function crcOf(bytes) {
	if (crc32)
		return crc32(bytes);
	let crc = ~0;

	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type), data]);
	const frame = Buffer.alloc(8);

	frame.writeUInt32BE(data.length);
	frame.writeUInt32BE(crcOf(body), 4);
	return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A picture of one colour that no other has; with at least `size` bytes, in a chunk of random ones. */
export function png(size = 0) {
	const head = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
	const row = Buffer.concat([Buffer.alloc(1), randomBytes(6)]);

	return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head),
		...(size > 0 ? [chunk('hoBx', randomBytes(size))] : []),
		chunk('IDAT', deflateSync(Buffer.concat([row, row]))), chunk('IEND', Buffer.alloc(0))]);
}

/** multipart/form-data of [name, bytes] pairs, as browsers write it. */
export function form(files, boundary = `hob-${newId()}`) {
	const parts = files.flatMap(([name, bytes]) => [
		Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n`
			+ 'Content-Type: application/octet-stream\r\n\r\n'), Buffer.from(bytes), Buffer.from('\r\n')]);

	return new Upload(Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
		`multipart/form-data; boundary=${boundary}`);
}

/** A picture that `person` has sent: the answer. */
export async function sent(person, bytes = png(), name = 'photo.png') {
	return expectOk(await person.client.post('/api/uploads', new Upload(bytes, 'image/png', name)), 201);
}

// --- on the disk ---------------------------------------------------------------------------

export const filesDir = () => readFileSync(process.env.HOB_CONF, 'utf8').split('\n')
	.findLast((line) => line.startsWith('files.dir = ')).slice('files.dir = '.length);

/** The keys of all files that are there. */
export function keysThere() {
	const dir = filesDir();

	return readdirSync(dir).filter((name) => /^[0-9a-z]{2}$/.test(name)).flatMap((one) =>
		readdirSync(join(dir, one)).flatMap((two) =>
			readdirSync(join(dir, one, two)).map((name) => `${one}/${two}/${name}`))).sort();
}

/** No file is left of other suites, which made rows without bytes, and bytes without rows. */
export async function beginAnew() {
	await sql('DELETE FROM files; DELETE FROM file_leavings');
	keysThere().forEach((key) => rmSync(join(filesDir(), key)));
}

/** The keys that rows know of, without those of bytes that are to go. */
export const keysKnown = async () => (await sql('SELECT key FROM file_copies')).sort();
/** And of those whose bytes have to be there: tests made rows of none. */
export const keysWithBytes = async () => (await sql("SELECT key FROM file_copies WHERE sha256 <> ''")).sort();

/** Bytes under a key that follows from an id, as hob-image would have put them there: the key. */
export function putBytes(id, bytes = 'all') {
	const key = `${id.slice(0, 2)}/${id.slice(2, 4)}/${id.replaceAll('-', '')}`;
	const { uid, gid } = statSync(filesDir());
	let path = filesDir();

	for (const part of key.split('/')) {
		path = join(path, part);
		if (existsSync(path))
			continue;
		if (key.endsWith(part))
			writeFileSync(path, bytes);
		else
			mkdirSync(path);
		chownSync(path, uid, gid);
	}
	return key;
}

export const bytesOf = (key) => readFileSync(join(filesDir(), key));
export const isThere = (key) => existsSync(join(filesDir(), key));

// --- hob-image's part ------------------------------------------------------------------------

/** Until `cleaning` is called no job does anything with what is sent, or deleted: tests say what becomes of it. */
export const notCleaning = () => sql(`UPDATE job_kinds SET paused = true WHERE kind IN ('image', 'file_sweep');
	UPDATE settings SET value = -1 WHERE name = 'limit.processing_files'`);
export const cleaning = () => sql(`UPDATE job_kinds SET paused = false WHERE kind IN ('image', 'file_sweep');
	UPDATE settings SET value = 20 WHERE name = 'limit.processing_files'`);

/** As if a file had been found clean: its bytes are the main ones. */
export async function makeReady(id) {
	await sql(`DELETE FROM jobs WHERE kind = 'image' AND key = :'id'`, { id });
	const [key] = await sql(`UPDATE file_copies SET variant = 'main' WHERE file_id = :'id' AND variant = 'sent'
		RETURNING key`, { id });

	await sql(`UPDATE files SET state = 'ready'
		 WHERE id = :'id' AND set_config('hob.user_id', uploaded_by::text, true) <> ''`, { id });
	return key;
}

export const refuse = (id, reason) =>
	sql("UPDATE files SET state = 'refused', reason = :'reason' WHERE id = :'id'", { id, reason });
