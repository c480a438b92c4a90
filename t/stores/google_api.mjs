// google_api.mjs: what Hob asks of Google: an access token for a service account, subscriptionsv2.get and
// subscriptions.acknowledge of the Play Developer API, and the keys by which push tokens are signed.
import { randomBytes } from 'node:crypto';

import { settle } from './google_states.mjs';
import { DAY } from './clock.mjs';
import { open, verify } from './jws.mjs';
import { json, openServer } from './server.mjs';

const SCOPE = 'https://www.googleapis.com/auth/androidpublisher';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const HOUR_S = 3600;
const SKEW_S = 300;
/** For so long after its end a purchase can be asked for. */
const KEPT_MS = 60 * DAY;

// --- errors ----------------------------------------------------------------------------------------------------------

/** reason: [status, message, domain]. */
const REASONS = {
	invalid: [400, 'Invalid Value', 'global'],
	purchaseTokenDoesNotMatchPackageName: [400, 'The purchase token does not match the package name.'],
	purchaseTokenDoesNotMatchSubscriptionId: [400, 'The purchase token does not match the subscription ID.'],
	invalidPurchaseState: [400, 'The purchase is not in a valid state to perform the desired operation.'],
	authError: [401, 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie '
		+ 'or other valid authentication credential.', 'global', 'UNAUTHENTICATED'],
	permissionDenied: [403, 'The current user has insufficient permissions to perform the requested operation.'],
	applicationNotFound: [404, 'No application was found for the given package name.'],
	purchaseTokenNotFound: [404, 'The purchase token was not found.'],
	concurrentUpdate: [409, 'The purchase is being updated by another request.'],
	subscriptionPurchaseNoLongerAvailable: [410, 'The subscription purchase is no longer available for query '
		+ 'because it has been expired for too long.'],
	purchaseTokenNoLongerValid: [410, 'The purchase token is no longer valid.'],
	rateLimitExceeded: [429, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'.", 'global',
		'RESOURCE_EXHAUSTED'],
	backendError: [500, 'Internal error encountered.', 'global', 'INTERNAL'],
	badGateway: [502, 'Bad Gateway', 'global'],
	backendUnavailable: [503, 'The service is currently unavailable.', 'global', 'UNAVAILABLE'],
};

function no(reason, headers) {
	const [status, message, domain = 'androidpublisher', name] = REASONS[reason];

	return json(status, { error: { code: status, message, errors: [{ message, domain, reason }],
		...(name === undefined ? {} : { status: name }) } }, headers);
}

const deny = (error, description) => json(400, { error, error_description: description });

function refusal(status, { retryAfter, code } = {}) {
	const reason = code ?? Object.keys(REASONS).find((name) => REASONS[name][0] === status);

	return reason === undefined ? { status, body: '', headers: {} }
		: no(reason, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
}

// --- the token endpoint ----------------------------------------------------------------------------------------------

const TOO_LONG = 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check '
	+ 'your iat and exp values in the JWT claim.';

/** Why an assertion is not taken, as an answer; undefined when it is. */
function faultOf(store, { header, payload }, assertion, tokenUrl) {
	const now = store.wall() / 1000, { email, key, keyId } = store.account;

	if (payload.iss !== email)
		return deny('invalid_grant', 'Invalid grant: account not found');
	if (![undefined, keyId].includes(header.kid) || !verify(assertion, 'RS256', key))
		return deny('invalid_grant', 'Invalid JWT Signature.');
	if (![tokenUrl, 'https://oauth2.googleapis.com/token'].includes(payload.aud))
		return deny('invalid_grant', 'Invalid JWT: Failed audience check.');
	if (!(payload.exp > now - SKEW_S) || !(payload.iat <= now + SKEW_S) || payload.exp - payload.iat > HOUR_S)
		return deny('invalid_grant', TOO_LONG);
	return (payload.scope ?? '').split(' ').includes(SCOPE) ? undefined
		: deny('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
}

/** Access tokens of service accounts have 1,024 characters, padded by dots. */
function grant(store) {
	const token = `ya29.c.c0${randomBytes(180).toString('base64url')}`.padEnd(1024, '.');

	store.granted.set(token, store.wall() + store.expiresIn * 1000);
	return json(200, { access_token: token, expires_in: store.expiresIn, token_type: 'Bearer' });
}

function tokenFor(store, { body, headers }, tokenUrl) {
	const form = new URLSearchParams(body), assertion = form.get('assertion') ?? '';
	const isForm = /^application\/x-www-form-urlencoded/.test(headers['content-type'] ?? '');

	if (!isForm || form.get('grant_type') !== GRANT)
		return deny('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
	try {
		return faultOf(store, open(assertion), assertion, tokenUrl) ?? grant(store);
	} catch {
		return deny('invalid_grant', 'Bad Request');
	}
}

// --- the API ---------------------------------------------------------------------------------------------------------

function isGranted(store, { headers }) {
	const [kind, token] = (headers.authorization ?? '').split(' ');

	return kind === 'Bearer' && store.granted.get(token) > store.wall();
}

/** A purchase, or why there is none, as an answer. */
function find(store, packageName, token) {
	if (packageName !== store.packageName)
		return { fault: no('applicationNotFound') };
	if (!/^[A-Za-z0-9._-]{20,}$/.test(token))
		return { fault: no('invalid') };
	const p = store.purchases.get(token);

	if (p === undefined)
		return { fault: no('purchaseTokenNotFound') };
	settle(p);
	if (p.isForgotten)
		return { fault: no('purchaseTokenNoLongerValid') };
	return p.expires + KEPT_MS < p.clock.now() ? { fault: no('subscriptionPurchaseNoLongerAvailable') } : { p };
}

function acknowledge(p, subscriptionId) {
	if (p.state === 'PENDING')
		return no('invalidPurchaseState');
	if (![p.product, p.deferredTo].includes(subscriptionId))
		return no('purchaseTokenDoesNotMatchSubscriptionId');
	p.acknowledged = true;
	return { status: 204, body: '', headers: {} };
}

const APPLICATION = '/androidpublisher/v3/applications/([^/]+)/purchases';
const GET = new RegExp(`^${APPLICATION}/subscriptionsv2/tokens/([^/]+)$`);
const ACKNOWLEDGE = new RegExp(`^${APPLICATION}/subscriptions/([^/]+)/tokens/([^/:]+):acknowledge$`);

function askApi(store, request, pathname, resource) {
	const wanted = (request.method === 'GET' ? GET : ACKNOWLEDGE).exec(pathname)?.slice(1).map(decodeURIComponent);

	if (!isGranted(store, request))
		return no('authError', { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", '
			+ 'error="invalid_token"' });
	if (wanted === undefined || !['GET', 'POST'].includes(request.method))
		return { status: 404, body: '<!DOCTYPE html>', headers: { 'content-type': 'text/html' } };
	const { p, fault } = find(store, wanted[0], wanted.at(-1));

	if (fault !== undefined)
		return fault;
	return request.method === 'GET' ? json(200, resource(p)) : acknowledge(p, wanted[1]);
}

/** `resource(p)` is what the API says of a purchase. */
export async function openGoogleApi(store, { resource, tls }) {
	const server = await openServer({ refusal, tls, take(request) {
		const { pathname } = new URL(request.path, 'http://store');

		if (pathname === '/token' && request.method === 'POST')
			return tokenFor(store, request, `${server.url}/token`);
		if (pathname === '/oauth2/v3/certs' && request.method === 'GET')
			return json(200, store.keys.jwks(), {
				'cache-control': `public, max-age=${store.maxAge}, must-revalidate, no-transform` });
		return askApi(store, request, pathname, resource);
	} });

	return server;
}
