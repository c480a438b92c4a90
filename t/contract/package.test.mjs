// package.test.mjs: the TypeScript client as who installs it has it: built, installed as a folder,
// compiled against, and held to what its README says: retries that do nothing twice, and sync.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';

import { base } from '../api/support/client.mjs';
import { freshEmail } from '../api/support/people.mjs';
import { here, scratch, tool } from './tools.mjs';

const root = path.join(here, '../..');
const folder = path.join(root, 'build/clients/typescript');
const server = base.href.replace(/\/$/, '');
const now = async () => {};
let hob;

function run(name, args, cwd) {
	const { status, stdout, stderr } = spawnSync(name, args, { cwd, encoding: 'utf8' });

	assert.equal(status, 0, `${stdout}${stderr}`);
	return stdout;
}

before(async () => {
	run(path.join(root, 'scripts/client'), [], root);
	hob = await import(pathToFileURL(path.join(folder, 'dist/index.js')));
});

/** A person with a residence, and their client over `fetch`. */
async function person(more = {}) {
	let token;
	const client = hob.connect({ server, token: () => token, wait: now, ...more });
	const body = { email: freshEmail('package'), password: 'a lamp in the 3rd window' };

	token = (await hob.good(hob.register({ client, body }))).token;
	const residence = await hob.good(hob.createResidence({ client, body: { name: 'Hill House' } }));

	const connect = (patience) => hob.connect({ server, token: () => token, wait: now, ...patience });

	return { client, residence, connect };
}

test('it is packed with what its exports name, and nothing else', () => {
	const [{ files }] = JSON.parse(run('npm', ['pack', '--dry-run', '--json'], folder));
	const names = files.map((file) => file.path);

	for (const name of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'dist/generated/sdk.gen.js'])
		assert.ok(names.includes(name), name);
	assert.ok(names.every((name) => /^(dist\/.*\.(js|d\.ts)|LICENSE|README\.md|package\.json)$/.test(name)));
});

test('a strict program compiles against it and runs', async (t) => {
	const app = scratch(t);

	writeFileSync(path.join(app, 'package.json'), '{"type": "module"}');
	run('npm', ['install', '--offline', '--no-audit', '--no-fund', folder], app);
	assert.ok(existsSync(path.join(app, 'node_modules/hob-client/dist/index.d.ts')));
	copyFileSync(path.join(here, 'package.ts'), path.join(app, 'package.ts'));
	writeFileSync(path.join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: {
		strict: true, noUncheckedIndexedAccess: true, target: 'ES2022', lib: ['ES2022', 'DOM', 'DOM.Iterable'],
		module: 'nodenext', moduleResolution: 'nodenext', typeRoots: [path.join(here, 'node_modules/@types')],
		types: ['node'] }, files: ['package.ts'] }));
	for (const [name, args] of [['tsc', ['-p', app]],
		[path.join(app, 'package.js'), [server, freshEmail('packed')]]]) {
		const { status, output } = await tool(name, args, app);

		assert.equal(status, 0, output);
	}
});

describe('a request is sent again', () => {
	/** fetch, but the answers of the first sends are lost, or are `other`. */
	function losing(count, other = () => { throw new TypeError('fetch failed'); }) {
		const seen = [];
		const send = async (request, init) => {
			seen.push(request.headers.get('Idempotency-Key'));
			const answer = await fetch(request, init);

			return seen.length <= count ? other(answer) : answer;
		};

		return { seen, send };
	}

	test('with the same key, and is done once', async () => {
		const { residence, connect, client } = await person();
		const { seen, send } = losing(2);
		const body = { residence_id: residence.id, title: 'Sweep the chimney' };

		await hob.good(hob.createTask({ client: connect({ fetch: send }), body }));
		assert.equal(seen.length, 3);
		assert.equal(new Set(seen).size, 1);
		assert.ok(seen[0]);
		assert.equal((await hob.good(hob.listTasks({ client }))).results.length, 1);
	});

	test('after as many seconds as it is told', async () => {
		const { connect } = await person();
		const waited = [];
		const { send } = losing(1, () => new Response('{}', { status: 503, headers: { 'Retry-After': '7' } }));
		const wait = async (ms) => { waited.push(ms); };

		await hob.good(hob.getMe({ client: connect({ fetch: send, wait }) }));
		assert.deepEqual(waited, [7000]);
	});

	test('but not when it is refused, nor for ever', async () => {
		const { connect } = await person();
		const { seen, send } = losing(9);

		await assert.rejects(hob.good(hob.getMe({ client: connect({ fetch: send }) })),
			(error) => error instanceof hob.HobError && error.problem === undefined);
		assert.equal(seen.length, 4);
		const refused = losing(0);
		await assert.rejects(hob.good(hob.createTask({ client: connect({ fetch: refused.send }), body: {} })),
			(error) => error instanceof hob.HobError && error.problem.code === 'validation_error');
		assert.equal(refused.seen.length, 1);
	});
});

describe('sync', () => {
	test('brings a copy up to date, page by page, and forgets what is gone', async () => {
		const { client, residence } = await person();
		const copy = new hob.MemoryCopy();
		const body = (title) => ({ residence_id: residence.id, title });
		const task = await hob.good(hob.createTask({ client, body: body('Sweep the chimney') }));

		await hob.sync(client, copy);
		assert.deepEqual(copy.all('tasks').map(({ title }) => title), ['Sweep the chimney']);
		await hob.good(hob.deleteTask({ client, path: { task_id: task.id } }));
		await hob.good(hob.createTask({ client, body: body('Oil the hinges') }));
		await hob.sync(client, copy);
		assert.deepEqual(copy.all('tasks').map(({ title }) => title), ['Oil the hinges']);
		await hob.good(hob.deleteResidence({ client, path: { residence_id: residence.id } }));
		await hob.sync(client, copy);
		assert.deepEqual([copy.all('tasks'), copy.all('residences'), copy.all('members')], [[], [], []]);
	});

	test('begins anew when the token is no longer good', async () => {
		const { client } = await person();
		const copy = new hob.MemoryCopy();

		await copy.apply({ residences: { upserted: [{ id: 'old' }], deleted: [] } }, 'forged');
		await hob.sync(client, copy);
		assert.deepEqual(copy.all('residences').map(({ name }) => name), ['Hill House']);
	});
});

test('ids sort by when they were made', () => {
	const ids = [0, 1, 1_800_000_000_000, 2 ** 47].map((at) => hob.uuidv7(at));

	assert.deepEqual([...ids].sort(), ids);
	for (const id of ids)
		assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
