/* image.c: what hob-image and hob-jobs say to each other (image.h). Pure. */
#include "model/image.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIDE_MOST = 1 << 20 };

static const char *const verdicts[] = {
	[IMAGE_READY] = "ready",	 [IMAGE_DAMAGED] = "damaged",
	[IMAGE_TOO_LARGE] = "too_large", [IMAGE_TYPE_NOT_ALLOWED] = "type_not_allowed",
	[IMAGE_ENCRYPTED] = "encrypted", [IMAGE_TOOK_TOO_LONG] = "took_too_long",
};

static const char *const variants[] = {
	[IMAGE_MAIN] = "main",
	[IMAGE_DISPLAY] = "display",
	[IMAGE_THUMB] = "thumb",
};

const char *
image_verdict_name(enum image_verdict v)
{
	return verdicts[v];
}

const char *
image_variant_name(enum image_variant v)
{
	return variants[v];
}

/* What browsers show everywhere. */
const char *
image_media_type(enum image_variant v, const char *sent)
{
	if (v != IMAGE_MAIN)
		return "image/webp";
	return strcmp(sent, "image/heic") == 0 || strcmp(sent, "image/heif") == 0
		       ? "image/jpeg"
		       : sent;
}

int
image_report_write(const struct image_report *r, char out[IMAGE_REPORT_SIZE])
{
	int len = snprintf(out, IMAGE_REPORT_SIZE, "%s", verdicts[r->verdict]);

	for (int i = 0; i < IMAGE_VARIANTS && r->verdict == IMAGE_READY; i++)
		len += snprintf(out + len, (size_t)(IMAGE_REPORT_SIZE - len), " %dx%d",
				r->sizes[i].width, r->sizes[i].height);
	return len + snprintf(out + len, (size_t)(IMAGE_REPORT_SIZE - len), "\n");
}

static bool
read_side(struct str text, int *out)
{
	int64_t side;

	if (!str_to_i64(text, &side) || side < 0 || side > SIDE_MOST)
		return false;
	*out = (int)side;
	return true;
}

static bool
read_sizes(struct str rest, struct image_report *out)
{
	for (int i = 0; i < IMAGE_VARIANTS; i++) {
		struct str height = str_cut(&rest, ' '), width = str_cut(&height, 'x');

		if (!read_side(width, &out->sizes[i].width) ||
		    !read_side(height, &out->sizes[i].height))
			return false;
	}
	return rest.ptr == NULL;
}

bool
image_report_read(struct str line, struct image_report *out)
{
	struct str rest = line, word = str_cut(&rest, ' ');

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < IMAGE_VERDICTS; i++)
		if (str_is(word, verdicts[i])) {
			out->verdict = (enum image_verdict)i;
			return i == IMAGE_READY ? read_sizes(rest, out)
						: rest.ptr == NULL;
		}
	return false;
}
