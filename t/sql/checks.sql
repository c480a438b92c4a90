-- A check prints "ok - sentence" or "not ok - sentence: why"; t/sql/run counts them.

CREATE FUNCTION pg_temp.holds(sentence text, is_so bool, why text DEFAULT '') RETURNS text
LANGUAGE sql AS $$
	SELECT CASE WHEN is_so THEN 'ok - ' || sentence
		    ELSE 'not ok - ' || sentence || ': ' || coalesce(why, 'null') END
$$;

CREATE FUNCTION pg_temp.equals(sentence text, got text, wanted text) RETURNS text
LANGUAGE sql AS $$
	SELECT pg_temp.holds(sentence, got IS NOT DISTINCT FROM wanted,
		format('got %s, wanted %s', coalesce(got, 'null'), wanted))
$$;

-- `sql` must fail with `wanted` (SQLSTATE). What it did is undone in any case.
CREATE FUNCTION pg_temp.refuses(sentence text, wanted text, sql text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE sql;
	RAISE EXCEPTION 'it was allowed' USING ERRCODE = 'HB999';
EXCEPTION WHEN OTHERS THEN
	RETURN pg_temp.holds(sentence, SQLSTATE = wanted, SQLSTATE || ' ' || SQLERRM);
END
$$;

-- The number of rows that `sql` touches; undone.
CREATE FUNCTION pg_temp.touches(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	BEGIN
		EXECUTE sql;
		GET DIAGNOSTICS n = ROW_COUNT;
		RAISE EXCEPTION USING ERRCODE = 'HB999', MESSAGE = n;
	EXCEPTION WHEN SQLSTATE 'HB999' THEN
		RETURN SQLERRM;
	END;
END
$$;
