// corpus.test.mjs: hob-image over all of the corpus: each file ends as it should, in time; what is ready is clean for
// an independent reader, upright, and has its colours.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, describe, test } from 'node:test';

import { flatPng, pdf, plainStream } from './bytes.mjs';
import { makeCorpus } from './corpus.mjs';
import { build, runHelper, VARIANTS } from './helper.mjs';

const pictures = `${build}/pictures`;
const folder = mkdtempSync(`${tmpdir()}/hob-files.`);
const corpus = makeCorpus(pictures);
const QUARTERS = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [250, 250, 250]];
const MAGIC = { 'image/jpeg': 'ffd8ff', 'image/png': '89504e47', 'image/webp': '52494646' };
const mainType = (type) => (/hei[cf]$/.test(type) ? 'image/jpeg' : type);
// Groups of exiftool that say what a file is, and not what somebody has written into it.
const OF_FORMAT = /^(ExifTool|System|File|Composite|JFIF|PNG|PNG-pHYs|RIFF|ICC_Profile|ICC-\w+)$/;

after(() => rmSync(folder, { recursive: true }));

/** { width, height, bands, colours of the quarters }. */
function look(path) {
	const [width, height, bands, ...colours] = execFileSync(pictures, ['look', path],
		{ encoding: 'utf8' }).trim().split(' ');

	return { width: Number(width), height: Number(height), bands: Number(bands),
		colours: colours.map((colour) => colour.split(',').map(Number)) };
}

const far = (a, b) => Math.max(...a.map((n, i) => Math.abs(n - b[i])));

// Pictures of the quarters that corpus.mjs tells by nothing else.
const hasQuarters = ({ name, width, height }) => width === 640 && height === 480 && !name.includes('gray');

/** Each quarter is nearest to what it should be; in a copy of full size, but of CMYK, very near. */
function assertQuarters(item, seen, what) {
	seen.colours.forEach((colour, i) => {
		const distances = QUARTERS.map((quarter) => far(colour, quarter));
		const most = what === 'main' && !item.name.includes('CMYK') ? 25 : 100;

		assert.equal(distances.indexOf(Math.min(...distances)), i, `${what}, quarter ${i}: ${colour}`);
		assert.ok(distances[i] <= most, `${what}, quarter ${i}: ${colour}`);
	});
}

/** What a reader that has nothing to do with libvips finds beside the pixels. */
function wordsIn(path) {
	const [found] = JSON.parse(execFileSync('exiftool', ['-j', '-G1', '-a', '-u', path], { encoding: 'utf8' }));

	return Object.keys(found).filter((key) => key !== 'SourceFile' && !OF_FORMAT.test(key.split(':')[0]));
}

/** No longer than it may be, and in proportion. */
function fits({ width, height }, side, of) {
	const scale = Math.min(1, side / Math.max(of.width, of.height));

	return Math.abs(width - of.width * scale) <= 1 && Math.abs(height - of.height * scale) <= 1;
}

function assertPicture(item, ended) {
	const seen = Object.fromEntries(VARIANTS.map((variant) => [variant, look(ended.path(variant))]));
	const sizes = VARIANTS.map((variant) => `${seen[variant].width}x${seen[variant].height}`);

	assert.equal(ended.said, `ready ${sizes.join(' ')}\n`);
	assert.deepEqual([seen.main.width, seen.main.height], [item.width, item.height]);
	assert.ok(fits(seen.display, 1600, seen.main) && fits(seen.thumb, 256, seen.main), sizes.join(' '));
	assert.ok(ended.read('main').toString('hex', 0, 4).startsWith(MAGIC[mainType(item.type)]));
	for (const variant of VARIANTS) {
		if (hasQuarters(item))
			assertQuarters(item, seen[variant], variant);
		assert.deepEqual(wordsIn(ended.path(variant)), [], variant);
		assert.ok(!ended.read(variant).includes('SECRET'), `${variant} has a secret`);
	}
}

async function assertEnd(item, index) {
	const ended = await runHelper(folder, index, item, item.verdict === 'took_too_long' ? { seconds: 2 } : {});

	if (item.verdict === 'took_too_long') {
		assert.equal(ended.signal, 'SIGXCPU', ended.said);
		return;
	}
	assert.deepEqual([ended.code, ended.signal], [0, null], ended.why);
	assert.equal(ended.said.trim().split(' ')[0], item.verdict, ended.why);
	if (item.verdict !== 'ready')
		VARIANTS.forEach((variant) => assert.equal(ended.read(variant).length, 0, variant));
	else if (item.width !== undefined)
		assertPicture(item, ended);
	else
		assert.ok(ended.read('main').equals(item.bytes), 'the bytes stay');
}

describe('a file', () => {
	corpus.forEach((item, index) =>
		test(`${item.name}: ${item.verdict}`, { timeout: 60000 }, () => assertEnd(item, index)));
});

const named = (part) => corpus.find(({ name }) => name === part);

describe('a picture', () => {
	test('keeps its colour profile in its copy of full size', async () => {
		for (const part of ['a JPEG in Display P3', 'a PNG in Display P3', 'a WebP in Display P3']) {
			const ended = await runHelper(folder, 'p3', named(part));
			const profile = (variant) => execFileSync('exiftool',
				['-s3', '-ProfileDescription', ended.path(variant)],
				{ encoding: 'utf8' }).trim();

			assert.match(profile('main'), /P3/, part);
			assert.equal(profile('thumb'), '', part);
		}
	});

	test('of CMYK has three colours afterwards', async () => {
		const ended = await runHelper(folder, 'cmyk', named('a CMYK JPEG'));

		assert.equal(look(ended.path('sent')).bands, 4);
		assert.equal(look(ended.path('main')).bands, 3);
	});

	test('with more pixels than are allowed is refused by its head', async () => {
		const ended = await runHelper(folder, 'pixels', named('a JPEG of 12 megapixels'), { pixels: 12e6 });

		assert.equal(ended.said, 'too_large\n');
	});

	test('that wants more memory than half of what there is is refused', async () => {
		const memory = 512 * 1024 * 1024;
		const deep = await runHelper(folder, 'deep', { type: 'image/png', bytes: flatPng(16000, 17000) },
			{ memory, pixels: 1e9 });

		assert.equal(deep.said, 'too_large\n', deep.why);
	});
});

test('a page shows text in the fonts that every PDF may name', async () => {
	const fonts = ['Helvetica', 'Helvetica-Bold', 'Times-Roman', 'Times-Italic', 'Courier', 'Courier-BoldOblique',
		'Symbol'];
	const ink = async (content, font) => {
		const bytes = pdf({ content: plainStream('', content),
			page: `/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/${font}>>>>>>` });
		const ended = await runHelper(folder, 'page', { type: 'application/pdf', bytes });

		assert.match(ended.said, /^ready /);
		return Number(execFileSync(pictures, ['ink', ended.path('display')], { encoding: 'utf8' }));
	};

	assert.equal(await ink('', 'Helvetica'), 0, 'an empty page is white');
	for (const font of fonts)
		assert.ok(await ink('BT /F 60 Tf 50 500 Td (Rent 1200) Tj ET', font) > 5, font);
});

describe('hob-image', () => {
	test('says how it is called, and is not called otherwise', () => {
		for (const words of [[], ['image/png', '1', '2'], ['image/png', 'x', '1', '1'],
			['image/png', '1', '1', '0']])
			assert.equal(spawnSync(`${build}/hob-image`, words).status, 64);
	});

	test('does not blame a file for a disk that is full', async () => {
		const full = openSync('/dev/full', 'w');
		const text = openSync(`${folder}/text`, 'w+');

		writeFileSync(`${folder}/text`, 'a text');
		const ended = spawnSync(`${build}/hob-image`, ['text/plain', '1000', '0', '5'],
			{ stdio: [text, 'pipe', 'pipe', full, full, full], encoding: 'utf8' });
		closeSync(full);
		closeSync(text);
		assert.deepEqual([ended.status, ended.stdout], [70, '']);
	});
});
