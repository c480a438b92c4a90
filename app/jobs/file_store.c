/* file_store.c: where files are kept, for kinds of jobs. Runs in runners. */
#include "jobs/file_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "bucket/bucket.h"
#include "core/die.h"
#include "log/log.h"
#include "model/files.h"
#include "storage/directory.h"

struct file_stores {
	struct bucket_settings bucket;
	struct store *open[FILES_STORES];
};

static struct file_stores *
stores_of(struct runner *r)
{
	const struct config *c = &r->heritage->config;

	if (r->file_stores != NULL)
		return r->file_stores;
	r->file_stores = calloc(1, sizeof(*r->file_stores));
	if (r->file_stores == NULL)
		die("out of memory");
	r->file_stores->bucket = (struct bucket_settings){
		.place = files_place(c),
		.ca_file = c->files_s3_ca,
		.spool = c->files_dir,
		.timeout_ms = c->files_s3_timeout_ms,
	};
	return r->file_stores;
}

static struct store *
get(struct runner *r, enum files_store which)
{
	struct file_stores *f = stores_of(r);

	if (f->open[which] == NULL)
		f->open[which] = which == FILES_DIRECTORY
					 ? store_directory(r->heritage->config.files_dir)
					 : store_bucket(&f->bucket);
	return f->open[which];
}

struct store *
file_store(struct runner *r, struct str name)
{
	if (str_is(name, files_stores[FILES_DIRECTORY]))
		return get(r, FILES_DIRECTORY);
	if (str_is(name, files_stores[FILES_S3]) &&
	    files_has_bucket(&r->heritage->config))
		return get(r, FILES_S3);
	snprintf(r->why, sizeof(r->why),
		 "files are in a bucket, and files.s3_endpoint "
		 "is not set");
	return NULL;
}

struct store *
file_store_of_new(struct runner *r)
{
	return get(r, (enum files_store)r->heritage->config.files_store);
}

enum job_end
file_store_failed(struct runner *r, struct store *s, enum err e)
{
	snprintf(r->why, sizeof(r->why), "%s", store_why(s));
	log_begin(e == ERR_BUSY ? LOG_WARN : LOG_ERROR, "file_store_failed");
	log_cstr("store", store_name(s));
	log_cstr("error", err_name(e));
	log_cstr("why", store_why(s));
	log_end();
	return e == ERR_FORBIDDEN || e == ERR_BUSY || e == ERR_FULL ? JOB_WAIT
								    : JOB_LATER;
}
