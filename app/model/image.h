#ifndef HOB_MODEL_IMAGE_H
#define HOB_MODEL_IMAGE_H

#include <stdbool.h>

#include "core/str.h"

/*
 * What hob-image and hob-jobs say to each other. hob-image is started with these descriptors and writes one line to that
 * of the report: image_report_write. An output that it leaves empty is not there.
 */
enum image_variant { IMAGE_MAIN, IMAGE_DISPLAY, IMAGE_THUMB, IMAGE_VARIANTS };
enum { IMAGE_FD_IN = 0, IMAGE_FD_REPORT = 1, IMAGE_FD_OUT = 3, IMAGE_FD_END = IMAGE_FD_OUT + IMAGE_VARIANTS };

/* The longer side of the smaller pictures, in pixels; none is made larger than it is. */
enum { IMAGE_DISPLAY_SIDE = 1600, IMAGE_THUMB_SIDE = 256 };

enum image_verdict {
	IMAGE_READY,
	/* reasons of files.reason */
	IMAGE_DAMAGED,
	IMAGE_TOO_LARGE,		/* more pixels than files.max_pixels, or more memory than there is for it */
	IMAGE_TYPE_NOT_ALLOWED,		/* or it is not what it is said to be */
	IMAGE_ENCRYPTED,
	IMAGE_TOOK_TOO_LONG,
	IMAGE_VERDICTS
};
/* "damaged". */
const char *image_verdict_name(enum image_verdict v);

struct image_report {
	enum image_verdict verdict;
	struct {
		int width, height;	/* 0: not a picture, or not there */
	} sizes[IMAGE_VARIANTS];
};

enum { IMAGE_REPORT_SIZE = 128 };
/* "ready 800x600 800x600 256x192\n". Its length. */
int image_report_write(const struct image_report *r, char out[IMAGE_REPORT_SIZE]);
/* The other end trusts no word of it: false when it is not such a line, without the end of line. */
bool image_report_read(struct str line, struct image_report *out);

/* The media type in which this variant of a file of that type is kept. */
const char *image_media_type(enum image_variant v, const char *sent);
/* "display", as in file_copies. */
const char *image_variant_name(enum image_variant v);

#endif
