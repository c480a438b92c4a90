// apple_api.mjs: the App Store Server API of one environment: GET /inApps/v1/subscriptions/{transactionId}, for who has
// the key.
import { randomBytes } from 'node:crypto';

import { bearer } from './jws.mjs';
import { json, openServer } from './server.mjs';

const HOUR_S = 3600;
const SKEW_S = 60;

/** What Apple says by a status; of 429 it says when to come again, in milliseconds since 1970. */
const REFUSALS = {
	400: [4000006, 'Invalid transaction id.'],
	404: [4040010, 'Transaction id not found.'],
	429: [4290000, 'Rate limit exceeded.'],
	500: [5000000, 'An unknown error occurred.'],
};

function refusal(status, { code, retryAfter = Date.now() + 1000 } = {}) {
	const headers = status === 429 ? { 'retry-after': String(retryAfter) } : {};

	if (status === 401)
		return { status, headers: { 'content-type': 'text/plain' },
			body: `Unauthenticated\n\nRequest ID: ${randomBytes(16).toString('hex').toUpperCase()}.0.0\n` };
	if (REFUSALS[status] === undefined)
		return { status, body: '', headers };
	const [errorCode, errorMessage] = REFUSALS[status];

	return json(status, { errorCode: code ?? errorCode, errorMessage }, headers);
}

/** Why a token is not taken; undefined when it is. */
function faultOf(store, headers) {
	const { id, issuer, key } = store.apiKey;
	const claims = bearer(headers.authorization, 'ES256', (header) => (header.kid === id ? key : undefined));
	const now = store.wall() / 1000;

	if (claims === undefined)
		return 'no token, or not signed by the key';
	if (claims.iss !== issuer || claims.aud !== 'appstoreconnect-v1' || claims.bid !== store.bundleId)
		return 'iss, aud or bid';
	if (!(claims.iat <= now + SKEW_S) || !(claims.exp > now))
		return 'iat or exp is not now';
	return claims.exp - claims.iat > HOUR_S ? 'it would live for longer than an hour' : undefined;
}

/** `statuses(id)` is the answer, or undefined. `faults` of the server tells why tokens were refused. */
export async function openAppleApi(store, { statuses, tls }) {
	const faults = [];

	function take({ method, path, headers }) {
		const fault = faultOf(store, headers);
		const { pathname, searchParams } = new URL(path, 'http://store');
		const id = /^\/inApps\/v1\/subscriptions\/([^/]+)$/.exec(pathname)?.[1];

		if (fault !== undefined) {
			faults.push(fault);
			return refusal(401);
		}
		if (method !== 'GET' || id === undefined)
			return { status: 404, body: '', headers: {} };
		if (!/^\d{1,20}$/.test(id))
			return refusal(400);
		const answer = statuses(id);
		const wanted = searchParams.getAll('status').map(Number);

		for (const group of wanted.length > 0 ? answer?.data ?? [] : [])
			group.lastTransactions = group.lastTransactions.filter(({ status }) => wanted.includes(status));
		return answer === undefined ? refusal(404) : json(200, answer);
	}

	return Object.assign(await openServer({ take, refusal, tls }), { faults });
}
