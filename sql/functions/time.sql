-- Days and instants in the time zone of a residence.

-- The instant of a local time: one in a gap moves forward by the gap, of one that comes twice it is the
-- first. PostgreSQL does the former, and takes the second of the latter; so the offset of the day before
-- is tried, however far a clock goes back: on Troll it is two hours.
CREATE OR REPLACE FUNCTION hob.local_instant(day date, at time, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	wall CONSTANT timestamp := day + at;
	last CONSTANT timestamptz := wall AT TIME ZONE zone;
	before CONSTANT timestamptz := last - interval '1 day';
	first CONSTANT timestamptz :=
		(wall - (before AT TIME ZONE zone - before AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
BEGIN
	RETURN CASE WHEN first AT TIME ZONE zone = wall THEN first ELSE last END;
END
$$;

-- The day that it is in a residence.
CREATE OR REPLACE FUNCTION hob.today_in(residence uuid, at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT (at AT TIME ZONE r.time_zone)::date FROM residences r WHERE r.id = residence);
END
$$;
GRANT EXECUTE ON FUNCTION hob.local_instant(date, time, text), hob.today_in(uuid, timestamptz) TO hob_api;
