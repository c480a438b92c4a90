#ifndef HOB_CLI_USER_GRANT_H
#define HOB_CLI_USER_GRANT_H

#include "cli/cli.h"

/* `hob user grant` and `hob user ungrant`; argv[0] is that word. Return the exit code. */
int user_grant(struct cli *cli, int argc, char **argv);
int user_ungrant(struct cli *cli, int argc, char **argv);

#endif
