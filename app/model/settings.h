#ifndef HOB_MODEL_SETTINGS_H
#define HOB_MODEL_SETTINGS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/err.h"
#include "model/config.h"

/*
 * The settings of a program that runs on: read at its start, read again at a reload, and the former
 * ones back when that one fails.
 */
struct settings {
	const char *program;		/* "hob-api", for words on stderr */
	const char *path;		/* NULL: no file */
	struct config *config;		/* those in force; the caller's */
	struct arena *arena;		/* holds their texts */
	struct arena *former_arena;	/* during a reload, else NULL */
	struct config former;
};

/* Reads them at the start, with `program`, `path` and `config` given. ERR_INVALID: stderr says why. */
enum err settings_begin(struct settings *s);
void settings_end(struct settings *s);
/*
 * Reads them again, and opens the log that they name: ERR_OK, and *s->config is the new one until
 * settings_reloaded says what became of it. Else the log says why, and nothing has changed.
 */
enum err settings_reload(struct settings *s);
void settings_reloaded(struct settings *s, bool good);
/*
 * For checks in a child, before a reload: what they will be. Their texts are never freed. False when
 * they cannot be read, which settings_reload says.
 */
bool settings_to_come(const struct settings *s, struct config *out);
/*
 * In a child, before USR2: becomes the binary at `path` with -t, whose exit code answers. Returns, with
 * false and a line in the log, only when that cannot be.
 */
bool settings_check_new(const struct settings *s, const char *path);
/* Opens the log that `c` names, or opens it anew. ERR_IO with errno. */
enum err settings_open_log(const struct config *c);
/* The same, for a program that serves: a failure is told in the log that there was. */
enum err settings_reopen_log(const struct config *c);

#endif
