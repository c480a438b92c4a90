// contractor_cards.test.mjs: contractors as cards of address books: written, as libraries read them, and read, as
// phones write them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';

import { ICAL } from './support/calendars.mjs';
import { Cards } from './support/client.mjs';
import { makeMember } from './support/db.mjs';
import { expectInvalid, expectKeys, expectOk, expectPage, expectProblem, UUID } from './support/expect.mjs';
import { newResidence, signUp } from './support/people.mjs';

const require = createRequire(new URL('../contract/package.json', import.meta.url));
const { parse } = await import(require.resolve('vcard4'));

let robin;
let viewer;
let stranger;
let residence;

before(async () => {
	robin = await signUp();
	viewer = await signUp();
	stranger = await signUp();
	residence = await newResidence(robin);
	await makeMember(residence, viewer.user, 'viewer');
});

const FULL = {
	name: 'Öl, Heat; \\ & Söhne 🏡', company: 'Green; Mountain, Oil', contact_person: 'Walt Pruitt',
	phones: [{ label: 'Büro, oben', number: '+1 802 555 0111' }, { label: null, number: '0112 / 7' }],
	email: 'service@gmoil.example', website: 'https://gmoil.example/a?b=c,d;e',
	address: '2 Depot Street, Suite 7\nBrattleboro; VT 05301',
		notes: `${'Long lines are folded: ü🏡, '.repeat(40)}\n\nend`,
	specialties: ['heating', 'plumbing'], hourly_rate: '110.00', do_not_use: true, do_not_use_reason: 'secret',
};
const make = async (fields = {}) => expectOk(await robin.client.post('/api/contractors',
	{ residence_id: residence.id, name: 'Sweep', ...fields }), 201);
const card = async (contractor, options) => {
	const res = await robin.client.get(`/api/contractors/${contractor.id}/vcard`, options);

	assert.equal(res.status, 200, res.text);
	return res;
};
const importing = (text, { where = residence, query = '', person = robin } = {}) =>
	person.client.post(`/api/residences/${where.id}/contractors/import${query}`, new Cards(text));
const imported = async (text, options) => expectOk(await importing(text, options));
const get = async (id) => expectOk(await robin.client.get(`/api/contractors/${id}`));
const wrap = (...lines) => `BEGIN:VCARD\r\nVERSION:3.0\r\n${lines.join('\r\n')}\r\nEND:VCARD\r\n`;
/** The contractor that one card makes. */
async function read(...lines) {
	const { rows: [row] } = await imported(wrap(...lines));

	assert.equal(row.status, 201, JSON.stringify(row));
	return get(row.id);
}

describe('GET /api/contractors/{contractor_id}/vcard', () => {
	test('is a card of vCard 4.0, as a library reads it', async () => {
		const contractor = await make(FULL);
		const res = await card(contractor);
		const one = (name) => parse(res.text).getProperty(name)[0].value;
		const all = (name) => parse(res.text).getProperty(name).map((p) => p.value);

		assert.match(res.headers['content-type'], /^text\/vcard; charset=utf-8/);
		assert.equal(res.headers['content-disposition'], 'attachment; filename="contractor.vcf"');
		assert.match(res.text, /^BEGIN:VCARD\r\nVERSION:4\.0\r\n/);
		assert.equal(one('UID'), `urn:uuid:${contractor.id}`);
		assert.equal(one('FN'), FULL.name);
		assert.equal(one('ORG'), FULL.company);
		assert.equal(one('RELATED'), FULL.contact_person);
		assert.deepEqual(all('TEL'), FULL.phones.map((p) => p.number));
		assert.equal(one('EMAIL'), FULL.email);
		assert.equal(one('URL'), FULL.website);
		assert.equal(one('ADR').streetAddress, FULL.address);
		assert.equal(one('NOTE'), FULL.notes);
		assert.deepEqual(all('CATEGORIES'), ['Heating', 'Plumbing']);
		assert.match(one('REV'), /^\d{8}T\d{6}Z$/);
		assert.ok(!/110|secret/.test(res.text), 'rates and reasons stay here');
	});

	test('is the same to another library: names, and what groups hold together', async () => {
		// It leaves the backslash before a semicolon, which section 3.4 of RFC 6350 allows to write.
		const [, properties] = ICAL.parse((await card(await make(FULL))).text.replaceAll('\\;', ';'));
		const of = (name) => properties.filter((p) => p[0] === name);

		assert.deepEqual(of('fn').map((p) => p[3]), [FULL.name]);
		assert.deepEqual(of('note').map((p) => p[3]), [FULL.notes]);
		const [label] = of('x-ablabel');
		assert.equal(of('tel').find((p) => p[1].group === label[1].group)[3], FULL.phones[0].number);
	});

	test('has lines of 75 bytes at most, and no character cut', async () => {
		const { text } = await card(await make(FULL));

		for (const line of text.split('\r\n'))
			assert.ok(Buffer.byteLength(line) <= 75 && !line.includes('\ufffd') && !/[\r\n]/.test(line),
				line);
	});

	test('has what there is, in the language of the caller', async () => {
		assert.ok(!/ORG|TEL|EMAIL|URL|ADR|NOTE|CATEGORIES|RELATED/.test((await card(await make())).text));
		assert.match((await card(await make({ specialties: ['heating'] }),
			{ headers: { 'Accept-Language': 'de' } })).text,
			/^CATEGORIES:Heizung\r$/m);
	});

	test('is for who sees the contractor', async () => {
		const contractor = await make();

		expectOk(await viewer.client.get(`/api/contractors/${contractor.id}`));
		assert.equal((await viewer.client.get(`/api/contractors/${contractor.id}/vcard`)).status, 200);
		expectProblem(await stranger.client.get(`/api/contractors/${contractor.id}/vcard`), 404, 'not_found');
	});
});

describe('POST /api/residences/{residence_id}/contractors/import', () => {
	test('brings back what was exported, elsewhere as another contractor', async () => {
		const contractor = await make(FULL);
		const target = await newResidence(robin);
		const { text } = await card(contractor);
		const { rows: [row], ...counts } = await imported(text, { where: target });

		assert.deepEqual(counts, { dry_run: false, created: 1, existing: 0, refused: 0 });
		assert.notEqual(row.id, contractor.id);
		const back = await get(row.id);
		for (const key of ['name', 'company', 'contact_person', 'phones', 'email', 'website', 'address',
			'notes',
			'specialties'])
			assert.deepEqual(back[key], FULL[key], key);
		assert.deepEqual([back.residence_id, back.hourly_rate, back.do_not_use], [target.id, null, false]);
	});

	test('leaves those as they are that came from here', async () => {
		const contractor = await make(FULL);
		const { text } = await card(contractor);

		const { rows } = await imported(text);
		assert.deepEqual(rows, [{ line: 1, status: 200, id: contractor.id }]);
		await robin.client.delete(`/api/contractors/${contractor.id}`);
		assert.equal((await imported(text)).rows[0].problem.code, 'id_taken');
	});

	test('makes nothing twice of the same file', async () => {
		const file = wrap('UID:17', 'FN:First') + wrap('FN:Second', 'TEL:1');
		const first = await imported(file);
		const again = await imported(file);

		assert.deepEqual([first.created, again.created, again.existing], [2, 0, 2]);
		assert.deepEqual(again.rows.map((r) => r.id), first.rows.map((r) => r.id));
		first.rows.forEach((r) => assert.match(r.id, UUID));
		assert.deepEqual((await imported(wrap('FN:Third') + wrap('FN:Third'))).rows.map((r) => r.status), [201,
			400]);
	});

	test('only tells, when it is a dry run', async () => {
		const file = wrap('FN:Never');
		const { rows: [row], dry_run: dry } = await imported(file, { query: '?dry_run=true' });

		assert.deepEqual([dry, row.status], [true, 201]);
		expectProblem(await robin.client.get(`/api/contractors/${row.id}`), 404, 'not_found');
	});

	test('reads what an iPhone writes: vCard 3.0, groups, labels, a photo', async () => {
		const contractor = await read('PRODID:-//Apple Inc.//iPhone OS 18.0//EN', 'N:Marsh;Ida;;Dr.;',
			'FN:Dr. Ida Marsh',
			'ORG:Sweep\\, Brush & Sons;Chimneys',
				'EMAIL;type=INTERNET;type=WORK;type=pref:ida@sweep.example',
			'TEL;type=CELL;type=VOICE;type=pref:(802) 555-0133', 'item1.TEL:555-0134',
			'item1.X-ABLabel:_$!<Other>!$_', 'item2.TEL;type=pref:555-0135', 'item2.X-ABLabel:Werkstatt',
			'item3.ADR;type=WORK;type=pref:;;14 Elm Street\\nRear house;Putney;VT;05346;United States',
			'item3.X-ABADR:us', 'item4.URL;type=pref:www.sweep.example', 'NOTE:Book in\\nAugust',
			'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAASABIAAD',
				' /4QBMRXhpZgAATU0AKgAAAAgAAYdpAAQAAAABAAAAGg');

		assert.deepEqual([contractor.name, contractor.company, contractor.email],
			['Dr. Ida Marsh', 'Sweep, Brush & Sons', 'ida@sweep.example']);
		assert.deepEqual(contractor.phones, [{ label: 'Mobile', number: '(802) 555-0133' },
			{ label: 'Other', number: '555-0134' }, { label: 'Werkstatt', number: '555-0135' }]);
		assert.equal(contractor.address, '14 Elm Street\nRear house\nPutney, VT 05346\nUnited States');
		assert.deepEqual([contractor.website, contractor.notes], ['https://www.sweep.example',
			'Book in\nAugust']);
	});

	test('reads what an Android phone writes: vCard 2.1 in quoted-printable', async () => {
		const text = ['BEGIN:VCARD', 'VERSION:2.1',
			'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=6C=6C=65=72;=4A=C3=B6=72=67;;;',
			'TEL;CELL:+49 170 555 01', 'TEL;WORK;FAX:+49 89 555 02',
				'ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=48=61=75=',
			'=70=74=73=74=72=2E=20=35;M=C3=BCnchen;;80331;', 'ORG:M\u00fcller Bau',
				'END:VCARD'].join('\r\n');
		const { rows: [row] } = await imported(text);
		const contractor = await get(row.id);

		assert.deepEqual([contractor.name, contractor.company], ['Jörg Müller', 'Müller Bau']);
		assert.deepEqual(contractor.phones, [{ label: 'Mobile', number: '+49 170 555 01' },
			{ label: 'Fax', number: '+49 89 555 02' }]);
		assert.equal(contractor.address, 'Hauptstr. 5\n80331 München');
	});

	test('reads vCard 4.0 of others: telephones as URIs, types in quotes', async () => {
		const contractor = await read('FN:Eve', 'TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-555-5555;ext=5',
			'RELATED;TYPE=friend;VALUE=text:Not she', 'RELATED;TYPE="contact,me";VALUE=text:Ask me');

		assert.deepEqual(contractor.phones, [{ label: 'Home', number: '+1-555-555-5555;ext=5' }]);
		assert.equal(contractor.contact_person, 'Ask me');
	});

	test('calls a business without a person by its name', async () => {
		const contractor = await read('N:;;;;', 'FN:', 'ORG:Valley Septic;');

		assert.deepEqual([contractor.name, contractor.company], ['Valley Septic', null]);
	});

	test('says of each faulty card what is wrong with it, and takes the others', async () => {
		const before = expectPage(await robin.client.get(
			`/api/contractors?residence_id=${residence.id}&limit=200`)).length;
		const cards = [wrap('TEL:1'), wrap('FN:a', 'EMAIL:nobody'), wrap('FN:b', 'URL:javascript://x'),
			wrap('FN:c', 'X-HOB-SPECIALTIES:magic'), wrap('FN:d', ...Array(11).fill('TEL:1')),
				wrap('FN:good'),
			wrap(`FN:${'x'.repeat(201)}`), wrap('FN:a\\nb')];
		const answer = await imported(cards.join(''));

		assert.deepEqual(answer.rows.map((r) => [r.status, r.problem?.errors[0].field,
			r.problem?.errors[0].code]), [
			[400, 'name', 'required'], [400, 'email', 'format'], [400, 'website', 'format'],
			[400, 'specialties', 'not_found'], [400, 'phones', 'too_long'], [201, undefined, undefined],
			[400, 'name', 'too_long'], [400, 'name', 'format']]);
		assert.deepEqual(answer.rows.slice(0, 2).map((r) => r.line), [1, 5]);
		assert.equal(answer.refused, 7);
		assert.equal(expectPage(await robin.client.get(
			`/api/contractors?residence_id=${residence.id}&limit=200`)).length,
			before + 1);
	});

	test('refuses what is no address book, and one that is cut off', async () => {
		for (const text of ['', 'name,phone\n', 'BEGIN:VCALENDAR\nEND:VCALENDAR\n', 'BEGIN:VCARD\nFN:a\n',
			'BEGIN:VCARD\nFN:a\nBEGIN:VCARD\nEND:VCARD\n', `${wrap('FN:a')}nonsense`])
			expectProblem(await importing(text), 400, 'malformed_vcard');
		expectProblem(await importing(Buffer.from('BEGIN:VCARD\nFN:\xff\nEND:VCARD\n', 'latin1')), 400,
			'malformed');
		expectProblem(await robin.client.request('POST', `/api/residences/${residence.id}/contractors/import`,
			{ raw: wrap('FN:a') }), 415, 'unsupported_media_type');
		expectInvalid(await importing(wrap('FN:a').repeat(251)), { rows: 'too_long' }, 'query');
		expectProblem(await importing(wrap('FN:a', `NOTE:${'x'.repeat(1 << 20)}`)), 413, 'too_large');
	});

	test('names a line that is of no card, before one and behind one', async () => {
		for (const [text, line] of [['x\nBEGIN:VCARD\nEND:VCARD\n', 1],
			[`${wrap('FN:a')}nonsense\nEND:VCARD`, 5], [`${wrap('FN:a')}FN:b\nEND:VCARD`, 5]])
			assert.equal(expectProblem(await importing(text), 400, 'malformed_vcard').detail,
				`Line ${line} is of no card.`);
	});

	for (const begin of ['BEGIN;X=1:VCARD', 'a.BEGIN:VCARD', 'BEGIN :VCARD', 'BEG\r\n IN:VCARD'])
		test(`counts a card that begins with ${JSON.stringify(begin)} as it reads it`, async () => {
			const where = await newResidence(robin);
			const file = (count) => Array.from({ length: count }, (_, i) =>
				wrap(`UID:${begin} ${i}`, 'FN:a').replace('BEGIN:VCARD', begin)).join('');

			expectInvalid(await importing(wrap('FN:a') + file(250), { where }), { rows: 'too_long' },
				'query');
			const { created, existing } = await imported(file(20) + wrap('FN:a'), { where });
			assert.deepEqual([created, existing], [21, 0]);
		});

	test('takes a file with a photo of half a megabyte', async () => {
		const line = 'QUJD'.repeat(18);
		const photo = `PHOTO;ENCODING=b;TYPE=JPEG:${line}${`\r\n ${line}`.repeat(7000)}`;

		assert.equal((await read('FN:Photo', photo, 'TEL:9')).phones[0].number, '9');
	});

	test('is for members: a viewer gets 403, a stranger 404', async () => {
		expectProblem(await importing(wrap('FN:a'), { person: viewer }), 403, 'forbidden');
		expectProblem(await importing(wrap('FN:a'), { person: stranger }), 404, 'not_found');
	});

	test('is done once under a key', async () => {
		const send = () => robin.client.request('POST', `/api/residences/${residence.id}/contractors/import`,
			{ body: new Cards(wrap('FN:Once')), headers: { 'Idempotency-Key': 'import-once' } });
		const first = expectOk(await send());
		const res = await send();

		assert.equal(res.headers['idempotency-replayed'], 'true');
		assert.deepEqual(expectOk(res).rows.map((r) => r.id), first.rows.map((r) => r.id));
		expectKeys(first, ['dry_run', 'created', 'existing', 'refused', 'rows']);
	});
});
