/*
 * command_line.c: the command line of a program that runs on, read from the tables that --help and the
 * man page are printed from. Runs before there is a master.
 */
#include "model/command_line.h"

#include <stdio.h>
#include <string.h>

#include "manual/manual.h"
#include "model/config.h"
#include "version.h"

enum { EXIT_USAGE = 64 };

enum { MODE_HELP = 'h', MODE_MANUAL = 'm', MODE_VERSION = 'v' };

/* clang-format off */
static const struct topic of_all[] = {
	{ "-c", "FILE", 0, "Configuration, else HOB_CONF, else " CONFIG_PATH "." },
	{ "-t", "", 't', "Check configuration, database, rights and schema; start nothing." },
	{ "-T", "", 'T', "Print the effective configuration, secrets masked." },
	{ NULL, NULL, 0, NULL }
};
static const struct topic of_all_last[] = {
	{ "--version", "", MODE_VERSION, "Print the version." },
	{ "--help", "", MODE_HELP, "Print this." },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

enum { TABLES = 3 };

/* Its options, in the order of the help. */
static void
tables_of(const struct program_text *p, const struct topic *out[TABLES])
{
	out[0] = of_all;
	out[1] = p->options;
	out[2] = of_all_last;
}

static void
print_usage(const struct program_text *p, FILE *to)
{
	const struct topic *tables[TABLES];

	tables_of(p, tables);
	fprintf(to,
		"usage: %s %s\n"
		"       %s --version | --help\n",
		p->name, p->usage, p->name);
	for (int i = 0; i < TABLES; i++)
		for (const struct topic *o = tables[i]; o->name != NULL; o++)
			fprintf(to, "  %-9s %-4s  %s\n", o->name, o->arguments, o->text);
}

/* --- the manual -------------------------------------------------------------- */

static void
add_topics(struct strbuf *out, const struct topic *topics)
{
	for (const struct topic *t = topics; t->name != NULL; t++)
		manual_item(out, t->name, t->arguments, t->text);
}

static void
add_synopsis(struct strbuf *out, const struct program_text *p)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, "`%s` %s\n\n`%s` `--version` | `--help`", p->name, p->usage,
		    p->name);
	manual_section(out, "SYNOPSIS");
	manual_text(out, text.ptr);
	strbuf_release(&text);
}

static void
add_codes(struct strbuf *out, const struct program_text *p)
{
	manual_section(out, "EXIT STATUS");
	manual_item(out, "0", NULL,
		    "It was asked to end, or what it checked or printed is well.");
	manual_item(out, "64", NULL, "The command line is wrong.");
	manual_item(out, "78", NULL, p->failed);
}

static void
print_manual(const struct program_text *p)
{
	const struct topic *tables[TABLES];
	struct strbuf out;

	tables_of(p, tables);
	strbuf_init(&out);
	manual_begin(&out, p->name, 8, "hob " HOB_VERSION, p->purpose);
	add_synopsis(&out, p);
	manual_section(&out, "DESCRIPTION");
	manual_text(&out, p->about);
	manual_section(&out, "OPTIONS");
	for (int i = 0; i < TABLES; i++)
		add_topics(&out, tables[i]);
	manual_section(&out, "SIGNALS");
	add_topics(&out, p->signals);
	add_codes(&out, p);
	manual_section(&out, "SEE ALSO");
	manual_text(&out, "hob(1), hob.conf(5)");
	fwrite(out.ptr, 1, out.len, stdout);
	strbuf_release(&out);
}

/* --- reading it -------------------------------------------------------------- */

static const struct topic *
find_option(const struct program_text *p, const char *name)
{
	const struct topic *tables[TABLES];

	tables_of(p, tables);
	for (int i = 0; i < TABLES; i++)
		for (const struct topic *o = tables[i]; o->name != NULL; o++)
			if (strcmp(o->name, name) == 0)
				return o;
	return NULL;
}

static bool
parse(const struct program_text *p, int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const struct topic *option = find_option(p, argv[i]);

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
command_line_read(const struct program_text *p, int argc, char **argv,
		  struct options *out, int *code)
{
	*out = (struct options){ 0 };
	*code = 0;
	if (!parse(p, argc, argv, out)) {
		print_usage(p, stderr);
		*code = EXIT_USAGE;
		return false;
	}
	if (out->mode == MODE_VERSION)
		printf("%s %s\n", p->name, HOB_VERSION);
	else if (out->mode == MODE_HELP)
		print_usage(p, stdout);
	else if (out->mode == MODE_MANUAL)
		print_manual(p);
	else
		return true;
	return false;
}
