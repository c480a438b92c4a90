#ifndef HOB_JOBS_EXPORT_H
#define HOB_JOBS_EXPORT_H

#include "jobs/runner.h"
#include "zip/zip.h"

/* The directory of exports, made where there is none; lives in the job's arena. */
const char *export_folder(struct runner *r);
/* The job failed at a file, with this errno: says so in the log and in r->why; another try follows. */
enum job_end export_disk_failed(struct runner *r, int error);
/* Why one that is being made ends half way; JOB_DONE: it goes on. */
enum job_end export_stops(struct runner *r, const struct zip *zip);
/*
 * Adds the bytes of files that `who` has sent and may see, as far as there is room (files.export_max), and
 * files/manifest.json, which lists all of them.
 */
enum job_end export_add_files(struct runner *r, struct zip *zip, const char *who, int64_t at_s);

#endif
