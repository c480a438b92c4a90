-- A million accounts for lists of staff, as hob_owner: one in a hundred is disabled, one in fifty not verified, one in
-- twenty has a plan, one in a thousand leaves; each is signed in once, and one in ten has a phone and a home.
INSERT INTO users (id, email, password_hash, first_name, last_name, is_active, created_at, email_verified_at, delete_at)
SELECT ('01900000-0000-7010-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       format('%s.%s%s@bulk.example', (ARRAY['mara', 'noah', 'olga', 'pia', 'quinn', 'rui', 'sven', 'tess'])[1 + n % 8],
		(ARRAY['abel', 'brandt', 'costa', 'diaz', 'ek', 'faro', 'gomes', 'holm', 'ito'])[1 + n % 9], n),
       '-', (ARRAY['Mara', 'Noah', 'Olga', 'Pia', 'Quinn', 'Rui', 'Sven', 'Tess'])[1 + n % 8],
       (ARRAY['Abel', 'Brandt', 'Costa', 'Díaz', 'Ek', 'Faro', 'Gomes', 'Holm', 'Itō'])[1 + n % 9] || n % 5000,
       n % 100 <> 0, now() - n * interval '90 seconds', CASE WHEN n % 50 <> 7 THEN now() END,
       CASE WHEN n % 1000 = 3 THEN now() + interval '7 days' END
  FROM generate_series(1, 1000000) n;
INSERT INTO sessions (id, user_id, token_hash, last_seen_at)
SELECT ('01900000-0000-7011-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0000-7010-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bulk ' || n, now() - n % 30 * interval '1 day'
  FROM generate_series(1, 1000000) n;
INSERT INTO devices (id, user_id, session_id, platform, environment, token)
SELECT ('01900000-0000-7012-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0000-7010-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0000-7011-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'ios', 'production', 'bulk ' || n
  FROM generate_series(10, 1000000, 10) n;
INSERT INTO plans (user_id, tier, source, status)
SELECT ('01900000-0000-7010-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'plus', 'grant', 'active'
  FROM generate_series(20, 1000000, 20) n;
INSERT INTO residences (id, owner_id, name, time_zone)
SELECT ('01900000-0000-7013-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0000-7010-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Home ' || n, 'UTC'
  FROM generate_series(10, 1000000, 10) n;
VACUUM ANALYZE users, sessions, devices, plans, residences, residence_members, usage;
