/* backup_keep.c: which backups stay, and what of the pool goes with those that do not. */
#include <stdio.h>
#include <string.h>

#include "cli/backup.h"
#include "core/clock.h"

static bool
remove_unnamed(void *arg, const struct unnamed *u)
{
	return vault_remove_file(arg, u->folder, u->name);
}

/* Is it too old to stay, `newer` backups being there? */
static bool
is_over(const struct config *c, const char *name, int newer)
{
	int64_t at_us;

	return newer >= c->backup_keep && vault_name_is(name, &at_us) &&
	       clock_now_us() - at_us > c->backup_keep_ms * 1000;
}

bool
backup_keep(struct backup *b)
{
	char **names;
	int count = vault_names(&b->vault, &b->cli->arena, &names), gone = 0;

	if (count < 0)
		return false;
	while (gone < count && is_over(&b->cli->config, names[gone], count - gone - 1)) {
		if (!vault_remove(&b->vault, names[gone]))
			return false;
		fprintf(stderr, "removed: %s\n", names[gone++]);
	}
	return !b->vault.untidy ||
	       pool_each_unnamed(&b->vault, names + gone, count - gone, remove_unnamed,
				 &b->vault);
}
