/*
 * language.c: Accept-Language. The result is always one of the tags, in any case of
 * letters.
 */
#include <ctype.h>

#include "fuzz.h"
#include "http/http.h"

static const char *const tags[] = { "en", "de", "pt-BR" };

void
fuzz_language(struct arena *a, struct str input)
{
	struct str header = fuzz_line(input);
	char *loud = arena_cstr(a, header);
	int best = http_language(header, tags, 3);

	MUST(best >= 0 && best < 3);
	for (char *p = loud; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	MUST(http_language(str_of(loud), tags, 3) == best);
	MUST(http_language(header, tags, 1) == 0);
}
