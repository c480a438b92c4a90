-- Recurrence rules, where statements need them: completing a task is one round
-- trip, so the next day is found here. The same rules in C, with their reasons, are
-- app/model/recurrence.h; t/vectors/recurrence.json holds both to one meaning.
--
-- A rule is kept full: all nine members, starts_on too, so that its grid depends on nothing but
-- itself. Every step takes constant time, however old the rule is. Not in SQL, which would be
-- planned anew for each call.

-- Months are counted since year 0. That day of one, or its last when it has not so many; -1
-- is the last.
CREATE OR REPLACE FUNCTION hob.in_month(month int, day int) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	first CONSTANT date := make_date(month / 12, month % 12 + 1, 1);
	length CONSTANT int := (first + interval '1 month')::date - first;
BEGIN
	RETURN first + CASE WHEN day = -1 THEN length ELSE least(day, length) END - 1;
END
$$;

CREATE OR REPLACE FUNCTION hob.month_of(day date) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	RETURN extract(year FROM day) * 12 + extract(month FROM day) - 1;
END
$$;

CREATE OR REPLACE FUNCTION hob.read_rule(rule jsonb) RETURNS hob.rule
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	r hob.rule;
BEGIN
	r.unit := rule ->> 'unit';
	r.every := coalesce((rule ->> 'every')::int, 1);
	SELECT array_agg(array_position('{mon,tue,wed,thu,fri,sat,sun}', w) ORDER BY 1)
	  INTO r.weekdays FROM jsonb_array_elements_text(nullif(rule -> 'weekdays', 'null')) w;
	r.weekdays := coalesce((SELECT array_agg(w ORDER BY w) FROM unnest(r.weekdays) w), '{}');
	r.month_day := (rule ->> 'month_day')::int;
	r.nth := (rule ->> 'nth_weekday')::int;
	r.anchor := coalesce(rule ->> 'anchor', 'due');
	r.until := (rule ->> 'until')::date;
	r.count := (rule ->> 'count')::int;
	r.starts_on := (rule ->> 'starts_on')::date;
	RETURN r;
END
$$;

-- The one day of the month that the rule allows.
CREATE OR REPLACE FUNCTION hob.rule_day(r hob.rule, month int) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	edge date;
BEGIN
	IF r.nth = -1 THEN
		edge := hob.in_month(month, -1);
		RETURN edge - (extract(isodow FROM edge)::int - r.weekdays[1] + 7) % 7;
	ELSIF r.nth > 0 THEN
		edge := hob.in_month(month, 1);
		RETURN edge + (r.weekdays[1] - extract(isodow FROM edge)::int + 7) % 7 + 7 * (r.nth - 1);
	END IF;
	RETURN hob.in_month(month, coalesce(r.month_day, extract(day FROM r.starts_on)::int));
END
$$;

-- Weekdays of a round of weeks: those of the rule, or that of its start.
CREATE OR REPLACE FUNCTION hob.rule_weekdays(r hob.rule) RETURNS int[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN CASE WHEN r.weekdays = '{}' THEN ARRAY[extract(isodow FROM r.starts_on)::int]
		ELSE r.weekdays END;
END
$$;

CREATE OR REPLACE FUNCTION hob.named_before(weekdays int[], weekday int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN (SELECT count(*) FROM unnest(weekdays) w WHERE w < weekday);
END
$$;

-- Days of the first round that lie before the start.
CREATE OR REPLACE FUNCTION hob.rule_skipped(r hob.rule) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF r.unit = 'week' THEN
		RETURN hob.named_before(hob.rule_weekdays(r), extract(isodow FROM r.starts_on)::int);
	END IF;
	RETURN (hob.rule_day(r, hob.month_of(r.starts_on)) < r.starts_on)::int;
END
$$;

-- Days of the grid up to `day`; until and count are not looked at.
CREATE OR REPLACE FUNCTION hob.grid_count(r hob.rule, day date) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	names CONSTANT int[] := hob.rule_weekdays(r);
	step CONSTANT int := CASE r.unit WHEN 'year' THEN 12 * r.every ELSE r.every END;
	apart int;
BEGIN
	IF day < r.starts_on THEN
		RETURN 0;
	ELSIF r.unit = 'day' THEN
		RETURN (day - r.starts_on) / step + 1;
	ELSIF r.unit = 'week' THEN
		apart := (date_trunc('week', day)::date - date_trunc('week', r.starts_on)::date) / 7;
		RETURN apart / step * cardinality(names) - hob.rule_skipped(r)
			+ CASE WHEN apart % step = 0
				THEN hob.named_before(names, extract(isodow FROM day)::int + 1)
				ELSE cardinality(names) END;
	END IF;
	apart := hob.month_of(day) - hob.month_of(r.starts_on);
	RETURN apart / step - hob.rule_skipped(r)
		+ (apart % step <> 0 OR hob.rule_day(r, hob.month_of(day)) <= day)::int;
END
$$;

-- The n-th day of the grid; null after 2200.
CREATE OR REPLACE FUNCTION hob.grid_day(r hob.rule, n int) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	names int[];
	i int := n - 1;
	month int;
	day date;
BEGIN
	IF r.unit = 'day' THEN
		day := r.starts_on + i * r.every;
	ELSIF r.unit = 'week' THEN
		names := hob.rule_weekdays(r);
		i := i + hob.rule_skipped(r);
		day := date_trunc('week', r.starts_on)::date - 1
			+ i / cardinality(names) * r.every * 7 + names[i % cardinality(names) + 1];
	ELSE
		month := hob.month_of(r.starts_on) + (i + hob.rule_skipped(r))
			* CASE r.unit WHEN 'year' THEN 12 * r.every ELSE r.every END;
		day := CASE WHEN month <= hob.month_of('2200-12-31') THEN hob.rule_day(r, month) END;
	END IF;
	RETURN CASE WHEN day <= '2200-12-31' THEN day END;
END
$$;

-- The first day from `day` on that a rule with anchor completion allows.
CREATE OR REPLACE FUNCTION hob.allowed_from(r hob.rule, day date) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	month CONSTANT int := hob.month_of(day);
BEGIN
	IF r.weekdays = '{}' AND r.month_day IS NULL THEN
		RETURN day;
	ELSIF r.unit = 'week' THEN
		RETURN (SELECT min(day + (w - extract(isodow FROM day)::int + 7) % 7)
			  FROM unnest(r.weekdays) w);
	ELSIF hob.rule_day(r, month) >= day THEN
		RETURN hob.rule_day(r, month);
	END IF;
	RETURN hob.rule_day(r, month + 1);
END
$$;

-- When the task is due after its occurrence of this number, due on `due`, for the grid's day
-- `grid`, was done (or skipped) on `done`; null: it was the last. missed: days of the grid
-- that went by unheeded.
CREATE OR REPLACE FUNCTION hob.next_due(rule jsonb, occurrence int, due date, grid date, done date,
	outcome text, OUT next date, OUT missed int)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	r CONSTANT hob.rule := hob.read_rule(rule);
	base date := greatest(grid, due);
	seen int;
BEGIN
	missed := 0;
	IF r.anchor = 'due' THEN
		seen := hob.grid_count(r, greatest(base, done));
		missed := seen - hob.grid_count(r, base);
		next := hob.grid_day(r, seen + 1);
	ELSE
		base := CASE outcome WHEN 'skipped' THEN greatest(due, done) ELSE done END;
		next := hob.allowed_from(r, (base + r.every * ('1 ' || r.unit)::interval)::date);
	END IF;
	IF next > coalesce(r.until, '2200-12-31') OR next > '2200-12-31' OR occurrence >= r.count THEN
		next := NULL;
	END IF;
END
$$;

-- The first n days, each taken as done on its day.
CREATE OR REPLACE FUNCTION hob.rule_series(rule jsonb, n int) RETURNS date[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	r CONSTANT hob.rule := hob.read_rule(rule);
	day date := CASE r.anchor WHEN 'due' THEN hob.grid_day(r, 1)
		ELSE hob.allowed_from(r, r.starts_on) END;
	days date[] := '{}';
BEGIN
	IF day > coalesce(r.until, '2200-12-31') THEN
		RETURN days;
	END IF;
	WHILE day IS NOT NULL AND cardinality(days) < n LOOP
		days := days || day;
		SELECT s.next INTO day
		  FROM hob.next_due(rule, cardinality(days), day, day, day, 'done') s;
	END LOOP;
	RETURN days;
END
$$;

CREATE OR REPLACE FUNCTION hob.has_next(rule jsonb) RETURNS bool
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN cardinality(hob.rule_series(rule, 2)) = 2;
END
$$;

-- All nine members, in words and in defaults.
CREATE OR REPLACE FUNCTION hob.full_rule(rule jsonb, starts_on date) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN '{"every": 1, "weekdays": [], "month_day": null, "nth_weekday": null,
		"anchor": "due", "until": null, "count": null, "starts_on": null}'::jsonb
		|| jsonb_strip_nulls(rule)
		|| jsonb_build_object('starts_on', coalesce((rule ->> 'starts_on')::date, starts_on));
END
$$;

-- The day on which a task is due, and those behind it and after today that its rule makes when
-- each is done on its day, at most n and none after `last`.
CREATE OR REPLACE FUNCTION hob.days_to_come(rule jsonb, occurrence int, due date, grid date, today date, n int,
	last date) RETURNS date[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	r hob.rule;
	days date[] := ARRAY[due];
	seen int;
	day date;
BEGIN
	IF rule IS NULL OR rule ->> 'anchor' = 'completion' THEN
		RETURN days;
	END IF;
	r := hob.read_rule(rule);
	seen := hob.grid_count(r, greatest(grid, due, today));
	FOR i IN 1 .. n - 1 LOOP
		day := hob.grid_day(r, seen + i);
		EXIT WHEN day IS NULL OR day > least(last, r.until) OR occurrence + i > r.count;
		days := days || day;
	END LOOP;
	RETURN days;
END
$$;
GRANT EXECUTE ON FUNCTION hob.in_month(int, int), hob.month_of(date), hob.read_rule(jsonb),
	hob.rule_day(hob.rule, int), hob.rule_weekdays(hob.rule), hob.named_before(int[], int),
	hob.rule_skipped(hob.rule), hob.grid_count(hob.rule, date), hob.grid_day(hob.rule, int),
	hob.allowed_from(hob.rule, date),
	hob.next_due(jsonb, int, date, date, date, text), hob.rule_series(jsonb, int),
	hob.has_next(jsonb), hob.full_rule(jsonb, date) TO hob_api;
