/* manifest.c: manifest.json of a backup: written, read, and held against a database. */
#include "cli/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "json/json.h"

enum { TEXT_MOST = 4 << 20, DEPTH = 4, VALUES = 100000 };

const char *
manifest_secret(struct arena *a, const char *cursor_secret)
{
	unsigned char mac[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (cursor_secret[0] == '\0')
		return "";
	hmac_sha256(str_of(cursor_secret), STR("hob backup"), mac);
	hash_hex(mac, hex);
	return arena_printf(a, "%.16s", hex);
}

/* --- rows --------------------------------------------------------------------- */

/* Unlogged tables are left out of a dump, and so is what belongs to extensions. */
static const char tables_sql[] =
	"SELECT format('%I.%I', n.nspname, c.relname)"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
	" AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
	" AND NOT EXISTS (SELECT FROM pg_depend d"
	" WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
	" ORDER BY 1";

static bool
count_rows(struct pg *pg, struct arena *a, struct table_rows *t)
{
	return pg_query(pg, arena_printf(a, "SELECT count(*) FROM %s", t->table), 0,
			NULL) &&
	       str_to_i64(str_of(pg_value(pg, 0, 0)), &t->rows);
}

bool
manifest_count(struct pg *pg, struct arena *a, struct manifest *m)
{
	if (!pg_query(pg, tables_sql, 0, NULL))
		return false;
	m->table_count = pg_rows(pg);
	m->tables = arena_zalloc(a, (size_t)m->table_count + 1, sizeof(*m->tables));
	for (int i = 0; i < m->table_count; i++)
		m->tables[i].table = arena_cstr(a, str_of(pg_value(pg, i, 0)));
	for (int i = 0; i < m->table_count; i++)
		if (!count_rows(pg, a, &m->tables[i]))
			return false;
	return true;
}

static int64_t
rows_of(const struct manifest *m, const char *table)
{
	for (int i = 0; i < m->table_count; i++)
		if (strcmp(m->tables[i].table, table) == 0)
			return m->tables[i].rows;
	return -1;
}

static bool
compare_one(const struct table_rows *t, const struct manifest *other, const char *says)
{
	int64_t rows = rows_of(other, t->table);

	if (rows == t->rows)
		return true;
	if (rows < 0)
		complain("table %s %s", t->table, says);
	else
		complain("table %s has %lld rows and should have %lld", t->table,
			 (long long)rows, (long long)t->rows);
	return false;
}

bool
manifest_compare(const struct manifest *m, struct pg *pg, struct arena *a)
{
	struct manifest found = { 0 };
	bool good = true;

	if (!manifest_count(pg, a, &found))
		return false;
	for (int i = 0; i < m->table_count; i++)
		good = compare_one(&m->tables[i], &found, "is missing") && good;
	for (int i = 0; i < found.table_count; i++)
		if (rows_of(m, found.tables[i].table) < 0)
			good = compare_one(&found.tables[i], m, "was not there");
	return good;
}

/* --- writing ------------------------------------------------------------------- */

static void
add_number(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, name);
	json_i64(w, n);
}

static void
add_text(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_cstring(w, text[0] != '\0' ? text : NULL);
}

static void
add_parts(struct json_writer *w, const struct manifest *m)
{
	json_key(w, "parts");
	json_array(w);
	for (int i = 0; i < m->part_count; i++) {
		json_object(w);
		add_text(w, "name", m->parts[i].name);
		add_number(w, "bytes", m->parts[i].bytes);
		add_text(w, "sha256", m->parts[i].sha256);
		json_end_object(w);
	}
	json_end_array(w);
}

static void
add_all(struct strbuf *out, const struct manifest *m)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w);
	add_text(&w, "hob", m->version);
	add_number(&w, "schema", m->schema);
	add_text(&w, "at", m->at);
	add_text(&w, "snapshot", m->snapshot);
	add_text(&w, "recipient", m->recipient);
	add_text(&w, "secret", m->secret);
	add_number(&w, "files", m->files);
	add_number(&w, "file_bytes", m->file_bytes);
	add_number(&w, "missing", m->missing);
	add_number(&w, "elsewhere", m->elsewhere);
	add_parts(&w, m);
	json_key(&w, "rows");
	json_object(&w);
	for (int i = 0; i < m->table_count; i++)
		add_number(&w, m->tables[i].table, m->tables[i].rows);
	json_end_object(&w);
	json_end_object(&w);
	strbuf_add_char(out, '\n');
}

static bool
write_part(const struct vault *v, const char *name, const struct strbuf *text,
	   char sha256[SHA256_HEX_SIZE])
{
	int fd = vault_make_part(v, name);
	int64_t bytes;

	if (fd < 0)
		return false;
	if (write(fd, text->ptr, text->len) == (ssize_t)text->len)
		return vault_end_part(fd, name, sha256, &bytes);
	complain("%s: %s", name, strerror(errno));
	close(fd);
	return false;
}

bool
manifest_write(const struct manifest *m, const struct vault *v)
{
	char sha256[SHA256_HEX_SIZE];
	struct strbuf text;
	bool good;

	strbuf_init(&text);
	add_all(&text, m);
	good = write_part(v, MANIFEST, &text, sha256);
	strbuf_clear(&text, 0);
	strbuf_addf(&text, "%s  " MANIFEST "\n", sha256);
	good = good && write_part(v, MANIFEST_HASH, &text, sha256);
	strbuf_release(&text);
	return good;
}

/* --- reading ------------------------------------------------------------------- */

/* All of a part; STR_NONE: told. */
static struct str
read_part(const struct vault *v, const char *name, const char *part, struct arena *a)
{
	char *text = arena_alloc(a, TEXT_MOST);
	int fd = vault_open_part(v, name, part);
	ssize_t n = fd >= 0 ? read(fd, text, TEXT_MOST) : -1;

	if (n < 0)
		complain("%s/%s/%s: %s", v->path, name, part, strerror(errno));
	if (fd >= 0)
		close(fd);
	return n < 0 ? STR_NONE : (struct str){ text, (size_t)n };
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(v) ? v->valuestring : "";
}

/* Below 2^53: so many bytes and rows nobody has. */
static int64_t
number_of(const cJSON *object, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(v) ? (int64_t)v->valuedouble : -1;
}

static bool
take_parts(struct manifest *m, const cJSON *parts)
{
	const cJSON *p;

	cJSON_ArrayForEach (p, parts) {
		struct manifest_part *part = &m->parts[m->part_count];

		if (m->part_count == MANIFEST_PARTS_MOST ||
		    strchr(text_of(p, "name"), '/') != NULL)
			return false;
		part->name = text_of(p, "name");
		part->bytes = number_of(p, "bytes");
		snprintf(part->sha256, SHA256_HEX_SIZE, "%s", text_of(p, "sha256"));
		m->part_count++;
	}
	return manifest_part(m, PART_DUMP) != NULL &&
	       manifest_part(m, PART_FILES) != NULL;
}

static void
take_tables(struct manifest *m, const cJSON *rows, struct arena *a)
{
	const cJSON *t;
	int i = 0;

	m->table_count = cJSON_GetArraySize(rows);
	m->tables = arena_zalloc(a, (size_t)m->table_count + 1, sizeof(*m->tables));
	cJSON_ArrayForEach (t, rows)
		m->tables[i++] =
			(struct table_rows){ t->string, (int64_t)t->valuedouble };
}

static bool
take_all(struct manifest *m, const cJSON *root, struct arena *a)
{
	*m = (struct manifest){
		.version = text_of(root, "hob"),
		.schema = number_of(root, "schema"),
		.at = text_of(root, "at"),
		.snapshot = text_of(root, "snapshot"),
		.recipient = text_of(root, "recipient"),
		.secret = text_of(root, "secret"),
		.files = number_of(root, "files"),
		.file_bytes = number_of(root, "file_bytes"),
		.missing = number_of(root, "missing"),
		.elsewhere = number_of(root, "elsewhere"),
	};
	take_tables(m, cJSON_GetObjectItemCaseSensitive(root, "rows"), a);
	return m->schema > 0 && m->files >= 0 &&
	       take_parts(m, cJSON_GetObjectItemCaseSensitive(root, "parts"));
}

bool
manifest_read(struct manifest *m, const struct vault *v, const char *name,
	      struct arena *a)
{
	struct str text = read_part(v, name, MANIFEST, a);
	struct str says = read_part(v, name, MANIFEST_HASH, a);
	const struct json_limits max = { DEPTH, VALUES };
	struct json_fault fault;
	struct json_doc doc;
	char sha256[SHA256_HEX_SIZE];

	if (text.ptr == NULL || says.ptr == NULL)
		return false;
	sha256_hex(text, sha256);
	if (!str_starts(says, str_of(sha256))) {
		complain("%s/" MANIFEST " has other bytes than were written", name);
		return false;
	}
	if (json_read(a, text, max, &doc, &fault) == ERR_OK && take_all(m, doc.root, a))
		return true;
	complain("%s/" MANIFEST " is none that this version of hob knows", name);
	return false;
}

const struct manifest_part *
manifest_part(const struct manifest *m, const char *begins)
{
	for (int i = 0; i < m->part_count; i++)
		if (str_starts(str_of(m->parts[i].name), str_of(begins)))
			return &m->parts[i];
	return NULL;
}
