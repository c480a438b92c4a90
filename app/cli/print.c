/*
 * print.c: the commands that only print: `hob config` the settings in force,
 * `hob roles` the SQL that makes the roles, `hob routes` the table of routes,
 * which hob-api itself prints so that this program need not link it.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "schema.h"

int
cmd_config(struct cli *cli, int argc, char **argv)
{
	if (argc > 1)
		return complain_usage("config takes no \"%s\"", argv[1]);
	printf("# from %s and the environment\n",
	       cli->conf_path != NULL ? cli->conf_path : "built-in defaults");
	conf_print(config_keys, config_key_count, &cli->config, stdout);
	return 0;
}

int
cmd_roles(struct cli *cli, int argc, char **argv)
{
	(void)cli;
	if (argc > 1)
		return complain_usage("roles takes no \"%s\"", argv[1]);
	fputs(roles_sql, stdout);
	return 0;
}

/*
 * hob-api prints what only it knows. It is beside this program in the build, and in sbin
 * beside bin when installed.
 */
static int
run_sibling(struct cli *cli, const char *mode)
{
	static const char *const places[] = { "", "../sbin/" };
	char self[PATH_MAX], sibling[PATH_MAX + sizeof("/../sbin/hob-api")];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return complain("/proc/self/exe: %s", strerror(errno));
	self[length] = '\0';
	dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(sibling, sizeof(sibling), "%s/%shob-api", self, places[i]);
		execl(sibling, "hob-api", mode, cli->conf_path ? "-c" : NULL,
		      cli->conf_path, (char *)NULL);
		if (errno != ENOENT)
			break;
	}
	return complain("%s: %s", sibling, strerror(errno));
}

int
cmd_routes(struct cli *cli, int argc, char **argv)
{
	if (argc > 1)
		return complain_usage("routes takes no \"%s\"", argv[1]);
	return run_sibling(cli, "-r");
}

int
cmd_openapi(struct cli *cli, int argc, char **argv)
{
	if (argc > 1)
		return complain_usage("openapi takes no \"%s\"", argv[1]);
	return run_sibling(cli, "-o");
}
