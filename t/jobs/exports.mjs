// exports.mjs: copies of all that an account may read, as an app asks for them and somebody else's program reads them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { setting, state, until } from '../fault/support.mjs';
import { ended, newKey, secret } from './support.mjs';

export const SITE = 'https://hob.example.org';
export const folder = `${setting('files.dir')}/exports`;
export const files = () => (existsSync(folder) ? readdirSync(folder) : []);

export const ask = async (person) => expectOk(await person.client.post('/api/auth/export'), 202);
export const show = async (person, { id }) => expectOk(await person.client.get(`/api/auth/export/${id}`));
export const isReady = (person, asked) => until('the copy is there', async () => {
	const found = await show(person, asked);

	if (found.state !== 'ready')
		return false;
	secret(found.path.split('.').at(-1));
	return found;
}, 20);
export const exported = async (person) => isReady(person, await ask(person));

/** The files in the one of this path: { name: bytes }, by somebody else's program. */
async function filesIn(path) {
	const zip = `${state}/export.zip`;
	const reply = await nobody.get(path);
	const utf8 = { env: { ...process.env, LC_ALL: 'C.UTF-8' }, maxBuffer: 1 << 28 };

	assert.equal(reply.status, 200, reply.text);
	writeFileSync(zip, reply.bytes);
	execFileSync('unzip', ['-tqq', zip]);
	const names = execFileSync('unzip', ['-Z1', zip], utf8).toString().trim().split('\n');

	return Object.fromEntries(names.map((name) => [name, execFileSync('unzip', ['-p', zip, name], utf8)]));
}

export const filesOf = async (person) => filesIn((await exported(person)).path);
/** What its lists and objects are: { name: value }. */
export const copyOf = async (person) => Object.fromEntries(Object.entries(await filesOf(person))
	.filter(([name]) => name.endsWith('.json'))
	.map(([name, bytes]) => [name.slice(0, -'.json'.length), JSON.parse(bytes)]));

export async function sweep() {
	const key = newKey();

	await sql("SELECT hob.add_job('export_sweep', :'key')", { key });
	await ended(key);
}
