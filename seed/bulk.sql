-- Synthetic households for tests of size. Everything follows from the number n of the
-- thing: ids, names, dates relative to today, so that two machines hold the same rows
-- and a benchmark knows its ids without asking (pg_temp.bulk_id).
--
-- `hob seed --bulk N` runs this file once, for its functions, and then calls them in
-- chunks, each a transaction of its own. A chunk that is there already is left alone,
-- so that an interrupted run can be started again.
--
--   users        2N/3; each owns a residence, those of the second half a second one
--   residences   N; the first 1,000 have a board of 57 tasks and an owner with no other
--                residence; two more members each, all others one more
--   tasks        20N, never less than 5 a residence (so rather more than 20N below N = 3,150)
--   completions  as many as tasks: a fourth of the tasks is quarterly with a year of
--                history, a twentieth was done once, long ago
--   contractors  5 a residence; every fourth task, and what was done of it, has one of them, and the owner
--                has rated two; and one of each user alone
--   documents    20 a residence, nine of them with an end, one for life

-- Kinds: 1 user, 2 residence, 3 task, 4 completion, 5 session, 6 contractor, 7 document, 8 contractor of a
-- user alone. The form of a UUIDv7.
CREATE FUNCTION pg_temp.bulk_id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT ('01900000-0000-7' || lpad(to_hex(kind), 3, '0') || '-8000-'
		|| lpad(to_hex(n), 12, '0'))::uuid
$$;

-- Both have a form that PostgreSQL inlines; called as functions they took half the time.
CREATE FUNCTION pg_temp.bulk_pick(words text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (string_to_array(words, '|'))[1 + n % cardinality(string_to_array(words, '|'))]
$$;

CREATE FUNCTION pg_temp.bulk_users(first int, last int, password_hash text) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO users (id, email, password_hash, first_name, last_name, created_at)
	SELECT pg_temp.bulk_id(1, n), 'user' || n || '@bulk.example', password_hash,
	       pg_temp.bulk_pick('Ada|Ben|Chloe|Dev|Elif|Femi|Greta|Hugo|Ines|Jonas|Kira|Liam'
			'|Mona|Nils|Olga|Pablo|Quinn', n),
	       pg_temp.bulk_pick('Abbott|Berg|Castro|Dubois|Evans|Fischer|Gupta|Haddad|Ito|Jansen'
			'|Kowalski|Lindqvist|Moreau', n / 17),
	       now() - interval '400 days'
	  FROM generate_series(first, last) n
	ON CONFLICT DO NOTHING;

	INSERT INTO contractors (id, name, insurance_expires_on, created_by, created_at, updated_at)
	SELECT pg_temp.bulk_id(8, n), 'Uncle ' || pg_temp.bulk_pick('Ada|Ben|Chloe|Dev|Elif|Femi', n),
	       current_date + n * 7 % 400, pg_temp.bulk_id(1, n), now() - interval '350 days', now() - interval '350 days'
	  FROM generate_series(first, last) n
	ON CONFLICT DO NOTHING;
$$;

-- One session for each; token hashes of the first users are given, those of the others
-- belong to no token.
CREATE FUNCTION pg_temp.bulk_sessions(first int, last int, hashes text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO sessions (id, user_id, token_hash, device_name)
	SELECT pg_temp.bulk_id(5, n), pg_temp.bulk_id(1, n),
	       coalesce(hashes[n], encode(sha256(('bulk session ' || n)::bytea), 'hex')), 'bulk'
	  FROM generate_series(first, last) n
	ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, last_seen_at = now(),
		expires_at = now() + interval '180 days';
$$;

-- The number of tasks in all residences before residence n. Residence n <= 1000 has 60, 3 of them done
-- long ago; the others share what is left of 20 a residence.
CREATE FUNCTION pg_temp.bulk_tasks_before(n bigint, residences bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT 60 * least(n - 1, 1000)
	     + CASE WHEN n > 1001 AND residences > 1000
		    THEN (n - 1001) * greatest(20 * residences - 60000, 5 * (residences - 1000))
			 / (residences - 1000)
		    ELSE 0 END
$$;

-- Of each residence the 20 documents of its owner; the ends of cover lie between 300 days ago and 1,200 days ahead.
CREATE FUNCTION pg_temp.bulk_documents(first int, last int) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO documents (id, residence_id, type, title, description, tags, issued_on, task_id, category, product,
		brand, model, serial_numbers, purchased_on, price, covers, created_by, created_at, updated_at)
	SELECT pg_temp.bulk_id(7, 20 * n + j), r.id,
	       pg_temp.bulk_pick('warranty|manual|receipt|insurance|invoice|warranty|contract|photo|permit|other', j),
	       pg_temp.bulk_pick('Boiler|Water heater|Dishwasher|Fridge|Garage door|Roof|Smoke alarms|Oven|Well pump'
			'|Front door', j + n / 3) || ' ' || 1 + j,
	       'Bought with the rest of it; the original is in the grey folder on the lower shelf.',
	       CASE WHEN j % 3 = 0 THEN '{kitchen,cellar}'::text[] ELSE '{}' END, current_date - 600 - j,
	       CASE WHEN j = 1 THEN (SELECT min(t.id::text)::uuid FROM tasks t WHERE t.residence_id = r.id) END,
	       CASE WHEN j % 2 = 0 THEN 'appliances' END, 'Model year ' || 2018 + j % 7,
	       pg_temp.bulk_pick('Vestfold|Harrow|Lumen|Brook', j), 'X' || 100 + j, ARRAY['SN' || n || '-' || j],
	       current_date - 600 - j, 40 + j * 25,
	       CASE WHEN j = 10 THEN '[{"kind": "manufacturer", "provider": null, "starts_on": null, "ends_on": null, "lifetime": true,
			"terms": null}]'::jsonb
		    WHEN j % 10 IN (0, 3, 5, 6, 8)
		    THEN jsonb_build_array(jsonb_build_object('kind', 'manufacturer', 'provider', NULL, 'starts_on',
				current_date - 600 - j, 'ends_on', current_date - 300 + (n * 11 + j * 137) % 1500,
				'lifetime', false, 'terms', NULL))
		    ELSE '[]' END,
	       r.owner_id, now() - interval '390 days', now() - interval '30 days'
	  FROM generate_series(first, last) n
	  JOIN residences r ON r.id = pg_temp.bulk_id(2, n)
	 CROSS JOIN generate_series(0, 19) j;
$$;

CREATE FUNCTION pg_temp.bulk_households(first int, last int, residences int, people int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM residences WHERE id = pg_temp.bulk_id(2, first)) THEN
		RETURN;
	END IF;

	INSERT INTO residences (id, owner_id, name, type, city, country, time_zone, currency,
		created_at)
	SELECT pg_temp.bulk_id(2, n),
	       pg_temp.bulk_id(1, CASE WHEN n <= people THEN n ELSE people - (n - people) + 1 END),
	       pg_temp.bulk_pick('Maple|Oak|Harbour|Station|Mill|Church|Garden|Hill', n)
			|| ' Street ' || 1 + n % 180,
	       pg_temp.bulk_pick('house|apartment|townhouse|condo|cottage', n),
	       pg_temp.bulk_pick('Springfield|Lakeside|Northfield|Riverton', n / 3),
	       pg_temp.bulk_pick('US|DE|GB|JP|BR', n / 5),
	       pg_temp.bulk_pick('America/New_York|Europe/Berlin|Europe/London|Asia/Tokyo'
			'|America/Sao_Paulo', n / 5),
	       pg_temp.bulk_pick('USD|EUR|GBP|JPY|BRL', n / 5),
	       now() - interval '400 days'
	  FROM generate_series(first, last) n;

	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	SELECT pg_temp.bulk_id(2, n),
	       pg_temp.bulk_id(1, 1 + (1000 + n::bigint * 7919 + k * 31) % people),
	       CASE k WHEN 1 THEN 'member' ELSE 'viewer' END::residence_role,
	       now() - interval '300 days'
	  FROM generate_series(first, last) n
	 CROSS JOIN LATERAL generate_series(1, CASE WHEN n <= 1000 THEN 2 ELSE 1 END) k
	 WHERE people <= 1000 OR 1 + (1000 + n::bigint * 7919 + k * 31) % people > 1000
	ON CONFLICT DO NOTHING;

	CREATE TEMP TABLE IF NOT EXISTS bulk_task (
		n bigint, residence int, j int, size int, owner_id uuid, done int, once bool,
		last_on date);
	TRUNCATE bulk_task;
	-- done: how often it was completed. Of each four tasks the first is quarterly and was
	-- done four times; of each twenty the second was done once, and the first so less.
	INSERT INTO bulk_task
	SELECT h.base + j, h.residence, j, h.size, h.owner_id,
	       CASE WHEN j % 20 = 1 THEN 1
		    WHEN j % 4 = 0 THEN least(4, h.size - j)
			- (j % 20 = 0 AND h.size - j > 1)::int
		    ELSE 0 END,
	       j % 20 = 1,
	       current_date - 32 - (h.residence * 7 + j * 13) % 50
	  FROM (SELECT n AS residence, r.owner_id, pg_temp.bulk_tasks_before(n, residences) AS base,
		       (pg_temp.bulk_tasks_before(n + 1, residences)
			- pg_temp.bulk_tasks_before(n, residences))::int AS size
		  FROM generate_series(first, last) n
		  JOIN residences r ON r.id = pg_temp.bulk_id(2, n)) h
	 CROSS JOIN LATERAL generate_series(0, h.size - 1) j;

	INSERT INTO contractors (id, residence_id, name, company, phones, specialties, insurance_expires_on, hourly_rate,
		created_by, created_at, updated_at)
	SELECT pg_temp.bulk_id(6, 5 * n::bigint + k), r.id,
	       pg_temp.bulk_pick('Adler|Brook|Crane|Dorn|Eames|Falk|Graf', n + 3 * k)
			|| ' ' || pg_temp.bulk_pick('Plumbing|Electric|Heating|Roofing|Gardens', k),
	       CASE WHEN k % 2 = 0 THEN pg_temp.bulk_pick('Adler & Sons|Brook Ltd|Crane Services', n) END,
	       jsonb_build_array(jsonb_build_object('label', 'Office', 'number', '+1 555 01' || 10 + n % 90)),
	       ARRAY[pg_temp.bulk_pick('plumbing|electrical|heating|roofing|landscaping', k)],
	       CASE WHEN k % 2 = 1 THEN current_date + (n * 7 + k * 31) % 400 END, 40 + k * 5,
	       r.owner_id, now() - interval '350 days', now() - interval '100 days'
	  FROM generate_series(first, last) n
	  JOIN residences r ON r.id = pg_temp.bulk_id(2, n)
	 CROSS JOIN generate_series(0, 4) k;
	INSERT INTO contractor_opinions (contractor_id, user_id, is_favorite, rating)
	SELECT pg_temp.bulk_id(6, 5 * n::bigint + k), r.owner_id, k = 0, 2 + (n + k) % 4
	  FROM generate_series(first, last) n
	  JOIN residences r ON r.id = pg_temp.bulk_id(2, n)
	 CROSS JOIN unnest(ARRAY[0, 3]) k;

	INSERT INTO tasks (id, residence_id, title, description, category, priority, due_on,
		due_time, recurrence, assigned_to_id, contractor_id, estimated_cost, state, occurrence,
		completed, completion_count, last_completed_at, last_completed_by,
		last_completion_id, created_by, created_at, updated_at)
	SELECT pg_temp.bulk_id(3, t.n), pg_temp.bulk_id(2, t.residence),
	       pg_temp.bulk_pick('Clean the|Check the|Replace the|Repair the|Paint the|Service the'
			'|Order parts for the', t.j + t.residence)
			|| ' ' || pg_temp.bulk_pick('gutters|smoke alarm|water heater|boiler|front door'
			'|garden fence|kitchen tap|air filter|dishwasher|garage door|chimney', t.j + t.residence / 7),
	       'Look at it first and note what is needed, then do it or call somebody who can; '
			|| 'keep the receipt, and write down here what was found so that '
			|| 'nobody need guess.',
	       pg_temp.bulk_pick('cleaning|plumbing|electrical|hvac|appliances|safety|exterior'
			'|interior|garden|other', t.j),
	       pg_temp.bulk_pick('low|medium|medium|high|urgent', t.j),
	       CASE WHEN t.once THEN t.last_on
		    WHEN t.j % 4 = 0 THEN (t.last_on + interval '3 months')::date
		    WHEN t.j % 6 = 5 THEN NULL
		    ELSE current_date - 10 + (t.residence + t.j * 5) % 90 END,
	       CASE WHEN t.j % 6 = 1 THEN '17:30'::time END,
	       CASE WHEN t.j % 4 = 0
		    THEN '{"unit": "month", "every": 3, "anchor": "completion"}'::jsonb END,
	       CASE WHEN t.j % 3 = 0 THEN t.owner_id END,
	       CASE WHEN t.j % 4 = 0 THEN pg_temp.bulk_id(6, 5 * t.residence::bigint + t.j / 4 % 5) END,
	       CASE WHEN t.j % 2 = 0 THEN 15 + t.j % 40 END,
	       CASE WHEN t.j % 10 = 3 THEN 'in_progress' WHEN t.j % 20 = 7 THEN 'cancelled'
		    ELSE 'pending' END,
	       CASE WHEN t.once THEN 1 ELSE t.done + 1 END, t.once, t.done,
	       CASE WHEN t.done > 0 THEN t.last_on + time '16:00' AT TIME ZONE 'UTC' END,
	       CASE WHEN t.done > 0 THEN t.owner_id END,
	       CASE WHEN t.done > 0 THEN pg_temp.bulk_id(4, 4 * t.n + t.done) END,
	       t.owner_id, now() - interval '390 days', now() - interval '20 days'
	  FROM bulk_task t;

	INSERT INTO completions (id, residence_id, task_id, occurrence, due_before, due_after,
		completed_at, completed_by, recorded_by, contractor_id, actual_cost, created_at)
	SELECT pg_temp.bulk_id(4, 4 * t.n + k), pg_temp.bulk_id(2, t.residence),
	       pg_temp.bulk_id(3, t.n), k, c.done_on,
	       CASE WHEN NOT t.once THEN (c.done_on + interval '3 months')::date END,
	       c.done_on + time '16:00' AT TIME ZONE 'UTC', t.owner_id, t.owner_id,
	       CASE WHEN t.j % 4 = 0 THEN pg_temp.bulk_id(6, 5 * t.residence::bigint + t.j / 4 % 5) END,
	       CASE WHEN k = 1 THEN 20 END, c.done_on + time '16:00' AT TIME ZONE 'UTC'
	  FROM bulk_task t
	 CROSS JOIN LATERAL generate_series(1, t.done) k
	 CROSS JOIN LATERAL (SELECT (t.last_on - (t.done - k) * interval '3 months')::date) c (done_on);

	UPDATE contractors c SET job_count = j.jobs, total_spend = j.spend, last_used_on = j.last_on
	  FROM (SELECT d.contractor_id, count(*) AS jobs, coalesce(sum(d.actual_cost), 0) AS spend,
		       (max(d.completed_at) AT TIME ZONE r.time_zone)::date AS last_on
		  FROM completions d
		  JOIN residences r ON r.id = d.residence_id
		 WHERE d.residence_id IN (SELECT pg_temp.bulk_id(2, n) FROM generate_series(first, last) n)
		   AND d.contractor_id IS NOT NULL
		 GROUP BY d.contractor_id, r.time_zone) j
	 WHERE c.id = j.contractor_id;

	PERFORM pg_temp.bulk_documents(first, last);
END
$$;
