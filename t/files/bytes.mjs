// bytes.mjs: files put together byte by byte, and taken apart: PNG, JPEG, WebP, ZIP, PDF.
import { crc32 as crc, deflateSync } from 'node:zlib';

const u16 = (n) => Buffer.from([n >> 8 & 255, n & 255]);
export const u32 = (n) => Buffer.from([n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255]);
const le32 = (n) => u32(n).reverse();

// Node.js 20 has no crc32 in zlib.
const table = Array.from({ length: 256 }, (_, n) => {
	let c = n;

	for (let k = 0; k < 8; k += 1)
		c = c & 1 ? 0xedb88320 ^ c >>> 1 : c >>> 1;
	return c >>> 0;
});
const crc32 = crc ?? ((bytes) => (bytes.reduce((c, b) => table[(c ^ b) & 255] ^ c >>> 8,
	0xffffffff) ^ 0xffffffff) >>> 0);

// --- PNG -----------------------------------------------------------------------------------

export function chunk(name, data) {
	const body = Buffer.concat([Buffer.from(name, 'latin1'), Buffer.from(data)]);

	return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

export const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
export const ihdr = (width, height, depth = 8, colour = 2) =>
	chunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from([depth, colour, 0, 0, 0])]));
export const png = (...chunks) => Buffer.concat([PNG, ...chunks, chunk('IEND', '')]);

/** Chunks behind the IHDR of a PNG. */
export const withChunks = (bytes, ...chunks) => Buffer.concat([bytes.subarray(0, 33), ...chunks, bytes.subarray(33)]);

/** A good PNG of one colour. */
export const flatPng = (width, height, extra = 0) => png(ihdr(width, height, 8, 0),
	chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height + extra), { level: 9 })));

// --- JPEG ----------------------------------------------------------------------------------

const segment = (marker, data) => Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), Buffer.from(data)]);
/** Segments behind the SOI of a JPEG: [marker, data]. */
export const withSegments = (bytes, ...segments) =>
	Buffer.concat([bytes.subarray(0, 2), ...segments.map(([marker, data]) => segment(marker, data)),
		bytes.subarray(2)]);

/** The same JPEG, said to be so large. */
export function resized(bytes, width, height) {
	const copy = Buffer.from(bytes);
	let at = 2;

	while (![0xc0, 0xc1, 0xc2].includes(copy[at + 1]))
		at += 2 + copy.readUInt16BE(at + 2);
	copy.writeUInt16BE(height, at + 5);
	copy.writeUInt16BE(width, at + 7);
	return copy;
}

/**
 * A progressive JPEG whose every coefficient comes bit by bit, each in a scan of its own, which says that all are
 * nothing:
 * 882 walks through all blocks, in a hundred bytes each. The one code of its table is a run of 2^14 blocks.
 */
export function manyScans(side) {
	const blocks = Math.ceil(side / 8) ** 2;
	const huffman = (kind, symbol) => segment(0xc4, [kind, 1, ...Array(15).fill(0), symbol]);
	const scan = (from, to, high, low, bits) =>
		Buffer.concat([segment(0xda, [1, 1, 0x00, from, to, high << 4 | low]),
		Buffer.alloc(Math.ceil(bits / 8))]);
	const scans = [scan(0, 0, 0, 0, blocks)];

	for (let k = 1; k < 64; k += 1)
		for (let low = 13; low >= 0; low -= 1)
			scans.push(scan(k, k, low === 13 ? 0 : low + 1, low, Math.ceil(blocks / 16384) * 15));
	return Buffer.concat([Buffer.from([0xff, 0xd8]), segment(0xdb, [0, ...Array(64).fill(1)]),
		segment(0xc2, [8, ...u16(side), ...u16(side), 1, 1, 0x11, 0]), huffman(0x00, 0), huffman(0x10, 0xe0),
			...scans,
		Buffer.from([0xff, 0xd9])]);
}

// --- WebP ----------------------------------------------------------------------------------

export const riffChunk = (name, data) => Buffer.concat([Buffer.from(name, 'latin1'), le32(data.length), data,
	Buffer.alloc(data.length % 2)]);
export function webp(...chunks) {
	const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);

	return Buffer.concat([Buffer.from('RIFF'), le32(body.length), body]);
}

const le24 = (n) => le32(n).subarray(0, 3);
export const vp8x = (width, height, flags = 0) =>
	riffChunk('VP8X', Buffer.concat([Buffer.from([flags, 0, 0, 0]), le24(width - 1), le24(height - 1)]));

// --- ZIP -----------------------------------------------------------------------------------

/** An archive with one member, of so many zero bytes. */
export function zip(name, size) {
	const data = deflateSync(Buffer.alloc(size), { level: 9 }).subarray(2, -4);
	const head = Buffer.concat([Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]),
		le32(crc32(Buffer.alloc(Math.min(size, 1000)))),
		le32(data.length), le32(size), Buffer.from([name.length, 0, 0, 0])]);
	const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), data]);
	const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, Buffer.alloc(14),
		Buffer.from(name)]);

	return Buffer.concat([local, central, Buffer.from('PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00', 'latin1'),
		le32(central.length), le32(local.length), Buffer.alloc(2)]);
}

// --- PDF -----------------------------------------------------------------------------------

const stream = (dict, bytes) => Buffer.concat([Buffer.from(`<<${dict}/Length ${bytes.length}>>stream\n`),
	Buffer.from(bytes), Buffer.from('\nendstream')]);

/** Objects by number, from 1, as text or bytes; a table of where they are. The first is the catalogue. */
export function pdfOf(objects, trailer = '') {
	const parts = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
	const offsets = [];
	let at = parts[0].length;

	objects.forEach((object, i) => {
		const part = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), Buffer.from(object),
			Buffer.from('\nendobj\n')]);
		offsets.push(at);
		parts.push(part);
		at += part.length;
	});
	const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
	return Buffer.concat([...parts, Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`
		+ `trailer<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${at}\n%%EOF\n`)]);
}

/**
 * A page that is red above and blue below, or of what is given; more stands in the catalogue and behind the objects.
 */
export function pdf({ box = '0 0 600 800', catalogue = '', page = '', more = [],
	content = stream('', '1 0 0 rg 0 400 600 400 re f 0 0 1 rg 0 0 600 400 re f') } = {}) {
	return pdfOf([`<</Type/Catalog/Pages 2 0 R${catalogue}>>`, '<</Type/Pages/Kids[3 0 R]/Count 1>>',
		`<</Type/Page/Parent 2 0 R/MediaBox[${box}]/Contents 4 0 R${page}>>`, content, ...more]);
}

/** So many zero bytes, or spaces, in few. */
export const flate = (size, dict = '', fill = 32) =>
	stream(`${dict}/Filter/FlateDecode`, deflateSync(Buffer.alloc(size, fill), { level: 9 }));
export const plainStream = stream;
