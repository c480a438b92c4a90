/*
 * settings.c: the settings of a program that runs on, through its reloads. Runs in masters, which hold
 * no connection.
 */
#include "model/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"

/* Faults go to stderr before the program serves, and to the log afterwards. */
static enum err
load(const struct settings *s, struct arena *a, struct config *out, bool serving)
{
	struct strbuf why;
	enum err e;

	strbuf_init(&why);
	e = config_load(a, s->path, out, &why);
	if (e != ERR_OK && serving)
		log_say(LOG_ERROR, "config_invalid", "%s", why.ptr);
	else if (e != ERR_OK)
		fprintf(stderr, "%s: the configuration is not usable\n%s", s->program,
			why.ptr);
	strbuf_release(&why);
	return e;
}

static struct arena *
new_arena(void)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		abort();
	arena_init(a, 8192);
	return a;
}

static void
drop_arena(struct arena *a)
{
	if (a != NULL)
		arena_release(a);
	free(a);
}

enum err
settings_begin(struct settings *s)
{
	s->arena = new_arena();
	return load(s, s->arena, s->config, false);
}

void
settings_end(struct settings *s)
{
	drop_arena(s->arena);
	drop_arena(s->former_arena);
	s->arena = s->former_arena = NULL;
}

/* --- the log ----------------------------------------------------------------- */

enum err
settings_open_log(const struct config *c)
{
	return log_open(c->log_file[0] ? c->log_file : NULL,
			(enum log_level)c->log_level);
}

enum err
settings_reopen_log(const struct config *c)
{
	enum err e = settings_open_log(c);

	if (e != ERR_OK)
		log_say(LOG_ERROR, "log_reopen_failed", "%s: %s", c->log_file,
			strerror(errno));
	return e;
}

/* --- a reload ---------------------------------------------------------------- */

static enum err
take_over(const struct settings *s, const struct config *fresh)
{
	const struct conf_key *frozen =
		conf_frozen_change(config_keys, config_key_count, s->config, fresh);

	if (frozen == NULL)
		return settings_reopen_log(fresh);
	log_say(LOG_ERROR, "reload_refused", "%s changes only with a restart",
		frozen->name);
	return ERR_INVALID;
}

enum err
settings_reload(struct settings *s)
{
	struct arena *a = new_arena();
	struct config fresh;
	enum err e = load(s, a, &fresh, true);

	if (e == ERR_OK)
		e = take_over(s, &fresh);
	if (e != ERR_OK) {
		drop_arena(a);
		return e;
	}
	drop_arena(s->former_arena);
	s->former_arena = s->arena;
	s->former = *s->config;
	s->arena = a;
	*s->config = fresh;
	return ERR_OK;
}

void
settings_reloaded(struct settings *s, bool good)
{
	if (good) {
		drop_arena(s->former_arena);
	} else {
		drop_arena(s->arena);
		s->arena = s->former_arena;
		*s->config = s->former;
		settings_reopen_log(s->config);
	}
	s->former_arena = NULL;
}

bool
settings_to_come(const struct settings *s, struct config *out)
{
	struct strbuf why;

	strbuf_init(&why);
	return config_load(new_arena(), s->path, out, &why) == ERR_OK;
}

bool
settings_check_new(const struct settings *s, const char *path)
{
	execl(path, path, "-t", s->path ? "-c" : NULL, s->path, NULL);
	log_say(LOG_ERROR, "cannot_execute", "%s: %s", path, strerror(errno));
	return false;
}
