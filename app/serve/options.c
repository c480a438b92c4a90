/*
 * options.c: the command line of a program that serves, one table from which it is read, and
 * --help and the man page are printed. Runs before there is a master.
 */
#include "serve/options.h"

#include <string.h>

#include "manual/manual.h"
#include "serve/heritage.h"
#include "version.h"

enum { EXIT_USAGE = 64 };

enum { MODE_HELP = 'h', MODE_MANUAL = 'm', MODE_VERSION = 'v' };

/* An entry of the help and the man page. */
struct topic {
	const char *name, *arguments;
	char mode; /* of an option; 0 has a value or changes another */
	const char *text;
};

/* clang-format off */
static const struct topic options[] = {
	{ "-c", "FILE", 0, "Configuration, else HOB_CONF, else " CONFIG_PATH "." },
	{ "-t", "", 't', "Check configuration, database, rights and schema; start nothing." },
	{ "-T", "", 'T', "Print the effective configuration, secrets masked." },
	{ "-o", "", 'o', "Print the API document (OpenAPI 3.1), as the database describes it." },
	{ "-r", "", 'r', "Print the route table; fails when it is not sound." },
	{ "--json", "", 0, "With -r: as JSON." },
	{ "--version", "", MODE_VERSION, "Print the version." },
	{ "--help", "", MODE_HELP, "Print this." },
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

static const struct topic codes[] = {
	{ "0", NULL, 0, "It was asked to end, or what it checked or printed is well." },
	{ "64", NULL, 0, "The command line is wrong." },
	{ "78", NULL, 0, "It would not serve as it is configured; standard error says what to do." },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static void
print_usage(FILE *to)
{
	fprintf(to,
		"usage: %s [-c FILE] [-t | -T | -o | -r [--json]]\n"
		"       %s --version | --help\n",
		program_name(), program_name());
	for (const struct topic *o = options; o->name != NULL; o++)
		fprintf(to, "  %-9s %-4s  %s\n", o->name, o->arguments, o->text);
}

static void
add_topics(struct strbuf *out, const char *title, const struct topic *topics)
{
	manual_section(out, title);
	for (const struct topic *t = topics; t->name != NULL; t++)
		manual_item(out, t->name, t->arguments, t->text);
}

static void
add_synopsis(struct strbuf *out)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text,
		    "`%s` [`-c` FILE] [`-t` | `-T` | `-o` | `-r` [`--json`]]\n\n"
		    "`%s` `--version` | `--help`",
		    program_name(), program_name());
	manual_section(out, "SYNOPSIS");
	manual_text(out, text.ptr);
	strbuf_release(&text);
}

static void
print_manual(void)
{
	struct strbuf out;

	strbuf_init(&out);
	manual_begin(&out, program_name(), 8, "hob " HOB_VERSION,
		     "serve an API behind nginx");
	add_synopsis(&out);
	manual_section(&out, "DESCRIPTION");
	manual_text(&out, "A master that hands requests of nginx to workers, each of "
			  "which serves one "
			  "at a time on one database connection. It stays in the "
			  "foreground and "
			  "writes its log as one JSON object a line. hob(1) with "
			  "`status` shows what it does.");
	add_topics(&out, "OPTIONS", options);
	add_topics(&out, "SIGNALS", signals);
	add_topics(&out, "EXIT STATUS", codes);
	manual_section(&out, "SEE ALSO");
	manual_text(&out, "hob(1), hob.conf(5)");
	fwrite(out.ptr, 1, out.len, stdout);
	strbuf_release(&out);
}

static const struct topic *
find_option(const char *name)
{
	for (const struct topic *o = options; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const struct topic *option = find_option(argv[i]);

		/* For the build alone, so that it stands in no table. */
		if (strcmp(argv[i], "--man") == 0)
			o->mode = MODE_MANUAL;
		else if (option == NULL)
			return false;
		else if (option->mode != 0)
			o->mode = option->mode;
		else if (option->arguments[0] == '\0')
			o->json = true;
		else if (i + 1 == argc)
			return false;
		else
			o->config_path = argv[++i];
	}
	return true;
}

bool
options_read(int argc, char **argv, struct options *out, int *code)
{
	*out = (struct options){ 0 };
	*code = 0;
	if (!parse(argc, argv, out)) {
		print_usage(stderr);
		*code = EXIT_USAGE;
		return false;
	}
	if (out->mode == MODE_VERSION)
		printf("%s %s\n", program_name(), HOB_VERSION);
	else if (out->mode == MODE_HELP)
		print_usage(stdout);
	else if (out->mode == MODE_MANUAL)
		print_manual();
	else
		return true;
	return false;
}
