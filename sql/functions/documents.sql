-- Documents and warranties: what the API shows of one, and what follows from a change. Until when one is good for
-- something, and who is told of it, is in expiring.sql.
-- after: residences sharing sync activity limits time idempotency expiring

-- Of the document itself, and names: what a copy of it can hold. expires_on: the last day of all that it covers; null
-- when nothing ends, or something never does. people and names: those of hob.people, fetched once a residence. whole:
-- else of the description its beginning.
CREATE OR REPLACE FUNCTION hob.document_card(d documents, people uuid[], names text[], whole bool DEFAULT true)
RETURNS TABLE (id uuid, residence_id uuid, type text, title text, description text, tags text[], issuer text,
	issued_on date, number text, contractor_id uuid, task_id uuid, category text, product text, brand text,
	model text, serial_numbers text[], purchased_on date, price numeric, shop text, provider text,
	claim_contact text, covers json, claims json, expires_on date, is_void bool, is_active bool,
	"created_by.id" uuid, "created_by.name" text, created_at timestamptz, updated_at timestamptz, version int)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT d.id, d.residence_id, d.type, d.title,
	       CASE WHEN whole THEN d.description ELSE hob.beginning(d.description) END, d.tags, d.issuer,
	       d.issued_on, d.number, d.contractor_id, d.task_id, d.category, d.product, d.brand,
	       d.model, d.serial_numbers, d.purchased_on, d.price, d.shop, d.provider,
	       d.claim_contact, d.covers::json, d.claims::json, CASE WHEN NOT d.is_lifetime THEN d.last_ends_on END, d.is_void, d.is_active,
	       d.created_by, names[array_position(people, d.created_by)], d.created_at, d.updated_at, d.version
$$;

-- A document that an act has changed, and what that makes untrue.
CREATE OR REPLACE FUNCTION hob.document_shown(d documents)
RETURNS TABLE (id uuid, residence_id uuid, type text, title text, description text, tags text[], issuer text,
	issued_on date, number text, contractor_id uuid, task_id uuid, category text, product text, brand text,
	model text, serial_numbers text[], purchased_on date, price numeric, shop text, provider text,
	claim_contact text, covers json, claims json, expires_on date, is_void bool, is_active bool,
	"created_by.id" uuid, "created_by.name" text, created_at timestamptz, updated_at timestamptz, version int,
	currency text, state text, days_left int, _touch text[])
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.*, a.currency, s.state, s.days_left,
	       CASE WHEN hob.did() IS NOT NULL THEN ARRAY['residence:' || d.residence_id] END
	  FROM hob.around(d.residence_id) a
	 CROSS JOIN LATERAL hob.document_card(d, a.people, a.names) c
	 CROSS JOIN LATERAL hob.cover_state(d.cover_ends, d.is_lifetime, d.is_void, a.today) s
$$;

-- HB404 for strangers and for what does not exist alike, HB403 when the role is too low.
CREATE OR REPLACE FUNCTION hob.require_document_role(document uuid, wanted residence_role) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	PERFORM hob.require_role((SELECT d.residence_id FROM documents d
		WHERE d.id = document AND d.deleted_at IS NULL), wanted);
END
$$;

-- Sets what `change` names; what is so already stays as it is, and makes no version. HB404 when it is not in a
-- residence where the caller may edit, or gone.
CREATE OR REPLACE FUNCTION hob.change_document(document uuid, change jsonb, at timestamptz) RETURNS documents
LANGUAGE plpgsql AS $$
DECLARE
	d documents;
	n documents;
BEGIN
	SELECT x.* INTO d FROM documents x
	 WHERE x.id = document AND x.deleted_at IS NULL
	   AND x.residence_id = ANY (ARRAY(SELECT m.residence_id FROM residence_members m
			WHERE m.user_id = hob.user_id() AND NOT m.gone AND m.role >= 'member'))
	   FOR NO KEY UPDATE;
	IF d.id IS NULL THEN
		RAISE EXCEPTION 'no such document' USING ERRCODE = 'HB404';
	END IF;
	n := jsonb_populate_record(d, change);
	IF n IS NOT DISTINCT FROM d THEN
		RETURN d;
	END IF;
	UPDATE documents x
	   SET is_active = n.is_active, is_void = n.is_void, updated_at = at, version = x.version + 1
	 WHERE x.id = document
	RETURNING x.* INTO d;
	RETURN d;
END
$$;

-- --- what is kept beside what is written ----------------------------------------------------

-- A line of cover has a last day, or it is for life.
CREATE OR REPLACE FUNCTION hob.note_covers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	faulty text;
BEGIN
	SELECT coalesce(bool_or(c.lifetime), false), max(c.ends_on),
	       coalesce(array_agg(DISTINCT c.ends_on) FILTER (WHERE c.ends_on IS NOT NULL), '{}'),
	       CASE WHEN bool_or((c.ends_on IS NULL) <> coalesce(c.lifetime, false)) THEN 'documents_covers_end'
		    WHEN bool_or(c.starts_on > c.ends_on) THEN 'documents_covers_order' END
	  INTO new.is_lifetime, new.last_ends_on, new.cover_ends, faulty
	  FROM jsonb_to_recordset(new.covers) c (starts_on date, ends_on date, lifetime bool);
	IF faulty IS NOT NULL THEN
		RAISE EXCEPTION 'not a cover' USING ERRCODE = '23514', CONSTRAINT = faulty;
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER documents_note_covers BEFORE INSERT ON documents
	FOR EACH ROW WHEN (new.covers <> '[]') EXECUTE FUNCTION hob.note_covers();
CREATE OR REPLACE TRIGGER documents_note_covers_anew BEFORE UPDATE OF covers ON documents
	FOR EACH ROW WHEN (new.covers <> old.covers) EXECUTE FUNCTION hob.note_covers();

CREATE OR REPLACE FUNCTION hob.note_document_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := left(hob.folded(concat_ws(' ', new.title, new.product, new.brand, new.model, new.issuer, new.number,
		new.provider, new.shop, array_to_string(new.tags, ' '), array_to_string(new.serial_numbers, ' '),
		left(new.description, 280))), 2000);
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER documents_note_words BEFORE INSERT OR UPDATE OF title, product, brand, model, issuer, number,
		provider, shop, tags, serial_numbers, description ON documents
	FOR EACH ROW EXECUTE FUNCTION hob.note_document_words();

-- --- what it belongs to ---------------------------------------------------------------------

-- Holds what a change would link a document to, before it locks that: who deletes a task or a contractor has it, and
-- then wants the documents. True.
CREATE OR REPLACE FUNCTION hob.hold_links(document uuid, change jsonb) RETURNS bool
LANGUAGE plpgsql AS $$
DECLARE
	home CONSTANT uuid := (SELECT d.residence_id FROM documents d WHERE d.id = document);
BEGIN
	PERFORM FROM tasks t WHERE (t.residence_id, t.id) = (home, (change ->> 'task_id')::uuid) FOR SHARE;
	PERFORM FROM contractors c
	  WHERE (c.residence_id, c.id) = (home, (change ->> 'contractor_id')::uuid) FOR SHARE;
	RETURN true;
END
$$;

-- What is deleted keeps its row, which the foreign key finds. It is held until the transaction ends: who is deleting it
-- comes first, or finds the document. The task before the contractor, as by whoever completes one.
CREATE OR REPLACE FUNCTION hob.hold_links_of_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF new.task_id IS DISTINCT FROM old.task_id AND new.task_id IS NOT NULL THEN
		PERFORM FROM tasks t
		  WHERE t.residence_id = new.residence_id AND t.id = new.task_id AND t.deleted_at IS NULL FOR SHARE;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'no such task' USING ERRCODE = '23503', CONSTRAINT = 'documents_task_id_fkey';
		END IF;
	END IF;
	IF new.contractor_id IS DISTINCT FROM old.contractor_id AND new.contractor_id IS NOT NULL THEN
		PERFORM FROM contractors c
		  WHERE c.residence_id = new.residence_id AND c.id = new.contractor_id AND c.deleted_at IS NULL FOR SHARE;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'no such contractor'
				USING ERRCODE = '23503', CONSTRAINT = 'documents_contractor_id_fkey';
		END IF;
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER documents_hold_links BEFORE INSERT OR UPDATE OF task_id, contractor_id ON documents
	FOR EACH ROW WHEN (new.task_id IS NOT NULL OR new.contractor_id IS NOT NULL)
	EXECUTE FUNCTION hob.hold_links_of_document();

-- A task or a contractor that is deleted, or goes to another residence, leaves its documents behind. Before the row is
-- changed, for the foreign key looks behind it. By their ids: a task and a contractor may have the same ones.
CREATE OR REPLACE FUNCTION hob.leave_documents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF tg_table_name = 'tasks' THEN
		PERFORM FROM documents d WHERE (d.residence_id, d.task_id) = (old.residence_id, old.id)
		  ORDER BY d.id FOR NO KEY UPDATE;
		UPDATE documents d SET task_id = NULL WHERE (d.residence_id, d.task_id) = (old.residence_id, old.id);
	ELSE
		PERFORM FROM documents d WHERE (d.residence_id, d.contractor_id) = (old.residence_id, old.id)
		  ORDER BY d.id FOR NO KEY UPDATE;
		UPDATE documents d SET contractor_id = NULL
		 WHERE (d.residence_id, d.contractor_id) = (old.residence_id, old.id);
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER tasks_leave_documents BEFORE UPDATE OF deleted_at, residence_id ON tasks
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL OR new.residence_id <> old.residence_id)
	EXECUTE FUNCTION hob.leave_documents();
CREATE OR REPLACE TRIGGER contractors_leave_documents BEFORE UPDATE OF deleted_at, residence_id ON contractors
	FOR EACH ROW WHEN (old.residence_id IS NOT NULL AND (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL
		OR new.residence_id IS DISTINCT FROM old.residence_id))
	EXECUTE FUNCTION hob.leave_documents();

-- One that loses a link so is another version, too: nobody writes it, so nobody says so.
CREATE OR REPLACE FUNCTION hob.lose_link() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	new.version := old.version + 1;
	new.updated_at := now();
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER documents_lose_link BEFORE UPDATE OF task_id, contractor_id ON documents
	FOR EACH ROW WHEN (new.version = old.version AND (new.task_id IS DISTINCT FROM old.task_id
		OR new.contractor_id IS DISTINCT FROM old.contractor_id))
	EXECUTE FUNCTION hob.lose_link();

-- --- as things of a residence are -----------------------------------------------------------

CREATE OR REPLACE TRIGGER documents_stamp BEFORE UPDATE ON documents
	FOR EACH ROW EXECUTE FUNCTION hob.stamp();
CREATE OR REPLACE TRIGGER documents_bury AFTER UPDATE ON documents
	FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
	EXECUTE FUNCTION hob.bury('documents', 'id', 'created_at');
CREATE OR REPLACE TRIGGER documents_bury_for_good AFTER DELETE ON documents
	FOR EACH ROW WHEN (old.deleted_at IS NULL)
	EXECUTE FUNCTION hob.bury('documents', 'id', 'created_at');
CREATE OR REPLACE TRIGGER documents_activity AFTER INSERT OR UPDATE OR DELETE ON documents
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('document', 'id', 'created', 'deleted', 'is_lifetime', 'cover_ends',
		'last_ends_on', 'words');

GRANT SELECT, INSERT (id, residence_id, type, title, description, tags, issuer, issued_on, number, contractor_id,
	task_id, category, product, brand, model, serial_numbers, purchased_on, price, shop, provider,
	claim_contact, covers, claims, created_by, created_at, updated_at),
	UPDATE (type, title, description, tags, issuer, issued_on, number, contractor_id, task_id, category, product,
	brand, model, serial_numbers, purchased_on, price, shop, provider, claim_contact, covers, claims, is_void,
	is_active, updated_at, deleted_at, version) ON documents TO hob_api;
GRANT EXECUTE ON FUNCTION hob.document_card(documents, uuid[], text[], bool), hob.document_shown(documents),
	hob.require_document_role(uuid, residence_role), hob.change_document(uuid, jsonb, timestamptz),
	hob.hold_links(uuid, jsonb) TO hob_api;
