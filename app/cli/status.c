/*
 * status.c: `hob status`, the present state of this host's pool and of its hob-jobs (model/status.h).
 *
 * Reads the scoreboard files directly, so it answers also while every worker is busy, or dead, and of a master that is
 * gone. Opens no connection, changes nothing.
 */
#include "model/status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "model/pool_state.h"

/* NULL, and in `why` the reason, when there is none that can be read. */
static const struct jobs_block *
open_jobs(const struct config *c, const char **why)
{
	const struct scoreboard *board;
	char path[PATH_MAX];
	enum err e;

	snprintf(path, sizeof(path), "%s/jobs", jobs_run_dir(c));
	e = scoreboard_open(path, sizeof(struct jobs_block), &board);
	if (e == ERR_OK)
		return (const struct jobs_block *)(const void *)board;
	*why = e == ERR_INVALID	 ? "of another version, see `hob jobs`"
	       : errno == ENOENT ? "never ran on this host"
				 : strerror(errno);
	return NULL;
}

/* The block of a pool; NULL: it was told why there is none. */
static const struct shared *
open_pool(const char *program, const struct pool *pool)
{
	const struct scoreboard *board;
	char path[PATH_MAX];
	enum err e;

	snprintf(path, sizeof(path), "%s/scoreboard", pool->run_dir);
	e = scoreboard_open(path, sizeof(struct shared), &board);
	if (e == ERR_OK)
		return (const struct shared *)(const void *)board;
	if (e == ERR_INVALID)
		complain("%s was made by another version of %s", path, program);
	else
		complain("%s: %s (did %s ever start?)", path, strerror(errno), program);
	return NULL;
}

static void
write_jobs(const struct config *c, struct strbuf *out)
{
	const char *why = NULL;
	const struct jobs_block *jobs = open_jobs(c, &why);

	strbuf_add_char(out, '\n');
	if (jobs != NULL)
		status_jobs_text(jobs, out);
	else
		strbuf_addf(out, "hob-jobs %s\n", why);
}

static void
write_json(const struct config *c, const struct shared *b, struct strbuf *out)
{
	const char *why;
	const struct jobs_block *jobs = open_jobs(c, &why);
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w);
	status_json(b, &w);
	json_key(&w, "jobs");
	if (jobs != NULL) {
		json_object(&w);
		status_jobs_json(jobs, &w);
		json_end_object(&w);
	} else {
		json_null(&w);
	}
	json_end_object(&w);
	strbuf_add_char(out, '\n');
}

static int
verdict(const char *program, const struct shared *b)
{
	int64_t now_ns = clock_mono_ns();
	long long silent_s = (long long)pool_ms_since(b->board.beat_ns, now_ns) / 1000;

	switch (pool_state(&b->board, now_ns)) {
	case POOL_GONE:
		return complain("%s is not running: these are the last numbers of "
				"pid %d, %lld s ago",
				program, b->board.master_pid, silent_s);
	case POOL_HANGS:
		return complain("%s stands still: no sign of its master, pid %d, "
				"for %lld s (stopped by a signal?)",
				program, b->board.master_pid, silent_s);
	case POOL_RUNS:
		break;
	}
	return 0;
}

int
cmd_status(struct cli *cli, int argc, char **argv)
{
	bool staff = argc > 1 && strcmp(argv[1], "admin") == 0;
	bool json = argc == 2 + staff && strcmp(argv[1 + staff], "--json") == 0;
	const char *program = staff ? "hob-admin" : "hob-api";
	const struct shared *b;
	struct strbuf out;

	if (argc > 1 + staff + json)
		return complain_usage("status takes no \"%s\"", argv[1 + staff]);
	b = open_pool(program, staff ? &cli->config.admin : &cli->config.api);
	strbuf_init(&out);
	if (json && b != NULL)
		write_json(&cli->config, b, &out);
	else if (b != NULL)
		status_text(b, &out);
	/* A host may have hob-jobs alone. */
	if (!json && !staff)
		write_jobs(&cli->config, &out);
	fputs(out.ptr, stdout);
	fflush(stdout);
	strbuf_release(&out);
	return b != NULL ? verdict(program, b) : 1;
}
