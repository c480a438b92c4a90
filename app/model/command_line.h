#ifndef HOB_MODEL_COMMAND_LINE_H
#define HOB_MODEL_COMMAND_LINE_H

#include <stdbool.h>

/*
 * The command line of a program that runs on: tables, from which it is read, and --help and the
 * man page are printed.
 */

/* An entry of the help and the man page; a NULL name ends a table. */
struct topic {
	const char *name, *arguments;
	char mode;			/* of an option; 0 has a value or changes another */
	const char *text;
};

struct program_text {
	const char *name;		/* "hob-api" */
	const char *purpose;		/* "serve an API behind nginx" */
	const char *usage;		/* what may follow the name, but for --version and --help */
	const char *about;
	const struct topic *options;	/* besides those that every program has */
	const struct topic *signals;
	const char *failed;		/* what exit code 78 means */
};

struct options {
	const char *config_path;	/* NULL: none was named */
	char mode;			/* 't', 'T' or one of the program's own; 0: run */
	bool json;
};

/*
 * False when there is nothing left to do: the version, the help or the man page was printed, or
 * the usage on stderr. *code is the exit code then.
 */
bool command_line_read(const struct program_text *p, int argc, char **argv, struct options *out,
		       int *code);

#endif
