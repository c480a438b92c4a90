// files.mjs: files as an upload leaves them, by SQL, and what has become of them.
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

import { sql } from '../api/support/db.mjs';
import { newId } from '../api/support/people.mjs';
import { beginAnew } from '../api/support/uploads.mjs';
import { asOwner, setting, until } from '../fault/support.mjs';
import { childPids, hobJobs, runnerPids } from './support.mjs';

const run = promisify(execFile);

export const directory = setting('files.dir');
export const HERE = hostname();
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function newKey() {
	const hex = randomBytes(16).toString('hex');

	return `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}`;
}

/** Bytes below files.dir, as their owner. */
function put(key, bytes) {
	execFileSync('sh', ['-c', 'mkdir -p "${0%/*}" && cat >"$0"', `${directory}/${key}`],
		{ ...asOwner, input: bytes });
}

/** Sends a file: { id, key }. Its job is added by the statement that makes the rows; nobody rings. */
export async function send(person, { type, bytes }, { host = HERE, home } = {}) {
	const id = newId();
	const key = newKey();

	put(key, bytes);
	await sql(`WITH f AS (INSERT INTO files (id, residence_id, purpose, uploaded_by, media_type, bytes, sha256)
			VALUES (:'id', NULLIF(:'home', '')::uuid, :'purpose', :'who', :'type', :bytes,
				decode(:'sha', 'hex')) RETURNING id),
		c AS (INSERT INTO file_copies (file_id, variant, key, store, host, media_type, bytes, sha256)
			SELECT id, 'sent', :'key', 'directory', :'host', :'type', :bytes, decode(:'sha', 'hex') FROM f
			RETURNING file_id)
		SELECT hob.add_job('image', file_id::text, now(), jsonb_build_object('on_host', :'host')) FROM c`,
	{ id, key, home: home?.id ?? '', purpose: home ? 'residence' : 'staged', who: person.user.id, type,
		bytes: bytes.length, sha: sha256(bytes), host });
	return { id, key };
}

/** { state, reason }, or undefined. */
export async function fileOf({ id }) {
	const [line] = await sql(`SELECT json_build_object('state', state, 'reason', reason)
		FROM files WHERE id = :'id'`, { id });

	return line && JSON.parse(line);
}

export const settled = (file, seconds = 30) => until(`${file.id} is settled`, async () => {
	const found = await fileOf(file);

	return found?.state !== 'processing' && found;
}, seconds);

/** Of all variants: { main: { key, media_type, width, height, ..., whole } }; whole: its bytes are as the row says. */
export async function copiesOf({ id }, read = (key) => readFileSync(`${directory}/${key}`)) {
	const rows = (await sql(`SELECT json_build_object('variant', variant, 'key', key, 'store', store,
			'media_type', media_type,
			'bytes', bytes, 'sha256', encode(sha256, 'hex'), 'width', width, 'height', height, 'host', host)
		FROM file_copies WHERE file_id = :'id' ORDER BY variant`, { id })).map((line) => JSON.parse(line));

	return Object.fromEntries(rows.map(({ variant, sha256: sha, ...row }) => {
		const bytes = read(row.key);
		return [variant, { ...row, content: bytes,
			whole: bytes.length === row.bytes && sha256(bytes) === sha }];
	}));
}

/** What was sent is removed, and nothing waits for a sweep. */
export const gone = ({ key }) => until(`${key} is gone`, async () => !existsSync(`${directory}/${key}`)
	&& (await sql("SELECT 1 FROM file_leavings WHERE key = :'key'", { key })).length === 0);

/** For a test file: it begins with no file of another, and no sweep comes before it has looked, until `sweeping`. */
export async function notSweeping() {
	await hobJobs('pause', 'file_sweep');
	await beginAnew();
}
export const sweeping = () => hobJobs('resume', 'file_sweep');

/** Keys of all bytes below files.dir. */
export const kept = () => readdirSync(directory, { recursive: true }).filter((name) =>
	/^..\/..\/[0-9a-f]{28}$/.test(name)).sort();

/** Those that rows name, or that are to be removed. */
export const named = () => sql('SELECT key FROM file_copies UNION SELECT key FROM file_leavings ORDER BY 1');

// --- hob-image -------------------------------------------------------------------------------

const nameOf = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0];
export const childrenOf = async (pid) => (await run('ps', ['-o', 'pid=', '--ppid', String(pid)])
	.catch(() => ({ stdout: '' }))).stdout.split(/\s+/).filter(Boolean).map(Number);

/** { aide, helpers }: who starts hob-image, and those that run. */
export async function imageProcesses() {
	const runners = await runnerPids();
	const aides = (await childPids()).filter((pid) => !runners.includes(pid));

	for (const aide of aides) {
		const helpers = (await childrenOf(aide)).filter((pid) => {
			try {
				return nameOf(pid) === 'hob-image';
			} catch {
				return false;
			}
		});
		if (helpers.length > 0)
			return { aide, helpers };
	}
	return undefined;
}

/** The same, once there are `count` of them. */
export const atWork = (count = 1) => until('hob-image is at work', async () => {
	const found = await imageProcesses();

	return found?.helpers.length >= count && found;
});
