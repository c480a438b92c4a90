/* text.c: text stays as it is; types.c has seen that it is some. Runs in hob-image. */
#include "image/work.h"

enum image_verdict
text_make(struct work *w)
{
	return output_write(IMAGE_MAIN, w->bytes.ptr, w->bytes.len) ? IMAGE_READY
								    : IMAGE_TOO_LARGE;
}
