/* types.c: the media types that people may send. The first bytes have to be those of the type: what begins otherwise is
 * something else for whoever opens it, whatever a patient decoder makes of it. Runs in hob-image. */
#include <string.h>

#include "image/work.h"

static bool
has_at(struct str bytes, size_t at, struct str wanted)
{
	return bytes.len >= at + wanted.len &&
	       memcmp(bytes.ptr + at, wanted.ptr, wanted.len) == 0;
}

static bool
is_jpeg(struct str bytes)
{
	return str_starts(bytes, STR("\xff\xd8\xff"));
}

static bool
is_png(struct str bytes)
{
	return str_starts(bytes, STR("\x89PNG\r\n\x1a\n"));
}

static bool
is_webp(struct str bytes)
{
	return str_starts(bytes, STR("RIFF")) && has_at(bytes, 8, STR("WEBP"));
}

/* Brands of HEVC, and those that say nothing of the codec; "avif" is not among them. */
static bool
is_heif(struct str bytes)
{
	static const char brands[][5] = { "heic", "heix", "heim", "heis",
					  "hevc", "mif1", "msf1" };
	bool found = false;

	for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++)
		found |= has_at(bytes, 8, str_of(brands[i]));
	return found && has_at(bytes, 4, STR("ftyp"));
}

static bool
is_pdf(struct str bytes)
{
	return str_starts(bytes, STR("%PDF-"));
}

static bool
is_text(struct str bytes)
{
	return memchr(bytes.ptr, '\0', bytes.len) == NULL && str_is_utf8(bytes);
}

/* clang-format off */
static const struct type types[] = {
	{ "image/jpeg",      is_jpeg, picture_make, "jpegload_buffer", save_jpeg, NULL },
	{ "image/png",       is_png,  picture_make, "pngload_buffer",  save_png,  NULL },
	{ "image/webp",      is_webp, picture_make, "webpload_buffer", save_webp, NULL },
	{ "image/heic",      is_heif, picture_make, "heifload_buffer", save_jpeg, NULL },
	{ "image/heif",      is_heif, picture_make, "heifload_buffer", save_jpeg, NULL },
	{ "application/pdf", is_pdf,  page_make,    "pdfload_buffer",  NULL,      page_warm },
	{ "text/plain",      is_text, text_make,    NULL,              NULL,      NULL },
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
