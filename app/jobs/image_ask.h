#ifndef HOB_JOBS_IMAGE_ASK_H
#define HOB_JOBS_IMAGE_ASK_H

#include <stdint.h>

#include "jobs/heritage.h"
#include "model/image.h"

/*
 * Runners start no programs, so they ask an aide (image_aide.c) over the socket heritage.images: one message with a
 * struct image_order and descriptors, IMAGE_PASSED of them. The report's is a pipe, to which hob-image writes its line,
 * and the aide behind its death a word on that. It ends when both have closed it, whoever died.
 */
enum { IMAGE_PASSED_IN, IMAGE_PASSED_REPORT, IMAGE_PASSED_OUT, IMAGE_PASSED = IMAGE_PASSED_OUT + IMAGE_VARIANTS };

struct image_order {
	char media_type[64];
	int64_t pixels, memory_bytes, time_ms;
};

enum image_end {
	IMAGE_REPORTED,			/* *report is what it said */
	IMAGE_DIED,			/* of the file */
	IMAGE_LATE,			/* it was killed when its time was over */
	IMAGE_LOST			/* nobody knows of what: the aide died, or somebody killed it; try again */
};
/* The aide's word for it, as the last line of the report. */
const char *image_end_name(enum image_end e);

/*
 * Has hob-image work on `in`, a regular file, its outputs to `out`, files too. Waits for its end; the descriptors stay
 * the caller's, and nobody else writes to them any more.
 */
enum image_end image_ask(const struct heritage *h, const char *media_type, int in, const int out[IMAGE_VARIANTS],
			 struct image_report *report);

/* hob-image lies beside the program that runs. False with errno when that is not known; path is never empty. */
enum { IMAGE_PATH_SIZE = 512 };
bool image_path(char path[IMAGE_PATH_SIZE]);

#endif
