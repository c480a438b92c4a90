// meanwhile.mjs: what happens in the household of the examples without a request of anybody's.
import { createHash } from 'node:crypto';

import { nobody } from '../api/support/client.mjs';
import { sql } from '../api/support/db.mjs';
import { newId } from '../api/support/people.mjs';
import { unsubscribeToken } from '../api/support/seals.mjs';
import { putBytes, sha256 } from '../api/support/uploads.mjs';
import { until } from '../fault/support.mjs';
import { PLUS } from '../jobs/purchases.mjs';
import { exampleOf } from './household.mjs';

// Addresses of the first person of the examples; as who lives them calls them.
const [OLD, NEW] = ['robin@example.com', 'robin@example.org'];

// What the id of the home has behind that which all ids of the examples begin with, and which a server may have anew.
const HOME = '-6f00-7a10-8c01-5d2e9b4f7b01';
const SAM = 'sam@example.com';

/** A letter has come to this address of the examples, with the token that the example of its use has. */
const letter = (purpose, address) => (names, { request }) =>
	sql(`INSERT INTO account_tokens AS t (id, user_id, purpose, email, token_hash, code_hash, expires_at)
		SELECT gen_random_uuid(), u.id, :'purpose', :'to', :'token', '', now() + interval '30 minutes'
		  FROM users u WHERE u.email = :'email'
		ON CONFLICT (token_hash) DO UPDATE SET user_id = excluded.user_id, email = excluded.email,
			expires_at = excluded.expires_at, used_at = NULL`,
	{ purpose, to: names.real(address), email: names.real(purpose === 'email' ? OLD : address),
		token: createHash('sha256').update(request.token).digest('hex') });

/** The owner has invited the neighbour, whose invitation is that of the example's path. */
const invitation = async (names, { parameters }) => {
	const example = parameters.find(({ name }) => name.endsWith('invitation_id')).example;
	const [id] = await sql(`INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, expires_at,
			max_uses, email)
		SELECT gen_random_uuid(), r.id, 'viewer', gen_random_uuid(), r.owner_id, now() + interval '7 days',
		       1, :'email'
		  FROM residences r WHERE r.id = :'residence' RETURNING id`,
	{ residence: names.real(example.slice(0, 8) + HOME), email: names.real(SAM) });

	names.tell(example, id);
};

/** The owner has sent the picture that the example attaches, and it is ready. */
const picture = async (names, { request }) => {
	const [id, thumb] = [newId(), newId()];

	names.tell(request.upload_id ?? request.upload_ids[0], id);
	await sql(`INSERT INTO files (id, uploaded_by, name, media_type, bytes, sha256, state)
		SELECT :'id', u.id, 'boiler.png', 'image/png', 3, decode(:'sha256', 'hex'), 'ready'
		  FROM users u WHERE u.email = :'email';
		INSERT INTO file_copies (file_id, variant, key, store, media_type, bytes, sha256, width, height) VALUES
			(:'id', 'main', :'main', 'directory', 'image/png', 3, decode(:'sha256', 'hex'), 640, 480),
			(:'id', 'thumb', :'thumb', 'directory', 'image/webp', 3, decode(:'sha256', 'hex'), 256, 192)`,
	{ id, email: names.real(OLD), main: putBytes(id), thumb: putBytes(thumb), sha256: sha256('all') });
};

/** Whose address this is has proved it. */
const proved = (address) => (names) => sql("UPDATE users SET email_verified_at = now() WHERE email = :'email'",
	{ email: names.real(address) });

/** Somebody has bought at a store: what it sends of that. */
function sent(store) {
	store.buy({ product: PLUS });
	const { headers, body } = store.take().at(-1).request();

	return { headers, body: JSON.parse(body) };
}

/** The stores as one who sends: Google's pushes are known by their header, Apple's by what is in them. */
export const senderOf = ({ google }) => ({ request: (method, path, options) =>
	nobody.request(method, path, { ...options, headers: sent(google).headers }) });

const MEANWHILE = {
	addTaskFiles: picture,
	addCompletionFiles: picture,
	addDocumentFiles: picture,
	addResidenceFiles: picture,
	setAvatar: picture,
	createInvitation: proved(OLD),
	listReceivedInvitations: proved(SAM),
	acceptInvitation: invitation,
	revokeInvitation: invitation,
	/* A mail has come, with a link in it. */
	unsubscribe: (names, { parameters: [{ example }] }) => {
		const [kind, user] = example.split('.');

		names.tell(example, unsubscribeToken(names.real(user), kind));
	},
	listNotifications: (names, { answers }) => sql(`SELECT hob.notify(ARRAY[r.owner_id], 'task_due', r.id, 'task',
			t.id, jsonb_build_object('title', t.title, 'home', r.name, 'due_on', t.due_on), t.occurrence, 0)
		  FROM residences r JOIN tasks t ON t.residence_id = r.id WHERE t.id = :'task'`,
	{ task: names.real(answers[0][1].results[0].subject_id) }),
	/* Its last day has come near. */
	listExpiring: (names, { answers }) => sql(`UPDATE documents
		SET covers = jsonb_set(covers, '{0,ends_on}', to_jsonb(current_date + 19)) WHERE id = :'document'`,
	{ document: names.real(answers[0][1].results[0].id) }),
	/* It has gone to the one device. */
	listNotificationDeliveries: (names, { parameters: [{ example }] }) => sql(`UPDATE deliveries
		SET state = 'accepted', attempts = 1, reason = NULL, ended_at = now() WHERE notice_id = :'notice'`,
	{ notice: names.real(example) }),
	/* hob-jobs is done. */
	getExport: (names, { parameters: [{ example: id }] }) => until('the export is made', async () =>
		(await sql("SELECT made_at FROM exports WHERE id = :'id' AND made_at IS NOT NULL",
			{ id: names.real(id) })).length === 1),
	/* What the examples have in their place nobody has signed. */
	verifyPurchase: (names, { request }, { apple }) =>
		names.tell(request.signed_transaction, apple.signedTransaction(apple.buy({ product: PLUS }))),
	takeAppleNotification: (names, { request }, { apple }) =>
		names.tell(request.signedPayload, sent(apple).body.signedPayload),
	takeGoogleNotification: (names, { request: { message } }, { google }) => {
		const { body } = sent(google);

		['data', 'messageId'].forEach((name) => names.tell(message[name], body.message[name]));
	},
	verifyEmail: letter('verify', OLD),
	confirmEmail: letter('email', NEW),
	resetPassword: letter('reset', NEW),
};

/** What is there before this step; `names` are those of the server, `stores` sell there. */
export const meanwhile = (step, names, stores) =>
	MEANWHILE[step.id]?.(names, exampleOf(step), stores);
