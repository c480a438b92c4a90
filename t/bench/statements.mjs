// statements.mjs: the named statements of sql/queries as scripts for pgbench, taken from
// what scripts/sqlgen made of them: the very texts that hob-api prepares.
import { readFileSync } from 'node:fs';

// "one" "two" of C, with the escapes that sqlgen writes.
function cText(literals) {
	return [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
		.map(([, inside]) => inside.replace(/\\(.)/g, (all, c) => (c === 'n' ? '\n' : c)))
		.join('');
}

function params(source, index) {
	const [, list] = source.match(new RegExp(`params_${index}\\[\\] = \\{(.*)\\};`));

	return [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
}

// pgbench takes a colon inside quotes for a variable.
function hideColons(sql) {
	return sql.replace(/'([^']*)'/g, (all, inside) => (inside.includes(':')
		? `E'${inside.replaceAll(':', '\\x3a')}'` : all));
}

/** The statement `name` as it is prepared, with $1 and so on, and the names of those. */
export function prepared(source, name) {
	const row = source.match(new RegExp(`= \\{ "${name}",((?:\\n\\t"(?:[^"\\\\]|\\\\.)*")+),\\s*params_(\\d+)`));

	if (!row)
		throw new Error(`there is no statement "${name}" in the generated code`);
	return { text: cText(row[1]), names: params(source, row[2]) };
}

/** The statement `name` with :name for each parameter, or what `instead` has for it. */
function statement(source, name, instead) {
	const { text, names } = prepared(source, name);

	return hideColons(text).replace(/\$(\d+)/g, (all, n) =>
		instead[names[n - 1]] ?? `:${names[n - 1]}`);
}

/**
 * A pgbench script: the statements in one pipeline, as one of `first` to `last`. A
 * parameter that nothing sets is null, as it is when a client leaves the field out.
 */
export function pipeline(generated, names, { first, last, instead = {} }) {
	const source = readFileSync(generated, 'utf8');

	return [`\\set token_hash random(${first}, ${last})`, '\\startpipeline',
		...names.map((name) => `${statement(source, name, instead)};`), '\\endpipeline', '']
		.join('\n');
}
