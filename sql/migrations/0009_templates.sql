-- Seasonal maintenance: templates that become tasks of a home, each once. Rows come from
-- seed/templates.sql; staff will edit them.

-- month: of the northern hemisphere; null when it can begin any time. feature: what a home
-- must have for it, null for every home. recurrence: a rule without starts_on.
CREATE TABLE task_templates (
	code text COLLATE "C" PRIMARY KEY,
	position int NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	category text COLLATE "C" NOT NULL REFERENCES task_categories,
	priority text COLLATE "C" NOT NULL REFERENCES task_priorities,
	season text COLLATE "C" NOT NULL
		CHECK (season IN ('spring', 'summer', 'autumn', 'winter', 'any')),
	month int CHECK (month BETWEEN 1 AND 12),
	feature text COLLATE "C",
	climate text COLLATE "C" NOT NULL
		CHECK (climate IN ('any', 'cold', 'hot', 'humid', 'dry', 'coastal')),
	recurrence jsonb NOT NULL CHECK (recurrence ->> 'starts_on' IS NULL),
	minutes int CHECK (minutes > 0),
	CHECK ((month IS NULL) = (season = 'any'))
);
GRANT SELECT ON task_templates TO hob_api, hob_jobs;

ALTER TABLE tasks ADD COLUMN template text COLLATE "C" REFERENCES task_templates;
CREATE UNIQUE INDEX tasks_template_key ON tasks (residence_id, template)
	WHERE template IS NOT NULL AND deleted_at IS NULL;
GRANT INSERT (template) ON tasks TO hob_api;
GRANT EXECUTE ON FUNCTION hob.uuid_v7() TO hob_api;

-- The first day of the month after today, in a home's own year; a template of the month that
-- is now, or of no month, begins in a week.
CREATE FUNCTION hob.template_day(month int, south bool, today date) RETURNS date
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

-- Makes tasks of these templates; what the home has already is shown as it is. Seasons turn
-- round in the south, which the country tells when the caller does not.
CREATE FUNCTION hob.apply_templates(home uuid, codes text[], hemisphere text, at timestamptz,
	OUT shown tasks, OUT made bool) RETURNS SETOF record
LANGUAGE plpgsql ROWS 10 AS $$
DECLARE
	today CONSTANT date := hob.today_in(home, at);
	south bool := hemisphere = 'south';
	new_ids uuid[];
BEGIN
	IF EXISTS (SELECT FROM unnest(codes) c WHERE c NOT IN (SELECT t.code FROM task_templates t)) THEN
		RAISE EXCEPTION 'no such template' USING ERRCODE = '23503', CONSTRAINT = 'task_templates_code';
	END IF;
	IF hemisphere IS NULL THEN
		SELECT r.country = ANY ('{AO,AR,AU,BI,BO,BR,BW,CL,FJ,KM,LS,MG,MU,MW,MZ,NA,NC,NZ,PE,PF,PG,PY,RW,SC,SZ,TO,TZ,UY,VU,WS,ZA,ZM,ZW}')
		  INTO south FROM residences r WHERE r.id = home;
	END IF;
	WITH made AS (
		INSERT INTO tasks (id, residence_id, title, description, category, priority, due_on,
			recurrence, template, created_by, created_at, updated_at)
		SELECT hob.uuid_v7(), home, t.title, t.description, t.category, t.priority,
		       hob.template_day(t.month, coalesce(south, false), today), t.recurrence, t.code,
		       hob.user_id(), at, at
		  FROM task_templates t
		 WHERE t.code = ANY (codes)
		 ORDER BY t.position
		ON CONFLICT (residence_id, template) WHERE template IS NOT NULL AND deleted_at IS NULL
			DO NOTHING
		RETURNING id
	)
	SELECT coalesce(array_agg(id), '{}') INTO new_ids FROM made;
	IF new_ids <> '{}' THEN
		PERFORM hob.require_room_for_tasks(home);
	END IF;
	FOR shown IN SELECT t.* FROM tasks t JOIN task_templates m ON m.code = t.template
		      WHERE t.residence_id = home AND t.template = ANY (codes) AND t.deleted_at IS NULL
		      ORDER BY m.position
	LOOP
		made := shown.id = ANY (new_ids);
		RETURN NEXT;
	END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION hob.template_day(int, bool, date),
	hob.apply_templates(uuid, text[], text, timestamptz) TO hob_api;
