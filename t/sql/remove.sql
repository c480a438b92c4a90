-- Takes away what t/sql/fixtures.sql wrote.
DELETE FROM files WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000008%';
DELETE FROM file_leavings WHERE key LIKE 'sql-test/%';
DELETE FROM residences WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000002%';
DELETE FROM tombstones WHERE kind = 'sql test' OR residence_id::text LIKE 'a0000000-0000-7000-8000-0000000002%';
DELETE FROM activity WHERE request_id = 'sql test' OR residence_id::text LIKE 'a0000000-0000-7000-8000-0000000002%';
DELETE FROM contractors WHERE id::text LIKE 'a0000000-0000-7000-8000-0000000006%';
DELETE FROM jobs WHERE key LIKE 'sql test%';
DELETE FROM job_history WHERE key LIKE 'sql test%';
DELETE FROM store_events WHERE event_id LIKE 'sql test%';
DELETE FROM purchases WHERE subscription_id LIKE 'sql-test-%';
DELETE FROM users WHERE email LIKE '%@sql.test';
DELETE FROM staff WHERE email LIKE '%@sql.test';
