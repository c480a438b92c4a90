// migrations.mjs: a `hob` of this tree that knows more migrations than ours, as the next version of
// Hob will; what is seen of it while it runs; and databases for it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Session } from '../api/support/db.mjs';
import { programs } from '../api/support/workers.mjs';
import { psql, state, superuser, until, urlOf } from './support.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The newest migration of this tree. */
export const ours = readdirSync(`${root}/sql/migrations`).length;

/** The head of a migration that today's programs may serve with. */
export const GOOD = `-- Good for the programs of today.\n-- good for: ${ours}\n`;

/** A file of sql/functions. */
export const functionsOf = (name) => readFileSync(`${root}/sql/functions/${name}.sql`, 'utf8');

// A card gets a column at its end: the column, the file of functions with it, and all of it and the way
// back as SQL.
const DROP_CARDS = 'DROP FUNCTION IF EXISTS hob.task_card(tasks, uuid[], text[], bool), hob.task_shown(tasks);\n';
export const COLOUR = 'ALTER TABLE tasks ADD COLUMN IF NOT EXISTS colour text;\n';
export const TASKS_WITH_COLOUR = functionsOf('tasks').replace('\nCREATE OR', `\n${DROP_CARDS}CREATE OR`)
	.replaceAll('version int', 'version int, colour text')
	.replace('t.version\n$$', () => 't.version, t.colour\n$$');
export const CARD_GETS_COLOUR = `BEGIN; ${COLOUR}${TASKS_WITH_COLOUR}COMMIT`;
export const CARD_LOSES_COLOUR = `BEGIN; ${DROP_CARDS}${functionsOf('tasks')}
	UPDATE hob.functions SET sha256 = '' WHERE name = 'tasks';
	ALTER TABLE tasks DROP COLUMN IF EXISTS colour; COMMIT`;

let count = 0;

/**
 * Builds a hob with these migrations behind ours, each the text of a file. Resolves to the path of
 * the program; rejects with what scripts/sqlgen says against them.
 */
export const hobWith = (folder, ...texts) => hobOf(folder, texts, {});

/** The same, with other files of sql/functions: texts by name. */
export async function hobOf(folder, texts, functions) {
	const tree = `${folder.path}/tree${count += 1}`;

	for (const part of ['sql', 'seed', 'scripts'])
		cpSync(`${root}/${part}`, `${tree}/${part}`, { recursive: true });
	texts.forEach((text, i) => writeFileSync(
		`${tree}/sql/migrations/${String(ours + 1 + i).padStart(4, '0')}_of_tomorrow.sql`, text));
	for (const [name, text] of Object.entries(functions))
		writeFileSync(`${tree}/sql/functions/${name}.sql`, text);
	mkdirSync(`${tree}/out`);
	await run(`${tree}/scripts/sqlgen`, [`${tree}/out`]);
	await run('make',
		['-s', '-C', root, `MODE=${path.basename(programs)}`, 'WERROR=1', 'hob-with', `SCHEMA=${tree}/out`]);
	return `${tree}/out/hob`;
}

/** `hob migrate` of `program`; see command. */
export function migrate(program, url, ...words) {
	return command(program, url, 'migrate', ...words);
}

/**
 * A command of `program`, a hob, on the database at `url`: { pid, ended (resolves to { code, said }),
 * says (resolves once it has written something like `pattern`) }.
 */
export function command(program, url, ...words) {
	const child = spawn(program, words,
		{ env: { ...process.env, HOB_DB_OWNER_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	child.stdout.on('data', (chunk) => { said += chunk; });
	child.stderr.on('data', (chunk) => { said += chunk; });
	const ended = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, said }));
	});

	return {
		pid: child.pid,
		ended,
		says: (pattern, seconds) => until(`hob ${words[0]} says ${pattern}`, () => {
			if (pattern.test(said))
				return true;
			if (child.exitCode !== null)
				throw new Error(`hob ${words[0]} ended: ${said}`);
			return false;
		}, seconds),
	};
}

/**
 * A database of its own: { url, owner (resolves to what SQL of its owner yields), version, begun (of its
 * migrations), holding (a transaction of psql that holds `text` done), fresh (made anew, with the schema
 * of this tree), drop }.
 */
export function databaseOf(name) {
	const url = urlOf('hob_owner', name);
	const owner = async (text) => (await psql(url, text)).stdout.trim();
	const drop = `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`;

	return {
		url,
		owner,
		version: () => owner('SELECT max(number) FROM hob.migrations WHERE applied_at IS NOT NULL'),
		begun: () => owner('SELECT count(*) FROM hob.migrations WHERE applied_at IS NULL'),
		holding: async (t, text) => {
			const session = new Session(url);
			t.after(() => session.end());
			await session.run(`BEGIN; ${text}`);
			return session;
		},
		fresh: async () => {
			await superuser(drop, `CREATE DATABASE ${name} OWNER hob_owner`);
			const { code, said } = await migrate(`${state}/bin/hob`, url).ended;
			assert.equal(code, 0, said);
		},
		drop: () => superuser(drop),
	};
}
