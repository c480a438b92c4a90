// answers.mjs: what a client does with each answer to something it queued. What is not in the table it does
// not understand, and that is a failure of the document, or of the client.

export const DONE = 'done';		// forget it, take over what the answer shows
export const REFUSED = 'refused';	// for good: forget it, the next sync shows what is
export const STALE = 'stale';		// somebody was faster: look at `current`, then ask again
export const WAIT = 'wait';		// the same again, with the same key, after Retry-After
export const ANEW = 'anew';		// of sync: begin without a token

const MEANINGS = {
	200: DONE, 201: DONE, 204: DONE,
	'400 validation_error': REFUSED,
	'402 plan_limit_reached': REFUSED,
	'403 forbidden': REFUSED,
	'403 not_the_recorder': REFUSED,
	'404 not_found': REFUSED,
	'404 share_code_not_valid': REFUSED,
	'409 already_a_member': REFUSED,
	'409 id_taken': REFUSED,
	'409 idempotency_in_progress': WAIT,
	'409 not_current_occurrence': REFUSED,
	'409 not_newest': REFUSED,
	'409 not_recurring': REFUSED,
	'409 owner_must_transfer': REFUSED,
	'409 task_cancelled': REFUSED,
	'409 task_deleted': REFUSED,
	'409 task_done': REFUSED,
	'410 gone': REFUSED,
	'412 stale': STALE,
	'429 too_many_requests': WAIT,
	'503 read_only': WAIT,
	'503 try_later': WAIT,
};
const OF_SYNC = { 200: DONE, '410 sync_token_too_old': ANEW, '429 too_many_requests': WAIT, '503 try_later': WAIT };

// What can be wrong with a field of a body that was right when it was written.
const OUTDATED = ['after_id not_found', 'assigned_to_id not_a_member', 'completed_at too_large'];

function lookUp(table, { status, body, headers }) {
	const name = status < 300 ? status : `${status} ${body?.code}`;
	const meaning = table[name];

	if (meaning === undefined)
		throw new Error(`a client cannot know what to do: ${name} ${JSON.stringify(body)}`);
	for (const { field, code } of body?.errors ?? [])
		if (!OUTDATED.includes(`${field} ${code}`))
			throw new Error(`a client should not have sent this: ${JSON.stringify(body)}`);
	if (meaning === WAIT && headers !== undefined && headers['retry-after'] === undefined)
		throw new Error(`${name} without Retry-After`);
	return meaning;
}

/** Of an answer { status, body, headers }; headers are absent for a part of a bulk request. */
export const meaningOf = (answer) => lookUp(MEANINGS, answer);
export const meaningOfSync = (answer) => lookUp(OF_SYNC, answer);
