// constraints.test.mjs: no refusal of the database is without words: each constraint of the tables that the API
// writes is a refusal of app/api/routes.c, or stands here with the reason why no request breaks it, and so is each
// name by which a function of sql/functions refuses, there or in app/admin/refusals.c.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { sql } from './support/db.mjs';

const table = ['api/routes', 'admin/refusals'].map((file) => {
	const text = readFileSync(new URL(`../../app/${file}.c`, import.meta.url), 'utf8');

	return text.slice(text.indexOf('refusals[] = {'), text.indexOf('{ NULL, NULL, ERR_OK'));
}).join('');
const rows = [...table.matchAll(/^\t\{ "(\w+)",\s+(\w+|"[\w.]+"),\s+(\w+),\s+(\w+|"\w+"),\s+"(.*)" \},$/gm)]
	.map(([, name, field, err, code, detail]) => ({ name, field, err, code, detail }));
const refusals = new Set(rows.map((row) => row.name));
const folder = new URL('../../sql/functions/', import.meta.url);
const functions = readdirSync(folder).map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));
const raises = functions.flatMap(({ file, text }) =>
	[...text.matchAll(/RAISE EXCEPTION[^;]*;/g)].map(([raise]) => ({ file, text: raise })));
// Those that hob.refuse_field takes stand in its calls, and in the function that finds faults of rules.
const fields = functions.flatMap(({ text }) =>
	[...text.matchAll(/refuse_field\('(\w+)'\)|RETURN '(rule_\w+)'/g)].map(([, called, found]) => called ?? found));
const named = [...raises.map(({ text }) => text.match(/CONSTRAINT = '(\w+)'(?! \|\|)/)?.[1]), ...fields]
	.filter((name) => name && name !== 'audit_stays'); // which no program writes to

const CANNOT = {
	'is made of chance': ['access_tokens_token_hash_key', 'calendar_feeds_secret_hash_key', 'notices_pkey',
		'exports_pkey', 'file_copies_key_key', 'files_pkey',
		'sessions_pkey', 'sessions_token_hash_key', 'share_codes_code_hmac_key', 'share_codes_pkey',
		'users_pkey'],
	'is written by a statement of the same transaction that has looked': ['completions_task_id_occurrence_key',
		'idempotency_keys_pkey', 'login_networks_pkey', 'residence_members_pkey', 'residence_members_owner_key',
		'residence_people_pkey', 'tasks_residence_id_id_key', 'tasks_template_key',
		'documents_residence_id_id_key',
		'share_codes_check', 'completion_aliases_pkey', 'completions_id_idx', 'devices_token_key',
		'notices_once', 'notice_preferences_pkey', 'exports_user_id_key', 'file_copies_file_id_fkey',
			'file_copies_pkey',
		'file_leavings_pkey', 'usage_pkey', 'files_residence_id_id_key', 'files_purpose_check',
		'contractor_opinions_pkey',
		'contractors_residence_id_id_key', 'purchases_key'],
	'is bounded by the field of the body': ['access_tokens_scope_check', 'calendar_feeds_alarm_minutes_check',
		'completions_outcome_check', 'completions_rating_check', 'contractor_opinions_rating_check',
		'devices_environment_check',
		'devices_platform_check', 'residences_first_weekday_check',
		'share_codes_max_uses_check', 'share_codes_role_check', 'tasks_remind_before_check',
		'tasks_state_check'],
	'is not written by requests': ['activity_check', 'file_copies_store_check', 'file_copies_variant_check',
		'files_state_check', 'file_walks_pkey', 'webhook_deliveries_status_check'],
	'names a row that the policy or a lock has found': ['access_tokens_user_id_fkey',
		'calendar_feeds_residence_id_fkey', 'calendar_feeds_user_id_fkey',
		'completion_aliases_residence_id_completion_id_fkey', 'completions_category_fkey',
		'completions_recorded_by_fkey', 'completions_residence_id_task_id_fkey', 'completions_undone_by_fkey',
		'documents_created_by_fkey', 'documents_residence_id_fkey',
		'contractor_opinions_contractor_id_fkey', 'contractor_opinions_residence_id_user_id_fkey',
		'contractor_opinions_user_id_fkey', 'contractors_created_by_fkey', 'contractors_residence_id_fkey',
		'devices_session_id_fkey', 'devices_user_id_fkey', 'exports_user_id_fkey',
		'files_residence_id_completion_id_fkey',
		'files_residence_id_document_id_fkey', 'files_residence_id_fkey', 'files_residence_id_task_id_fkey',
		'files_uploaded_by_fkey', 'login_networks_user_id_fkey',
		'notice_preferences_user_id_fkey', 'notices_user_id_fkey',
		'residence_members_residence_id_fkey', 'residence_members_user_id_fkey',
		'residence_people_residence_id_fkey', 'residence_people_user_id_fkey', 'residences_owner_id_fkey',
		'sessions_user_id_fkey', 'share_code_uses_share_code_id_fkey', 'share_code_uses_user_id_fkey',
		'share_codes_created_by_fkey', 'share_codes_residence_id_fkey', 'tasks_created_by_fkey',
		'tasks_residence_id_fkey', 'tasks_template_fkey', 'webhooks_created_by_fkey',
		'webhooks_residence_id_fkey'],
};

test('each constraint of a table that requests write has words, or a reason to need none', async () => {
	const constraints = await sql(`
		SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
		 WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
		   AND c.contype IN ('c', 'f', 'p', 'u', 'x')
		UNION
		SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
		 WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND i.indisunique
		EXCEPT
		SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
		 WHERE t.relname IN ('settings', 'task_templates', 'task_template_texts', 'task_categories',
			'task_priorities', 'task_states', 'specialties', 'residence_types', 'residence_roles',
				'countries',
			'document_types',
			'account_tokens', 'code_tries', 'job_kinds', 'jobs', 'job_history', 'reminders',
			'deliveries', 'purchases', 'store_events', 'plans', 'plan_grants', 'plan_limits', 'tiers',
			'tier_texts', 'tier_limits', 'tier_products')
		    OR t.relname ~ '^(staff|audit_)'
		EXCEPT
		SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
		 WHERE t.relname ~ '^(staff|audit_)'`);
	const reasons = Object.values(CANNOT).flat();
	const known = [...refusals, ...reasons];

	assert.deepEqual(constraints.filter((name) => !known.includes(name)).sort(), []);
	assert.deepEqual(reasons.filter((name) => refusals.has(name)), [], 'a reason and a refusal');
	assert.deepEqual(reasons.filter((name) => !constraints.includes(name)).sort(), [], 'no such constraint');
});

test('each refusal of a function is named where the status does not say why, and each name has words', async () => {
	const limits = await sql("SELECT 'plan_limit_' || substr(name, 7) FROM settings WHERE name LIKE 'limit.%'"
		+ " AND name <> 'limit.sessions'" // more sessions end the oldest
		+ " UNION ALL SELECT 'plan_limit_' || name FROM plan_limits");

	assert.equal(rows.length, table.match(/^\t\{ "/gm).length, 'each row is read');
	assert.deepEqual(raises.filter(({ text }) => /HB(402|409|410)/.test(text) && !text.includes('CONSTRAINT')), []);
	assert.deepEqual([...named, ...limits].filter((name) => !refusals.has(name)), []);
	assert.ok(named.length > 20 && fields.length > 20 && limits.length > 4);
});

test('each refusal of a whole request has a code and a sentence for people', () => {
	const whole = rows.filter((row) => row.field === 'NULL');

	assert.deepEqual(whole.filter((row) => row.code === 'NULL' && row.err !== 'ERR_PLAN_LIMIT'), []);
	assert.deepEqual(whole.filter((row) => !/^[A-Z].*\.$/.test(row.detail)), []);
	assert.ok(whole.length > 20);
});
