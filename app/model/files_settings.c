/* files_settings.c: what files.* may say about where files are kept. Runs in every program. */
#include "model/files_settings.h"

const char *const files_stores[] = { "directory", "s3", NULL };

void
files_settings_check(const struct s3_place *p, bool is_needed, struct strbuf *why)
{
	const char *setting, *fault;

	if (!is_needed && p->endpoint[0] == '\0')
		return;
	fault = s3_place_fault(p, &setting);
	if (fault != NULL)
		strbuf_addf(why, "files.s3_%s %s\n", setting, fault);
}
