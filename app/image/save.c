/*
 * save.c: pictures are written, each format in its way, with their colour profile and not a word beside it: no EXIF, XMP,
 * IPTC, place, nor comment. Runs in hob-image.
 */
#include <string.h>

#include "image/work.h"

/*
 * Below 90 a JPEG has its colours at half the resolution, as cameras write them: a tenth of the time and a fifth of the
 * bytes less.
 */
enum { QUALITY = 88, SMALL_QUALITY = 80, EFFORT = 2 };

/* A copy that shares the pixels, and has of all fields this one or none. */
static VipsImage *
without_words(VipsImage *image, const char *kept)
{
	VipsImage *clean = NULL;
	char **fields;

	if (vips_copy(image, &clean, NULL) != 0)
		return NULL;
	fields = vips_image_get_fields(clean);
	for (int i = 0; fields[i] != NULL; i++)
		if (kept == NULL || strcmp(fields[i], kept) != 0)
			vips_image_remove(clean, fields[i]);
	return clean;
}

/* Takes out what libvips has put in. */
static bool
cut(size_t (*fn)(unsigned char *bytes, size_t len), unsigned char *bytes, size_t *len)
{
	*len = fn(bytes, *len);
	return *len > 0;
}

bool
save_jpeg(const struct work *w, VipsImage *image, unsigned char **out, size_t *len)
{
	VipsImage *clean = without_words(image, VIPS_META_ICC_NAME);
	VipsArrayDouble *white = vips_array_double_newv(1, 255.0);

	(void)w;
	return clean != NULL &&
	       vips_jpegsave_buffer(clean, (void **)out, len, "Q", QUALITY, "background",
				    white, NULL) == 0 &&
	       cut(cut_jpeg, *out, len);
}

/* A WebP without loss stays one. */
static bool
is_lossless(const struct work *w)
{
	return w->bytes.len > 16 && memcmp(w->bytes.ptr + 12, "VP8L", 4) == 0;
}

bool
save_webp(const struct work *w, VipsImage *image, unsigned char **out, size_t *len)
{
	VipsImage *clean = without_words(image, VIPS_META_ICC_NAME);

	return clean != NULL &&
	       vips_webpsave_buffer(clean, (void **)out, len, "Q", QUALITY, "effort",
				    EFFORT, "lossless", is_lossless(w), NULL) == 0 &&
	       cut(cut_webp, *out, len);
}

bool
save_png(const struct work *w, VipsImage *image, unsigned char **out, size_t *len)
{
	VipsImage *clean = without_words(image, VIPS_META_ICC_NAME);

	(void)w;
	return clean != NULL && vips_pngsave_buffer(clean, (void **)out, len, NULL) == 0;
}

bool
save_small(VipsImage *image, unsigned char **out, size_t *len)
{
	VipsImage *clean = without_words(image, NULL);

	return clean != NULL &&
	       vips_webpsave_buffer(clean, (void **)out, len, "Q", SMALL_QUALITY,
				    "effort", EFFORT, NULL) == 0 &&
	       cut(cut_webp, *out, len);
}
