// nginx.mjs: the copy of nginx's configuration that a stack has, changed for a test. `stack up` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';

import { dropIdle, nobody } from '../api/support/client.mjs';
import { isAlive, setting, state, until } from './support.mjs';

export const nginxDir = `${state}/nginx`;

export function nginxWorkers() {
	const master = Number(readFileSync(`${setting('api.run_dir')}/nginx.pid`, 'utf8'));

	return readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
}

/** nginx with its configuration `file` as `change` makes it, and nobody with the former one is left. */
export async function reconfigure(file, change) {
	const path = `${nginxDir}/${file}`;
	const mark = `/mark-${Date.now()}`;
	const former = nginxWorkers();

	writeFileSync(path, change(readFileSync(path, 'utf8')));
	writeFileSync(`${nginxDir}/site.conf`, readFileSync(`${nginxDir}/site.conf`, 'utf8')
		.replace('\tlocation / {', `\tlocation = ${mark} { return 204; }\n$&`));
	process.kill(Number(readFileSync(`${setting('api.run_dir')}/nginx.pid`, 'utf8')), 'SIGHUP');
	await until('nginx has its new configuration', async () =>
		(await nobody.get(mark, { headers: { Connection: 'close' }, agent: false })).status === 204);
	await until('nobody has the former one', () => !former.some(isAlive));
	dropIdle();
}
