/* backup_list.c: `hob backup list`: which backups there are, newest last. */
#include <stdio.h>

#include "cli/backup.h"

/* Dump and settings; files are shared. */
static int64_t
own_bytes(const struct manifest *m)
{
	int64_t bytes = 0;

	for (int i = 0; i < m->part_count; i++)
		bytes += m->parts[i].bytes;
	return bytes;
}

static bool
show(const struct vault *v, const char *name)
{
	struct manifest m;
	struct arena a;
	bool good;

	arena_init(&a, 65536);
	good = manifest_read(&m, v, name, &a);
	if (good)
		printf("%s  %14lld bytes  %9lld files of %14lld bytes%s%s\n", name,
		       (long long)own_bytes(&m), (long long)m.files,
		       (long long)m.file_bytes,
		       m.recipient[0] != '\0' ? "  encrypted" : "",
		       m.missing + m.elsewhere > 0 ? "  LACKS FILES" : "");
	arena_release(&a);
	return good;
}

int
backup_list(struct cli *cli, int argc, char **argv)
{
	struct vault v;
	int code, count = 0;
	char **names;

	if (argc > 1)
		return complain_usage("backup list takes no \"%s\"", argv[1]);
	code = vault_open(&v, cli->config.backup_dir, VAULT_READ);
	if (code == 0) {
		count = vault_names(&v, &cli->arena, &names);
		code = count < 0;
	}
	for (int i = 0; i < count; i++)
		code = show(&v, names[i]) ? code : 1;
	vault_close(&v);
	return code;
}
