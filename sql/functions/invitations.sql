-- Invitations: share codes that are mailed. What gives, opens and ends them is in sharing.sql. A request that makes one
-- does the same whoever has the address, and looks nothing up; the job `invitation` does.
-- after: sharing limits jobs deliveries

CREATE OR REPLACE VIEW invitations WITH (security_invoker = true) AS
SELECT id, residence_id, role, email, created_by, created_at, expires_at, used_count, revoked_at, declined_at
  FROM share_codes WHERE email IS NOT NULL;

-- As those see one who manage the residence.
CREATE OR REPLACE FUNCTION hob.invitation_card(i invitations, at timestamptz)
RETURNS TABLE (id uuid, residence_id uuid, email text, role text, "created_by.id" uuid, "created_by.name" text,
	created_at timestamptz, expires_at timestamptz, state text)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT i.id, i.residence_id, i.email, i.role::text, i.created_by, p.name, i.created_at, i.expires_at,
	       CASE WHEN i.used_count > 0 THEN 'accepted'
		    WHEN i.declined_at IS NOT NULL THEN 'declined'
		    WHEN i.revoked_at IS NOT NULL THEN 'revoked'
		    WHEN i.expires_at <= at THEN 'expired'
		    ELSE 'pending' END
	  FROM residence_people p
	 WHERE (p.residence_id, p.user_id) = (i.residence_id, i.created_by)
$$;

-- --- inviting ---------------------------------------------------------------------------

-- Behind hob.hold_giver, as hob.limit_share_codes; the account is locked by hob.invite.
CREATE OR REPLACE FUNCTION hob.limit_invitations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_at_most('invitations', new.created_by, (SELECT count(*) FROM share_codes c
		WHERE c.created_by = new.created_by AND c.email IS NOT NULL AND c.created_at > now() - interval '1 day'));
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER share_codes_limit_invitations AFTER INSERT ON share_codes
	FOR EACH ROW WHEN (new.email IS NOT NULL AND current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.limit_invitations();

-- Makes one for a residence that the caller manages: for a week, for one person, in a role below the caller's. With the
-- owner's rights, for nobody else adds jobs; the trigger share_codes_hold_giver looks whether the caller may. HB409
-- before their own address is proved: nobody mails words of theirs to others who cannot be found by them.
CREATE OR REPLACE FUNCTION hob.invite(id uuid, residence uuid, email text, role residence_role, hmac text,
	at timestamptz) RETURNS SETOF invitations
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 1 AS $$
BEGIN
	-- Not weaker: hob.limit_invitations counts under this lock.
	PERFORM FROM users u WHERE u.id = hob.user_id() AND u.email_verified_at IS NOT NULL FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'not verified' USING ERRCODE = 'HB409', CONSTRAINT = 'email_not_verified';
	END IF;
	INSERT INTO share_codes (id, residence_id, role, code_hmac, created_by, created_at, expires_at, max_uses, email)
	VALUES (invite.id, residence, invite.role, hmac, hob.user_id(), at, at + interval '7 days', 1, invite.email);
	PERFORM hob.add_job('invitation', invite.id::text);
	RETURN QUERY SELECT i.* FROM invitations i WHERE i.id = invite.id;
END
$$;

-- --- the letter (app/jobs/invitation.c) ---------------------------------------------------

-- So many letters go to one address in a day, whoever asks for them, and so many of these for one account, so that no
-- single one keeps others from being read; those that are more are not sent, and who asked is not told.
CREATE OR REPLACE FUNCTION hob.invitations_a_day() RETURNS int LANGUAGE sql IMMUTABLE RETURN 5;
CREATE OR REPLACE FUNCTION hob.invitations_a_day_of_one() RETURNS int LANGUAGE sql IMMUTABLE RETURN 2;

-- Not for the API itself. Is this one within these numbers?
CREATE OR REPLACE FUNCTION hob.is_mailed(c share_codes) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT coalesce(sum(least(g.n, hob.invitations_a_day_of_one())), 0) < hob.invitations_a_day()
	   AND coalesce(max(g.n) FILTER (WHERE g.created_by = c.created_by), 0) < hob.invitations_a_day_of_one()
	  FROM (SELECT s.created_by, count(*) AS n
		  FROM share_codes s
		 WHERE hob.email_key(s.email) = hob.email_key(c.email) AND s.id < c.id
		   AND s.created_at > c.created_at - interval '1 day'
		 GROUP BY s.created_by) g
$$;

-- Not for the API itself. No mail program makes a link of it that somebody has put into a name.
CREATE OR REPLACE FUNCTION hob.blunt(name text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN replace(name, '://', ' ');

-- Not for the API itself. The account that proved to have this address.
CREATE OR REPLACE FUNCTION hob.reader_of(email text) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT u.id FROM users u
	 WHERE hob.email_key(u.email) = hob.email_key(reader_of.email) AND u.is_active AND u.email_verified_at IS NOT NULL
$$;

-- Tells the account that has the address, if there is one, once; not by mail, for the letter is one.
CREATE OR REPLACE FUNCTION hob.tell_invited(c share_codes, who uuid, giver text, home text) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	notice uuid;
	touched text[];
BEGIN
	SELECT n.id, n._touch INTO notice, touched
	  FROM hob.notify(ARRAY[who], 'residence_shared', c.residence_id, 'invitation', c.id,
		jsonb_build_object('who', giver, 'home', home, 'role', c.role)) n;
	UPDATE deliveries d SET state = 'dropped', reason = 'letter', ended_at = now()
	 WHERE d.notice_id = notice AND d.channel = 'mail';
	RETURN coalesce(touched, '{}');
END
$$;

-- What the letter of an invitation says; nothing when it is over: it opens nothing, or its reader belongs to the
-- residence. Tells its reader, too: _touch. address: null when there were too many. until: its last day there.
CREATE OR REPLACE FUNCTION hob.invitation_due(invitation uuid)
RETURNS TABLE (address text, language text, who text, home text, role text, until text, date_us bigint, _touch text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	c share_codes;
	reader uuid;
	given_role residence_role;
	spoken text;
	zone text;
BEGIN
	SELECT s.* INTO c FROM share_codes s WHERE s.id = invitation AND s.email IS NOT NULL AND hob.opens(s, now());
	reader := hob.reader_of(c.email);
	IF c.id IS NULL OR EXISTS (SELECT FROM residence_members m
			WHERE m.residence_id = c.residence_id AND m.user_id = reader AND NOT m.gone) THEN
		RETURN;
	END IF;
	SELECT p.name, r.name, r.time_zone, coalesce((SELECT u.locale FROM users u WHERE u.id = reader), g.locale)
	  INTO who, home, zone, spoken
	  FROM residences r
	  JOIN residence_people p ON p.residence_id = r.id AND p.user_id = c.created_by
	  JOIN users g ON g.id = c.created_by
	 WHERE r.id = c.residence_id;
	_touch := hob.tell_invited(c, reader, who, home);
	language := hob.notice_language(spoken);
	SELECT w.roles ->> c.role::text, to_char(c.expires_at AT TIME ZONE zone, w.day) INTO role, until
	  FROM hob.notice_words(language) w;
	who := hob.blunt(who);
	home := hob.blunt(home);
	address := CASE WHEN hob.is_mailed(c) THEN c.email END;
	date_us := extract(epoch FROM c.created_at) * 1000000;
	RETURN NEXT;
END
$$;

-- --- being invited ------------------------------------------------------------------------

-- Those that the caller may accept: to the address of their account, once they have proved it, of residences to which
-- they do not belong.
CREATE OR REPLACE FUNCTION hob.my_invitations(at timestamptz) RETURNS SETOF share_codes
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 5 AS $$
	SELECT c.*
	  FROM users u
	  JOIN share_codes c ON c.email IS NOT NULL AND hob.email_key(c.email) = hob.email_key(u.email)
	 WHERE u.id = hob.user_id() AND u.email_verified_at IS NOT NULL AND hob.opens(c, at)
	   AND NOT EXISTS (SELECT FROM residence_members m
		WHERE m.residence_id = c.residence_id AND m.user_id = u.id AND NOT m.gone)
$$;

CREATE OR REPLACE FUNCTION hob.received_invitations(at timestamptz)
RETURNS TABLE (id uuid, "residence.name" text, "residence.owner_name" text, member_count int, role text,
	invited_by text, created_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 5 AS $$
	SELECT c.id, r.name, o.name, (SELECT count(*)::int FROM residence_members m
		WHERE m.residence_id = r.id AND NOT m.gone),
	       c.role::text, g.name, c.created_at, c.expires_at
	  FROM hob.my_invitations(received_invitations.at) c
	  JOIN residences r ON r.id = c.residence_id
	  JOIN residence_people o ON (o.residence_id, o.user_id) = (r.id, r.owner_id)
	  JOIN residence_people g ON (g.residence_id, g.user_id) = (r.id, c.created_by)
$$;

-- One of them; HB404 for any other, be there one or not.
CREATE OR REPLACE FUNCTION hob.my_invitation(invitation uuid, at timestamptz) RETURNS share_codes
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found_code share_codes;
BEGIN
	SELECT c.* INTO found_code FROM hob.my_invitations(at) c WHERE c.id = invitation;
	IF found_code.id IS NULL THEN
		RAISE EXCEPTION 'no such invitation' USING ERRCODE = 'HB404';
	END IF;
	RETURN found_code;
END
$$;

-- The residence that was joined; refuses as hob.join_residence does.
CREATE OR REPLACE FUNCTION hob.accept_invitation(invitation uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN hob.join_by(hob.my_invitation(invitation, at), at);
END
$$;

-- Ends one. Who declines is not named in the activity of the residence, to which they do not belong.
CREATE OR REPLACE FUNCTION hob.decline_invitation(invitation uuid, at timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	code CONSTANT share_codes := hob.my_invitation(invitation, at);
BEGIN
	PERFORM hob.require_session();
	PERFORM FROM residences r WHERE r.id = code.residence_id FOR NO KEY UPDATE;
	UPDATE share_codes c SET declined_at = at WHERE c.id = code.id AND hob.opens(c, at);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such invitation' USING ERRCODE = 'HB404';
	END IF;
	RETURN ARRAY['user:' || hob.user_id(), 'residence:' || code.residence_id];
END
$$;

GRANT SELECT (email, declined_at) ON share_codes TO hob_api;
GRANT SELECT ON invitations TO hob_api;
GRANT EXECUTE ON FUNCTION hob.invitation_card(invitations, timestamptz),
	hob.invite(uuid, uuid, text, residence_role, text, timestamptz), hob.received_invitations(timestamptz),
	hob.accept_invitation(uuid, timestamptz), hob.decline_invitation(uuid, timestamptz) TO hob_api;
GRANT EXECUTE ON FUNCTION hob.invitation_due(uuid) TO hob_jobs;
