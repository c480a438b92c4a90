/*
 * picture.c: a picture is decoded whole, turned upright, and written anew without a word beside it: no EXIF, XMP, IPTC,
 * place, comment, nor what somebody has hung on behind. Its colour profile stays; CMYK, which browsers show wrong, becomes
 * sRGB. Of what moves the first picture alone is kept. Runs in hob-image.
 */
#include <string.h>

#include "image/work.h"

/* --- reading ------------------------------------------------------------------ */

static VipsImage *
open_picture(const struct work *w)
{
	VipsBlob *blob = vips_blob_new(NULL, w->bytes.ptr, w->bytes.len);
	VipsImage *image = NULL;

	if (vips_call(w->type->loader, blob, &image, "access", VIPS_ACCESS_SEQUENTIAL,
		      "fail_on", VIPS_FAIL_ON_ERROR, NULL) != 0)
		return NULL;
	return image;
}

bool
picture_is_too_large(const struct work *w, const VipsImage *header)
{
	int64_t pixels = (int64_t)header->Xsize * header->Ysize;

	return pixels > w->most_pixels ||
	       pixels * (int64_t)VIPS_IMAGE_SIZEOF_PEL(header) > w->most_bytes;
}

/* --- turning ----------------------------------------------------------------- */

static VipsImage *
in_three_colours(VipsImage *image)
{
	VipsImage *out = NULL;

	if (image->Type != VIPS_INTERPRETATION_CMYK)
		return image;
	if (vips_icc_transform(image, &out, "srgb", "embedded", TRUE, "input_profile",
			       "cmyk", NULL) != 0)
		return NULL;
	return out;
}

static VipsImage *
make_upright(VipsImage *held)
{
	VipsImage *upright = NULL;

	if (vips_autorot(held, &upright, NULL) != 0)
		return NULL;
	return in_three_colours(upright);
}

/* --- writing ------------------------------------------------------------------ */

static enum image_verdict
write_main(struct work *w, VipsImage *image)
{
	unsigned char *bytes;
	size_t len;

	if (!w->type->save(w, image, &bytes, &len))
		return IMAGE_DAMAGED;
	w->report.sizes[IMAGE_MAIN].width = image->Xsize;
	w->report.sizes[IMAGE_MAIN].height = image->Ysize;
	return output_write(IMAGE_MAIN, bytes, len) ? IMAGE_READY : IMAGE_TOO_LARGE;
}

/* Upright, and in sRGB, which every screen knows. Its result is what was made, for the next smaller one; NULL: it failed. */
static VipsImage *
write_small(struct work *w, enum image_variant v, VipsImage *from, int side)
{
	VipsImage *small = NULL, *held;
	unsigned char *bytes;
	size_t len;

	if (vips_thumbnail_image(from, &small, side, "height", side, "size",
				 VIPS_SIZE_DOWN, "export_profile", "srgb", NULL) != 0)
		return NULL;
	held = vips_image_copy_memory(small);
	if (held == NULL || !save_small(held, &bytes, &len) ||
	    !output_write(v, bytes, len))
		return NULL;
	w->report.sizes[v].width = held->Xsize;
	w->report.sizes[v].height = held->Ysize;
	return held;
}

/*
 * By whole numbers first, as far as that goes: twice as fast as all of it by thumbnail_image. Not where pixels may be
 * transparent, whose colour nobody sees and which would be mixed in.
 */
static VipsImage *
shrink(VipsImage *image)
{
	int times = VIPS_MAX(image->Xsize, image->Ysize) / IMAGE_DISPLAY_SIDE;
	VipsImage *out = NULL;

	if (times < 2 || vips_image_hasalpha(image))
		return image;
	return vips_shrink(image, &out, times, times, NULL) == 0 ? out : NULL;
}

enum image_verdict
picture_write_small(struct work *w, VipsImage *image)
{
	VipsImage *display = shrink(image);

	if (display != NULL)
		display = write_small(w, IMAGE_DISPLAY, display, IMAGE_DISPLAY_SIDE);
	if (display == NULL ||
	    write_small(w, IMAGE_THUMB, display, IMAGE_THUMB_SIDE) == NULL)
		return IMAGE_DAMAGED;
	return IMAGE_READY;
}

enum image_verdict
picture_make(struct work *w)
{
	VipsImage *image = open_picture(w), *main;
	enum image_verdict verdict;

	if (image == NULL)
		return IMAGE_DAMAGED;
	if (picture_is_too_large(w, image))
		return IMAGE_TOO_LARGE;
	/* What follows reads it more than once. */
	image = vips_image_copy_memory(image);
	main = image != NULL ? make_upright(image) : NULL;
	if (main == NULL)
		return IMAGE_DAMAGED;
	verdict = write_main(w, main);
	/* Those are turned behind the shrinking, which is less work. */
	return verdict == IMAGE_READY ? picture_write_small(w, image) : verdict;
}
