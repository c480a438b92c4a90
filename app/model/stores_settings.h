#ifndef HOB_MODEL_STORES_SETTINGS_H
#define HOB_MODEL_STORES_SETTINGS_H

#include <stdbool.h>

#include "core/strbuf.h"

struct store_setting {
	const char *name, *text;
	bool is_url;
};
/*
 * Adds a line to `why` for each fault of one store: where the first of its settings is there, all must be. A name of NULL
 * ends them.
 */
void stores_settings_check(const struct store_setting *all, struct strbuf *why);

#endif
