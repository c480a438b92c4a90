// index.ts: what the package has: the generated operations and types, and what a document cannot
// say: how to connect, repeat, keep a copy, and make ids.
import { createClient } from './generated/client/index.js';
import type { Client } from './generated/client/index.js';
import { patient } from './retry.js';
import type { Patience } from './retry.js';

export * from './generated/index.js';
export type { Client } from './generated/client/index.js';
export { isProblem, HobError, good } from './problem.js';
export { patient } from './retry.js';
export type { Patience } from './retry.js';
export { MemoryCopy, sync } from './sync.js';
export type { Changes, Copy } from './sync.js';
export { uuidv7 } from './uuid.js';

export interface Connection extends Patience {
	/** "https://hob.example" */
	server: string;
	/** Called for each request, so that a new login counts at once. */
	token?: () => string | undefined;
	/** "de-AT, de;q=0.9"; without it the language of the account. */
	language?: string;
}

/** A client for the operations: `listTasks({ client })`. Every request is repeated as retry.ts says. */
export function connect({ server, token, language, ...patience }: Connection): Client {
	return createClient({
		baseUrl: server.replace(/\/+$/, ''),
		auth: () => token?.(),
		headers: language === undefined ? {} : { 'Accept-Language': language },
		fetch: patient(patience),
	});
}
