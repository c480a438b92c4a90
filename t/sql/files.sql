-- Files, as hob_api, behind rls.sql: the policies alone must hold. See fixtures.sql for what there is.

CREATE FUNCTION pg_temp.files_seen_by(who text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('hob.user_id', who, true);
	RETURN (SELECT string_agg(f.name, ',' ORDER BY f.name) FROM files f);
END
$$;
SELECT pg_temp.equals(who || ' sees ' || what, pg_temp.files_seen_by(id), names)
  FROM (VALUES ('nobody', 'no file', '', NULL),
	('an owner', 'those of home, and what they sent', :ann, 'Face,File of a,Refused,Sent,Staged'),
	('a viewer', 'those of home that are clean', :vic, 'File of a'),
	('a stranger', 'their own', :bob, 'File of b,Of Bob')) v (who, what, id, names);

BEGIN;
SELECT set_config('hob.user_id', :ann, true) \g /dev/null
SELECT pg_temp.refuses('nobody ' || what, '42501', act)
  FROM (VALUES ('makes a file past its bytes', 'INSERT INTO files (id, uploaded_by, media_type, bytes, sha256)
		VALUES (gen_random_uuid(), hob.user_id(), ''image/png'', 1, ''x'')'),
	('calls one clean', 'UPDATE files SET state = ''ready'''),
	('deletes one past its place', 'DELETE FROM files'),
	('learns where bytes are', 'SELECT key FROM file_copies'),
	('learns of bytes that are left', 'SELECT key FROM file_leavings'),
	('writes how much it has', 'UPDATE usage SET used = used'),
	('is told whose a session is', 'SELECT hob.access_of(''a0000000-0000-7000-8000-000000000105'')'),
	('does the work of hob-image', 'SELECT hob.image_done(gen_random_uuid(), ''x'', ''[]'', NULL)'),
	('holds the bytes as a backup does', 'SELECT hob.hold_bytes()'),
	('says where files of a restored database are', 'SELECT hob.settle(''s3'', ''x'', true)'),
	('asks what it has to do', 'SELECT hob.image_due(gen_random_uuid())')) v (what, act);
SELECT pg_temp.refuses('a file cannot be hung on a foreign thing', 'HB404',
	'SELECT hob.attach_files(''task'', ''a0000000-0000-7000-8000-0000000003bb'',
		''{a0000000-0000-7000-8000-0000000008a3}'', now())');
SELECT pg_temp.refuses('nor one that somebody else has staged anywhere', '23503',
	'SELECT hob.attach_files(''task'', ''a0000000-0000-7000-8000-0000000003aa'',
		''{a0000000-0000-7000-8000-0000000008b1}'', now())');
SELECT hob.delete_file('residence', :residence_a,
	('a0000000-0000-7000-8000-0000000008' || id)::uuid) FROM unnest('{aa,a1,a2}'::text[]) id \g /dev/null
SELECT pg_temp.equals('what goes is told, to who sent it also what others did not know of',
	(SELECT string_agg(right(id::text, 2), ' ' ORDER BY id) FROM tombstones WHERE kind = 'files'), 'a1 a2 aa');
SELECT pg_temp.equals('and stands in the activity when others knew of it',
	(SELECT string_agg(action || ' ' || title, ',') FROM activity WHERE subject = 'file'), 'deleted File of a');
SELECT set_config('hob.user_id', :vic, true) \g /dev/null
SELECT pg_temp.equals('others are told of what they knew of alone',
	(SELECT string_agg(id, ' ') FROM hob.sync_deletions('1', NULL, 10) WHERE kind = 'files'),
	'a0000000-0000-7000-8000-0000000008aa');
SELECT pg_temp.equals('nor do they see more', pg_temp.touches('SELECT id FROM tombstones WHERE kind = ''files'''), '1');
ROLLBACK;

-- --- links ------------------------------------------------------------------------------------
SELECT pg_temp.equals('a link ' || what, (SELECT string_agg(l.name, ',') FROM hob.linked_file(
		('a0000000-0000-7000-8000-0000000008' || file)::uuid, variant,
		('a0000000-0000-7000-8000-000000000' || access)::uuid) l), wanted)
  FROM (VALUES ('of a session shows what that sees', 'aa', 'main', '101', 'File of a'),
	('of a variant that is not there is none', 'aa', 'thumb', '101', NULL),
	('of what was sent is none', 'aa', 'sent', '101', NULL),
	('of a file that is not clean is none', 'a1', 'main', '101', NULL),
	('of a file that was refused is none', 'a2', 'main', '101', NULL),
	('of what hangs on nothing is none', 'a3', 'main', '101', NULL),
	('of a file in a foreign home is none', 'bb', 'main', '101', NULL),
	('of a file in a deleted home is none', 'dd', 'main', '101', NULL),
	('of a session that lay idle is none', 'aa', 'main', '102', NULL),
	('of a session that is over is none', 'aa', 'main', '103', NULL),
	('of a session of a disabled user is none', 'aa', 'main', '104', NULL),
	('of a stranger is none', 'aa', 'main', '105', NULL),
	('of a session that has ended is none', 'aa', 'main', '199', NULL),
	('of an access token for another home is none', 'aa', 'main', '111', NULL)) v (what, file, variant, access, wanted);
