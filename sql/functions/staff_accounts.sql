-- Accounts of staff, as admins see and change them in the panel. What somebody signs in with is made by the program,
-- which sends hashes.
-- after: staff audit

CREATE OR REPLACE VIEW staff.staff AS
SELECT t.id, t.email, t.name, t.role::text AS role, t.disabled_at,
       (SELECT count(*) FROM staff_recovery_codes c WHERE c.staff_id = t.id AND c.used_at IS NULL) AS codes_left,
       (SELECT max(e.at) FROM audit_events e WHERE e.staff_id = t.id AND e.action = 'login') AS last_login_at,
       t.created_at, t.updated_at, t.version
  FROM staff t
 WHERE (SELECT hob.staff_may('admin'));
GRANT SELECT ON staff.staff TO hob_staff;

-- Somebody of staff, locked, and whoever asks with them: of two who lock out each other the second is no admin any more
-- when it is their turn. Null: there is nobody such.
CREATE OR REPLACE FUNCTION hob.hold_staff(subject uuid, if_versions int[] DEFAULT NULL) RETURNS staff
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	held staff;
BEGIN
	PERFORM FROM staff t WHERE t.id IN (subject, hob.staff_id()) ORDER BY t.id FOR NO KEY UPDATE;
	PERFORM hob.require_staff('admin');
	SELECT t.* INTO held FROM staff t
	 WHERE t.id = subject AND (if_versions IS NULL OR t.version = ANY (if_versions));
	RETURN held;
END
$$;

-- Nobody lowers or locks out themselves: so there is always an admin.
CREATE OR REPLACE FUNCTION hob.require_other_staff(subject uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF subject = hob.staff_id() THEN
		RAISE EXCEPTION 'their own' USING ERRCODE = 'HB409', CONSTRAINT = 'own_account';
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION staff.create_staff(new_id uuid, body jsonb, password_hash text, totp_nonce text, recovery text[])
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_staff('admin');
	PERFORM hob.require_confirmed();
	INSERT INTO staff (id, email, name, role, password_hash, totp_nonce)
	VALUES (new_id, body ->> 'email', body ->> 'name', (body ->> 'role')::staff_role, create_staff.password_hash,
		create_staff.totp_nonce)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'taken' USING ERRCODE = 'HB409', CONSTRAINT = 'email_taken';
	END IF;
	PERFORM hob.add_recovery_codes(new_id, recovery);
	PERFORM hob.audit('create', 'staff', new_id::text, after => body);
	RETURN QUERY SELECT new_id, '{}'::text[];
END
$$;

-- With a lower role the sessions go on: each request asks for the role.
CREATE OR REPLACE FUNCTION hob.staff_update_staff(subject uuid, if_versions int[], body jsonb)
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was staff;
	new staff;
BEGIN
	was := hob.hold_staff(subject, if_versions);
	IF was.id IS NULL THEN
		RETURN;
	END IF;
	new := jsonb_populate_record(was, jsonb_strip_nulls(jsonb_build_object('name', body -> 'name', 'role', body -> 'role')));
	IF new.role <> was.role THEN
		PERFORM hob.require_other_staff(subject);
	END IF;
	IF new IS DISTINCT FROM was THEN
		UPDATE staff t SET name = new.name, role = new.role, updated_at = now(), version = t.version + 1
		 WHERE t.id = subject;
		PERFORM hob.audit_change('update', 'staff', subject::text, to_jsonb(was), to_jsonb(new));
	END IF;
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_disable_staff(subject uuid, body jsonb) RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	t staff;
BEGIN
	PERFORM hob.require_other_staff(subject);
	t := hob.hold_staff(subject);
	IF t.id IS NULL THEN
		RETURN;
	END IF;
	IF t.disabled_at IS NULL THEN
		UPDATE staff x SET disabled_at = now(), updated_at = now(), version = x.version + 1 WHERE x.id = subject;
		DELETE FROM staff_sessions s WHERE s.staff_id = subject;
		PERFORM hob.audit('disable', 'staff', subject::text, '{"disabled_at": null}',
			jsonb_build_object('disabled_at', now()));
	END IF;
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION staff.reset_staff(subject uuid, password_hash text, totp_nonce text, recovery text[])
RETURNS TABLE (id uuid, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	t staff;
BEGIN
	PERFORM hob.require_staff('admin');
	PERFORM hob.require_confirmed();
	PERFORM hob.require_other_staff(subject);
	t := hob.hold_staff(subject);
	IF t.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM hob.audit('reset', 'staff', subject::text, jsonb_build_object('disabled_at', t.disabled_at));
	PERFORM hob.renew_staff(subject, password_hash, totp_nonce, recovery);
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;
GRANT EXECUTE ON FUNCTION staff.create_staff(uuid, jsonb, text, text, text[]),
	staff.reset_staff(uuid, text, text, text[]) TO hob_staff;
