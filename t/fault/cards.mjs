// cards.mjs: files of cards of an address book that are as dear to read as any: for cost.test.mjs.
const BYTES = 900 << 10;

/** 250 of them, or a megabyte: [what, text]. */
export function* cards() {
	const card = (line) => `BEGIN:VCARD\nFN:a\n${line}\nEND:VCARD\n`;

	yield ['250 long cards', Array.from({ length: 250 }, (_, i) =>
		card(`NOTE:${i}${'a\u0301\u0323'.repeat(180)}${'\nTEL;CELL:1'.repeat(10)}`)).join('')];
	for (const [begin, part] of [['', 'TEL:1\n'], ['NOTE:', 'x\n '], ['NOTE;QUOTED-PRINTABLE:', '=41=\n'],
		['NOTE:', '\\n'], ['ADR:', ';'], ['TEL', ';TYPE=x,y'], ['BEGIN:VCARD\n', 'BEGIN:VCARD\n']])
		yield [`a card of ${JSON.stringify(part)}`, card(`${begin}${part.repeat(BYTES / part.length)}:`)];
}
