/* files_forget.c: `hob files forget`: a host is gone with its disk, so nothing there is to be removed any more. */
#include <string.h>

#include "cli/files.h"

int
files_forget(struct files *f, int argc, char **argv)
{
	if (argc != 2)
		return complain_usage("files forget takes the name of a host");
	if (strcmp(argv[1], f->host) == 0)
		return complain("%s is this host: hob-jobs removes what is left here",
				f->host);
	if (!pg_query(f->pg, "SELECT leavings, copies FROM hob.forget_host($1)", 1,
		      (const char *[]){ argv[1] }))
		return 1;
	printf("copies of files that are gone, forgotten: %s\n", pg_value(f->pg, 0, 0));
	printf("copies of files that are said to be there yet: %s\n",
	       pg_value(f->pg, 0, 1));
	return 0;
}
