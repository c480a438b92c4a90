// notices.js: the licences of what is bundled, as licences.txt beside it. Bundled is what has left code in a chunk;
// a package without a licence, or with one that nobody has agreed to, ends the build.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const AGREED = new Set([
	'MIT',
	'ISC',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'Apache-2.0',
	'0BSD',
	'(MPL-2.0 OR Apache-2.0)',
]);

/** The folder of the package that a module is of, or null for ours. */
const folderOf = (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? null;

function bundled(bundle) {
	const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
	const modules = chunks
		.flatMap(({ modules }) => Object.entries(modules))
		.filter(([, { renderedLength }]) => renderedLength > 0);

	return [...new Set(modules.map(([id]) => folderOf(id.replace(/^\0/, '').split('?')[0])))]
		.filter(Boolean)
		.sort();
}

/** Its own words, where it brings some. */
function wordsOf(folder) {
	const name = readdirSync(folder).find((file) => /^licen[cs]e(\.(md|txt))?$/i.test(file));

	return name ? readFileSync(path.join(folder, name), 'utf8').trim() : '';
}

function notice(folder) {
	const { name, version, license, author } = JSON.parse(
		readFileSync(path.join(folder, 'package.json'), 'utf8')
	);
	const by = typeof author === 'object' ? author.name : author;

	if (!AGREED.has(license))
		throw new Error(`${name} ${version} has the licence ${license}`);
	return [`${name} ${version}: ${license}${by ? `, by ${by}` : ''}`, wordsOf(folder)]
		.filter(Boolean)
		.join('\n\n');
}

export const notices = () => ({
	name: 'notices',
	generateBundle(options, bundle) {
		this.emitFile({
			type: 'asset',
			fileName: 'licences.txt',
			source: `${bundled(bundle)
				.map(notice)
				.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
		});
	},
});
