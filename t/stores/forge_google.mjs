// forge_google.mjs: pushes that pretend to come from Google's Pub/Sub. None of them may be believed.
import { createPublicKey, generateKeyPairSync } from 'node:crypto';

import { pushClaims, pushHeader, pushRequest } from './google.mjs';
import { base64url, sign } from './jws.mjs';

const HOUR_S = 3600;
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = (key) => createPublicKey(key).export({ type: 'spki', format: 'pem' });

/** Signed by the right key; claims or header are other ones. */
const saying = (claims, header = {}) => (store) => sign({ ...pushHeader(store), ...header },
	{ ...pushClaims(store), ...claims(store) }, store.keys.current().key);

function swapped(store) {
	const [header, , last] = saying(() => ({ sub: '1' }))(store).split('.');

	return `${header}.${base64url(pushClaims(store))}.${last}`;
}

/** By name: (store) => the token of a push; '' is none. That it is forged can be seen in the token alone. */
const BY_SHAPE = {
	no_token: () => '',
	no_jws: () => 'ya29.c.c0AAAA',
	alg_none: (store) => sign({ ...pushHeader(store), alg: 'none' }, pushClaims(store)),
	hs256_by_the_public_key: (store) => sign({ ...pushHeader(store), alg: 'HS256' }, pushClaims(store),
		pem(store.keys.current().key)),
	no_kid: (store) => sign({ ...pushHeader(store), kid: undefined }, pushClaims(store), stranger),
	wrong_audience: saying(() => ({ aud: 'https://other.example/google' })),
	wrong_issuer: saying(() => ({ iss: 'https://accounts.google.com.example' })),
	wrong_email: saying(() => ({ email: 'someone@other.iam.gserviceaccount.com' })),
	no_email: saying(() => ({ email: undefined, email_verified: undefined })),
	email_not_verified: saying(() => ({ email_verified: false })),
	expired: saying((store) => ({ iat: pushClaims(store).iat - 3 * HOUR_S,
		exp: pushClaims(store).exp - 3 * HOUR_S })),
	no_expiry: saying(() => ({ exp: undefined })),
	of_the_future: saying((store) => ({ iat: pushClaims(store).iat + 3 * HOUR_S,
		exp: pushClaims(store).exp + 3 * HOUR_S })),
};
/** Only who has the keys of Google can see it. */
const BY_KEY = {
	unknown_key: (store) => sign({ ...pushHeader(store), kid: '0'.repeat(40) }, pushClaims(store), stranger),
	another_key_by_the_name_of_one: (store) => sign(pushHeader(store), pushClaims(store), stranger),
	key_of_the_service_account: (store) => sign({ ...pushHeader(store), kid: store.account.keyId },
		pushClaims(store), store.account.key),
	swapped_payload: swapped,
};
const FORGERIES = { ...BY_SHAPE, ...BY_KEY };
export const [seenByShape, seenByKey] = [Object.keys(BY_SHAPE), Object.keys(BY_KEY)];

export const forge = (store, name) => FORGERIES[name](store);

/** `message` under a forged token, as post() sends it. */
export const forgedMessage = (store, name, message) => ({ ...message,
	request: () => pushRequest(store, message, forge(store, name)) });
