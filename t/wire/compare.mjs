// compare.mjs: did two builds answer the same, ids, times and secrets aside? README.md says how the folders are made.
//
//   node t/wire/compare.mjs BEFORE AFTER [--words]     --words passes over texts for people
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [before, after, mode] = process.argv.slice(2);
// Of a connection, of the machine, of what else went on, or a hash of what is random.
const LEFT_OUT = new RegExp('^(date|connection|keep-alive|content-length|etag|last-modified|ratelimit|x-hob-worker'
	+ '|x-hob-round-trips|x-request-id)$', 'i');
const RANDOM = [
	[/\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<instant>'],
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
	[/\bsomeone\.[\w.]+/g, '<someone>'],
	[/[\w.+-]{1,64}@[\w.-]{1,254}/g, '<mail>'],
	[/\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b/g, '<code>'],
	[/(?<![\w-])(?=[\w-]*[\dA-Z_])[\w-]{24,}/g, '<secret>'],
	[/\d{4}-\d\d-\d\d|\b20\d{6}(T\d{6}Z)?/g, '<day>'],
];
if (mode === '--words')
	RANDOM.unshift([/"(title|detail|description|summary)":"[^"]*"/g, '"$1":"<words>"']);

function headersOf(raw) {
	const lines = [];

	for (let i = 0; i < raw.length; i += 2)
		if (!LEFT_OUT.test(raw[i]))
			lines.push(`${raw[i]}: ${raw[i + 1]}`);
	return lines.sort().join('\n');
}

/** How often each exchange was had. Their order is not looked at: much is asked at the same time. */
function read(folder, name) {
	const counts = new Map();

	for (const line of readFileSync(join(folder, name), 'utf8').trim().split('\n')) {
		const { method, path, sent, status, headers, text } = JSON.parse(line);
		const whole = RANDOM.reduce((all, [what, as]) => all.replaceAll(what, as),
			`${method} ${path}\n${sent ?? ''}\n${status}\n${headersOf(headers)}\n${text}`);

		counts.set(whole, (counts.get(whole) ?? 0) + 1);
	}
	return counts;
}

let [compared, different] = [0, 0];

for (const name of readdirSync(before).sort()) {
	const [then, now] = [read(before, name), read(after, name)];
	const tell = (sign, these, others) => {
		for (const [whole, count] of these)
			if (count > (others.get(whole) ?? 0)) {
				different += 1;
				console.log(`${sign} ${name}: ${whole.slice(0, 2000).replaceAll('\n', '\n    ')}\n`);
			}
	};

	compared += [...then.values()].reduce((sum, n) => sum + n, 0);
	tell('-', then, now);
	tell('+', now, then);
}
console.log(`${compared} exchanges compared, ${different} differ`);
process.exit(different > 0 ? 1 : 0);
