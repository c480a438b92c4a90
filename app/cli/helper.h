#ifndef HOB_CLI_HELPER_H
#define HOB_CLI_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Programs that run beside this one: pg_dump, pg_restore, psql, and what encrypts. They end when this one does; what they
 * say on stderr is seen. No secret is an argument of theirs, for all users see those.
 */
struct helper {
	const char *const *argv; /* ends with NULL; the program is found in PATH */
	char *const *env;	 /* "NAME=VALUE" beside the own environment; or NULL */
};

enum { HELPERS_MOST = 3 };

/* Starts one that reads `in` (-1: nothing) and writes `out`; -1: told. */
pid_t helper_start(const struct helper *c, int in, int out);
/* Waits for it. False: it failed, which is told with its name. */
bool helper_end(pid_t pid, const struct helper *c);
/* Runs HELPERS_MOST at most, each of which reads what the one before writes. False: one failed (told). */
bool helper_pipe(const struct helper *helpers, int count, int in, int out);
/* A pipe whose ends no other child keeps; who writes when nobody reads gets EPIPE, and no signal. False: told. */
bool helper_pipe_make(int ends[2]);

#endif
