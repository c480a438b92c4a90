/* walk.c: jobs that go over all there is, a portion a transaction. Runs in runners. */
#include "jobs/walk.h"

#include "statements.h"

enum job_end
walk(struct runner *r, int statement, int64_t *sum)
{
	const char *behind = NULL;
	int64_t some = 0;
	int index;

	*sum = 0;
	do {
		enum err e = link_ask(r->db, statement, &index, "behind", behind, NULL);

		if (e != ERR_OK)
			return runner_failed(r, e);
		str_to_i64(db_get(r->db, index, 0, "count"), &some);
		*sum += some;
		behind = arena_cstr(&r->arena, db_get(r->db, index, 0, "last"));
	} while (*behind != '\0' && !runner_must_leave(r));
	return *behind != '\0' ? JOB_LATER : JOB_DONE;
}
