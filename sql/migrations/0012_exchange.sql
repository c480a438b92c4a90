-- good for: 11
--
-- Tasks as files: what an import would do is told by doing it and taking it back.

-- The last word of a transaction that is only tried.
CREATE FUNCTION hob.rehearsed() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'only tried' USING ERRCODE = 'HB200';
END
$$;
GRANT EXECUTE ON FUNCTION hob.rehearsed() TO hob_api;
