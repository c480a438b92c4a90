// post.mjs: the way from a store to its subscriber. A message of a store's outbox is
//   { store, id, type, subtype, purchase, at, request() }
// where `id` is what the subscriber knows a second delivery by and request() is what is sent: { headers, body }, made
// anew for each delivery where the store does so.

/** Posts one to `url`: its status, or 0 when there was no answer. */
export async function post(url, message) {
	const { headers, body } = message.request();

	try {
		const answer = await fetch(url, { method: 'POST', headers, body });

		await answer.arrayBuffer();
		return answer.status;
	} catch {
		return 0;
	}
}

/** Sends each, one after the other; those that were not taken come back, as a store sends them again later. */
export async function deliver(messages, send) {
	const back = [];

	for (const message of messages) {
		const status = await send(message);

		if (status < 200 || status > 299)
			back.push(message);
	}
	return back;
}

/**
 * The messages as a bad way brings them: each is lost, doubled or late by these chances of `dice` (0 to 1); what is
 * late comes at any later place.
 */
export function mangle(messages, { dice = Math.random, lose = 0, twice = 0, late = 0 } = {}) {
	const kept = messages.filter(() => dice() >= lose)
		.flatMap((message) => (dice() < twice ? [message, message] : [message]));
	const place = (at) => at + (dice() < late ? dice() * kept.length : 0);

	return kept.map((message, at) => ({ message, place: place(at) })).sort((a, b) => a.place - b.place)
		.map(({ message }) => message);
}
