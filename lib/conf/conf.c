/*
 * conf.c: settings from a table, a file and the environment.
 *
 * Every fault is reported, not the first only: a sysadmin mends a file once. Values are
 * never repeated in messages, for they may be secrets. Combinations of settings are
 * checked in app/model/config.c. Runs at start and on reload.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/value.h"

/* Settings and secrets are small; a bigger file is the wrong one. */
enum { FILE_BYTES_MAX = 1024 * 1024 };

struct loader {
	struct arena *arena;
	const struct conf_key *keys;
	size_t count;
	void *into;
	struct strbuf *why;
	enum err err; /* the gravest so far: ERR_IO above ERR_INVALID */
};

/* Begins a line of `why`; the caller goes on and ends it. */
static void
fault(struct loader *l, enum err e, const char *origin)
{
	if (l->err != ERR_IO)
		l->err = e;
	strbuf_addf(l->why, "%s: ", origin);
}

/* False with errno set when reading fails or does not end. */
static bool
read_all(FILE *f, struct strbuf *out)
{
	enum { PIECE = 4096 };
	size_t n;

	while ((n = fread(strbuf_reserve(out, PIECE), 1, PIECE, f)) > 0) {
		out->len += n;
		if (out->len > FILE_BYTES_MAX) {
			errno = EFBIG;
			return false;
		}
	}
	return !ferror(f);
}

/* A whole file into the arena; STR_NONE with errno set when that fails. */
static struct str
read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	struct str text = STR_NONE;
	struct strbuf bytes;

	if (f == NULL)
		return STR_NONE;
	strbuf_init(&bytes);
	if (read_all(f, &bytes))
		text = arena_str(a, strbuf_str(&bytes));
	strbuf_release(&bytes);
	fclose(f);
	return text;
}

/*
 * "@/path" is the content of that file, without the spaces and line end around it. A path
 * on disk can be named in a unit file; a secret should not.
 */
static struct str
resolve_secret(struct loader *l, const struct conf_key *key, struct str text,
	       const char *origin)
{
	const char *path;
	struct str secret;

	if (!(key->flags & CONF_SECRET) || !str_starts(text, STR("@/")))
		return text;
	path = arena_cstr(l->arena, text) + 1;
	secret = read_file(l->arena, path);
	if (secret.ptr == NULL) {
		fault(l, ERR_IO, origin);
		strbuf_addf(l->why, "%s: %s: %s\n", key->name, path, strerror(errno));
	} else if (str_trim(secret).len == 0) {
		fault(l, ERR_INVALID, origin);
		strbuf_addf(l->why, "%s: %s is empty: write the secret into it\n",
			    key->name, path);
		return STR_NONE;
	}
	return str_trim(secret);
}

static void
set(struct loader *l, const struct conf_key *key, struct str text, const char *origin)
{
	struct strbuf fault_text;

	text = resolve_secret(l, key, text, origin);
	if (text.ptr == NULL)
		return;
	strbuf_init(&fault_text);
	if (conf_value_read(l->arena, key, text, l->into, &fault_text) != ERR_OK) {
		fault(l, ERR_INVALID, origin);
		strbuf_addf(l->why, "%s %s\n", key->name, fault_text.ptr);
	}
	strbuf_release(&fault_text);
}

static void
load_defaults(struct loader *l)
{
	for (size_t i = 0; i < l->count; i++)
		set(l, &l->keys[i],
		    str_of(l->keys[i].fallback != NULL ? l->keys[i].fallback : ""),
		    "default");
}

static const struct conf_key *
find_key(const struct loader *l, struct str name)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_is(name, l->keys[i].name))
			return &l->keys[i];
	return NULL;
}

/* A '#' begins a comment only where a word could: "postgres://u:p#w@h" keeps its own. */
static struct str
without_comment(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] == '#' &&
		    (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
			line.len = i;
	return str_trim(line);
}

static void
load_line(struct loader *l, struct str line, const char *origin)
{
	struct str value = without_comment(line), name;
	const struct conf_key *key;

	if (value.len == 0)
		return;
	name = str_trim(str_cut(&value, '='));
	if (value.ptr == NULL) {
		fault(l, ERR_INVALID, origin);
		strbuf_add_cstr(l->why, "not of the form key = value\n");
		return;
	}
	key = find_key(l, name);
	if (key == NULL) {
		fault(l, ERR_INVALID, origin);
		/* Up to a space: after it may be a value whose = was forgotten. */
		name.len = strcspn(name.ptr, " \t=");
		strbuf_addf(l->why, "unknown key \"%.*s\"\n", STR_FMT(name));
		return;
	}
	/* "key =#x" says what "key = #x" says: nothing. */
	set(l, key, without_comment(str_trim(value)), origin);
}

static void
load_file(struct loader *l, const char *path)
{
	struct str rest = read_file(l->arena, path);
	int number = 0;

	if (rest.ptr == NULL) {
		fault(l, ERR_IO, path);
		strbuf_addf(l->why, "%s\n", strerror(errno));
		return;
	}
	while (rest.ptr != NULL) {
		struct str line = str_cut(&rest, '\n');

		load_line(l, line, arena_printf(l->arena, "%s:%d", path, ++number));
	}
}

const char *
conf_env_name(struct arena *a, const char *name)
{
	char *env = arena_printf(a, "HOB_%s", name);

	for (char *p = env; *p != '\0'; p++) {
		if (*p == '.')
			*p = '_';
		else if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	return env;
}

static void
load_env(struct loader *l, char *const *env)
{
	for (size_t i = 0; i < l->count; i++) {
		const char *wanted = conf_env_name(l->arena, l->keys[i].name);

		for (char *const *e = env; *e != NULL; e++) {
			struct str value = str_of(*e);
			struct str name = str_cut(&value, '=');

			if (value.ptr != NULL && str_is(name, wanted))
				set(l, &l->keys[i], value, wanted);
		}
	}
}

enum err
conf_load(struct arena *a, const struct conf_key *keys, size_t count, const char *path,
	  char *const *env, void *into, struct strbuf *why)
{
	struct loader l = {
		.arena = a, .keys = keys, .count = count, .into = into, .why = why
	};

	load_defaults(&l);
	if (path != NULL)
		load_file(&l, path);
	if (env != NULL)
		load_env(&l, env);
	return l.err;
}

/* "scheme://user:password@rest" with *** as the password; the last '@' counts, as for who reads it. */
static void
add_without_password(struct strbuf *out, struct str url)
{
	const char *at = memrchr(url.ptr, '@', url.len);
	const char *from = memmem(url.ptr, url.len, "://", 3);
	const char *colon;

	from = from != NULL ? from + 3 : url.ptr;
	colon = at != NULL && from < at ? memchr(from, ':', (size_t)(at - from)) : NULL;
	if (colon == NULL) {
		strbuf_add(out, url);
		return;
	}
	strbuf_add_bytes(out, url.ptr, (size_t)(colon + 1 - url.ptr));
	strbuf_add_cstr(out, "***");
	strbuf_add_bytes(out, at, url.len - (size_t)(at - url.ptr));
}

static void
add_value(struct strbuf *out, const struct conf_key *key, const void *from)
{
	struct strbuf plain;

	if (key->flags & CONF_SECRET) {
		strbuf_add_cstr(out, "***");
		return;
	}
	if (!(key->flags & CONF_LOGIN)) {
		conf_value_write(key, from, out);
		return;
	}
	strbuf_init(&plain);
	conf_value_write(key, from, &plain);
	add_without_password(out, strbuf_str(&plain));
	strbuf_release(&plain);
}

void
conf_print(const struct conf_key *keys, size_t count, const void *from, FILE *to)
{
	struct strbuf value;

	strbuf_init(&value);
	for (size_t i = 0; i < count; i++) {
		const struct conf_key *key = &keys[i];

		strbuf_clear(&value, 0);
		add_value(&value, key, from);
		fprintf(to, "%s# %s\n%s =%s%s\n", i > 0 ? "\n" : "", key->help, key->name,
			value.len > 0 ? " " : "", value.ptr);
	}
	strbuf_release(&value);
}

bool
conf_changed(const struct conf_key *keys, size_t count, const char *begins,
	     const void *before, const void *after)
{
	for (size_t i = 0; i < count; i++)
		if (str_starts(str_of(keys[i].name), str_of(begins)) &&
		    !conf_value_same(&keys[i], before, after))
			return true;
	return false;
}

const struct conf_key *
conf_frozen_change(const struct conf_key *keys, size_t count, const void *before,
		   const void *after)
{
	for (size_t i = 0; i < count; i++)
		if ((keys[i].flags & CONF_RESTART) &&
		    !conf_value_same(&keys[i], before, after))
			return &keys[i];
	return NULL;
}
