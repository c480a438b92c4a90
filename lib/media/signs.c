/* signs.c: by which first bytes a media type is known. Pure; runs in workers, and in hob-image. */
#include "media/signs.h"

#include <stddef.h>

/* ?: any byte. HEIC by the brands of HEVC, and those that say nothing of the codec; "avif" is not among them. */
static const struct {
	struct str bytes;
	const char *type;
} signs[] = {
	{ { "\xff\xd8\xff", 3 }, "image/jpeg" },
	{ { "\x89PNG\r\n\x1a\n", 8 }, "image/png" },
	{ { "RIFF????WEBP", 12 }, "image/webp" },
	{ { "????ftyphei?", 12 }, "image/heic" },
	{ { "????ftyphev?", 12 }, "image/heic" },
	{ { "????ftypmif1", 12 }, "image/heic" },
	{ { "????ftypmsf1", 12 }, "image/heic" },
	{ { "%PDF-", 5 }, "application/pdf" },
};

static bool
begins(struct str head, struct str sign)
{
	if (head.len < sign.len)
		return false;
	for (size_t i = 0; i < sign.len; i++)
		if (sign.ptr[i] != '?' && sign.ptr[i] != head.ptr[i])
			return false;
	return true;
}

const char *
media_sign(struct str head)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (begins(head, signs[i].bytes))
			return signs[i].type;
	return NULL;
}
