// jws.mjs: JSON Web Signatures in their compact form: ES256 and RS256 as the stores use them, and what only forgers
// use.
import { createHmac, sign as signature, verify as isSigned } from 'node:crypto';

const ES256 = { dsaEncoding: 'ieee-p1363' };
const SIGNERS = {
	ES256: (text, key) => signature('sha256', text, { key, ...ES256 }),
	RS256: (text, key) => signature('sha256', text, key),
	HS256: (text, secret) => createHmac('sha256', secret).update(text).digest(),
	none: () => Buffer.alloc(0),
};
const VERIFIERS = {
	ES256: (text, key, bytes) => isSigned('sha256', text, { key, ...ES256 }, bytes),
	RS256: (text, key, bytes) => isSigned('sha256', text, key, bytes),
};

export const base64url = (value) => Buffer.from(typeof value === 'object' && !Buffer.isBuffer(value)
	? JSON.stringify(value) : value).toString('base64url');
const parsed = (part) => JSON.parse(Buffer.from(part, 'base64url'));

/** `key` signs by header.alg; a secret for HS256, nothing for none. */
export function sign(header, payload, key) {
	const text = `${base64url(header)}.${base64url(payload)}`;

	return `${text}.${base64url(SIGNERS[header.alg](Buffer.from(text), key))}`;
}

/** { header, payload, signature, text: what is signed }; it throws when `jws` is none. */
export function open(jws) {
	const [header, payload, last, ...more] = jws.split('.');

	if (last === undefined || more.length > 0)
		throw new Error('not three parts');
	return { header: parsed(header), payload: parsed(payload), signature: Buffer.from(last, 'base64url'),
		text: `${header}.${payload}` };
}

/** Whether `key` has signed it by `alg`, which the verifier says and not the header. */
export function verify(jws, alg, key) {
	const { header, signature: bytes, text } = open(jws);

	return header.alg === alg && VERIFIERS[alg](Buffer.from(text), key, bytes);
}

/** The payload of a bearer token of `authorization` when `key(header)` has signed it; undefined otherwise. */
export function bearer(authorization, alg, key) {
	const [kind, jws] = (authorization ?? '').split(' ');

	try {
		const { header, payload } = open(jws);
		const by = key(header);

		return kind === 'Bearer' && by && verify(jws, alg, by) ? payload : undefined;
	} catch {
		return undefined;
	}
}
