// largest.mjs: a residence that is as full as limits allow: what the worst reads of anybody are.
import { sql } from './db.mjs';
import { newId } from './people.mjs';
import { putBytes } from './uploads.mjs';

/**
 * Makes `residence` hold 500 contractors with notes of 20 KB, each of which has a share of the tasks, and 5,000 open
 * tasks with descriptions of 40 KB, every fifth with a time of day, 15,000 finished ones, a completion of each
 * task, and 2,000 documents with as many lines of cover as there may be: the
 * defaults of `settings`, and beyond what boards, reports and feeds show.
 */
export function fillResidence(residence, person) {
	return sql(`INSERT INTO contractors (id, residence_id, name, phones, address, notes, created_by)
		SELECT gen_random_uuid(), :'residence', 'Contractor ' || n, (SELECT jsonb_agg(jsonb_build_object(
				'label', repeat('🏡', 40), 'number', repeat('🏡', 40))) FROM generate_series(1, 10)),
		       repeat('🏡', 500), repeat('🏡', 5000), :'user'
		  FROM generate_series(1, 500) n;
		CREATE TEMP TABLE hired AS SELECT id, row_number() OVER () AS n FROM contractors
		 WHERE residence_id = :'residence';
		INSERT INTO tasks (id, residence_id, title, description, due_on, due_time,
			estimated_cost, contractor_id, recurrence, completed, completion_count, last_completed_at,
			last_completed_by, created_by)
		SELECT gen_random_uuid(), :'residence', 'Task ' || n,
		       CASE WHEN n <= 5000 THEN repeat('🏡', 10000) ELSE 'Once.' END,
		       current_date + n % 300 - 100, CASE WHEN n % 5 = 0 THEN '17:30'::time END, 25,
		       (SELECT h.id FROM hired h WHERE h.n = least(k.n / 20 + 1, 500)),
		       CASE WHEN n <= 5000 AND n % 2 = 0 THEN '{"unit": "month", "every": 1}'::jsonb END,
		       n > 5000, 1, now() - n * interval '1 hour', :'user', :'user'
		  FROM generate_series(1, 20000) k (n);
		INSERT INTO completions (id, residence_id, task_id, occurrence, due_before, completed_at, completed_by,
			recorded_by, actual_cost, contractor_id, contractor_name, note)
		SELECT gen_random_uuid(), t.residence_id, t.id, 1, t.due_on,
		       now() - row_number() OVER () * interval '2 hours',
		       t.created_by, t.created_by, 20, t.contractor_id,
		       'Contractor ' || row_number() OVER () % 500, repeat('é', 2000)
		  FROM tasks t WHERE t.residence_id = :'residence';
		INSERT INTO documents (id, residence_id, type, title, description, tags, covers, created_by)
		SELECT gen_random_uuid(), :'residence', 'warranty', 'Document ' || n, repeat('🏡', 5000),
		       ARRAY(SELECT 'tag ' || i FROM generate_series(1, 20) i),
		       (SELECT jsonb_agg(jsonb_build_object('kind', 'parts', 'ends_on', current_date + i + n % 300))
			  FROM generate_series(1, 10) i), :'user'
		  FROM generate_series(1, 2000) n;
		DROP TABLE hired;
		ANALYZE tasks, completions, documents, contractors`, { residence: residence.id, user: person.user.id });
}

/** Takes it all out again: other suites read the whole database. */
export function emptyResidence(residence) {
	return sql(`DELETE FROM documents WHERE residence_id = :'residence';
		DELETE FROM completions WHERE residence_id = :'residence';
		DELETE FROM tasks WHERE residence_id = :'residence';
		DELETE FROM contractors WHERE residence_id = :'residence'`, { residence: residence.id });
}

/** As many files as may be hang on each of these things; one has the id of what it hangs on. */
export async function fillWithFiles({ residence_id: home, task_id: task, completion_id: done, document_id: paper,
	user_id: user }) {
	await sql(`INSERT INTO files (id, residence_id, uploaded_by, purpose, task_id, completion_id, document_id, name,
			media_type, bytes, sha256, state)
		SELECT CASE WHEN n = 1 THEN on_id ELSE gen_random_uuid() END, :'home'::uuid, :'user'::uuid, purpose,
		       CASE purpose WHEN 'task' THEN on_id END, CASE purpose WHEN 'completion' THEN on_id END,
		       CASE purpose WHEN 'document' THEN on_id END, repeat('x', 200), 'text/plain', 3, ''::bytea,
		       'ready'
		  FROM generate_series(1, 50) n, (VALUES (:'home'::uuid, 'residence'), (:'task'::uuid, 'task'),
			(:'done'::uuid, 'completion'), (:'paper'::uuid, 'document')) v (on_id, purpose)
		UNION ALL SELECT :'user'::uuid, NULL, :'user'::uuid, 'staged', NULL, NULL, NULL, 'x', 'text/plain',
			3, '', 'processing'`, { home, task, done, paper, user });
	const picture = newId();

	await sql(`INSERT INTO files (id, uploaded_by, purpose, media_type, bytes, sha256, state)
		VALUES (:'picture', :'user', 'avatar', 'image/png', 3, '', 'ready')`, { picture, user });
	for (const id of [home, task, done, paper, picture])
		await sql(`INSERT INTO file_copies (file_id, variant, key, store, media_type, bytes, sha256)
			VALUES (:'id', 'main', :'key', 'directory', 'text/plain', 3, '')`, { id, key: putBytes(id) });
}
