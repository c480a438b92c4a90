// unsubscribe.mjs: the tokens in mails that end mails, made as the server makes them.
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const secret = () => createHash('sha256').update(readFileSync(`${process.env.HOB_STATE}/cursor.key`, 'utf8').trim())
	.digest();

/** What ends the mails of this kind for this account. */
export function unsubscribeToken(userId, kind) {
	const seal = createHmac('sha256', secret()).update(`unsubscribe ${userId} ${kind}`).digest().subarray(0, 16);

	return `${kind}.${userId}.${seal.toString('base64url')}`;
}
