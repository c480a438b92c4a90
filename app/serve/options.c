/* options.c: the words of the command line of a program that serves. Runs before there is a master. */
#include "serve/options.h"

#include "serve/heritage.h"

/* clang-format off */
static const struct topic options[] = {
	{ "-o", "", 'o', "Print the API document (OpenAPI 3.1), as the database describes it." },
	{ "-r", "", 'r', "Print the route table; fails when it is not sound." },
	{ "--json", "", 0, "With -r: as JSON." },
	{ NULL, NULL, 0, NULL }
};

static const struct topic signals[] = {
	{ "HUP", NULL, 0, "Does all that -t does, and then changes to workers with the new settings, without losing "
	  "a request; else the old ones serve on, and the log says why." },
	{ "USR1", NULL, 0, "Opens the log file anew." },
	{ "USR2", NULL, 0, "Becomes the program that is installed now, in place, when that one passes -t." },
	{ "TERM, QUIT", NULL, 0, "Ends when the requests under way are answered, after api.drain at the latest. On a "
	  "socket that systemd keeps, connections are left to the next process." },
	{ "INT", NULL, 0, "Ends at once." },
	{ "TTIN, TTOU", NULL, 0, "One worker more, one worker less, until the next HUP." },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

struct program_text
options_text(void)
{
	return (struct program_text){
		.name = program_name(),
		.purpose = "serve an API behind nginx",
		.usage = "[-c FILE] [-t | -T | -o | -r [--json]]",
		.about =
			"A master that hands requests of nginx to workers, each of "
			"which serves one at a time on one database connection. It "
			"stays in the foreground and writes its log as one JSON object a "
			"line. hob(1) with `status` shows what it does, and so do "
			"the pages of its status socket, NAME.status in its run_dir, "
			"which the master answers while every worker is busy or dead: "
			"GET of /status, /status?json, /metrics (for Prometheus), /livez "
			"and /ping.",
		.options = options,
		.signals = signals,
		.failed = "It would not serve as it is configured; standard error says "
			  "what to do.",
	};
}
