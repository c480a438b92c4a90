// record.mjs: what was said, for a comparison of two builds: t/wire/compare.mjs. HOB_RECORD names the
// folder; each test file of it has a file there, an exchange a line.
import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const file = join(process.env.HOB_RECORD, `${basename(process.argv[1] ?? 'none')}.jsonl`);

export function record(method, path, payload, { status, rawHeaders, text }) {
	appendFileSync(file, `${JSON.stringify({ method, path, sent: payload?.toString('utf8') ?? null, status,
		headers: rawHeaders, text })}\n`);
}
