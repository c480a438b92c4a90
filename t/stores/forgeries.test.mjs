// forgeries.test.mjs: who looks as closely as the contracts say takes what the stand-ins sign, and no forgery.
import assert from 'node:assert/strict';
import { X509Certificate, createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { openApple } from './apple.mjs';
import { makeClock } from './clock.mjs';
import { foreign, forge, forged, forgedMessage } from './forge_apple.mjs';
import { forgedMessage as forgedPush, seenByKey, seenByShape } from './forge_google.mjs';
import { openGoogle } from './google.mjs';
import { open, verify } from './jws.mjs';
import { INTERMEDIATE_MARK, LEAF_MARK, oid } from './x509.mjs';

let apple, google;

before(async () => {
	apple = await openApple({ clock: makeClock(Date.UTC(2026, 0, 1)) });
	google = await openGoogle();
});
after(() => Promise.all([apple.close(), google.close()]));

// --- Apple -----------------------------------------------------------------------------------------------------------

const isNow = (c, at) => Date.parse(c.validFrom) <= at && at <= Date.parse(c.validTo);

function isChain([leaf, intermediate, root], at) {
	return [leaf, intermediate, root].every((c) => isNow(c, at)) && intermediate.ca && !leaf.ca
		&& leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey)
		&& intermediate.checkIssued(root) && intermediate.verify(root.publicKey)
		&& leaf.raw.includes(oid(LEAF_MARK)) && intermediate.raw.includes(oid(INTERMEDIATE_MARK));
}

/** The payload of what Apple has signed for this app; undefined of anything else. */
function trusted(jws) {
	try {
		const { header, payload } = open(jws), { x5c, crit } = header;
		const certificates = x5c.map((text) => new X509Certificate(Buffer.from(text, 'base64')));
		const { bundleId, environment } = payload.data ?? payload;
		const isOurs = bundleId === apple.bundleId && ['Production', 'Sandbox'].includes(environment);
		const isPinned = x5c.length === 3 && x5c[2] === apple.chain.root.base64;

		return crit === undefined && isOurs && isPinned && isChain(certificates, payload.signedDate)
			&& verify(jws, 'ES256', certificates[0].publicKey) ? payload : undefined;
	} catch {
		return undefined;
	}
}

describe('Apple', () => {
	const made = () => {
		const id = apple.buy();

		return { transaction: apple.signedTransaction(id), message: apple.take()[0] };
	};

	test('what it signs is trusted', () => {
		const { transaction, message } = made();

		assert.ok(trusted(transaction));
		assert.ok(trusted(JSON.parse(message.request().body).signedPayload));
		assert.ok(trusted(message.payload.data.signedTransactionInfo));
	});

	for (const name of [...forged, ...foreign]) {
		test(`a forgery is not: ${name}`, () => {
			const { transaction, message } = made();

			assert.equal(trusted(forge(apple, name, transaction)), undefined);
			const { signedPayload } = JSON.parse(forgedMessage(apple, name, message).request().body);

			assert.equal(trusted(signedPayload), undefined);
		});
	}

	test('a second delivery is the same to the byte', () => {
		const { message } = made();

		assert.deepEqual(message.request(), message.request());
	});
});

// --- Google ----------------------------------------------------------------------------------------------------------

/** Whether the claims of a push's token are those that ours has. */
function hasShape(jws) {
	try {
		const { header, payload } = open(jws), now = Date.now() / 1000;

		return header.alg === 'RS256' && header.kid !== undefined
			&& payload.iss === 'https://accounts.google.com' && payload.aud === google.push.audience
			&& payload.email === google.push.email
			&& payload.email_verified === true && payload.exp > now && payload.iat < now + 300;
	} catch {
		return false;
	}
}

function isSigned(jws) {
	const jwk = google.keys.jwks().keys.find(({ kid }) => kid === open(jws).header.kid);

	return jwk !== undefined && verify(jws, 'RS256', createPublicKey({ key: jwk, format: 'jwk' }));
}

const tokenOf = (message) => message.request().headers.authorization?.split(' ')[1] ?? '';

describe('Google', () => {
	const made = () => {
		google.buy();
		return google.take()[0];
	};

	test('its push is trusted', () => {
		const token = tokenOf(made());

		assert.ok(hasShape(token) && isSigned(token));
	});

	for (const name of seenByShape) {
		test(`a forgery is seen by its shape: ${name}`, () => {
			assert.equal(hasShape(tokenOf(forgedPush(google, name, made()))), false);
		});
	}

	for (const name of seenByKey) {
		test(`a forgery is seen by the keys: ${name}`, () => {
			const token = tokenOf(forgedPush(google, name, made()));

			assert.deepEqual([hasShape(token), isSigned(token)], [true, false]);
		});
	}

	test('a token says nothing of the body: two pushes have the same', () => {
		assert.equal(tokenOf(made()), tokenOf(made()));
	});
});
