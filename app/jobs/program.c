/*
 * program.c: hob-jobs, from the command line to the runners. The code here until supervise_run forks is the
 * master's, which opens no connection. -t and -T end before there is a master.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bucket/bucket.h"
#include "confine/confine.h"
#include "core/clock.h"
#include "crypto/hash.h"
#include "jobs/counts.h"
#include "jobs/heritage.h"
#include "jobs/image_ask.h"
#include "jobs/link.h"
#include "log/log.h"
#include "model/command_line.h"
#include "model/files.h"
#include "model/stores.h"
#include "model/verdict.h"
#include "storage/storage.h"
#include "supervise/pid_file.h"
#include "supervise/supervise.h"

enum { CONNECT_MS = 5000, PATH_SIZE = 512 };

/* clang-format off */
static const struct topic options[] = {
	{ NULL, NULL, 0, NULL }
};
static const struct topic signals[] = {
	{ "HUP", NULL, 0, "Does all that -t does, and then changes to runners with the new settings; else the old ones "
	  "work on, and the log says why." },
	{ "USR1", NULL, 0, "Opens the log file anew." },
	{ "USR2", NULL, 0, "Becomes the program that is installed now, in place, when that one passes -t." },
	{ "TERM, QUIT", NULL, 0, "Ends when the jobs at hand are done, and gives back what was not begun; kills after jobs.drain "
	  "those that are not, whose leases run out." },
	{ "INT", NULL, 0, "Ends at once; the leases of the jobs at hand run out." },
	{ "TTIN, TTOU", NULL, 0, "One runner more, one runner less, until the next HUP." },
	{ NULL, NULL, 0, NULL }
};
static const struct program_text text = {
	.name = "hob-jobs",
	.purpose = "do Hob's work in the background",
	.usage = "[-c FILE] [-t | -T]",
	.about = "A master with runners, each of which does one job at a time, and a planner. What is to be done stands in "
		 "PostgreSQL, so any number of hosts may run it, and each job is done by one of them. Pictures that "
		 "people send are read by hob-image, which has to lie beside it: a process for each file, that can open "
		 "nothing and dies with it. hob-jobs stays in the "
		 "foreground and writes its log as one JSON object a line. hob(1) with `jobs` shows what it does. Its master "
		 "answers GET of /status, /status?json, /metrics (for Prometheus), /livez and /ping on hob-jobs.status in "
		 "jobs.run_dir, or else api.run_dir, while every runner is busy or dead, too.",
	.options = options,
	.signals = signals,
	.failed = "It would not run as it is configured; standard error says what to do.",
};
/* clang-format on */

/* --- checks ------------------------------------------------------------------ */

/* In a process of its own, for it opens a connection. */
static bool
check_database(const struct config *c, enum check_to to)
{
	struct db *db = link_new(c, "hob-jobs");
	char why[LINK_WHY_SIZE];
	unsigned links = 0;
	enum err e = link_await(db, c, CONNECT_MS, &links, why);
	bool good = e == ERR_OK || db_is_full(db);

	db_free(db);
	return check_say(to, "database", good, why);
}

static bool
check_run_dir(const struct config *c, enum check_to to)
{
	const char *dir = jobs_run_dir(c);
	bool good = access(dir, W_OK | X_OK) == 0;
	char why[PATH_SIZE + 64] = "";

	if (!good)
		snprintf(why, sizeof(why), "%s cannot be written: %s", dir,
			 strerror(errno));
	return check_say(to, c->jobs_run_dir[0] ? "jobs.run_dir" : "api.run_dir", good,
			 why);
}

/* What runs goes on without: exports wait then, and the log says why. */
static bool
check_files(const struct config *c, enum check_to to)
{
	int fd = storage_make(c->files_dir);
	char why[PATH_SIZE + 128] = "";

	if (fd < 0)
		snprintf(why, sizeof(why),
			 "no file can be made in %s: %s; make it, for "
			 "hob-jobs to write and nginx to read",
			 c->files_dir, strerror(errno));
	else
		close(fd);
	return check_say(to, "files.dir", fd >= 0, why);
}

/* Else no picture that people send would ever be shown. */
static bool
check_image(enum check_to to)
{
	char path[IMAGE_PATH_SIZE], why[IMAGE_PATH_SIZE + 64] = "";
	bool good = image_path(path) && access(path, X_OK) == 0;

	if (!good)
		snprintf(why, sizeof(why), "%s cannot be run: %s", path, strerror(errno));
	return check_say(to, "hob-image", good, why);
}

static bool
check_bucket(const struct config *c, enum check_to to)
{
	const struct bucket_settings settings = {
		.place = files_place(c),
		.ca_file = c->files_s3_ca,
		.spool = c->files_dir,
		.timeout_ms = c->files_s3_timeout_ms,
	};
	struct store *s;
	bool good;

	if (!files_has_bucket(c))
		return true;
	s = store_bucket(&settings);
	good = bucket_look(s) == ERR_OK;
	check_say(to, "files.s3_bucket", good, store_why(s));
	store_free(s);
	return good;
}

/* What runs goes on without: purchases wait then. */
static bool
check_stores(const struct config *c, enum check_to to)
{
	char why[STORES_WHY_SIZE];
	bool good = stores_keys_are_good(c, why);

	return check_say(to, "stores.", good, why);
}

static bool
check(const struct config *c, enum check_to to)
{
	bool place = check_run_dir(c, to), image = check_image(to),
	     files = to != CHECK_PRINT || check_files(c, to),
	     bucket = to != CHECK_PRINT || check_bucket(c, to),
	     stores = to != CHECK_PRINT || check_stores(c, to);

	return check_database(c, to) && place && image && files && bucket && stores;
}

/* --- what supervision asks of its program ------------------------------------ */

static struct supervise_limits
limits_of(const struct config *c)
{
	return (struct supervise_limits){
		.workers = (int)c->jobs_runners,
		.max_rss_bytes = c->jobs_max_rss_bytes,
		.drain_ms = c->jobs_drain_ms,
		.kill_ms = c->jobs_kill_ms,
	};
}

static void
reopen_logs(void *arg)
{
	const struct heritage *h = arg;

	settings_reopen_log(&h->config);
}

static enum err
reload(void *arg, struct supervise_limits *limits)
{
	struct heritage *h = arg;
	enum err e = settings_reload(&h->settings);

	if (e == ERR_OK)
		*limits = limits_of(&h->config);
	return e;
}

static void
reloaded(void *arg, bool good)
{
	struct heritage *h = arg;

	settings_reloaded(&h->settings, good);
}

/* `reload` reports a moment later a file that cannot be read at all. */
static bool
check_reload(void *arg)
{
	const struct heritage *h = arg;
	struct config fresh;

	return !settings_to_come(&h->settings, &fresh) || check(&fresh, CHECK_LOG);
}

static bool
check_new(void *arg, const char *path)
{
	const struct heritage *h = arg;

	return settings_check_new(&h->settings, path);
}

static void
cut_off(void *arg, bool is_cut_off, const char *why)
{
	(void)arg;
	if (is_cut_off)
		log_say(LOG_ERROR, "database_away", "%s: jobs wait until it is back",
			why);
	else
		log_say(LOG_WARN, "database_back", "jobs are done again");
}

static void
log_work(void *arg, int index)
{
	const struct heritage *h = arg;
	const struct doing *doing = &h->block->doing[index];

	if (doing->kind[0] == '\0')
		return;
	log_cstr("kind", doing->kind);
	log_cstr("job_id", doing->id);
}

/* --- starting ---------------------------------------------------------------- */

/* clang-format off */
static const struct aide aides[] = {
	{ "hob-planner", planner_main, 1, PLANNER_BEAT_MS, AIDE_ALWAYS, NULL, NULL },
	{ "hob-bell",    bell_main,    1, BELL_BEAT_MS,    AIDE_ALWAYS, NULL, NULL },
	{ "hob-images",  image_aide_main, 1, IMAGES_BEAT_MS, AIDE_ALWAYS, NULL, NULL },
};
/* clang-format on */

static int
fail(const char *what, const char *object)
{
	fprintf(stderr, "hob-jobs: %s %s: %s\n", what, object, strerror(errno));
	return EXIT_CONFIG;
}

static int
supervise(struct heritage *h, struct supervisor *s, const char *pid_path)
{
	char path[PATH_SIZE];
	char status_path[PATH_SIZE];
	const char *group = h->config.api.socket_group;
	struct scoreboard *board;
	int code;

	snprintf(status_path, sizeof(status_path), "%s/hob-jobs.status",
		 jobs_run_dir(&h->config));
	s->status_path = status_path;
	s->status_group = group[0] ? group : NULL;
	snprintf(path, sizeof(path), "%s/jobs", jobs_run_dir(&h->config));
	if (scoreboard_create(path, sizeof(struct jobs_block), &board) != ERR_OK)
		return fail("cannot write", path);
	h->block = (struct jobs_block *)(void *)board;
	counts_begin(&h->block->counts);
	h->block->backlog.begun_ns = clock_mono_ns();
	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		h->bells[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (h->bells[i] < 0)
			return fail("cannot make", "an eventfd for each runner");
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, h->images) != 0)
		return fail("cannot make", "a socket for hob-image");
	h->seats = memfd_create("hob-seats", MFD_CLOEXEC);
	if (h->seats < 0)
		return fail("cannot make", "the seats of runners");
	s->board = board;
	code = supervise_run(s);
	unlink(pid_path);
	return code;
}

static int
run(struct heritage *h, char **argv)
{
	struct supervisor s = {
		.limits = limits_of(&h->config),
		.argv = argv,
		.arg = h,
		.worker_main = runner_main,
		.status_pages = jobs_pages,
		.aides = aides,
		.aide_count = sizeof(aides) / sizeof(aides[0]),
		.reload = reload,
		.check_reload = check_reload,
		.reloaded = reloaded,
		.reopen_logs = reopen_logs,
		.cut_off = cut_off,
		.log_work = log_work,
		.check_new = check_new,
	};
	char pid_path[PATH_SIZE];
	enum err e;

	supervise_inherit(&s);
	snprintf(pid_path, sizeof(pid_path), "%s/hob-jobs.pid", jobs_run_dir(&h->config));
	e = pid_file_lock(pid_path, &s.lock_fd);
	if (e == ERR_CONFLICT) {
		fprintf(stderr, "hob-jobs: another hob-jobs runs in %s (see %s)\n",
			jobs_run_dir(&h->config), pid_path);
		return EXIT_CONFIG;
	}
	if (e != ERR_OK)
		return fail("cannot write", pid_path);
	if (settings_open_log(&h->config) != ERR_OK)
		return fail("cannot write", h->config.log_file);
	if (!h->config.debug_attach)
		confine_memory();
	/* A log at its limit of size is told by write(2), a connection that is gone too. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sha256(str_of(h->config.cursor_secret), h->secret);
	return supervise(h, &s, pid_path);
}

/* Nothing that it does needs root's rights, and what it talks to is outside. */
static bool
is_root(void)
{
	if (geteuid() != 0)
		return false;
	fprintf(stderr, "hob-jobs: started as root: start it as an unprivileged user, "
			"as User= of a unit does\n");
	return true;
}

int
main(int argc, char **argv)
{
	struct heritage h = { 0 };
	struct options o;
	int code;

	if (!command_line_read(&text, argc, argv, &o, &code))
		return code;
	h.settings = (struct settings){ .program = text.name,
					.path = config_path(o.config_path),
					.config = &h.config };
	if (settings_begin(&h.settings) != ERR_OK)
		return EXIT_CONFIG;
	log_process("hob-jobs", -1);
	if (o.mode == 'T') {
		conf_print(config_keys, config_key_count, &h.config, stdout);
		code = EXIT_SUCCESS;
	} else if (o.mode == 't') {
		code = check(&h.config, CHECK_PRINT) ? EXIT_SUCCESS : EXIT_CONFIG;
	} else {
		code = is_root() ? EXIT_CONFIG : run(&h, argv);
	}
	settings_end(&h.settings);
	return code;
}
