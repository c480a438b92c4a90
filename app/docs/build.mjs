// build.mjs: the pages at /api/docs, as files: `build.mjs FOLDER` writes them into FOLDER.
//
// Pages are Markdown in doc/api, in the order of `pages` below; the changelog is the part of
// doc/CHANGELOG.md for clients. "{{codes}}" in a page becomes the list of problem codes that
// the API document has. A link between pages is the one that works in the repository,
// "sync.md#first"; here it leads to /api/docs/sync#first. The document of the staff API has a
// page at /api/docs/staff.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import MarkdownIt from 'markdown-it';
import anchor from 'markdown-it-anchor';

import { codes } from './codes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const doc = path.join(here, '../../doc');
const pages = ['getting-started', 'accounts', 'errors', 'retries', 'sync', 'notifications', 'board', 'recurrence',
	'contractors', 'documents', 'text', 'uploads', 'files', 'limits', 'languages', 'automations', 'clients',
	'changelog'];
const template = readFileSync(path.join(here, 'page.html'), 'utf8');

/** "A rule" is found at #a-rule. */
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9_]+/g, '-').replace(/^-|-$/g, '');

const markdown = new MarkdownIt({ html: false })
	.use(anchor, { slugify: slug, permalink: anchor.permalink.headerLink() });

// Wide tables and examples scroll by themselves, not with the page.
markdown.renderer.rules.table_open = () => '<div class="wide"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';

function address(href) {
	if (href === '../openapi.json')
		return '/api/docs/reference';
	const [, name, fragment] = /^(?:api\/)?([a-z-]+)\.md(#.*)?$/.exec(href) ?? [];

	return name ? `/api/docs/${name}${fragment ?? ''}` : href;
}

markdown.core.ruler.push('links', (state) => {
	for (const token of state.tokens.flatMap((t) => t.children ?? []))
		if (token.type === 'link_open')
			token.attrSet('href', address(token.attrGet('href')));
});

/** The part for clients of the newest version, as a page of its own. */
function changelog() {
	const text = readFileSync(path.join(doc, 'CHANGELOG.md'), 'utf8');
	const [, part] = /^### For clients\n(.*?)(?=^##)/ms.exec(`${text}\n##`);

	return `# Changelog\n${part}`;
}

function source(name) {
	if (name === 'changelog')
		return changelog();
	return readFileSync(path.join(doc, 'api', `${name}.md`), 'utf8').replace('{{codes}}', codes);
}

const titleOf = (text) => /^# (.*)$/m.exec(text)[1];

const sources = pages.map((name) => ({ name, text: source(name) }));

function navigation(current) {
	const items = [...sources.map(({ name, text }) => [name, titleOf(text)]), ['reference', 'Reference']];

	return items.map(([name, title]) => {
		const mark = name === current ? ' aria-current="page"' : '';

		return `<li><a href="/api/docs/${name}"${mark}>${markdown.utils.escapeHtml(title)}</a></li>`;
	}).join('\n');
}

function write(folder, name, html) {
	mkdirSync(path.join(folder, name), { recursive: true });
	writeFileSync(path.join(folder, name, 'index.html'), html);
}

const filled = (name, title, body) => template.replace('{{title}}', () => markdown.utils.escapeHtml(title))
	.replace('{{navigation}}', () => navigation(name)).replace('{{body}}', () => body);

const out = process.argv[2];

for (const { name, text } of sources)
	write(out, name, filled(name, titleOf(text), markdown.render(text)));
write(out, '.', filled('getting-started', titleOf(sources[0].text), markdown.render(sources[0].text)));
for (const [name, document] of [['reference', '/api/openapi.json'], ['staff', '/api/docs/openapi-staff.json']])
	write(out, name, readFileSync(path.join(here, 'reference.html'), 'utf8').replace('{{document}}', document));
copyFileSync(path.join(doc, 'openapi-staff.json'), path.join(out, 'openapi-staff.json'));
for (const name of ['style.css', 'init.js'])
	copyFileSync(path.join(here, name), path.join(out, name));
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])
	copyFileSync(path.join(here, 'node_modules/swagger-ui-dist', name), path.join(out, name));
