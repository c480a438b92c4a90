// seals.mjs: what links of mails prove themselves by, made as the server makes it; and exports that they lead to.
import { createHash, createHmac } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { sql } from './db.mjs';
import { missingId } from './people.mjs';

const state = process.env.HOB_STATE;
const secret = () => createHash('sha256').update(readFileSync(`${state}/cursor.key`, 'utf8').trim()).digest();
const sealOf = (text) => createHmac('sha256', secret()).update(text).digest().subarray(0, 16).toString('base64url');

/** What ends the mails of this kind for this account. */
export const unsubscribeToken = (userId, kind) => `${kind}.${userId}.${sealOf(`unsubscribe ${userId} ${kind}`)}`;

/** What the export of this id is fetched by. */
export const exportToken = (id) => `${id}.${sealOf(`export ${id}`)}`;

/** The id of the session of `person`. */
export const sessionOf = async ({ token }) => (await sql("SELECT id FROM sessions WHERE token_hash = :'hash'",
	{ hash: createHash('sha256').update(token).digest('hex') }))[0];

/** What a file is looked at by without showing the session, or access token, of this id that made the link. */
export function fileToken(fileId, variant, accessId, expiresAt = Math.floor(Date.now() / 1000) + 300) {
	const said = `${fileId}.${variant}.${accessId}.${expiresAt}`;

	return `${said}.${sealOf(`file ${said}`)}`;
}

/** An export of this account that was made just now, in place of any other; resolves to its id. */
export async function newExport(userId) {
	const [id] = await sql(`INSERT INTO exports AS e (id, user_id, created_at, made_at, bytes)
		SELECT gen_random_uuid(), u.id, now(), now(), 3 FROM users u WHERE u.id = :'userId'
		ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, made_at = now(), bytes = 3
		RETURNING id`, { userId });

	if (id === undefined)
		return missingId();
	const folder = `${state}/files/exports`;
	const { uid, gid } = statSync(`${state}/files`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${folder}/${id}.zip`, 'all');
	for (const path of [folder, `${folder}/${id}.zip`])
		chownSync(path, uid, gid);
	return id;
}
