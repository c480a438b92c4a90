// csv.mjs: CSV as RFC 4180 has it.

/** Rows of cells, each with its text. */
export function parseCsv(text) {
	const rows = [[]];

	for (const [, cell, end] of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/g)) {
		rows.at(-1).push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
		if (end !== ',')
			rows.push([]);
	}
	return rows.slice(0, -1);
}

/** Objects by the names of the first row. */
export function readCsv(text) {
	const [head, ...rows] = parseCsv(text);

	return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
}

export function writeCsv(rows) {
	return rows.map((row) =>
		`${row.map((cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`).join('');
}
