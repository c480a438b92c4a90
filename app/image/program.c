/*
 * program.c: hob-image, which makes a clean copy and smaller pictures of one file that somebody has sent, and ends. What
 * reads such files is large and old, so it runs here, alone: with what the descriptors of model/image.h give it, and
 * behind the start of its libraries with no way to open anything (confine_to_memory). hob-jobs starts one for each file
 * (app/jobs/image_aide.c).
 */
#include <errno.h>
#include <gmodule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine/confine.h"
#include "image/work.h"

struct limits {
	int64_t pixels, memory_bytes, seconds; /* memory 0: none, for sanitizers */
};

static _Noreturn void
stop(const char *what)
{
	fprintf(stderr, "hob-image: %s: %s\n", what, strerror(errno));
	_exit(EXIT_SOFTWARE);
}

/* --- what it may take ----------------------------------------------------------- */

static void
limit(enum __rlimit_resource what, int64_t most)
{
	/* Of CPU time the first ends by XCPU, which says why, and the second by KILL. */
	const struct rlimit both = { (rlim_t)most, (rlim_t)most + (what == RLIMIT_CPU) };

	if (setrlimit(what, &both) != 0)
		stop("setrlimit");
}

/* A picture of so many pixels becomes no larger file than its pixels are. */
static void
set_limits(const struct limits *l)
{
	confine_memory();
	limit(RLIMIT_CPU, l->seconds);
	limit(RLIMIT_FSIZE, INT64_C(8) * l->pixels);
	if (l->memory_bytes > 0)
		limit(RLIMIT_AS, l->memory_bytes);
}

/* --- libraries -------------------------------------------------------------------- */

/* What may be called of libvips; the rest of its readers and writers is shut. */
static const char *const opened[] = {
	"VipsForeignLoadJpeg", "VipsForeignLoadPng",  "VipsForeignLoadWebp",
	"VipsForeignLoadHeif", "VipsForeignLoadPdf",  "VipsForeignSaveJpeg",
	"VipsForeignSavePng",  "VipsForeignSaveWebp",
};

/* Modules are loaded one by one, for libvips would load ImageMagick, too. */
static void
load_module(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/vips-modules-%d.%d/%s.so", HOB_VIPS_MODULES,
		 VIPS_MAJOR_VERSION, VIPS_MINOR_VERSION, name);
	/* Where it is part of libvips itself there is no file; a type without a loader is refused below. */
	g_module_open(path, (GModuleFlags)0);
}

static void
start_libraries(const struct type *type)
{
	setenv("VIPSHOME", "/nonexistent", 1);
	setenv("VIPS_NOVECTOR", "1", 1);
	/* No memory is ever exchanged for a file. */
	setenv("VIPS_DISC_THRESHOLD", "1000g", 1);
	if (vips_init("hob-image") != 0)
		stop(vips_error_buffer());
	load_module("vips-heif");
	load_module("vips-poppler");
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_operation_block_set("VipsForeign", TRUE);
	for (size_t i = 0; i < sizeof(opened) / sizeof(opened[0]); i++)
		vips_operation_block_set(opened[i], FALSE);
	if (vips_type_find("VipsOperation", type->loader) == 0)
		stop(type->loader);
	if (type->warm != NULL)
		type->warm();
}

/* --- the file ---------------------------------------------------------------------- */

static struct str
read_all(void)
{
	struct stat s;
	char *bytes;
	size_t len = 0;

	if (fstat(IMAGE_FD_IN, &s) != 0)
		stop("fstat");
	bytes = malloc((size_t)s.st_size + 1);
	if (bytes == NULL)
		stop("malloc");
	while (len < (size_t)s.st_size) {
		ssize_t n = pread(IMAGE_FD_IN, bytes + len, (size_t)s.st_size - len,
				  (off_t)len);

		if (n < 0 && errno != EINTR)
			stop("read");
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(IMAGE_FD_IN);
	return (struct str){ bytes, len };
}

static enum image_verdict
judge(struct work *w, const struct limits *l)
{
	enum image_verdict verdict;

	w->bytes = read_all();
	if (w->bytes.len == 0)
		return IMAGE_DAMAGED;
	if (!type_is(w->type, w->bytes))
		return IMAGE_TYPE_NOT_ALLOWED;
	w->most_pixels = l->pixels;
	w->most_bytes = l->memory_bytes > 0 ? l->memory_bytes / 2 : INT64_MAX;
	if (w->type->loader != NULL)
		start_libraries(w->type);
	if (confine_to_memory() != ERR_OK)
		stop("no seccomp filter");
	verdict = w->type->make(w);
	if (verdict != IMAGE_READY && w->type->loader != NULL)
		fprintf(stderr, "%s", vips_error_buffer());
	return verdict;
}

static void
report(struct work *w)
{
	char line[IMAGE_REPORT_SIZE];
	int len = image_report_write(&w->report, line);
	_exit(output_write_all(IMAGE_FD_REPORT, line, (size_t)len) ? EXIT_SUCCESS
								   : EXIT_SOFTWARE);
}

static bool
read_numbers(char **argv, struct limits *l)
{
	return str_to_i64(str_of(argv[0]), &l->pixels) && l->pixels > 0 &&
	       str_to_i64(str_of(argv[1]), &l->memory_bytes) && l->memory_bytes >= 0 &&
	       str_to_i64(str_of(argv[2]), &l->seconds) && l->seconds > 0;
}

int
main(int argc, char **argv)
{
	struct work w = { 0 };
	struct limits l;

	if (argc != 5 || !read_numbers(argv + 2, &l)) {
		fprintf(stderr, "hob-image is started by hob-jobs, for one file: "
				"hob-image MEDIA_TYPE PIXELS MEMORY SECONDS\n");
		return EXIT_USAGE;
	}
	set_limits(&l);
	w.type = type_find(argv[1]);
	w.report.verdict = w.type != NULL ? judge(&w, &l) : IMAGE_TYPE_NOT_ALLOWED;
	report(&w);
}
