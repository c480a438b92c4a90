// problem.ts: answers that are refusals.
import type { Problem } from './generated/index.js';

/** Is it a problem document of the server? What comes of a proxy, or of no server at all, is none. */
export function isProblem(value: unknown): value is Problem {
	return typeof value === 'object' && value !== null && 'code' in value && 'status' in value;
}

/** A refusal, or no answer: then `problem` is undefined. The message can be shown to a person. */
export class HobError extends Error {
	readonly problem: Problem | undefined;

	constructor(error: unknown) {
		super(isProblem(error) ? error.detail ?? error.title : 'The server cannot be reached.', { cause: error });
		this.name = 'HobError';
		this.problem = isProblem(error) ? error : undefined;
	}
}

/** The data of an answer; throws HobError when it is none. */
export async function good<T>(answer: Promise<{ data?: T; error?: unknown; response?: Response }>): Promise<T> {
	const { data, error, response } = await answer.catch((why: unknown) => { throw new HobError(why); });

	if (response === undefined || !response.ok)
		throw new HobError(error);
	return data as T;
}
