// client.test.mjs: a client's first day, lived twice: as an Arazzo workflow that redocly runs
// and checks, and by a TypeScript client generated from the document.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { base } from '../api/support/client.mjs';
import { freshEmail } from '../api/support/people.mjs';
import { committedPath, here, scratch, tool } from './tools.mjs';

const server = base.href.replace(/\/$/, '');

async function succeeds(name, args, cwd) {
	const { status, output } = await tool(name, args, cwd);

	assert.equal(status, 0, output);
	return output;
}

test('redocly lives it, and every answer is as documented', async () => {
	const output = await succeeds('redocly', ['respect', 'story.arazzo.yaml',
		'--input', `email=${freshEmail('arazzo')}`, '--server', `hob=${server}`]);

	assert.match(output, /1 passed, 1 total/);
});

const STRICT = {
	strict: true, noUncheckedIndexedAccess: true, noEmitOnError: true, target: 'ES2022',
	lib: ['ES2022', 'DOM', 'DOM.Iterable'], module: 'commonjs', moduleResolution: 'node10', types: ['node'],
	typeRoots: [path.join(here, 'node_modules/@types')], outDir: 'js',
};

test('a generated TypeScript client lives it', async (t) => {
	const folder = scratch(t);

	await succeeds('openapi-ts', ['-i', committedPath, '-o', path.join(folder, 'client'), '-c',
		'@hey-api/client-fetch', '--silent', '--no-log-file']);
	copyFileSync(path.join(here, 'story.ts'), path.join(folder, 'story.ts'));
	writeFileSync(path.join(folder, 'tsconfig.json'),
		JSON.stringify({ compilerOptions: STRICT, files: ['story.ts'] }));
	await succeeds('tsc', ['-p', folder]);
	await succeeds(path.join(folder, 'js/story.js'), [server, freshEmail('typed')], folder);
});
