// retry.ts: a fetch that sends again what got no answer, or was told to wait. Each write gets an
// Idempotency-Key, unless it has one, so that it is done once however often it is sent.
export interface Patience {
	/** How often one request is sent, at most. */
	tries?: number;
	/** Until an answer has to be there, in ms. */
	timeout?: number;
	/** Waits so many ms; for tests. */
	wait?: (ms: number) => Promise<void>;
	/** Instead of the global one. */
	fetch?: typeof fetch;
}

const FIRST_WAIT = 1000, LONGEST_WAIT = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** How long to wait before the next try, in ms; undefined: the answer is final. */
async function waitAfter(answer: Response, tried: number): Promise<number | undefined> {
	const said = Number(answer.headers.get('Retry-After') ?? Number.NaN);

	if (answer.status >= 500 && answer.status !== 503)
		return backOff(tried);
	if (Number.isNaN(said))
		return undefined;
	return Math.max(said * 1000, 100);
}

/** 1 s, 2 s, 4 s, ..., a minute; with chance, so that many clients do not come at once. */
function backOff(tried: number): number {
	return Math.min(FIRST_WAIT * 2 ** tried, LONGEST_WAIT) * (0.5 + Math.random() / 2);
}

function withKey(request: Request): Request {
	if (request.method !== 'GET' && request.method !== 'HEAD' && !request.headers.has('Idempotency-Key'))
		request.headers.set('Idempotency-Key', crypto.randomUUID());
	return request;
}

export function patient({ tries = 4, timeout = 20_000, wait = sleep, fetch: send = fetch }: Patience = {}): typeof fetch {
	return async (input, init) => {
		const request = withKey(new Request(input, init));

		for (let tried = 0; ; tried++) {
			const last = tried + 1 >= tries;
			const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
			let pause: number | undefined;

			try {
				const answer = await send(request.clone(), { signal });

				pause = last ? undefined : await waitAfter(answer, tried);
				if (pause === undefined)
					return answer;
				await answer.body?.cancel();
			} catch (why) {
				if (last || request.signal.aborted)
					throw why;
				pause = backOff(tried);
			}
			await wait(pause);
		}
	};
}
