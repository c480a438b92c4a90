// queue.mjs: what waits to be done or told, as the database has it, for staff to look at. Each returns its id.
import { randomUUID } from 'node:crypto';

import { sql } from '../../api/support/db.mjs';

/** An account whose address is proved. */
export async function newUser() {
	const [id] = await sql(`INSERT INTO users (id, email, password_hash, email_verified_at)
		VALUES (gen_random_uuid(), :'email', '!', now()) RETURNING id`,
	{ email: `queue-${randomUUID()}@example.test` });

	return id;
}

/** A job that does nothing: dead, or waiting for a year. */
export async function newJob(state = 'dead', key = randomUUID()) {
	const [id] = await sql(`INSERT INTO jobs (kind, key, tries, run_at, dead_at, last_error)
		VALUES ('probe', :'key', 8, now() + interval '1 year', nullif(:'dead', '')::timestamptz, 'no answer')
		RETURNING id`, { key, dead: state === 'dead' ? 'now' : '' });

	return id;
}

/** A mail about the safety of an account. */
export async function newDelivery(state = 'failed', user = undefined) {
	const [id] = await sql(`WITH told AS (
			INSERT INTO notices (user_id, kind, subject, subject_id, facts)
			VALUES (:'user', 'security', 'account', gen_random_uuid(), '{"what": "password_changed"}')
			RETURNING id)
		INSERT INTO deliveries (user_id, notice_id, channel, state, reason, ended_at)
		SELECT :'user', id, 'mail', :'state', CASE :'state' WHEN 'failed' THEN 'refused' END,
		       CASE :'state' WHEN 'failed' THEN now() END FROM told RETURNING id`,
	{ user: user ?? await newUser(), state });

	return id;
}

export async function newPurchase(store = 'apple', number = randomUUID()) {
	const [id] = await sql(`INSERT INTO purchases (id, store, environment, subscription_id, product_id, status)
		VALUES (hob.uuid_v7(), :'store', 'production', :'number', 'hob_plus_year', 'expired') RETURNING id`,
	{ store, number });

	return id;
}

/** An event that is done with, or a push that nobody has judged. */
export async function newStoreEvent(state = 'done', about = undefined) {
	const [id] = await sql(`INSERT INTO store_events (id, store, event_id, proof, state, about, payload)
		VALUES (hob.uuid_v7(), 'google', gen_random_uuid(), 'a proof', :'state', nullif(:'about', '')::uuid,
			CASE :'state' WHEN 'unproven' THEN jsonb_build_object('token', 'a.jwt.of.google',
				'purchase', 'the-purchase-token') END)
		RETURNING id`, { state, about: state === 'done' ? about ?? await newPurchase('google') : '' });

	return id;
}
