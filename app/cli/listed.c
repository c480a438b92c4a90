/* listed.c: lines of files.list, words with one space between them, so that awk reads them too. */
#include "cli/listed.h"

#include <string.h>

#include "core/str.h"

enum { LINE_SIZE = 256 };

void
listed_write(FILE *to, const struct listed *l)
{
	fprintf(to, "%s %s %s %lld %s %lld\n", l->key, l->variant, l->sha256,
		(long long)l->bytes, l->stored, (long long)l->stored_bytes);
}

/* The next word of a line, when it fits. */
static bool
take_word(struct str *line, char *out, size_t size)
{
	struct str word = str_cut(line, ' ');

	if (word.len == 0 || word.len >= size)
		return false;
	snprintf(out, size, "%.*s", STR_FMT(word));
	return true;
}

static bool
is_hash(const char *s)
{
	return strlen(s) == SHA256_HEX_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == SHA256_HEX_SIZE - 1;
}

enum listed_end
listed_read(FILE *from, struct listed *l)
{
	char text[LINE_SIZE];
	struct str line;

	if (fgets(text, sizeof(text), from) == NULL)
		return ferror(from) ? LISTED_BROKEN : LISTED_END;
	line = str_trim(str_of(text));
	if (take_word(&line, l->key, sizeof(l->key)) &&
	    take_word(&line, l->variant, sizeof(l->variant)) &&
	    take_word(&line, l->sha256, sizeof(l->sha256)) &&
	    str_to_i64(str_cut(&line, ' '), &l->bytes) &&
	    take_word(&line, l->stored, sizeof(l->stored)) &&
	    str_to_i64(line, &l->stored_bytes) && store_key_is(str_of(l->key)) &&
	    is_hash(l->sha256) && (listed_is_missing(l) || is_hash(l->stored)))
		return LISTED_LINE;
	return LISTED_BROKEN;
}

bool
listed_is_missing(const struct listed *l)
{
	return strcmp(l->stored, "-") == 0;
}
