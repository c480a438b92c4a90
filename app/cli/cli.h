#ifndef HOB_CLI_CLI_H
#define HOB_CLI_CLI_H

#include "core/arena.h"
#include "model/config.h"

/* The argument of every command: settings already read. One command runs per process. */
struct cli {
	struct arena arena;    /* lives as long as the process */
	const char *conf_path; /* NULL: no file */
	struct config config;
};

struct command {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments;
	const char *help;  /* one line, for `hob help` */
	const char *about; /* further text of the man page (manual/manual.h), or NULL */
};
extern const struct command commands[]; /* main.c; ends with a NULL name */

/* Prints a page of the manual, "hob" or "hob.conf"; returns the exit code (man.c). */
int print_manual(const char *page);

/* Each takes what follows its name on the command line, argv[0] being the name itself, and
 * returns the exit code: 0, 1 for a failure already told on stderr, 64 for wrong usage. */
int cmd_backup(struct cli *cli, int argc, char **argv);
int cmd_cache(struct cli *cli, int argc, char **argv);
int cmd_config(struct cli *cli, int argc, char **argv);
int cmd_files(struct cli *cli, int argc, char **argv);
int cmd_jobs(struct cli *cli, int argc, char **argv);
int cmd_mail(struct cli *cli, int argc, char **argv);
int cmd_mode(struct cli *cli, int argc, char **argv);
int cmd_migrate(struct cli *cli, int argc, char **argv);
int cmd_roles(struct cli *cli, int argc, char **argv);
int cmd_restore(struct cli *cli, int argc, char **argv);
int cmd_restored(struct cli *cli, int argc, char **argv);
int cmd_routes(struct cli *cli, int argc, char **argv);
int cmd_openapi(struct cli *cli, int argc, char **argv);
int cmd_seed(struct cli *cli, int argc, char **argv);
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_staff(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_sweep(struct cli *cli, int argc, char **argv);
int cmd_user(struct cli *cli, int argc, char **argv);

/*
 * Invalidates the caches of all workers, on every host; a host without a running pool has
 * none. Returns the exit code; a failure is told on stderr.
 */
int cache_flush(struct cli *cli);
/* The same for what hangs on one key. */
int cache_touch(struct cli *cli, const char *key);

struct pg;
/* Are those that the grants of every migration name? False: told. */
bool roles_are_there(struct pg *pg);
/* The database is an older state of itself: begins a new history, and all hosts forget. Returns the exit code. */
int history_begin(struct cli *cli, struct pg *pg);

enum { EXIT_USAGE = 64 }; /* EX_USAGE of sysexits.h */

/* "hob: " and the words on stderr; returns 1, to be returned. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As complain, and points at `hob help`; returns EXIT_USAGE. */
int complain_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The name of who runs this, for the record. */
const char *operator_name(void);

#endif
