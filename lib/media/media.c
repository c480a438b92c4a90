/*
 * media.c: media types by libmagic. It looks into nothing that is packed, and reads no structure beyond its patterns: what
 * a file claims to be is enough to refuse most, and hob-image reads the rest in a process of its own. Runs in workers.
 */
#include "media/media.h"

#include <magic.h>
#include <stdlib.h>

#include "core/die.h"

struct media {
	magic_t magic;
};

enum {
	FLAGS = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
		MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TOKENS |
		MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_JSON
};

struct media *
media_new(void)
{
	struct media *m = calloc(1, sizeof(*m));

	if (m == NULL)
		die("media: out of memory");
	m->magic = magic_open(FLAGS);
	if (m->magic == NULL || magic_load(m->magic, NULL) != 0)
		die("media: libmagic has no database");
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
	const char *type = magic_buffer(m->magic, head.ptr, head.len);

	return type != NULL ? type : "application/octet-stream";
}
