// machine.mjs: what processes used, from /proc. Groups are found anew each time, since
// workers come and go; what the dead used stays with their parent, so sums only grow.
import { readFileSync, readdirSync } from 'node:fs';

// USER_HZ is 100 on every Linux that Hob runs on.
const TICK_US = 10000;

function stat(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The name may hold spaces and brackets; fields are counted from behind it.
		const f = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);

		return { parent: f[1], own: (f[11] + f[12]) * TICK_US, reaped: (f[13] + f[14]) * TICK_US };
	} catch {
		return undefined;	// gone meanwhile
	}
}

export function children(pid) {
	return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
		.filter((child) => stat(child)?.parent === pid);
}

const own = (pid) => stat(pid)?.own ?? 0;
const reaped = (pid) => stat(pid)?.reaped ?? 0;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const offspring = (pid) => sum(children(pid).map(own)) + reaped(pid);

function busyOfAll() {
	const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'latin1')
		.split('\n')[0].split(/\s+/).map(Number);

	return (user + nice + system + irq + softirq) * TICK_US;
}

/** CPU µs used so far, by group. `pids`: nginx, master, yardstick, postgres. */
export function cpuSoFar(pids) {
	return {
		nginx: own(pids.nginx) + offspring(pids.nginx),
		workers: offspring(pids.master),
		master: own(pids.master),
		yardstick: offspring(pids.yardstick),
		postgres: own(pids.postgres) + offspring(pids.postgres),
		load: reaped(process.pid),
		all: busyOfAll(),
	};
}

export function difference(before, after) {
	return Object.fromEntries(Object.entries(after).map(([k, v]) => [k, v - before[k]]));
}

/** Proportional set size of each process in KiB; pages that are shared count in parts. */
export function pssKib(pids) {
	return pids.map((pid) =>
		Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))[1]));
}
