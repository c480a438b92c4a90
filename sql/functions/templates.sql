-- Templates of seasonal maintenance that become tasks.
-- after: tasks

-- The first day of the month after today, in a residence's own year; a template of the month that
-- is now, or of no month, begins in a week.
CREATE OR REPLACE FUNCTION hob.template_day(month int, south bool, today date) RETURNS date
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	wanted CONSTANT int := (month - 1 + CASE WHEN south THEN 6 ELSE 0 END) % 12;
	now CONSTANT int := extract(month FROM today)::int - 1;
BEGIN
	IF month IS NULL OR wanted = now THEN
		RETURN today + 7;
	END IF;
	RETURN (date_trunc('month', today) + (wanted - now + 12) % 12 * interval '1 month')::date;
END
$$;

-- The language of template texts for who asks for this one, or by nothing but the caller's locale; null is English.
-- "pt-BR" finds "pt" where there is no "pt-BR".
CREATE OR REPLACE FUNCTION hob.template_language(asked text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT l.language
	  FROM (SELECT DISTINCT x.language FROM task_template_texts x) l,
	       (SELECT lower(coalesce(asked, (SELECT u.locale FROM users u WHERE u.id = hob.user_id()))) AS tag) w
	 WHERE w.tag = lower(l.language) OR starts_with(w.tag, lower(l.language) || '-')
	 ORDER BY length(l.language) DESC
	 LIMIT 1
$$;

-- Makes tasks of these templates, in the language asked for; what the residence has already is shown as it is. Seasons turn
-- round in the south, which the country tells when the caller does not. lead_days: how long before its day a
-- task starts; null for at once.
CREATE OR REPLACE FUNCTION hob.apply_templates(residence uuid, codes text[], hemisphere text, lead_days int,
	language text, at timestamptz,
	OUT shown tasks, OUT made bool) RETURNS SETOF record
LANGUAGE plpgsql ROWS 10 AS $$
DECLARE
	today CONSTANT date := hob.today_in(residence, at);
	south bool := hemisphere = 'south';
	new_ids uuid[];
BEGIN
	IF EXISTS (SELECT FROM unnest(codes) c WHERE c NOT IN (SELECT t.code FROM task_templates t)) THEN
		RAISE EXCEPTION 'no such template' USING ERRCODE = '23503', CONSTRAINT = 'task_templates_code';
	END IF;
	IF hemisphere IS NULL THEN
		SELECT r.country = ANY ('{AO,AR,AU,BI,BO,BR,BW,CL,FJ,KM,LS,MG,MU,MW,MZ,NA,NC,NZ,PE,PF,PG,PY,RW,SC,SZ,TO,TZ,UY,VU,WS,ZA,ZM,ZW}')
		  INTO south FROM residences r WHERE r.id = residence;
	END IF;
	WITH made AS (
		INSERT INTO tasks (id, residence_id, title, description, category, priority, starts_on, due_on,
			recurrence, template, created_by, created_at, updated_at)
		SELECT hob.uuid_v7(), residence, coalesce(x.title, t.title),
		       coalesce(x.description, t.description), t.category, t.priority,
		       d.due_on - lead_days, d.due_on, t.recurrence, t.code, hob.user_id(), at, at
		  FROM task_templates t
		 CROSS JOIN LATERAL hob.template_day(t.month, coalesce(south, false), today) d (due_on)
		  LEFT JOIN task_template_texts x
			 ON x.template = t.code AND x.language = hob.template_language(apply_templates.language)
		 WHERE t.code = ANY (codes)
		 ORDER BY t.position
		ON CONFLICT (residence_id, template) WHERE template IS NOT NULL AND deleted_at IS NULL
			DO NOTHING
		RETURNING id
	)
	SELECT coalesce(array_agg(id), '{}') INTO new_ids FROM made;
	PERFORM hob.note_outcome(NULL, true, to_jsonb(new_ids));
	FOR shown IN SELECT t.* FROM tasks t JOIN task_templates m ON m.code = t.template
		      WHERE t.residence_id = residence AND t.template = ANY (codes) AND t.deleted_at IS NULL
		      ORDER BY m.position
	LOOP
		made := shown.id = ANY (new_ids);
		RETURN NEXT;
	END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION hob.template_day(int, bool, date), hob.template_language(text),
	hob.apply_templates(uuid, text[], text, int, text, timestamptz) TO hob_api;
GRANT SELECT ON task_templates, task_template_texts TO hob_api, hob_jobs;
