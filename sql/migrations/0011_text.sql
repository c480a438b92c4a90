-- good for: 10
--
-- What finds a text, and where it sorts. A search is words in any order; each has to be somewhere in
-- what is searched, without regard to capitals, accents and the forms that letters have: "etagere" finds
-- "Étagère", "strasse" "Straße", "σοφος" "ΣΟΦΟΣ". t/vectors/text.json has the cases.
--
-- Tasks and completions keep what is searched in a column, under an index of its three-letter pieces together
-- with the home: a search reads what it finds of one home, however long that home's history and however many
-- others there are. Of a long text the beginning is searched. A pattern of less than three letters has no
-- piece; then the index yields the home, whose words are read.
CREATE EXTENSION unaccent SCHEMA hob;
CREATE EXTENSION pg_trgm SCHEMA hob;
CREATE EXTENSION btree_gin SCHEMA hob;

-- "Task 2" before "Task 10", "élan" between "apfel" and "zebra", whatever the collation of the
-- database. Equal are only equal bytes, so that cursors stay exact.
CREATE COLLATION hob.alphabet (provider = icu, locale = 'und-u-kn-true');

-- Compatibility forms become plain ones (NFKD), marks that sit on letters go (accents, points of Hebrew,
-- vowels of Arabic), and what else unaccent knows becomes letters of ASCII. Lower case is ICU's, which
-- hangs on no locale; the small sigma at the end of a word is one with the other.
CREATE FUNCTION hob.folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(t) = length(t) THEN lower(t COLLATE "C")
	ELSE translate(lower(hob.unaccent('hob.unaccent'::regdictionary, regexp_replace(normalize(t, NFKD),
		U&'[\0300-\036f\0591-\05bd\05bf\05c1\05c2\05c4\05c5\05c7\064b-\065f\0670]+', '', 'g'))
		COLLATE "und-x-icu"), 'ς', 'σ') END;

-- The words of a search as patterns, the longest first; null for null.
CREATE FUNCTION hob.patterns(search text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT array_agg('%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(w) DESC, w)
	  FROM regexp_split_to_table(hob.folded(search), '\s+') w
	 WHERE w <> ''
$$;

-- Does each word of a search stand somewhere in what was folded? For lists that are short.
CREATE FUNCTION hob.has_words(folded text, patterns text[]) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (folded COLLATE "C") LIKE ALL (patterns);

GRANT EXECUTE ON FUNCTION hob.folded(text), hob.patterns(text), hob.has_words(text, text[]) TO hob_api;

-- --- tasks -----------------------------------------------------------------------------------

ALTER TABLE tasks ADD COLUMN words text COLLATE "C" NOT NULL DEFAULT '';

CREATE FUNCTION hob.note_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := hob.folded(new.title || ' ' || coalesce(left(new.description, 280), ''));
	RETURN new;
END
$$;
CREATE TRIGGER tasks_note_words BEFORE INSERT OR UPDATE OF title, description ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.note_words();
UPDATE tasks SET title = title;
CREATE INDEX tasks_words_idx ON tasks USING gin (residence_id, words hob.gin_trgm_ops)
	WHERE deleted_at IS NULL;
