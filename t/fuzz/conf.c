/*
 * conf.c: a file of settings. Settings that were read print to a text that reads back the
 * same; a fault is told with its line. No key here names a file that would be read.
 */
#include "conf/conf.h"
#include "conf/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

struct settings {
	const char *name, *url;
	int64_t count, size_bytes, wait_ms;
	int on, level;
};

#define AT(member) offsetof(struct settings, member)

static const char *const levels[] = { "low", "middle", "high", NULL };

/* clang-format off */
static const struct conf_key keys[] = {
	{ "a.name", CONF_TEXT, AT(name), "hob", 0, 0, NULL, CONF_RESTART, "A name." },
	{ "a.url", CONF_TEXT, AT(url), "", 0, 0, NULL, 0, "A text." },
	{ "a.count", CONF_INT, AT(count), "4", -8, 64, NULL, 0, "A count." },
	{ "a.size", CONF_SIZE, AT(size_bytes), "16k", 4096, 0, NULL, 0, "A size." },
	{ "a.wait", CONF_SECONDS, AT(wait_ms), "500ms", 0, 0, NULL, 0, "A time." },
	{ "a.on", CONF_SWITCH, AT(on), "on", 0, 0, NULL, 0, "A switch." },
	{ "a.level", CONF_CHOICE, AT(level), "middle", 0, 0, levels, 0, "A choice." },
};
/* clang-format on */

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

/* As a file, for that is what is loaded. */
static enum err
load(struct arena *a, struct str text, struct settings *out, struct strbuf *why)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[32];
	enum err e;

	MUST(fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	e = conf_load(a, keys, KEY_COUNT, path, NULL, out, why);
	close(fd);
	return e;
}

static void
must_come_back(struct arena *a, const struct settings *s, struct strbuf *why)
{
	struct settings again;
	struct strbuf text;
	char *printed;
	size_t size;
	FILE *f = open_memstream(&printed, &size);

	MUST(f != NULL);
	conf_print(keys, KEY_COUNT, s, f);
	fclose(f);
	MUST(load(a, (struct str){ printed, size }, &again, why) == ERR_OK);
	MUST(!conf_changed(keys, KEY_COUNT, "", s, &again));
	free(printed);
	strbuf_init(&text);
	for (int i = 0; i < KEY_COUNT; i++)
		conf_value_describe(&keys[i], &text);
	strbuf_release(&text);
}

void
fuzz_conf(struct arena *a, struct str input)
{
	struct settings s;
	struct strbuf why;

	strbuf_init(&why);
	if (load(a, input, &s, &why) == ERR_OK)
		must_come_back(a, &s, &why);
	else
		MUST(str_starts(strbuf_str(&why), STR("/proc/self/fd/")) &&
		     str_ends(strbuf_str(&why), STR("\n")));
	strbuf_release(&why);
}
