// tools.mjs: the programs of node_modules, run as a developer would.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const committedPath = path.join(here, '../../doc/openapi.json');

/** Runs one with arguments; resolves to { status, output }. None of them calls home. */
export function tool(name, args, cwd = here) {
	const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
	const bin = path.isAbsolute(name) ? name : path.join(here, 'node_modules/.bin', name);

	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [bin, ...args], { cwd, env });
		let output = '';

		child.stdout.on('data', (data) => { output += data; });
		child.stderr.on('data', (data) => { output += data; });
		child.on('error', reject);
		child.on('close', (status) => resolve({ status, output }));
	});
}

/** A folder that goes when the test does. */
export function scratch(t) {
	const folder = mkdtempSync(path.join(tmpdir(), 'hob-contract.'));

	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A document as a file of its own. */
export function written(t, document) {
	const file = path.join(scratch(t), 'openapi.json');

	writeFileSync(file, JSON.stringify(document));
	return file;
}
