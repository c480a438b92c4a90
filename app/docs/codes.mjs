// codes.mjs: the problem codes that the API document names, as Markdown: a heading for each, so
// that the `type` of a problem, /api/docs/errors#CODE, leads to it.
import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(new URL('../../doc/openapi.json', import.meta.url)));

/** Every example of a problem, wherever it stands, by its code. */
function examples(value, found = new Map()) {
	if (value?.value?.code !== undefined && value.description !== undefined)
		found.set(value.value.code, value);
	else if (typeof value === 'object' && value !== null)
		Object.values(value).forEach((inner) => examples(inner, found));
	return found;
}

const all = [...examples(document.components).values(), ...examples(document.paths).values()];
const byCode = new Map(all.map((example) => [example.value.code, example]));
const sorted = [...byCode.values()].sort((a, b) =>
	a.value.status - b.value.status || a.value.code.localeCompare(b.value.code));

export const codes = sorted.map(({ description, value: { code, status, title, detail } }) =>
	`### ${code}\n\n${status}: ${title}. *${detail}*\n\n${description}`).join('\n\n');
