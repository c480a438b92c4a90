/* file_name.c: names of files, which end as their media type has it. Runs in workers, and in runners. */
#include "model/file_name.h"

#include <stddef.h>
#include <string.h>

/* The first is the one that is given. */
static const struct {
	const char *media_type;
	const char *endings[6];
} kinds[] = {
	{ "image/jpeg", { "jpg", "jpeg", "jpe", "jfif", NULL } },
	{ "image/png", { "png", NULL } },
	{ "image/webp", { "webp", NULL } },
	{ "image/heic", { "heic", "heif", NULL } },
	{ "application/pdf", { "pdf", NULL } },
	{ "text/plain", { "txt", "text", "md", "csv", "log", NULL } },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Behind the last dot; STR_NONE: there is none, or nothing before it. */
static struct str
ending_of(struct str name)
{
	for (size_t i = name.len; i-- > 1;)
		if (name.ptr[i] == '.')
			return (struct str){ name.ptr + i + 1, name.len - i - 1 };
	return STR_NONE;
}

/* The kind that has this ending; KINDS: none. */
static int
kind_of(struct str ending)
{
	for (int k = 0; k < KINDS && ending.ptr != NULL; k++)
		for (int i = 0; kinds[k].endings[i] != NULL; i++)
			if (str_eq_ci(ending, str_of(kinds[k].endings[i])))
				return k;
	return KINDS;
}

/* An ending of another kind goes; what is none of these may be a part of the name. */
struct str
file_name_fit(struct arena *a, struct str name, const char *media_type)
{
	struct str ending = name.ptr != NULL ? ending_of(name) : STR_NONE;
	int has = kind_of(ending), wants = 0;

	while (wants < KINDS && strcmp(kinds[wants].media_type, media_type) != 0)
		wants++;
	if (name.ptr == NULL || wants == KINDS || has == wants)
		return name;
	if (has < KINDS)
		name.len -= ending.len + 1;
	return str_of(arena_printf(a, "%.*s.%s", STR_FMT(name), kinds[wants].endings[0]));
}

enum { ENDING_BYTES = 8 };

/* Room for an ending is left; no character is cut in two. */
static struct str
shortened(struct str name)
{
	size_t len = FILE_NAME_BYTES - ENDING_BYTES;

	if (name.len <= FILE_NAME_BYTES)
		return name;
	while (len > 0 && ((unsigned char)name.ptr[len] & 0xc0) == 0x80)
		len--;
	return (struct str){ name.ptr, len };
}

struct str
file_name_safe(struct arena *a, struct str name, const char *media_type)
{
	struct str fitting = shortened(name.ptr == NULL ? STR("file") : name);
	char *text = arena_cstr(a, file_name_fit(a, fitting, media_type));

	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f ||
		    strchr("/\\:*?\"<>|", *c) != NULL)
			*c = '_';
	if (text[0] == '.')
		text[0] = '_';
	return str_of(text);
}
