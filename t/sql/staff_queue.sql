-- What waits and what was told, as hob_staff: what staff see of it, without what is secret or a household's, and what
-- they retry, cancel and replay.

\set sue '''a0000000-0000-7000-8000-000000000901'''
\set dead '''a0000000-0000-7000-8000-000000000a01'''
\set waiting '''a0000000-0000-7000-8000-000000000a02'''
\set leased '''a0000000-0000-7000-8000-000000000a03'''
\set done '''a0000000-0000-7000-8000-000000000a04'''

-- The last event of an act, without what it is about.
CREATE FUNCTION pg_temp.last_event() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', action, entity, before ->> 'state', after ->> 'state') FROM staff.audit_events
	 ORDER BY day DESC, seq DESC LIMIT 1
$$;
-- The name by which an act is refused; null: it is done, and undone again.
CREATE FUNCTION pg_temp.refusal(act text, subject uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	EXECUTE format('SELECT staff.%I(%L, NULL)', act, subject);
	RAISE EXCEPTION USING ERRCODE = 'HB999';
EXCEPTION
	WHEN SQLSTATE 'HB999' THEN RETURN NULL;
	WHEN SQLSTATE 'HB409' THEN
		GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
		RETURN name;
END
$$;

SELECT pg_temp.refuses('without a session nobody does ' || act, 'HB401', format('SELECT staff.%s(%L, NULL)', act, :dead))
  FROM unnest(ARRAY['retry_jobs', 'cancel_jobs', 'retry_deliveries', 'cancel_deliveries', 'ask_store_subscriptions',
	'replay_store_events']) act;

BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT hob.staff_enter('sql-test-staff-ada', 'sql test', '192.0.2.1', 'a test') \g /dev/null

SELECT pg_temp.equals('jobs that are there and those that were are one list',
	(SELECT string_agg(state, ' ' ORDER BY id) FROM staff.jobs WHERE key LIKE 'sql test%'), 'dead waiting leased done');
SELECT pg_temp.equals('each act of nobody''s finds none',
	(SELECT count(*)::text FROM staff.retry_jobs(:sue, NULL), staff.cancel_jobs(:sue, NULL),
		staff.retry_deliveries(:sue, NULL), staff.cancel_deliveries(:sue, NULL),
		staff.ask_store_subscriptions(:sue, NULL), staff.replay_store_events(:sue, NULL)), '0');
SELECT pg_temp.equals(act || ' of one that is ' || state, pg_temp.refusal(act, id::uuid), wanted)
  FROM (VALUES ('retry_jobs', 'leased', :leased, 'job_leased'), ('retry_jobs', 'done', :done, 'job_over'),
	('cancel_jobs', 'done', :done, 'job_over'), ('cancel_jobs', 'leased', :leased, 'job_leased'),
	('retry_jobs', 'waiting', :waiting, NULL),
	('retry_deliveries', 'accepted', 'a0000000-0000-7000-8000-000000000a24', 'delivery_sent'),
	('retry_deliveries', 'held', 'a0000000-0000-7000-8000-000000000a23', 'delivery_sent'),
	('retry_deliveries', 'to an address that is not proved', 'a0000000-0000-7000-8000-000000000a21', 'delivery_moot'),
	('cancel_deliveries', 'failed', 'a0000000-0000-7000-8000-000000000a22', 'delivery_over'),
	('replay_store_events', 'forged', 'a0000000-0000-7000-8000-000000000a43', 'event_over')) v (act, state, id, wanted);

SELECT pg_temp.equals('one that is dead is taken up', pg_temp.touches(format('SELECT staff.retry_jobs(%L, NULL)', :dead)), '1');
SELECT id FROM staff.retry_jobs(:dead, NULL) \g /dev/null
SELECT pg_temp.equals('with all its tries, and at once',
	(SELECT concat_ws(' ', state, tries, run_at <= now()) FROM staff.jobs WHERE id = :dead), 'waiting 0 t');
SELECT pg_temp.equals('which is on record', pg_temp.last_event(), 'retry jobs dead waiting');
SELECT id FROM staff.cancel_jobs(:dead, NULL) \g /dev/null
SELECT pg_temp.equals('one that is cancelled is in the history', (SELECT state FROM staff.jobs WHERE id = :dead), 'cancelled');
SELECT pg_temp.equals('and on record', pg_temp.last_event(), 'cancel jobs waiting cancelled');

SELECT id FROM staff.retry_deliveries('a0000000-0000-7000-8000-000000000a22', NULL) \g /dev/null
SELECT pg_temp.equals('a delivery that has failed waits anew, and so does its job',
	(SELECT concat_ws(' ', d.state, d.reason, d.ended_at, j.state) FROM staff.deliveries d
	   JOIN staff.jobs j ON j.kind = d.channel AND j.key = d.id::text
	  WHERE d.id = 'a0000000-0000-7000-8000-000000000a22'), 'waiting waiting');
SELECT pg_temp.equals('which is on record', pg_temp.last_event(), 'retry deliveries failed waiting');
SELECT id FROM staff.cancel_deliveries('a0000000-0000-7000-8000-000000000a22', NULL) \g /dev/null
SELECT pg_temp.equals('one that is cancelled has failed, and its job is cancelled, too',
	(SELECT concat_ws(' ', d.state, d.reason, j.state) FROM staff.deliveries d
	   JOIN staff.jobs j ON j.kind = d.channel AND j.key = d.id::text
	  WHERE d.id = 'a0000000-0000-7000-8000-000000000a22'), 'failed cancelled cancelled');
SELECT id FROM staff.cancel_deliveries('a0000000-0000-7000-8000-000000000a23', NULL) \g /dev/null
SELECT pg_temp.equals('also one that is held', pg_temp.last_event(), 'cancel deliveries held failed');

SELECT id FROM staff.ask_store_subscriptions('a0000000-0000-7000-8000-000000000a32', NULL) \g /dev/null
SELECT pg_temp.equals('a store is asked anew', (SELECT string_agg(kind || ' ' || state, ',') FROM staff.jobs
	WHERE key = 'a0000000-0000-7000-8000-000000000a32'), 'google_purchase waiting');
SELECT pg_temp.equals('which is on record', pg_temp.last_event(), 'ask_store subscriptions');
SELECT id FROM staff.replay_store_events('a0000000-0000-7000-8000-000000000a41', NULL) \g /dev/null
SELECT pg_temp.equals('an event that is done waits for its store once more',
	(SELECT concat_ws(' ', e.state, j.kind, j.state) FROM staff.store_events e JOIN staff.jobs j ON j.key = e.about::text
	  WHERE e.id = 'a0000000-0000-7000-8000-000000000a41'), 'waiting apple_purchase waiting');
SELECT pg_temp.equals('which is on record', pg_temp.last_event(), 'replay store-events done waiting');
SELECT id FROM staff.replay_store_events('a0000000-0000-7000-8000-000000000a42', NULL) \g /dev/null
SELECT pg_temp.equals('one that is not proved is judged', (SELECT kind FROM staff.jobs
	WHERE key = 'a0000000-0000-7000-8000-000000000a42'), 'google_push');

SELECT pg_temp.equals('a subscription of Apple''s has its number, and one of Google''s the end of its own',
	(SELECT string_agg(concat_ws(' ', transaction_id, hint, tier), ', ' ORDER BY id) FROM staff.subscriptions
	  WHERE id::text LIKE 'a0000000-%'), 'sql-test-number mber plus, 5678');
CREATE FUNCTION pg_temp.shown(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT to_json(x)::text FROM staff.%I x WHERE x.id >= %L AND x.id <= %L', what,
		'a0000000-0000-7000-8000-000000000a00', 'a0000000-0000-7000-8000-000000000aff');
END
$$;
SELECT pg_temp.holds('what is shown of ' || what || ' is there, and has no secret',
	count(*) > 0 AND NOT bool_or(line LIKE '%sql-test-secret%'), string_agg(line, ' '))
  FROM unnest(ARRAY['notices', 'deliveries', 'subscriptions', 'store_events', 'plan_grants', 'jobs']) what
 CROSS JOIN LATERAL pg_temp.shown(what) line
 GROUP BY what;
SELECT pg_temp.equals('nor has the record', (SELECT string_agg(e.action, ' ') FROM staff.audit_events e
	WHERE e.staff_id = :sue AND to_json(e)::text LIKE '%sql-test-secret%'), NULL);
ROLLBACK;

-- --- plans ------------------------------------------------------------------------------------

-- The indexes that a page goes by. So few rows are read as they lie, if that is not forbidden.
CREATE FUNCTION pg_temp.indexes_of(page text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text[] := '{}';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT v.id FROM staff.' || page || ' LIMIT 25' LOOP
		IF line ~ '(using|Index Scan on) ' AND line !~ '_default|_[0-9]{8}_' THEN
			found := found || substring(line FROM '(?:using|Index Scan on) (\S+)');
		ELSIF line ~ 'Sort$' THEN
			found := found || 'sorted'::text;
		END IF;
	END LOOP;
	RETURN array_to_string(found, ' ');
END
$$;
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT hob.staff_enter('sql-test-staff-sue', 'sql test', '192.0.2.1', NULL) \g /dev/null
SELECT pg_temp.equals(page || ' is read by an index', pg_temp.indexes_of(page), wanted)
  FROM (VALUES ('jobs v ORDER BY v.id DESC', 'jobs_pkey'),
	('jobs v WHERE v.state = ''dead'' ORDER BY v.id DESC', 'jobs_state_idx'),
	('jobs v WHERE v.state = ''done'' ORDER BY v.id DESC', ''),
	('deliveries v ORDER BY v.id DESC', 'deliveries_pkey'),
	('deliveries v WHERE v.state = ''failed'' ORDER BY v.id DESC', 'deliveries_state_idx'),
	(format('deliveries v WHERE v.user_id = %L ORDER BY v.id DESC', :sue), 'deliveries_user_id_idx'),
	(format('notices v WHERE v.user_id = %L ORDER BY v.id DESC', :sue), 'notices_told_idx'),
	('subscriptions v ORDER BY v.id DESC', 'purchases_pkey'),
	('subscriptions v WHERE v.status = ''refunded'' ORDER BY v.id DESC', 'purchases_status_idx'),
	('subscriptions v WHERE v.transaction_id = ''1''', 'purchases_transaction_idx'),
	('store_events v ORDER BY v.received_at DESC', 'store_events_received_at_idx'),
	('store_events v WHERE v.state = ''waiting'' ORDER BY v.received_at DESC', 'store_events_state_idx'))
	v (page, wanted);
SET LOCAL enable_sort = off;
SELECT pg_temp.equals('jobs of a kind are read by an index in their order',
	pg_temp.indexes_of('jobs v WHERE v.kind = ''push'' ORDER BY v.id DESC'), 'jobs_kind_idx');
ROLLBACK;
