/*
 * targets.c: the list of targets, for libFuzzer (libfuzzer.c) and for the unit tests, which
 * replay the corpus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* clang-format off */
const struct fuzz_target fuzz_targets[] = {
	{ "body",       fuzz_body },
	{ "conf",       fuzz_conf },
	{ "csv",        fuzz_csv },
	{ "cursor",     fuzz_cursor },
	{ "date",       fuzz_date },
	{ "etag",       fuzz_etag },
	{ "fcgi",       fuzz_fcgi },
	{ "headers",    fuzz_headers },
	{ "json",       fuzz_json },
	{ "jws",        fuzz_jws },
	{ "language",   fuzz_language },
	{ "multipart",  fuzz_multipart },
	{ "push",       fuzz_push },
	{ "query",      fuzz_query },
	{ "recurrence", fuzz_recurrence },
	{ "s3",         fuzz_s3 },
	{ "text",       fuzz_text },
	{ "vcard",      fuzz_vcard },
	{ NULL,         NULL }
};
/* clang-format on */

const struct fuzz_target *
fuzz_find(const char *name)
{
	for (const struct fuzz_target *t = fuzz_targets; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

void
fuzz_run(const struct fuzz_target *t, struct str input)
{
	struct arena a;

	arena_init(&a, 4096);
	t->run(&a, input);
	arena_release(&a);
}

struct str
fuzz_line(struct str input)
{
	const char *nul = input.len > 0 ? memchr(input.ptr, '\0', input.len) : NULL;

	return nul == NULL ? input : (struct str){ input.ptr, (size_t)(nul - input.ptr) };
}

void
fuzz_broken(const char *file, int line, const char *rule)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, rule);
	abort();
}
