/* types.c: the media types that people may send. The first bytes have to be those of the type. Runs in hob-image. */
#include <string.h>

#include "image/work.h"
#include "media/signs.h"

static bool
is_text(struct str bytes)
{
	return memchr(bytes.ptr, '\0', bytes.len) == NULL && str_is_utf8(bytes);
}

/* clang-format off */
static const struct type types[] = {
	{ "image/jpeg",      "image/jpeg",      picture_make, "jpegload_buffer", save_jpeg, NULL },
	{ "image/png",       "image/png",       picture_make, "pngload_buffer",  save_png,  NULL },
	{ "image/webp",      "image/webp",      picture_make, "webpload_buffer", save_webp, NULL },
	{ "image/heic",      "image/heic",      picture_make, "heifload_buffer", save_jpeg, NULL },
	{ "image/heif",      "image/heic",      picture_make, "heifload_buffer", save_jpeg, NULL },
	{ "application/pdf", "application/pdf", page_make,    "pdfload_buffer",  NULL,      page_warm },
	{ "text/plain",      NULL,              text_make,    NULL,              NULL,      NULL },
};
/* clang-format on */

const struct type *
type_find(const char *media_type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].media_type, media_type) == 0)
			return &types[i];
	return NULL;
}

bool
type_is(const struct type *t, struct str bytes)
{
	const char *sign = media_sign(bytes);

	return t->sign == NULL ? is_text(bytes)
			       : sign != NULL && strcmp(sign, t->sign) == 0;
}
