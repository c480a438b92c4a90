// x509.mjs: certificates of elliptic keys written byte by byte (DER), so that a test may make any, good or bad, without
// a program; and the chain by which Apple signs.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { DAY } from './clock.mjs';

// --- DER -----------------------------------------------------------------------------------------------------------

function tlv(tag, ...parts) {
	const body = Buffer.concat(parts);
	const size = body.length < 128 ? [body.length]
		: body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];

	return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const seq = (...parts) => tlv(0x30, ...parts);
const set = (...parts) => tlv(0x31, ...parts);
const integer = (bytes) => tlv(0x02, bytes[0] & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
const bits = (bytes, unused = 0) => tlv(0x03, Buffer.from([unused]), bytes);
const octets = (...parts) => tlv(0x04, ...parts);
const utf8 = (text) => tlv(0x0c, Buffer.from(text));
const yes = tlv(0x01, Buffer.from([0xff]));
const NULL = tlv(0x05);

export function oid(text) {
	const [first, second, ...rest] = text.split('.').map(Number);
	const bytes = [first * 40 + second];

	for (const number of rest) {
		const groups = [number & 127];

		for (let n = number >>> 7; n > 0; n >>>= 7)
			groups.unshift(n & 127 | 128);
		bytes.push(...groups);
	}
	return tlv(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, as RFC 5280 wants it. */
function time(ms) {
	const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);

	return digits < '2050' ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tlv(0x18, Buffer.from(`${digits}Z`));
}

const ATTRIBUTES = { CN: '2.5.4.3', OU: '2.5.4.11', O: '2.5.4.10', C: '2.5.4.6' };
const nameOf = (subject) => seq(...Object.entries(subject).map(([key, value]) =>
	set(seq(oid(ATTRIBUTES[key]), utf8(value)))));

// --- certificates ----------------------------------------------------------------------------------------------------

const ECDSA = { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' };
const KEY_USAGE = { ca: bits(Buffer.from([0x06]), 1), leaf: bits(Buffer.from([0x80]), 7) };

const extension = (id, value, critical = false) => seq(oid(id), ...(critical ? [yes] : []), octets(value));
const spki = (key) => createPublicKey(key).export({ type: 'spki', format: 'der' });
const keyId = (key) => createHash('sha1').update(spki(key)).digest();

function extensions({ key, ca, marks, issuerKey }) {
	return seq(
		extension('2.5.29.19', ca ? seq(yes) : seq(), true),
		extension('2.5.29.15', ca ? KEY_USAGE.ca : KEY_USAGE.leaf, true),
		extension('2.5.29.14', octets(keyId(key))),
		extension('2.5.29.35', seq(tlv(0x80, keyId(issuerKey)))),
		...marks.map((id) => extension(id, NULL)));
}

export const makeKey = (namedCurve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve }).privateKey;

/**
 * Makes one: { der, pem, base64, key, subject }. `issuer` is another, or nothing: it vouches for itself. `marks` are
 * object identifiers of extensions that say nothing but that they are there; `from` and `until` are milliseconds.
 */
export function certificate({ subject, key = makeKey(), issuer, ca = false, marks = [], hash = 'sha256',
	from = Date.UTC(2020), until = Date.UTC(2049) }) {
	const by = issuer ?? { subject, key };
	const algorithm = seq(oid(ECDSA[hash]));
	const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(7)]));
	const body = seq(tlv(0xa0, integer(Buffer.from([2]))), serial, algorithm, nameOf(by.subject),
		seq(time(from), time(until)), nameOf(subject), spki(key),
		tlv(0xa3, extensions({ key, ca, marks, issuerKey: by.key })));
	const der = seq(body, algorithm, bits(sign(hash, body, by.key)));
	const base64 = der.toString('base64'), lines = base64.match(/.{1,64}/g).join('\n');

	return { der, base64, key, subject,
		pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

// --- Apple's chain ---------------------------------------------------------------------------------------------------

export const LEAF_MARK = '1.2.840.113635.100.6.11.1';
export const INTERMEDIATE_MARK = '1.2.840.113635.100.6.2.1';
const APPLE = { O: 'Apple Inc.', C: 'US' };
const NAMES = {
	root: { CN: 'Apple Root CA - G3', OU: 'Apple Certification Authority', ...APPLE },
	intermediate: { CN: 'Apple Worldwide Developer Relations Certification Authority', OU: 'G6', ...APPLE },
	leaf: { CN: 'Prod ECC Mac App Store and iTunes Store Receipt Signing',
		OU: 'Apple Worldwide Developer Relations', ...APPLE },
};

export const makeRoot = () => certificate({ subject: NAMES.root, key: makeKey('secp384r1'), ca: true, hash: 'sha384' });
export const makeIntermediate = (root, changes = {}) => certificate({ subject: NAMES.intermediate, issuer: root,
	key: makeKey('secp384r1'), ca: true, hash: 'sha384', marks: [INTERMEDIATE_MARK], ...changes });
export const makeLeaf = (intermediate, changes = {}) => certificate({ subject: NAMES.leaf, issuer: intermediate,
	hash: 'sha384', marks: [LEAF_MARK], ...changes });

/** { root, intermediate, leaf }; a chain signs by the key of its leaf and shows all three. */
export function makeChain(root = makeRoot()) {
	const intermediate = makeIntermediate(root);

	return { root, intermediate, leaf: makeLeaf(intermediate) };
}

/** Times of a certificate that is no longer, or not yet, good. */
export const EXPIRED = { from: Date.UTC(2019), until: Date.UTC(2021) };
export const notYet = (now = Date.now()) => ({ from: now + 30 * DAY, until: now + 400 * DAY });
