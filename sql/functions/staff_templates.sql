-- Templates as editors see and change them. What homes have made of one stays as it is: a task keeps its title and rule.
-- after: staff_lookups staff_texts templates

CREATE OR REPLACE VIEW staff.task_templates AS
SELECT t.code AS id, t.title, t.description, t.category, t.priority, t.season, t.month, t.feature, t.climate,
       t.recurrence, t.minutes, t.position,
       coalesce((SELECT jsonb_object_agg(x.language, jsonb_build_object('title', x.title, 'description', x.description))
		   FROM task_template_texts x WHERE x.template = t.code), '{}') AS texts, t.version
  FROM task_templates t
 WHERE (SELECT hob.staff_may('support'));

-- The same of one, for the record; null: there is none such.
CREATE OR REPLACE FUNCTION hob.shown_template(code text) RETURNS jsonb
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT (to_jsonb(t) - '{code,version,words}'::text[]) || jsonb_build_object('texts',
		coalesce((SELECT jsonb_object_agg(x.language, jsonb_build_object('title', x.title, 'description', x.description))
			    FROM task_template_texts x WHERE x.template = t.code), '{}'))
	  FROM task_templates t WHERE t.code = shown_template.code
$$;

-- Texts in English are the template's own.
CREATE OR REPLACE FUNCTION hob.require_template(body jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	fault CONSTANT text := CASE WHEN body ? 'recurrence' THEN hob.rule_fault(jsonb_strip_nulls(body -> 'recurrence')) END;
BEGIN
	IF fault IS NOT NULL THEN
		PERFORM hob.refuse_field(fault);
	ELSIF body ? 'texts' THEN
		PERFORM hob.require_texts(body -> 'texts', 'title', 200, 'description', 10000);
		IF body -> 'texts' ? 'en' THEN
			PERFORM hob.refuse_field('texts_english');
		END IF;
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.write_template_texts(template text, texts jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM task_template_texts x
	 WHERE x.template = write_template_texts.template AND NOT texts ? x.language;
	INSERT INTO task_template_texts (template, language, title, description)
	SELECT write_template_texts.template, t.key, t.value ->> 'title', t.value ->> 'description' FROM jsonb_each(texts) t
	ON CONFLICT (template, language) DO UPDATE SET title = excluded.title, description = excluded.description;
$$;

-- The row itself, in place of what is there.
CREATE OR REPLACE FUNCTION hob.write_template(code text, body jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_template(body);
	UPDATE task_templates t
	   SET (title, description, category, priority, season, month, feature, climate, recurrence, minutes, position) =
	       (SELECT p.title, p.description, p.category, p.priority, p.season, p.month, p.feature, p.climate,
		       jsonb_strip_nulls(p.recurrence), p.minutes, p.position FROM jsonb_populate_record(t, body) p)
	 WHERE t.code = write_template.code;
	IF body ? 'texts' THEN
		PERFORM hob.write_template_texts(write_template.code, body -> 'texts');
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_create_task_templates(new_id text, body jsonb) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.require_template(body);
	INSERT INTO task_templates (code, title, description, category, priority, season, month, feature, climate,
		recurrence, minutes, position)
	SELECT new_id, p.title, p.description, p.category, p.priority, p.season, p.month, p.feature, p.climate,
	       jsonb_strip_nulls(p.recurrence), p.minutes, p.position
	  FROM jsonb_populate_record(NULL::task_templates, body) p;
	PERFORM hob.write_template_texts(new_id, coalesce(body -> 'texts', '{}'));
	PERFORM hob.note_edited('task_templates', new_id);
	PERFORM hob.audit('create', 'task-templates', new_id, after => hob.shown_template(new_id));
	RETURN QUERY SELECT new_id, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_update_task_templates(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was jsonb;
	is_now jsonb;
BEGIN
	LOCK TABLE task_templates IN ROW EXCLUSIVE MODE;	-- before a row: a seed goes the same way
	PERFORM FROM task_templates t
	  WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions)) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	was := hob.shown_template(subject);
	PERFORM hob.write_template(subject, body);
	is_now := hob.shown_template(subject);
	IF was <> is_now THEN
		UPDATE task_templates t SET version = t.version + 1 WHERE t.code = subject;
		PERFORM hob.note_edited('task_templates', subject);
		PERFORM hob.audit_change('update', 'task-templates', subject, was, is_now);
	END IF;
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;

-- HB409 while a task is made of it, deleted ones too, which may come back.
CREATE OR REPLACE FUNCTION hob.staff_delete_task_templates(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
	was jsonb;
BEGIN
	LOCK TABLE task_templates IN ROW EXCLUSIVE MODE;	-- before a row: a seed goes the same way
	PERFORM FROM task_templates t
	  WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions)) FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	was := hob.shown_template(subject);
	DELETE FROM task_templates t WHERE t.code = subject;
	PERFORM hob.note_edited('task_templates', subject);
	PERFORM hob.audit('delete', 'task-templates', subject, before => was);
	RETURN QUERY SELECT subject, '{}'::text[];
EXCEPTION WHEN foreign_key_violation THEN
	PERFORM hob.refuse_in_use();
END
$$;
GRANT SELECT ON staff.task_templates TO hob_staff;
