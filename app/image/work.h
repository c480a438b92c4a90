#ifndef HOB_IMAGE_WORK_H
#define HOB_IMAGE_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include <vips/vips.h>

#include "core/str.h"
#include "model/image.h"

/* sysexits.h: called wrongly, and what is no fault of the file. */
enum { EXIT_USAGE = 64, EXIT_SOFTWARE = 70 };

/* One file, in one process. Nothing is given back: the process ends with it. */
struct work {
	const struct type *type;	/* what it is said to be */
	struct str bytes;
	int64_t most_pixels, most_bytes;	/* of the decoded picture */
	struct image_report report;
};

/* types.c: a row for each media type. */
struct type {
	const char *media_type;
	const char *sign;		/* the type by whose sign it begins (media/signs.h); NULL: text */
	/* Makes the outputs, and fills the sizes; its result is the verdict. */
	enum image_verdict (*make)(struct work *w);
	const char *loader;		/* libvips's name of what reads it; NULL: nothing has to */
	/* Encodes the clean copy, of which *out and *len are the bytes; NULL: there is none but what was sent. */
	bool (*save)(const struct work *w, VipsImage *image, unsigned char **out, size_t *len);
	/* Of the loader's library, which wants to have seen a file before all doors are shut; may be NULL. */
	void (*warm)(void);
};
/* NULL: there is no such type. */
const struct type *type_find(const char *media_type);
/* Do the bytes begin as those of this type do? Before a library sees them. */
bool type_is(const struct type *t, struct str bytes);

/* picture.c: pictures of which the clean copy is made anew. */
enum image_verdict picture_make(struct work *w);
/* Writes the smaller pictures of one that is in memory. */
enum image_verdict picture_write_small(struct work *w, VipsImage *image);
/* Is that more than may be decoded? */
bool picture_is_too_large(const struct work *w, const VipsImage *header);

/* save.c. */
bool save_jpeg(const struct work *w, VipsImage *image, unsigned char **out, size_t *len);
bool save_webp(const struct work *w, VipsImage *image, unsigned char **out, size_t *len);
bool save_png(const struct work *w, VipsImage *image, unsigned char **out, size_t *len);
/* As WebP, of an image in sRGB. */
bool save_small(VipsImage *image, unsigned char **out, size_t *len);

/* page.c: PDF, of which the first page is shown, and the bytes stay. */
enum image_verdict page_make(struct work *w);
void page_warm(void);

/* fonts.c: what is opened from the first call to the second can be opened behind it, too, and nothing else. */
void fonts_keep(void);
void fonts_shut(void);

/* text.c: the bytes stay. */
enum image_verdict text_make(struct work *w);

/* cut.c: what libvips adds to a JPEG or WebP is taken out again; the new length, 0: it is none. */
size_t cut_jpeg(unsigned char *bytes, size_t len);
size_t cut_webp(unsigned char *bytes, size_t len);

/* output.c: writes all of it, or ends the process; false: that is more than one file may have. */
bool output_write(enum image_variant v, const void *bytes, size_t len);
bool output_write_all(int fd, const void *bytes, size_t len);

#endif
