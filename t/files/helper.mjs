// helper.mjs: hob-image as the aide of hob-jobs starts it, for one file.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const build = process.env.HOB_BUILD
	?? fileURLToPath(new URL(`../../build/${process.env.MODE ?? 'release'}`, import.meta.url));
export const VARIANTS = ['main', 'display', 'thumb'];
// Sanitizers want all the addresses there are.
const MEMORY = build.endsWith('/asan') ? 0 : 1536 * 1024 * 1024;

/** Its end: { code, signal, said, ms, copies }, where copies are paths by variant. */
export async function runHelper(folder, name, { type, bytes }, { pixels = 100e6, memory = MEMORY, seconds = 20 } = {}) {
	const path = (what) => `${folder}/${name}.${what}`;

	writeFileSync(path('sent'), bytes);
	const fds = [openSync(path('sent'), 'r'), ...VARIANTS.map((variant) => openSync(path(variant), 'w+'))];
	const began = performance.now();
	const child = spawn(`${build}/hob-image`, [type, pixels, memory, seconds].map(String),
		{ stdio: [fds[0], 'pipe', 'pipe', ...fds.slice(1)], env: { MALLOC_ARENA_MAX: '1' },
			timeout: (seconds + 10) * 1000,
			killSignal: 'SIGKILL' });
	let said = '';
	let why = '';

	child.stdout.on('data', (part) => { said += part; });
	child.stderr.on('data', (part) => { why += part; });
	const [code, signal] = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (...end) => resolve(end));
	});
	fds.forEach((fd) => closeSync(fd));
	return { code, signal, said, why, ms: performance.now() - began, path,
		read: (what) => readFileSync(path(what)) };
}
