/*
 * field.c: tables of fields, found by name and counted. Runs in workers and where the route table
 * is checked.
 */
#include "serve/field.h"

#include <string.h>

/* Members of a body that are not known here and yet read, to be named in the refusal. */
enum { VALUES_UNKNOWN = 64 };

int
field_count(const struct field *fields)
{
	int n = 0;

	while (fields != NULL && fields[n].name != NULL)
		n++;
	return n;
}

const char *
field_choice(const struct field *f, int i)
{
	if (f->choice != NULL)
		return f->choice(i);
	return f->choices != NULL ? f->choices[i] : NULL;
}

int
field_index(const struct field *fields, const char *name)
{
	for (int i = 0; fields != NULL && fields[i].name != NULL; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return i;
	}
	return -1;
}

bool
field_is_list(const struct field *f)
{
	return f->type == FIELD_CODES || f->type == FIELD_CHOICES ||
	       f->type == FIELD_UUIDS || f->type == FIELD_LINES;
}

static size_t
count_values(const struct field *fields)
{
	size_t n = 1;

	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		if (f->type == FIELD_OBJECT)
			n += count_values(f->object->fields);
		else if (f->type == FIELD_OBJECTS)
			n += 1 + (size_t)f->max * count_values(f->object->fields);
		else
			n += field_is_list(f) ? 1 + (size_t)f->max : 1;
	}
	return n;
}

size_t
field_values_max(const struct field *fields)
{
	return count_values(fields) + VALUES_UNKNOWN;
}
