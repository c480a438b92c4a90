-- What only the owner of the schema can see of it, as hob_owner.

SELECT pg_temp.holds(relname || ' is under row-level security', relrowsecurity)
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
   AND (relname IN ('users', 'residences') OR EXISTS (SELECT FROM pg_attribute
		WHERE attrelid = pg_class.oid AND attname IN ('residence_id', 'user_id')))
 ORDER BY relname;
SELECT pg_temp.holds('view ' || relname || ' looks with the eyes of its caller',
	'security_invoker=true' = ANY (reloptions))
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
 ORDER BY relname;
SELECT pg_temp.holds(proname || ' has a search_path of its own',
	EXISTS (SELECT FROM unnest(proconfig) c WHERE c LIKE 'search_path=%'))
  FROM pg_proc WHERE pronamespace = 'hob'::regnamespace AND prosecdef
 ORDER BY proname;
SELECT pg_temp.equals('no function of hob is open to everybody',
	(SELECT string_agg(proname, ',') FROM pg_proc
	  WHERE pronamespace = 'hob'::regnamespace
	    AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) a WHERE a.grantee = 0))),
	NULL);
SELECT pg_temp.equals('task rows agree with their completions',
	(SELECT count(*)::text FROM tasks t
	   LEFT JOIN (SELECT task_id, count(*) AS done, max(completed_at) AS last FROM completions
		WHERE outcome = 'done' GROUP BY task_id) c ON c.task_id = t.id
	  WHERE (t.completion_count, t.last_completed_at)
		IS DISTINCT FROM (coalesce(c.done, 0), c.last)), '0');
BEGIN;
UPDATE tombstones SET buried_at = now() - interval '920 days'
 WHERE residence_id::text LIKE 'a0000000-0000-7000-8000-0000000002%';
DELETE FROM completions WHERE residence_id = 'a0000000-0000-7000-8000-0000000002aa';
SELECT pg_temp.equals('a burial clears what is older than any token',
	(SELECT string_agg(kind, ' ') FROM tombstones
	  WHERE residence_id::text LIKE 'a0000000-0000-7000-8000-0000000002%'), 'completions');
ROLLBACK;
