/* files.c: where files are, by the settings. Runs in every program that keeps or sends files. */
#include "model/files.h"

#include <stdio.h>

struct s3_place
files_place(const struct config *c)
{
	return (struct s3_place){ c->files_s3_endpoint, c->files_s3_region,
				  c->files_s3_bucket, c->files_s3_key,
				  c->files_s3_secret };
}

bool
files_has_bucket(const struct config *c)
{
	return c->files_s3_endpoint[0] != '\0';
}

void
files_host_get(const struct config *c, char out[HOSTNAME_SIZE])
{
	if (c->files_host[0] == '\0')
		hostname_get(out);
	else
		snprintf(out, HOSTNAME_SIZE, "%s", c->files_host);
}
