// corpus.mjs: files that people may send, good and bad, and what becomes of each. Made anew each time, and the same
// each time.
//
// A row: what it shows, the media type it is said to have, its bytes, and the verdict; then, of a picture that is
// ready, its width and height. took_too_long: it takes all the time that it is given, and is killed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { deflateSync } from 'node:zlib';

import { chunk, flate, flatPng, ihdr, manyScans, pdf, pdfOf, plainStream, PNG, png, resized, riffChunk, vp8x, webp,
	withChunks, withSegments, zip } from './bytes.mjs';

const JPEG = 'image/jpeg';
const PNG_TYPE = 'image/png';
const WEBP = 'image/webp';
const HEIC = 'image/heic';
const PDF = 'application/pdf';
const TEXT = 'text/plain';

/** Bytes that look like chance and are the same each time. */
function noise(size, seed = 1) {
	const bytes = Buffer.alloc(size);
	let x = seed;

	for (let i = 0; i < size; i += 1) {
		x = Math.imul(x, 1664525) + 1013904223 >>> 0;
		bytes[i] = x >>> 24;
	}
	return bytes;
}

const half = (bytes) => bytes.subarray(0, bytes.length >> 1);
const html = '<!DOCTYPE html><script>alert("SECRET")</script>';

function flipped(bytes, at) {
	const copy = Buffer.from(bytes);

	copy[at] ^= 0x55;
	return copy;
}

// --- good pictures --------------------------------------------------------------------------

function goodPictures(of) {
	const photoshop = Buffer.concat([Buffer.from('Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x10', 'latin1'),
		Buffer.from('\x1c\x02\x78\x00\x0bSECRET IPTC', 'latin1')]);
	const told = withSegments(of('told.jpg'), [0xed, photoshop], [0xfe, 'SECRET comment'],
		[0xe2, Buffer.concat([Buffer.from('MPF\0'), Buffer.from('SECRET index')])],
			[0xef, 'SECRET of a maker']);
	const toldPng = withChunks(of('told.png'), chunk('tEXt', 'Comment\0SECRET text'),
		chunk('zTXt', Buffer.concat([Buffer.from('Author\0\0'), deflateSync('SECRET author')])),
		chunk('tIME', Buffer.from([7, 0xea, 11, 30, 4, 20, 0])),
			chunk('eXIf', Buffer.from('MM\0*\0\0\0\x08\0\0\0\0\0\0')));
	const turned = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
		[`a JPEG that was held in way ${n}`, JPEG, of(`turned-${n}.jpg`), 'ready', 640, 480]);

	return [
		['a JPEG', JPEG, of('base.jpg'), 'ready', 640, 480],
		['a progressive JPEG', JPEG, of('progressive.jpg'), 'ready', 640, 480],
		['a gray JPEG', JPEG, of('gray.jpg'), 'ready', 640, 480],
		['a CMYK JPEG', JPEG, of('cmyk.jpg'), 'ready', 640, 480],
		['a JPEG in Display P3', JPEG, of('p3.jpg'), 'ready', 640, 480],
		['a very wide JPEG', JPEG, of('wide.jpg'), 'ready', 8000, 8],
		['a JPEG with EXIF, GPS, XMP, IPTC and comments', JPEG, told, 'ready', 640, 480],
		['a JPEG of 12 megapixels', JPEG, of('large.jpg'), 'ready', 3024, 4032],
		...turned,
		['a PNG', PNG_TYPE, of('base.png'), 'ready', 640, 480],
		['an interlaced PNG', PNG_TYPE, of('interlaced.png'), 'ready', 640, 480],
		['a gray PNG', PNG_TYPE, of('gray.png'), 'ready', 640, 480],
		['a PNG of 16 bits', PNG_TYPE, of('deep.png'), 'ready', 640, 480],
		['a PNG that is half transparent', PNG_TYPE, of('alpha.png'), 'ready', 640, 480],
		['a PNG with a palette', PNG_TYPE, of('palette.png'), 'ready', 640, 480],
		['a PNG in Display P3', PNG_TYPE, of('p3.png'), 'ready', 640, 480],
		['a PNG of four pixels', PNG_TYPE, of('tiny.png'), 'ready', 2, 2],
		['a PNG with texts, a time and XMP', PNG_TYPE, toldPng, 'ready', 640, 480],
		['a PNG that moves', PNG_TYPE, withChunks(of('base.png'),
			chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
			chunk('fcTL',
				Buffer.concat([Buffer.from([0, 0, 0, 0]), of('base.png').subarray(16, 24),
					Buffer.alloc(14)]))),
		'ready', 640, 480],
		['a WebP', WEBP, of('base.webp'), 'ready', 640, 480],
		['a WebP without loss', WEBP, of('lossless.webp'), 'ready', 640, 480],
		['a WebP that is half transparent', WEBP, of('alpha.webp'), 'ready', 640, 480],
		['a WebP in Display P3', WEBP, of('p3.webp'), 'ready', 640, 480],
		['a WebP that moves', WEBP, of('moving.webp'), 'ready', 640, 480],
		['a WebP that was turned', WEBP, of('turned.webp'), 'ready', 640, 480],
		['a WebP with EXIF, GPS and XMP', WEBP, of('told.webp'), 'ready', 640, 480],
		['a HEIC', HEIC, of('base.heic'), 'ready', 640, 480],
		['a HEIC that is called HEIF', 'image/heif', of('base.heic'), 'ready', 640, 480],
		['a HEIC with EXIF, GPS and XMP', HEIC, of('told.heic'), 'ready', 640, 480],
	];
}

// --- two things in one, or not what they are said to be --------------------------------------

function disguises(of) {
	const jpeg = of('base.jpg');
	const archive = zip('SECRET.class', 1000);
	const brand = (name) =>
		Buffer.concat([of('base.heic').subarray(0, 8), Buffer.from(name), of('base.heic').subarray(12)]);

	return [
		['a JPEG with an archive behind it', JPEG, Buffer.concat([jpeg, archive]), 'ready', 640, 480],
		['a JPEG with a PDF in a comment', JPEG, withSegments(jpeg, [0xfe, `%PDF-1.4 SECRET`]), 'ready', 640,
			480],
		['a JPEG with a second picture behind it', JPEG, Buffer.concat([jpeg, of('told.jpg')]), 'ready', 640,
			480],
		['a PNG with HTML in a text', PNG_TYPE, withChunks(of('base.png'), chunk('tEXt', `x\0${html}`)),
			'ready', 640, 480],
		['a PNG with HTML behind it', PNG_TYPE, Buffer.concat([of('base.png'), Buffer.from(html)]), 'ready',
			640, 480],
		['a WebP with an archive in a chunk', WEBP,
			webp(of('base.webp').subarray(12), riffChunk('PK\x03\x04', archive)),
			'ready', 640, 480],
		['a GIF with an archive behind it, called JPEG', JPEG, Buffer.concat([of('base.gif'), archive]),
			'type_not_allowed'],
		['a PDF with a JPEG before it', PDF, Buffer.concat([jpeg, pdf()]), 'type_not_allowed'],
		['a PDF with a line before it', PDF, Buffer.concat([Buffer.from('\n'), pdf()]), 'type_not_allowed'],
		['an archive that is also a PDF', PDF, Buffer.concat([archive, pdf()]), 'type_not_allowed'],
		['a PDF with an archive behind it', PDF, Buffer.concat([pdf(), archive]), 'ready'],
		['HTML, called PNG', PNG_TYPE, Buffer.from(html), 'type_not_allowed'],
		['SVG, called PNG', PNG_TYPE, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
			'type_not_allowed'],
		['SVG', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'type_not_allowed'],
		['a GIF', 'image/gif', of('base.gif'), 'type_not_allowed'],
		['a TIFF', 'image/tiff', of('base.tiff'), 'type_not_allowed'],
		['a TIFF, called JPEG', JPEG, of('base.tiff'), 'type_not_allowed'],
		['a TIFF that says it is huge, called PNG', PNG_TYPE,
			Buffer.from('49492a00080000000200000104000100000040420f00010104000100000040420f0000000000',
				'hex'),
			'type_not_allowed'],
		['a PNG, called JPEG', JPEG, of('base.png'), 'type_not_allowed'],
		['a JPEG, called PNG', PNG_TYPE, jpeg, 'type_not_allowed'],
		['a JPEG, called WebP', WEBP, jpeg, 'type_not_allowed'],
		['a JPEG, called HEIC', HEIC, jpeg, 'type_not_allowed'],
		['a JPEG, called PDF', PDF, jpeg, 'type_not_allowed'],
		['a JPEG, called text', TEXT, jpeg, 'type_not_allowed'],
		['an AVIF, called HEIC', HEIC, of('base.avif'), 'type_not_allowed'],
		['a video, called HEIC', HEIC, brand('mp42'), 'type_not_allowed'],
		['a sound, called WebP', WEBP,
			Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), noise(64)]),
			'type_not_allowed'],
	];
}

// --- bombs -----------------------------------------------------------------------------------

function bombs(of) {
	const blob = (size) => deflateSync(Buffer.alloc(size), { level: 9 });
	const named = (size) => Buffer.concat([Buffer.from('x\0\0'), blob(size)]);

	return [
		['a PNG of 50,000 by 50,000 pixels', PNG_TYPE, png(ihdr(50000, 50000), chunk('IDAT', blob(150001))),
			'too_large'],
		['a PNG of 50,000 by 50,000 bits', PNG_TYPE,
			png(ihdr(50000, 50000, 1, 0), chunk('IDAT', blob(1000000))), 'too_large'],
		['a PNG of a pixel by two thousand million', PNG_TYPE,
			png(ihdr(1, 2 ** 31 - 1), chunk('IDAT', blob(1000))), 'damaged'],
		['a PNG of no height', PNG_TYPE, png(ihdr(10, 0), chunk('IDAT', blob(100))), 'damaged'],
		['a PNG that has 200 MB behind its pixels', PNG_TYPE, flatPng(16, 16, 200e6), 'ready', 16, 16],
		['a PNG with a text of 200 MB', PNG_TYPE, withChunks(of('base.png'), chunk('zTXt', named(200e6))),
			'ready', 640, 480],
		['a PNG with a profile of 200 MB', PNG_TYPE, withChunks(of('base.png'), chunk('iCCP', named(200e6))),
			'ready', 640, 480],
		['a JPEG that says it is 65,500 pixels wide and high', JPEG, resized(of('base.jpg'), 65500, 65500),
			'too_large'],
		['a JPEG that says it is larger than it is', JPEG, resized(of('base.jpg'), 640, 4800), 'ready', 640,
			4800],
		['a JPEG of no width', JPEG, resized(of('base.jpg'), 0, 480), 'damaged'],
		['a JPEG of 882 scans', JPEG, manyScans(8000), 'took_too_long'],
		['a WebP of 16,384 by 16,384 pixels', WEBP, webp(vp8x(16384, 16384), of('base.webp').subarray(12)),
			'damaged'],
		['an archive of 100 MB of zeros', 'application/zip', zip('a', 100e6), 'type_not_allowed'],
		['an archive of 100 MB of zeros, called PDF', PDF, zip('a', 100e6), 'type_not_allowed'],
		['an archive of 100 MB of zeros, called text', TEXT, zip('a', 100e6), 'type_not_allowed'],
		['a PDF whose page says nothing, with 200 MB of spaces', PDF, pdf({ content: flate(200e6) }), 'ready'],
		['a PDF with a picture of 30,000 by 30,000 points', PDF,
			pdf({ page: '/Resources<</XObject<</P 5 0 R>>>>',
			content: plainStream('', '600 0 0 800 0 0 cm /P Do'), more: [flate(30000 * 3750,
				'/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 1'
				+ '/ColorSpace/DeviceGray', 0)] }), 'ready'],
		['a PDF whose form draws itself', PDF, pdf({ page: '/Resources<</XObject<</P 5 0 R>>>>',
			content: plainStream('', '/P Do'), more: [plainStream(
				'/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</P 5 0 R>>>>',
					'/P Do /P Do')] }), 'ready'],
		['a PDF whose pages are their own parents', PDF, pdfOf(['<</Type/Catalog/Pages 2 0 R>>',
			'<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>']), 'damaged'],
		['a PDF of a page of two hundred inches', PDF, pdf({ box: '0 0 14400 14400' }), 'ready'],
		['a PDF of a page that is a line', PDF, pdf({ box: '0 0 14400 1' }), 'damaged'],
		['a PDF of a page of a million inches', PDF, pdf({ box: '0 0 72000000 72000000' }), 'ready'],
	];
}

// --- broken ----------------------------------------------------------------------------------

function broken(of) {
	const heads = { [JPEG]: Buffer.from('ffd8ffe0', 'hex'), [PNG_TYPE]: PNG,
		[WEBP]: Buffer.from('RIFF\xff\0\0\0WEBP', 'latin1'),
		[HEIC]: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), [PDF]: Buffer.from('%PDF-1.7\n') };
	const whole = { [JPEG]: of('base.jpg'), [PNG_TYPE]: of('base.png'), [WEBP]: of('base.webp'),
		[HEIC]: of('base.heic') };
	const rows = [...Object.keys(heads), TEXT].map((type) => [`nothing, called ${type}`, type, Buffer.alloc(0),
		'damaged']);

	for (const [type, head] of Object.entries(heads))
		rows.push([`the first bytes of ${type} alone`, type, head, 'damaged'],
			[`the first bytes of ${type} and chance`, type, Buffer.concat([head, noise(5000, 3)]),
				'damaged'],
			[`chance, called ${type}`, type, noise(5000, 2), 'type_not_allowed']);
	for (const [type, bytes] of Object.entries(whole))
		rows.push([`half of ${type}`, type, half(bytes), 'damaged'],
			[`the head of ${type}`, type, bytes.subarray(0, 100), 'damaged'],
			[`all but 200 bytes of ${type}`, type, bytes.subarray(0, -200), 'damaged']);
	return [...rows,
		['half of a progressive JPEG', JPEG, half(of('progressive.jpg')), 'damaged'],
		['a PNG with a wrong checksum in its head', PNG_TYPE, flipped(of('base.png'), 30), 'damaged'],
		['a PNG with a wrong checksum in its pixels', PNG_TYPE, flipped(of('base.png'), 1500), 'damaged'],
		['a PNG without pixels', PNG_TYPE, png(ihdr(10, 10)), 'damaged'],
		['a PDF without a page', PDF,
			pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>']), 'damaged'],
	];
}

// --- PDF and text ------------------------------------------------------------------------------

/** qpdf's, with keys that are the same each time. */
function encrypted(folder, user, owner) {
	writeFileSync(`${folder}/plain.pdf`, pdf());
	execFileSync('qpdf', ['--static-id', '--static-aes-iv', '--encrypt', user, owner, '256', '--',
		`${folder}/plain.pdf`,
		`${folder}/locked.pdf`]);
	return readFileSync(`${folder}/locked.pdf`);
}

function papers(folder) {
	const action = (script) => `/OpenAction<</S/JavaScript/JS(${script})>>`;
	const launch = '/OpenAction<</S/Launch/F(/bin/sh)>>';
	const file = [plainStream('/Type/EmbeddedFile', 'SECRET')];

	return [
		['a PDF', PDF, pdf(), 'ready'],
		['a PDF with a script', PDF, pdf({ catalogue: action('app.alert\\(1\\)') }), 'ready'],
		['a PDF with a script that never ends', PDF, pdf({ catalogue: action('while\\(1\\);') }), 'ready'],
		['a PDF that starts a program', PDF, pdf({ catalogue: launch }), 'ready'],
		['a PDF with a file in it', PDF,
			pdf({ catalogue: '/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)'
			+ '/EF<</F 5 0 R>>>>]>>>>', more: file }), 'ready'],
		['a PDF that sends a form', PDF,
			pdf({ catalogue: '/OpenAction<</S/SubmitForm/F(http://127.0.0.1:1/)>>' }), 'ready'],
		['a PDF with a font that is not in it', PDF,
			pdf({ content: plainStream('', 'BT /F 40 Tf 50 500 Td (Rent) Tj ET'),
			page: '/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>' }), 'ready'],
		['a PDF that wants a password', PDF, encrypted(folder, 'a lamp', 'another'), 'encrypted'],
		['a PDF that wants one to be changed', PDF, encrypted(folder, '', 'another'), 'ready'],
		['a text', TEXT, Buffer.from('The boiler: 2,4 bar\nGrüße, 家, 🏠\r\n'), 'ready'],
		['a text that begins with a mark of order', TEXT, Buffer.from('\ufeffmilk\n'), 'ready'],
		['HTML as text', TEXT, Buffer.from(html), 'ready'],
		['a text of 5 MB', TEXT, Buffer.alloc(5e6, 'a line of text\n'), 'ready'],
		['a text in Latin-1', TEXT, Buffer.from('Gr\xfc\xdfe', 'latin1'), 'type_not_allowed'],
		['a text in UTF-16', TEXT, Buffer.from('hello', 'utf16le'), 'type_not_allowed'],
		['a text with a NUL', TEXT, Buffer.from('a\0b'), 'type_not_allowed'],
		['a text with a letter too long', TEXT, Buffer.from([0x61, 0xc0, 0xaf]), 'type_not_allowed'],
		['a text that ends in a letter', TEXT, Buffer.from([0x61, 0xe2, 0x82]), 'type_not_allowed'],
		['a type with a path in it', '../../etc/passwd', Buffer.from('x'), 'type_not_allowed'],
	];
}

/** All of them: [{ name, type, bytes, verdict, width, height }]. `pictures` is the program of pictures.c. */
export function makeCorpus(pictures) {
	const folder = mkdtempSync(`${tmpdir()}/hob-files.`);

	try {
		execFileSync(pictures, ['make', folder]);
		const of = (file) => readFileSync(`${folder}/${file}`);
		return [goodPictures, disguises, bombs, broken].flatMap((part) => part(of)).concat(papers(folder))
			.map(([name, type, bytes, verdict, width, height]) => ({ name, type, bytes, verdict, width,
				height }));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
