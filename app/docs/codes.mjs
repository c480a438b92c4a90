// codes.mjs: the problem codes that the API document names, as Markdown: a heading for each, so
// that the `type` of a problem, /api/docs/errors#CODE, leads to it.
import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(`../../doc/${name}.json`, import.meta.url)));
const document = read('openapi');

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

/** Of the API for staff: codes that the other has not, and what to do about some of them. */
const ofStaff = Object.values(read('openapi-staff').components.examples)
	.filter(({ value }) => !byCode.has(value.code));

const section = ({ description = '', value: { code, status, title, detail } }) =>
	`### ${code}\n\n${status}: ${title}. *${detail}*\n\n${description}`;

const sections = (list) => [...list].sort((a, b) =>
	a.value.status - b.value.status || a.value.code.localeCompare(b.value.code)).map(section).join('\n\n');

export const codes = `${sections(byCode.values())}\n\n## Codes for staff alone\n\n${sections(ofStaff)}`;
