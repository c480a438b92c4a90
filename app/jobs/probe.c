/*
 * probe.c: a job that does nothing, or what its arguments say, for measuring the machinery and for tests of it:
 * {"wait_ms": 100}, {"fail": "why"}, {"never": "why"}. Runs in runners.
 */
#include <stdio.h>

#include "jobs/runner.h"
#include "statements.h"

enum job_end
probe_run(struct runner *r, const struct job *job)
{
	struct str never;
	int index;
	enum err e;

	if (str_is(job->args, "{}"))
		return JOB_DONE;
	e = link_ask(r->db, Q_PROBE, &index, "args", arena_cstr(&r->arena, job->args),
		     NULL);
	if (e != ERR_OK)
		return runner_failed(r, e);
	never = db_get(r->db, index, 0, "never");
	if (never.ptr == NULL)
		return JOB_DONE;
	snprintf(r->why, sizeof(r->why), "%.*s", STR_FMT(never));
	return JOB_NEVER;
}
