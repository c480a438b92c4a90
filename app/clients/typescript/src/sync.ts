// sync.ts: a copy of all that a person may see, kept up to date by GET /api/sync.
import type { Client } from './generated/client/index.js';
import { sync as ask } from './generated/index.js';
import type { Sync } from './generated/index.js';
import { HobError } from './problem.js';

export type Changes = Sync['changes'];

/** Where the copy is kept: a database of the phone, or the memory of a page. */
export interface Copy {
	/** The token of the last page that was applied; undefined for an empty copy. */
	token(): Promise<string | undefined>;
	/** Removes everything, the token too; not what waits to be sent. */
	clear(): Promise<void>;
	/** Applies a page and keeps the token, both or neither (one transaction). */
	apply(changes: Changes, token: string): Promise<void>;
}

/** Brings the copy up to date. Throws HobError when the server refuses or cannot be reached. */
export async function sync(client: Client, copy: Copy): Promise<void> {
	for (;;) {
		const since = await copy.token();
		const { data, error, response } = await ask({ client, query: { since } });

		if (response?.status === 410 && since !== undefined) {
			await copy.clear();
			continue;
		}
		if (data === undefined)
			throw new HobError(error);
		if (data.full_sync)
			await copy.clear();
		await copy.apply(data.changes, data.sync_token);
		if (!data.has_more)
			return;
	}
}

type Kind = keyof Changes;
type Thing<K extends Kind> = Changes[K]['upserted'][number];

/** A copy in memory. */
export class MemoryCopy implements Copy {
	#token: string | undefined;
	readonly #things = new Map<Kind, Map<string, object>>();

	/** All of one kind, in no order. */
	all<K extends Kind>(kind: K): Thing<K>[] {
		return [...this.#of(kind).values()] as Thing<K>[];
	}

	async token(): Promise<string | undefined> {
		return this.#token;
	}

	async clear(): Promise<void> {
		this.#things.clear();
		this.#token = undefined;
	}

	async apply(changes: Changes, token: string): Promise<void> {
		for (const kind of Object.keys(changes) as Kind[])
			for (const thing of changes[kind].upserted)
				this.#of(kind).set(thing.id, thing);
		for (const kind of Object.keys(changes) as Kind[])
			for (const id of changes[kind].deleted)
				this.#forget(kind, id);
		this.#token = token;
	}

	#of(kind: Kind): Map<string, object> {
		const of = this.#things.get(kind) ?? new Map<string, object>();

		this.#things.set(kind, of);
		return of;
	}

	/** A residence takes along all that belongs to it; that somebody was told of it stays. */
	#forget(kind: Kind, id: string): void {
		this.#of(kind).delete(id);
		if (kind !== 'residences')
			return;
		for (const [held, of] of this.#things)
			for (const [other, thing] of of)
				if (held !== 'notifications' && 'residence_id' in thing && thing.residence_id === id)
					of.delete(other);
	}
}
