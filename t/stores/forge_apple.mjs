// forge_apple.mjs: what pretends to be signed by Apple, or is and is not for this app. None of it may be believed. What
// is replayed is no forgery: deliver a message twice, or show an old store.signedTransaction().
import { createPublicKey, sign as signature } from 'node:crypto';

import { signBy } from './apple.mjs';
import { base64url, open, sign } from './jws.mjs';
import { EXPIRED, makeChain, makeIntermediate, makeKey, makeLeaf, notYet } from './x509.mjs';

const shown = (...certificates) => certificates.map(({ base64 }) => base64);
const headerOf = ({ leaf, intermediate, root }, more = {}) => ({ alg: 'ES256', x5c: shown(leaf, intermediate, root),
	...more });
const pem = (key) => createPublicKey(key).export({ type: 'spki', format: 'pem' });
const withSignature = (jws, bytes) => `${jws.slice(0, jws.lastIndexOf('.'))}.${base64url(bytes)}`;

/** The bundle or the environment is another, in a transaction or in a notification. */
const changed = (payload, changes) => (payload.data ? { ...payload, data: { ...payload.data, ...changes } }
	: { ...payload, ...changes });

/** A chain of the pinned root in which one certificate is another. */
function otherwise({ root, ...chain }, { intermediate, leaf }) {
	const middle = intermediate ? makeIntermediate(root, intermediate) : chain.intermediate;

	return { root, intermediate: middle, leaf: makeLeaf(middle, leaf) };
}

function flipped(jws) {
	const { signature: bytes } = open(jws);

	bytes[40] ^= 1;
	return withSignature(jws, bytes);
}

function inDer(chain, payload) {
	const jws = signBy(chain, payload);

	return withSignature(jws, signature('sha256', Buffer.from(open(jws).text), chain.leaf.key));
}

/** The signature of another payload: the header and the signature are Apple's, what stands between is not. */
function swapped(chain, payload) {
	const [header, , last] = signBy(chain, { ...payload, signedDate: 1 }).split('.');

	return `${header}.${base64url(payload)}.${last}`;
}

/** By name: (chain of the store, payload) => a JWS, which the App Store has not signed. */
const FORGED = {
	alg_none: (chain, payload) => sign(headerOf(chain, { alg: 'none' }), payload),
	no_signature: (chain, payload) => withSignature(signBy(chain, payload), Buffer.alloc(0)),
	zero_signature: (chain, payload) => withSignature(signBy(chain, payload), Buffer.alloc(64)),
	flipped_signature: (chain, payload) => flipped(signBy(chain, payload)),
	der_signature: inDer,
	swapped_payload: swapped,
	hs256_by_the_public_key: (chain, payload) => sign(headerOf(chain, { alg: 'HS256' }), payload,
		pem(chain.leaf.key)),
	es256_said_to_be_rs256: (chain, payload) => sign({ ...headerOf(chain), alg: 'RS256' }, payload, chain.leaf.key),
	another_key: (chain, payload) => sign(headerOf(chain), payload, makeKey()),
	key_in_the_header: (chain, payload) => {
		const key = makeKey();

		return sign({ alg: 'ES256', jwk: createPublicKey(key).export({ format: 'jwk' }) }, payload, key);
	},
	unknown_critical: (chain, payload) => signBy(chain, payload, { crit: ['b64'], b64: true }),

	wrong_root: (chain, payload) => signBy(makeChain(), payload),
	wrong_root_behind_the_right_one: (chain, payload) => signBy({ ...makeChain(), root: chain.root }, payload),
	wrong_intermediate: (chain, payload) => signBy({ ...makeChain(), root: chain.root,
		intermediate: chain.intermediate }, payload),
	leaf_without_mark: (chain, payload) => signBy(otherwise(chain, { leaf: { marks: [] } }), payload),
	intermediate_without_mark: (chain, payload) => signBy(otherwise(chain, { intermediate: { marks: [] } }),
		payload),
	intermediate_that_may_not_sign: (chain, payload) => signBy(otherwise(chain, { intermediate: { ca: false } }),
		payload),
	expired_leaf: (chain, payload) => signBy(otherwise(chain, { leaf: EXPIRED }), payload),
	expired_intermediate: (chain, payload) => signBy(otherwise(chain, { intermediate: EXPIRED }), payload),
	leaf_of_the_future: (chain, payload) => signBy(otherwise(chain, { leaf: notYet() }), payload),
	no_certificates: (chain, payload) => signBy(chain, payload, { x5c: [] }),
	no_x5c: (chain, payload) => signBy(chain, payload, { x5c: undefined }),
	leaf_alone: (chain, payload) => signBy(chain, payload, { x5c: shown(chain.leaf) }),
	two_certificates: (chain, payload) => signBy(chain, payload, { x5c: shown(chain.leaf, chain.intermediate) }),
	four_certificates: (chain, payload) => signBy(chain, payload,
		{ x5c: shown(chain.leaf, chain.intermediate, chain.root, chain.root) }),
	certificates_in_reverse: (chain, payload) => signBy(chain, payload,
		{ x5c: shown(chain.root, chain.intermediate, chain.leaf) }),
	certificate_that_is_none: (chain, payload) => signBy(chain, payload,
		{ x5c: ['AAAA', ...shown(chain.intermediate, chain.root)] }),
	x5c_that_is_a_string: (chain, payload) => signBy(chain, payload, { x5c: chain.leaf.base64 }),

	two_parts: (chain, payload) => signBy(chain, payload).split('.').slice(0, 2).join('.'),
	four_parts: (chain, payload) => `${signBy(chain, payload)}.AAAA`,
	header_that_is_no_json: (chain, payload) => `AAAA.${signBy(chain, payload).split('.').slice(1).join('.')}`,
	nothing: () => '',
};
/** The App Store has signed it, and not for us. */
const FOREIGN = {
	payload_that_is_no_object: (chain) => signBy(chain, 'paid'),
	wrong_bundle: (chain, payload) => signBy(chain, changed(payload, { bundleId: 'com.example.other' })),
	wrong_environment: (chain, payload) => signBy(chain, changed(payload, { environment: 'Xcode' })),
};
const FORGERIES = { ...FORGED, ...FOREIGN };
export const [forged, foreign] = [Object.keys(FORGED), Object.keys(FOREIGN)];

/** A forged transaction or notification: `payload` is what it claims, or a signed one whose payload it takes. */
export const forge = (store, name, payload) => FORGERIES[name](store.chain,
	typeof payload === 'string' ? open(payload).payload : payload);

/** A notification with a forged outside, as post() sends it. */
export function forgedMessage(store, name, message) {
	const body = JSON.stringify({ signedPayload: forge(store, name, message.payload) });

	return { ...message, request: () => ({ headers: { 'content-type': 'application/json' }, body }) };
}
