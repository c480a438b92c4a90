/*
 * man.c: the pages hob(1) and hob.conf(5), printed from the table of commands and the table of
 * settings; hob-api prints its own. The build writes them to files.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "conf/value.h"
#include "manual/manual.h"
#include "version.h"

#define VERSION "hob " HOB_VERSION

static void
add_see_also(struct strbuf *out, const char *pages)
{
	manual_section(out, "SEE ALSO");
	manual_text(out, pages);
}

static void
add_commands(struct strbuf *out)
{
	struct strbuf text;

	strbuf_init(&text);
	for (const struct command *c = commands; c->name != NULL; c++) {
		strbuf_clear(&text, 0);
		strbuf_addf(&text, "%c%s.", c->help[0] - 'a' + 'A', c->help + 1);
		if (c->about != NULL)
			strbuf_addf(&text, "\n\n%s", c->about);
		manual_item(out, c->name, c->arguments, text.ptr);
	}
	strbuf_release(&text);
}

static void
add_hob(struct strbuf *out)
{
	manual_begin(out, "hob", 1, VERSION,
		     "the command line of the household server Hob");
	manual_section(out, "SYNOPSIS");
	manual_text(out, "`hob` [`-c` FILE] COMMAND [ARGUMENT ...]\n\n"
			 "`hob` `--version` | `--help`");
	manual_section(out, "DESCRIPTION");
	manual_text(out, "Sets up and looks after the database of Hob, and shows what "
			 "hob-api(8) does "
			 "on this host. It serves no requests. Settings come from FILE, "
			 "else from the "
			 "file that HOB_CONF names, else from " CONFIG_PATH
			 "; see hob.conf(5).");
	manual_section(out, "COMMANDS");
	add_commands(out);
	manual_section(out, "EXIT STATUS");
	manual_item(out, "0", NULL, "It was done.");
	manual_item(out, "1", NULL, "It was not; standard error says why.");
	manual_item(out, "64", NULL, "The command line is wrong.");
	manual_item(out, "75", NULL,
		    "It can be tried again later, where a command says so.");
	add_see_also(out, "hob-api(8), hob-admin(8), hob-jobs(8), hob.conf(5)");
}

static void
add_key(struct strbuf *out, const struct conf_key *key)
{
	struct strbuf text;
	struct arena a;

	arena_init(&a, 256);
	strbuf_init(&text);
	strbuf_addf(&text, "%s\n\n", key->help);
	conf_value_describe(key, &text);
	strbuf_addf(&text, " Environment: %s.", conf_env_name(&a, key->name));
	if (key->flags & CONF_SECRET)
		strbuf_add_cstr(&text, " `@/path` reads it from that file; it is never "
				       "printed.");
	if (key->flags & CONF_RESTART)
		strbuf_add_cstr(&text, " Changes with a restart only.");
	manual_item(out, key->name, NULL, text.ptr);
	strbuf_release(&text);
	arena_release(&a);
}

/* Groups stand in the order of the keys (config_test.c). */
static void
add_keys(struct strbuf *out)
{
	size_t i = 0;

	for (const struct config_group *g = config_groups; g->begins != NULL; g++) {
		manual_subsection(out, g->title);
		while (i < config_key_count &&
		       str_starts(str_of(config_keys[i].name), str_of(g->begins)))
			add_key(out, &config_keys[i++]);
	}
}

static void
add_hob_conf(struct strbuf *out)
{
	manual_begin(out, "hob.conf", 5, VERSION,
		     "settings of hob, hob-api, hob-admin and hob-jobs");
	manual_section(out, "DESCRIPTION");
	manual_text(out, "Lines of the form `key = value`. A # at the start of a line or "
			 "behind a space begins a "
			 "comment; of a key that stands twice the last line counts. An "
			 "unknown key and a "
			 "value that is none are refused, with the number of the line. "
			 "The environment goes "
			 "before the file.\n\n"
			 "`hob config` prints what is in force. `hob-api -t` says "
			 "whether a pool would serve "
			 "with it. A running hob-api(8) reads the file again on HUP.");
	manual_section(out, "SETTINGS");
	add_keys(out);
	manual_section(out, "FILES");
	manual_item(out, CONFIG_PATH, NULL,
		    "Where programs look that are told of no other file.");
	add_see_also(out, "hob(1), hob-api(8), hob-admin(8), hob-jobs(8)");
}

int
print_manual(const char *page)
{
	struct strbuf out;
	int code = 0;

	strbuf_init(&out);
	if (strcmp(page, "hob") == 0)
		add_hob(&out);
	else if (strcmp(page, "hob.conf") == 0)
		add_hob_conf(&out);
	else
		code = complain_usage("there is no page \"%s\"", page);
	fwrite(out.ptr, 1, out.len, stdout);
	strbuf_release(&out);
	return code;
}
