#ifndef HOB_JOBS_EXPORT_H
#define HOB_JOBS_EXPORT_H

#include "jobs/runner.h"

/* The directory of exports, made where there is none; lives in the job's arena. */
const char *export_folder(struct runner *r);
/* The job failed at a file, with this errno: says so in the log and in r->why; another try follows. */
enum job_end export_disk_failed(struct runner *r, int error);

#endif
