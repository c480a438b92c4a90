// report.mjs: from samples to medians, ratios and goals, and from those to a table.
import { cpus, release } from 'node:os';

const GROUPS = ['nginx', 'workers', 'master', 'postgres', 'load'];

function spread(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = sorted.length >> 1;

	return {
		median: sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
		min: sorted[0], max: sorted.at(-1),
	};
}

// CPU µs per request; the yardstick's processes count as its workers.
function cpuPerRequest(samples) {
	const of = (r, group) => r.cpu[group] + (group === 'workers' ? r.cpu.yardstick : 0);

	return Object.fromEntries(GROUPS.map((group) =>
		[group, spread(samples.map((r) => of(r, group) / r.count)).median]));
}

// All CPU µs of a request, the client's too: on a full machine rates are 1 ÷ this, and it
// holds when somebody else uses the machine as well.
const cost = (r) => Object.entries(r.cpu)
	.reduce((total, [group, us]) => total + (group === 'all' ? 0 : us), 0) / r.count;

function oneCandidate(c, samples, all) {
	const mine = samples.map((round) => round[c.name]);
	const ceiling = all.find((other) => other.of === c.name)?.name;
	const against = (name) => ({
		...spread(samples.map((round) => round[c.name].rate / round[name].rate)),
		by_cpu: spread(samples.map((round) => cost(round[name]) / cost(round[c.name]))).median,
	});
	const result = { say: c.say, rate: spread(mine.map((r) => r.rate)), cpu_us: cpuPerRequest(mine) };

	if (c.kind === 'wrk') {
		result.ratio = against('plain');
		if (samples[0].livez)
			result.hello = against('livez');
		result.cached = Object.fromEntries(['callers', 'answers'].map((what) =>
			[what, spread(mine.map((r) => r.cached[what]).filter(Number.isFinite)).median]));
		result.p50_us = spread(mine.map((r) => r.p50_us)).median;
		result.p99_us = spread(mine.map((r) => r.p99_us)).median;
	}
	if (ceiling)
		result.share = against(ceiling);
	result.failed = mine.reduce((n, r) => n + r.failed, 0);
	return result;
}

function memoryOf(kib) {
	const mib = kib.map((n) => n / 1024);

	return { mean: mib.reduce((a, b) => a + b, 0) / mib.length, max: Math.max(...mib) };
}

function judge(goal, results) {
	const [what, name] = goal.of;
	const got = what === 'memory' ? results.memory_mib.loaded.max
		: results.candidates[name]?.[what]?.median;

	const by_cpu = results.candidates[name]?.[what]?.by_cpu;

	return { say: goal.say, least: goal.least, most: goal.most, got, by_cpu,
		met: got === undefined ? undefined : !(got < goal.least || got > goal.most) };
}

/** Everything that goes into the file. */
export function summary({ candidates, samples, memory, goals, pool, ...settings }) {
	const results = {
		measured_at: new Date().toISOString(),
		machine: { cpus: cpus().length, model: cpus()[0].model, kernel: release() },
		settings: { ...settings, rounds: samples.length },
		others_cores: spread(samples.flatMap((round) => Object.values(round).map((r) => r.others))),
		candidates: Object.fromEntries(candidates.map((c) =>
			[c.name, oneCandidate(c, samples, candidates)])),
		memory_mib: { idle: memoryOf(memory.idle), loaded: memoryOf(memory.loaded) },
		pool,
	};

	results.failed = Object.values(results.candidates).reduce((n, c) => n + c.failed, 0);
	results.goals = goals.map((goal) => judge(goal, results));
	return results;
}

// --- the table -----------------------------------------------------------------------

const columns = (cells) => console.log(cells.map(([text, width]) =>
	(width < 0 ? String(text).padEnd(-width) : String(text).padStart(width))).join(' ').trimEnd());
const within = (s) => (s ? `${s.median.toFixed(2)} (${s.min.toFixed(2)}-${s.max.toFixed(2)}) `
	+ s.by_cpu.toFixed(2) : '');
const us = (n) => (n < 10 ? n.toFixed(1) : n.toFixed(0));

function row(name, c) {
	columns([[name, -15], [Math.round(c.rate.median), 8], [within(c.ratio), 22],
		[within(c.share), 22], ...GROUPS.map((g) => [us(c.cpu_us[g]), 8]),
		[c.p50_us ? (c.p50_us / 1000).toFixed(1) : '', 8],
		[c.p99_us ? (c.p99_us / 1000).toFixed(1) : '', 8]]);
}

const percent = (share) => (!Number.isFinite(share) ? 'none' : `${(share * 100).toFixed(1)} %`);

/** Says it in one screen. */
export function report(r) {
	console.log(`\n${r.settings.households} households, ${r.settings.workers} workers, `
		+ `${r.settings.clients} clients, ${r.settings.rounds} rounds of ${r.settings.seconds} s, `
		+ `${r.machine.cpus} cores; others used ${r.others_cores.median.toFixed(2)} cores `
		+ `(at most ${r.others_cores.max.toFixed(2)})\n`);
	columns([['', -15], ['median', 8], ['÷ plain', 22], ['÷ ceiling', 22],
		['CPU µs per request', 29], ['', 14], ['ms', 8]]);
	columns([['', -15], ['per s', 8], ['(min-max) by CPU', 22], ['(min-max) by CPU', 22],
		...GROUPS.map((g) => [g, 8]), ['p50', 8], ['p99', 8]]);
	for (const [name, c] of Object.entries(r.candidates))
		row(name, c);
	for (const [name, c] of Object.entries(r.candidates))
		if (Number.isFinite(c.cached?.callers))
			console.log(`cached in ${name}: callers ${percent(c.cached.callers)}, `
				+ `answers ${percent(c.cached.answers)}`);
	for (const [when, m] of Object.entries(r.memory_mib))
		console.log(`worker memory, ${when}: mean ${m.mean.toFixed(1)} MiB, max ${m.max.toFixed(1)} MiB`);
	console.log(`gate: ${Object.entries(r.pool).map(([k, v]) => `${k} ${v}`).join(', ')}\n`);
	for (const g of r.goals)
		console.log(`${g.met === undefined ? '-    ' : g.met ? 'met  ' : 'SHORT'} ${g.say}: `
			+ `${g.got?.toFixed(2) ?? 'not measured'}`
			+ `${g.by_cpu ? `, by CPU ${g.by_cpu.toFixed(2)}` : ''} `
			+ `(${g.least ? `at least ${g.least}` : `at most ${g.most}`})`);
	if (r.failed)
		console.log(`${r.failed} requests FAILED: the figures say little`);
}
