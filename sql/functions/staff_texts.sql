-- What is refused of JSON that editors send: texts in languages, and rules of templates. Whoever serves it finds nothing
-- then that it cannot show, or make a task of. By these names app/admin/routes.c says which field is wrong, and why.
-- after: recurrence text

-- Always raises, for what no table's own constraint finds.
CREATE OR REPLACE FUNCTION hob.refuse_field(name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'not as it must be' USING ERRCODE = 'HB422', CONSTRAINT = name;
END
$$;

-- A string, not empty to who looks at it, so long at most; of lines only where that is said.
CREATE OR REPLACE FUNCTION hob.is_good_text(v jsonb, most int, lines bool) RETURNS bool
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT jsonb_typeof(v) = 'string' AND length(v #>> '{}') BETWEEN 1 AND most
	   AND btrim(hob.folded(v #>> '{}'), E' \t\n') <> ''
	   AND CASE WHEN lines THEN translate(v #>> '{}', E'\t\n', '') ELSE v #>> '{}' END !~ '[\u0001-\u001f\u007f-\u009f]'
$$;

-- A whole number in these bounds, both of them included.
CREATE OR REPLACE FUNCTION hob.is_whole(v jsonb, low bigint, high bigint) RETURNS bool
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT CASE WHEN jsonb_typeof(v) = 'number' THEN v::numeric = trunc(v::numeric) AND v::numeric BETWEEN low AND high
		ELSE false END
$$;

-- Texts by their languages, each of a short line and a longer text, which `most` names and bounds in this order. No
-- language twice, however it is written, for then which one is shown would be by chance.
CREATE OR REPLACE FUNCTION hob.require_texts(texts jsonb, line text, line_most int, rest text, rest_most int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF jsonb_typeof(texts) IS DISTINCT FROM 'object' THEN
		PERFORM hob.refuse_field('texts_object');
	ELSIF EXISTS (SELECT FROM jsonb_object_keys(texts) k WHERE k !~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' OR length(k) > 35)
	   OR (SELECT count(*) > count(DISTINCT lower(k)) OR count(*) > 50 FROM jsonb_object_keys(texts) k) THEN
		PERFORM hob.refuse_field('texts_language');
	ELSIF EXISTS (SELECT FROM jsonb_each(texts) t
		 WHERE CASE WHEN jsonb_typeof(t.value) = 'object' THEN NOT t.value ?& ARRAY[line, rest]
				OR (t.value - ARRAY[line, rest]) <> '{}' ELSE true END) THEN
		PERFORM hob.refuse_field('texts_members');
	ELSIF EXISTS (SELECT FROM jsonb_each(texts) t
		 WHERE NOT hob.is_good_text(t.value -> line, line_most, false)
		    OR NOT hob.is_good_text(t.value -> rest, rest_most, true)) THEN
		PERFORM hob.refuse_field('texts_text');
	END IF;
END
$$;

-- The first fault of a template's rule by the names of its members, as app/api/rules.c and recurrence_fault()
-- (app/model/recurrence.c) have them of a task's, or null. It has no day of its own, for it begins when a home takes
-- the template, and it must have a second day when that is in 2100.
CREATE OR REPLACE FUNCTION hob.rule_fault(rule jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	days jsonb;
	monthly CONSTANT bool := rule ->> 'unit' IN ('month', 'year');
BEGIN
	IF jsonb_typeof(rule) IS DISTINCT FROM 'object' THEN
		RETURN 'rule_object';
	ELSIF rule - '{unit,every,weekdays,month_day,nth_weekday,anchor,count}'::text[] <> '{}' THEN
		RETURN 'rule_members';
	ELSIF (rule -> 'unit' IN ('"day"', '"week"', '"month"', '"year"')) IS NOT TRUE THEN
		RETURN 'rule_unit';
	ELSIF NOT hob.is_whole(coalesce(rule -> 'every', '1'), 1, 999) THEN
		RETURN 'rule_every';
	ELSIF NOT hob.is_whole(coalesce(rule -> 'month_day', '1'), -1, 31) OR rule -> 'month_day' = '0' THEN
		RETURN 'rule_month_day';
	ELSIF NOT hob.is_whole(coalesce(rule -> 'nth_weekday', '1'), -1, 4) OR rule -> 'nth_weekday' = '0' THEN
		RETURN 'rule_nth_weekday';
	ELSIF coalesce(rule -> 'anchor', '"due"') NOT IN ('"due"', '"completion"') THEN
		RETURN 'rule_anchor';
	ELSIF NOT hob.is_whole(coalesce(rule -> 'count', '2'), 2, 9999) THEN
		RETURN 'rule_count';
	END IF;
	days := coalesce(rule -> 'weekdays', '[]');
	IF jsonb_typeof(days) <> 'array' OR NOT days <@ '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
	   OR jsonb_array_length(days) <> (SELECT count(DISTINCT d) FROM jsonb_array_elements(days) d) THEN
		RETURN 'rule_weekdays';
	ELSIF days <> '[]' AND rule ->> 'unit' <> 'week' AND NOT (monthly AND rule ? 'nth_weekday') THEN
		RETURN 'rule_weekdays_misplaced';
	ELSIF rule ? 'month_day' AND (NOT monthly OR rule ? 'nth_weekday') THEN
		RETURN 'rule_month_day_misplaced';
	ELSIF rule ? 'nth_weekday' AND (NOT monthly OR jsonb_array_length(days) <> 1) THEN
		RETURN 'rule_nth_weekday_misplaced';
	ELSIF NOT hob.has_next(hob.full_rule(rule, '2100-01-01')) THEN
		RETURN 'rule_ends';
	END IF;
	RETURN NULL;
END
$$;
