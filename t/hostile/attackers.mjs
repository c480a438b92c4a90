// attackers.mjs: a process of attackers, started by hostile.test.mjs with `world` as its only message.
// Asked to stop, it tells what each kind was answered: { kind: { sent, statuses, wrong: [...] } }.
//
// Attackers have machines of their own. Here they share the processors with the servers, so they
// are nice, and draw breath between two requests.
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { ATTACKS } from './attacks.mjs';

const PAUSE_MS = 4;
const WRONG_MAX = 3;
const report = {};
let going = true;

/** What no caller may be answered, however hostile: null when it may. */
function wrong({ status, headers, text }) {
	if (status < 500)
		return null;
	if (status === 503 && headers['retry-after'] && /^{.*"code":"try_later"/.test(text))
		return null;
	return `${status} ${text.slice(0, 200)}`;
}

async function attack(name, kind, n, { act }, world) {
	const mine = report[name];

	while (going) {
		let fault = null;

		mine.sent += 1;
		try {
			const res = await act(kind, n, { victim: world.victim, crook: world.crooks[kind] });

			mine.statuses[res.status] = (mine.statuses[res.status] ?? 0) + 1;
			fault = wrong(res);
		} catch (why) {
			// A body that is refused before it is read: the connection may be closed under it.
			const status = why.code ?? why.message;
			mine.statuses[status] = (mine.statuses[status] ?? 0) + 1;
		}
		if (fault !== null && mine.wrong.length < WRONG_MAX)
			mine.wrong.push(fault);
		await sleep(PAUSE_MS);
	}
}

setPriority(19);
process.once('message', async (world) => {
	const all = Object.entries(ATTACKS).flatMap(([name, row], kind) => {
		report[name] = { sent: 0, statuses: {}, wrong: [] };
		return Array.from({ length: row.count }, (_, n) => attack(name, kind, n, row, world));
	});

	process.once('message', () => { going = false; });
	await Promise.all(all);
	process.send(report, () => process.exit(0));
});
