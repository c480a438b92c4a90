/*
 * pictures.c: makes pictures for t/files/corpus.mjs, and looks at those that hob-image has made.
 *
 *   pictures make FOLDER      a set of pictures in all formats
 *   pictures look FILE        "WIDTH HEIGHT BANDS", and the colours near the corners, as RGB
 *   pictures ink FILE         how many of a thousand pixels are dark
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

enum { WIDTH = 640, HEIGHT = 480 };

static void
need(int failed)
{
	if (failed == 0)
		return;
	fprintf(stderr, "pictures: %s", vips_error_buffer());
	exit(1);
}

/* Red, green, blue and white quarters: whoever turns or mirrors it is seen. */
static VipsImage *
quarters(int width, int height)
{
	static const double colours[4][3] = {
		{ 220, 30, 30 }, { 30, 200, 30 }, { 30, 30, 220 }, { 250, 250, 250 }
	};
	VipsImage *black, *image, *out;

	need(vips_black(&black, width, height, "bands", 3, NULL));
	need(vips_copy(black, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL));
	image = vips_image_copy_memory(image);
	for (int i = 0; i < 4; i++)
		need(vips_draw_rect(image, (double *)(uintptr_t)colours[i], 3,
				    i % 2 * width / 2, i / 2 * height / 2, width / 2,
				    height / 2, "fill", TRUE, NULL));
	need(vips_copy(image, &out, NULL));
	return out;
}

/* What a camera writes that was held so: shown by its orientation, it is as `upright`. */
static VipsImage *
held(VipsImage *upright, int orientation)
{
	/* The turn and the mirror that undo each, as EXIF 2.3 has them. */
	static const struct {
		VipsAngle turn;
		gboolean mirrored;
	} ways[] = {
		{ VIPS_ANGLE_D0, FALSE },   { VIPS_ANGLE_D0, TRUE },
		{ VIPS_ANGLE_D180, FALSE }, { VIPS_ANGLE_D180, TRUE },
		{ VIPS_ANGLE_D90, TRUE },   { VIPS_ANGLE_D270, FALSE },
		{ VIPS_ANGLE_D270, TRUE },  { VIPS_ANGLE_D90, FALSE },
	};
	VipsImage *turned, *out = NULL;

	need(vips_rot(upright, &turned, ways[orientation - 1].turn, NULL));
	if (ways[orientation - 1].mirrored)
		need(vips_flip(turned, &out, VIPS_DIRECTION_HORIZONTAL, NULL));
	else
		need(vips_copy(turned, &out, NULL));
	vips_image_set_int(out, "orientation", orientation);
	return out;
}

static const char *folder;

static void
put(VipsImage *image, const char *name, const char *options)
{
	char *path = g_strdup_printf("%s/%s%s", folder, name, options);

	need(vips_image_write_to_file(image, path, NULL));
	g_free(path);
}

static void
make_colours(VipsImage *base)
{
	VipsImage *out, *with;

	need(vips_icc_transform(base, &out, "cmyk", "input_profile", "srgb", NULL));
	put(out, "cmyk.jpg", "[Q=95]");
	need(vips_icc_transform(base, &out, "p3", "input_profile", "srgb", NULL));
	put(out, "p3.jpg", "[Q=95]");
	put(out, "p3.png", "");
	put(out, "p3.webp", "[Q=95]");
	need(vips_colourspace(base, &out, VIPS_INTERPRETATION_B_W, NULL));
	put(out, "gray.jpg", "");
	put(out, "gray.png", "");
	need(vips_colourspace(base, &out, VIPS_INTERPRETATION_RGB16, NULL));
	put(out, "deep.png", "");
	need(vips_bandjoin_const1(base, &with, 128, NULL));
	put(with, "alpha.png", "");
	put(with, "alpha.webp", "");
	put(base, "palette.png", "[palette=true]");
}

/* Frames below each other. */
static void
make_moving(VipsImage *base)
{
	VipsImage *other, *frames, *out, *both[2];

	need(vips_invert(base, &other, NULL));
	both[0] = base;
	both[1] = other;
	need(vips_arrayjoin(both, &frames, 2, "across", 1, NULL));
	need(vips_copy(frames, &out, NULL));
	vips_image_set_int(out, "page-height", HEIGHT);
	put(out, "moving.webp", "");
}

/* What phones write beside a picture, in all the places that a format has for it; each has SECRET in it. */
static VipsImage *
with_words(VipsImage *base)
{
	static const char xmp[] =
		"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf="
		"'http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
		"rdf:about='' "
		"xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='SECRET XMP'/>"
		"</rdf:RDF></x:xmpmeta>";
	static const char iptc[] = "\x1c\x02\x78\x00\x0bSECRET IPTC";
	static const char *const fields[][2] = {
		{ "exif-ifd0-Make", "SECRET maker" },
		{ "exif-ifd0-ImageDescription", "SECRET EXIF" },
		{ "exif-ifd2-DateTimeOriginal", "2026:11:30 04:20:00" },
		{ "exif-ifd3-GPSLatitudeRef", "N" },
		{ "exif-ifd3-GPSLatitude", "47/1 22/1 7/1" },
		{ "exif-ifd3-GPSLongitudeRef", "E" },
		{ "exif-ifd3-GPSLongitude", "8/1 32/1 31/1" },
		{ "png-comment-0-Title", "SECRET comment" },
	};
	VipsImage *out;

	need(vips_copy(base, &out, NULL));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		vips_image_set_string(out, fields[i][0], fields[i][1]);
	vips_image_set_blob_copy(out, VIPS_META_XMP_NAME, xmp, sizeof(xmp) - 1);
	vips_image_set_blob_copy(out, VIPS_META_IPTC_NAME, iptc, sizeof(iptc) - 1);
	return out;
}

static void
make_told(VipsImage *base)
{
	VipsImage *told = with_words(base);

	put(told, "told.jpg", "");
	put(told, "told.png", "");
	put(told, "told.webp", "");
	put(told, "told.heic", "");
}

static void
make_large(void)
{
	VipsImage *noise, *soft, *bytes, *bands[3], *out, *flat;

	need(vips_gaussnoise(&noise, 4032, 3024, "mean", 128.0, "sigma", 40.0, "seed", 7,
			     NULL));
	need(vips_gaussblur(noise, &soft, 2, NULL));
	need(vips_cast_uchar(soft, &bytes, NULL));
	bands[0] = bands[1] = bands[2] = bytes;
	need(vips_bandjoin(bands, &flat, 3, NULL));
	need(vips_copy(flat, &out, "interpretation", VIPS_INTERPRETATION_sRGB, NULL));
	vips_image_set_int(out, "orientation", 6);
	put(out, "large.jpg", "[Q=90]");
}

static void
make(void)
{
	VipsImage *base = quarters(WIDTH, HEIGHT);
	char name[32];

	put(base, "base.jpg", "[Q=95]");
	put(base, "progressive.jpg", "[Q=90,interlace=true]");
	put(base, "base.png", "");
	put(base, "interlaced.png", "[interlace=true]");
	put(base, "base.webp", "");
	put(base, "lossless.webp", "[lossless=true]");
	put(base, "base.heic", "");
	put(base, "base.avif", "");
	put(base, "base.gif", "");
	put(base, "base.tiff", "");
	put(quarters(2, 2), "tiny.png", "");
	put(quarters(8000, 8), "wide.jpg", "");
	for (int i = 1; i <= 8; i++) {
		snprintf(name, sizeof(name), "turned-%d.jpg", i);
		put(held(base, i), name, "[Q=95]");
	}
	put(held(base, 6), "turned.webp", "");
	make_colours(base);
	make_moving(base);
	make_told(base);
	make_large();
}

static void
look(const char *path)
{
	VipsImage *file = vips_image_new_from_file(path, NULL), *image;
	double *colour;
	int n;

	need(file == NULL);
	printf("%d %d %d", file->Xsize, file->Ysize, file->Bands);
	if (vips_image_get_typeof(file, VIPS_META_ICC_NAME) != 0)
		need(vips_icc_transform(file, &image, "srgb", "embedded", TRUE, NULL));
	else
		need(vips_colourspace(file, &image, VIPS_INTERPRETATION_sRGB, NULL));
	image = vips_image_copy_memory(image);
	for (int i = 0; i < 4; i++) {
		need(vips_getpoint(image, &colour, &n,
				   (2 * (i % 2) + 1) * image->Xsize / 4,
				   (2 * (i / 2) + 1) * image->Ysize / 4, NULL));
		printf(" %d,%d,%d", (int)colour[0], (int)colour[n > 2 ? 1 : 0],
		       (int)colour[n > 2 ? 2 : 0]);
	}
	printf("\n");
}

static void
ink(const char *path)
{
	VipsImage *file = vips_image_new_from_file(path, NULL), *gray, *dark;
	double share;

	need(file == NULL);
	need(vips_colourspace(file, &gray, VIPS_INTERPRETATION_B_W, NULL));
	need(vips_less_const1(gray, &dark, 128, NULL));
	need(vips_avg(dark, &share, NULL));
	printf("%.2f\n", share / 255 * 1000);
}

int
main(int argc, char **argv)
{
	if (argc != 3 || vips_init(argv[0]) != 0)
		return 64;
	folder = argv[2];
	if (strcmp(argv[1], "make") == 0)
		make();
	else if (strcmp(argv[1], "ink") == 0)
		ink(argv[2]);
	else
		look(argv[2]);
	return 0;
}
