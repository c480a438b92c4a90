#ifndef HOB_SERVE_OPTIONS_H
#define HOB_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

/* The command line of a program that serves; the program's name is the surface's. */
struct options {
	const char *config_path;	/* NULL: none was named */
	char mode;			/* 't', 'T', 'o', 'r', or 0 to serve */
	bool json;
};

/*
 * False when there is nothing left to do: the version, the help or the man page was printed, or
 * the usage on stderr. *code is the exit code then.
 */
bool options_read(int argc, char **argv, struct options *out, int *code);

#endif
