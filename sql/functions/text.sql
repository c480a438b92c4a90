-- Searching. A search is words in any order; each has to be somewhere in what is searched, without
-- regard to upper case, accents and the forms that letters have (hob.folded). t/vectors/text.json has
-- the cases.
--
-- Tasks and completions keep what is searched in a column, so that a search folds nothing but what it
-- looks for: it reads the tasks of a residence, which are bounded, and its completions from the newest
-- until a page is full, at about two microseconds each. Of a long text the beginning is searched. An index
-- of three-letter pieces (pg_trgm) with the residence was tried: it makes a search of 5,000 tasks 1 ms
-- instead of 4 to 10 and each new task 60 microseconds dearer, and a plan for any residence does not
-- use it, for most are small.

-- The words of a search as patterns, the longest first; none for what has no letter. One letter may
-- become several, and what it costs to look hangs on how many there are: so they are counted here.
CREATE OR REPLACE FUNCTION hob.patterns(search text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT coalesce(array_agg('%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(w) DESC, w), '{}')
	  FROM regexp_split_to_table(left(hob.folded(search), 100), '\s+') w
	 WHERE w <> ''
$$;
GRANT EXECUTE ON FUNCTION hob.patterns(text) TO hob_api;

-- In which order what was found is shown, the least first: it begins with the search; its head does, elsewhere; the
-- rest has it; the words stand apart. head: the title or name with which `words` begins; both are folded, it is
-- not, so that nothing has to be folded for that.
CREATE OR REPLACE FUNCTION hob.search_rank(words text, search text, head text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN starts_with(words, search) THEN 0
	WHEN strpos(words, search) = 0 THEN 3
	WHEN strpos(words, search) <= length(head) THEN 1
	ELSE 2 END;
GRANT EXECUTE ON FUNCTION hob.search_rank(text, text, text) TO hob_api;

-- The beginning of a long text, for boards and feeds: 280 characters, the last an ellipsis where it goes
-- on. The thing by itself has all of it.
CREATE OR REPLACE FUNCTION hob.beginning(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(t) <= 280 OR octet_length(t) <= 4 * 280 AND length(t) <= 280 THEN t
	ELSE left(t, 279) || '…' END;
GRANT EXECUTE ON FUNCTION hob.beginning(text) TO hob_api;
