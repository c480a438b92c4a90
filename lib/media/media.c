/*
 * media.c: media types by their signs (signs.h), and text by libmagic, with patterns of our own: the thousands of its
 * database would cost each worker 12 MiB, and take many a note for a program. What has none of these, and is no text, is
 * of no known type. It looks into
 * nothing that is packed; whatever follows the first bytes hob-image reads, in a process of its own. Runs in workers.
 */
#include "media/media.h"

#include <magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/die.h"
#include "media/signs.h"

struct media {
	magic_t magic;
};

enum {
	FLAGS = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
		MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TOKENS |
		MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_JSON
};

/* magic(5). Text that a browser could take for a page is none. */
/* clang-format off */
static const char patterns[] =
	"0	search/4096/c	\\<!doctype	HTML\n!:mime	text/html\n"
	"0	search/4096/c	\\<html	HTML\n!:mime	text/html\n"
	"0	search/4096/c	\\<script	HTML\n!:mime	text/html\n"
	"0	search/4096/c	\\<svg	SVG\n!:mime	image/svg+xml\n"
	"0	string/w	\\<?xml	XML\n!:mime	text/xml\n";
/* clang-format on */

/* libmagic reads its patterns from a file, which this is for the while. */
static bool
load(magic_t magic)
{
	int fd = memfd_create("patterns", MFD_CLOEXEC);
	ssize_t len = sizeof(patterns) - 1;
	char path[64];
	bool good;

	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	good = write(fd, patterns, (size_t)len) == len && magic_load(magic, path) == 0;
	close(fd);
	return good;
}

struct media *
media_new(void)
{
	struct media *m = calloc(1, sizeof(*m));

	if (m == NULL)
		die("media: out of memory");
	m->magic = magic_open(FLAGS);
	if (m->magic == NULL || !load(m->magic))
		die("media: libmagic does not start: %s",
		    m->magic != NULL ? magic_error(m->magic) : "no memory");
	return m;
}

void
media_free(struct media *m)
{
	if (m == NULL)
		return;
	magic_close(m->magic);
	free(m);
}

const char *
media_type(struct media *m, struct str head)
{
	const char *type = media_sign(head);

	if (type == NULL)
		type = magic_buffer(m->magic, head.ptr, head.len);
	return type != NULL ? type : "application/octet-stream";
}
