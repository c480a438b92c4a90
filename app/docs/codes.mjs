// codes.mjs: the problem codes that the API document names, as Markdown: a heading for each, so
// that the `type` of a problem, /api/docs/errors#CODE, leads to it.
import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(new URL('../../doc/openapi.json', import.meta.url)));
const known = document.components['x-problems'] ?? [];

export const codes = known.map(({ code, status, title, detail }) =>
	`### ${code}\n\n${status}. ${title}.${detail ? ` ${detail}` : ''}`).join('\n\n');
