-- good for: 10
--
-- What finds a text, and where it sorts. A search is words in any order; each has to be somewhere in
-- what is searched, without regard to capitals, accents and the forms that letters have: "etagere" finds
-- "Étagère", "strasse" "Straße", "σοφος" "ΣΟΦΟΣ". t/vectors/text.json has the cases.
--
-- Tasks and completions keep what is searched in a column, so that a search folds nothing but what it looks
-- for: it reads the tasks of a home, which are bounded, and its completions from the newest until a page is
-- full, at about two microseconds each. Of a long text the beginning is searched. An index of three-letter pieces
-- (pg_trgm) with the home was tried: it makes a search of 5,000 tasks 1 ms instead of 4 to 10 and each new
-- task 60 microseconds dearer, and a plan for any home takes it for none, for most homes are small.
--
-- An extension's functions belong to the superuser and are open to everybody. hob_api may not use their schema,
-- and calls hob.folded.
CREATE SCHEMA hob_text;
CREATE EXTENSION unaccent SCHEMA hob_text;

-- "Task 2" before "Task 10", "élan" between "apfel" and "zebra", whatever the collation of the
-- database. Equal are only equal bytes, so that cursors stay exact.
CREATE COLLATION hob.alphabet (provider = icu, locale = 'und-u-kn-true');

-- Compatibility forms become plain ones (NFKD), marks that sit on letters go (accents, points of Hebrew,
-- vowels of Arabic), and what else unaccent knows becomes letters of ASCII. Lower case is ICU's, which
-- hangs on no locale; the small sigma at the end of a word is one with the other.
--
-- What cannot be seen goes. With the owner's rights, for hob_text.
CREATE FUNCTION hob.folded(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF octet_length(t) = length(t) THEN
		RETURN lower(t COLLATE "C");
	END IF;
	RETURN translate(lower(hob_text.unaccent('hob_text.unaccent'::regdictionary, regexp_replace(normalize(t, NFKD),
		U&'[\00ad\0300-\036f\0591-\05bd\05bf\05c1\05c2\05c4\05c5\05c7\061c\064b-\065f\0670\115f\1160'
		'\17b4\17b5\180b-\180f\200b-\200f\202a-\202e\2060-\206f\3164\fe00-\fe0f\feff\ffa0]+', '', 'g'))
		COLLATE "und-x-icu"), 'ς', 'σ');
END
$$;

-- The words of a search as patterns, the longest first; none for what has no letter. One letter may
-- become several, and what it costs to look hangs on how many there are: so they are counted here.
CREATE FUNCTION hob.patterns(search text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT coalesce(array_agg('%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(w) DESC, w), '{}')
	  FROM regexp_split_to_table(left(hob.folded(search), 100), '\s+') w
	 WHERE w <> ''
$$;

GRANT EXECUTE ON FUNCTION hob.folded(text), hob.patterns(text) TO hob_api;

-- --- what is searched -------------------------------------------------------------------------

-- Not generated columns: PostgreSQL reads and plans the expression of one for each INSERT anew (0.1 ms).
ALTER TABLE tasks ADD COLUMN words text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE completions ADD COLUMN words text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE task_templates ADD COLUMN words text COLLATE "C" NOT NULL
	GENERATED ALWAYS AS (hob.folded(title || ' ' || description)) STORED;

CREATE FUNCTION hob.note_task_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := left(hob.folded(new.title || ' ' || coalesce(left(new.description, 280), '')), 600);
	RETURN new;
END
$$;
CREATE TRIGGER tasks_note_words BEFORE INSERT OR UPDATE OF title, description ON tasks
	FOR EACH ROW EXECUTE FUNCTION hob.note_task_words();

-- A completion is found by the words of its task, too (completion_list).
CREATE FUNCTION hob.note_completion_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	new.words := left(hob.folded(coalesce(new.contractor_name, '') || ' ' || coalesce(left(new.note, 280), '')), 600);
	RETURN new;
END
$$;
CREATE TRIGGER completions_note_words BEFORE INSERT OR UPDATE OF contractor_name, note ON completions
	FOR EACH ROW EXECUTE FUNCTION hob.note_completion_words();

-- Triggers keep them, and the activity does not name them.
DROP TRIGGER tasks_activity ON tasks;
CREATE TRIGGER tasks_activity AFTER INSERT OR UPDATE OR DELETE ON tasks
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('task', 'id', 'created', 'deleted', 'grid_on',
		'occurrence', 'completed', 'completion_count', 'last_completed_at',
		'last_completed_by', 'last_completion_id', 'words');
DROP TRIGGER completions_activity ON completions;
CREATE TRIGGER completions_activity AFTER INSERT OR UPDATE OR DELETE ON completions
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('completion', 'id', 'created', 'deleted', 'undone_by', 'words');
UPDATE tasks SET title = title;
UPDATE completions SET note = note;
