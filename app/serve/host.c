/*
 * host.c: the checks of a start on its host: a user to become, a place for the socket,
 * files that this user can read and write. One walk, by -t and by the start; a
 * reload repeats its last part. Not for the database (check.c): this runs in the master.
 */
#define HOB_MASTER
#include "serve/host.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "gate/gate.h"
#include "model/stores.h"
#include "serve/heritage.h"
#include "supervise/listen.h"

/* Adds a line with the fault and what to do, or nothing. */
typedef void look(const struct config *c, const char *path, struct strbuf *why);

/* The name of this process's user: "root", "hob". */
static const char *
own_name(void)
{
	const struct passwd *p = getpwuid(geteuid());

	return p != NULL ? p->pw_name : "this user";
}

static void
look_at_user(const struct config *c, const char *path, struct strbuf *why)
{
	const char *user = program_pool(c)->user;
	const struct passwd *p = user[0] ? getpwnam(user) : NULL;

	(void)path;
	if (user[0] && p == NULL)
		strbuf_addf(why, "%s is nobody here: make that user (adduser --system)",
			    user);
	else if (geteuid() == 0 && (p == NULL || p->pw_uid == 0))
		strbuf_add_cstr(why,
				"started as root: name an unprivileged user to become");
}

/* In the folder of `path`, in a copy that dirname may change. */
static bool
folder_takes_files(const char *path, char folder[PATH_MAX])
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(folder, PATH_MAX, "%s", dirname(copy));
	return access(folder, W_OK | X_OK) == 0;
}

/*
 * Is this line of /proc/net/unix, "Num RefCount Protocol Flags ... Path", a listener on
 * that file?
 */
static bool
is_listener_at(const char *line, const struct stat *wanted)
{
	const char *path = strstr(line, " /");
	char flags[16];
	struct stat st;

	return path != NULL && sscanf(line, "%*s %*s %*s %15s", flags) == 1 &&
	       strcmp(flags, "00010000") == 0 && stat(path + 1, &st) == 0 &&
	       st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

/*
 * Does that socket have a listener? Read, not tried as listen_at does: a connection would
 * start the service that systemd has yet to start on it.
 */
static bool
is_listened_on(const struct stat *socket)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[PATH_MAX];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = is_listener_at(line, socket);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/*
 * A socket with a listener was passed to us, or listen_at refuses it: its folder is not
 * checked.
 */
static void
look_at_socket(const struct config *c, const char *path, struct strbuf *why)
{
	const char *socket = program_pool(c)->socket;
	char folder[PATH_MAX];
	struct stat st;
	bool there = stat(socket, &st) == 0;
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	(void)path;
	if (strlen(socket) >= most)
		strbuf_addf(why, "%s is too long for a unix socket: at most %zu bytes",
			    socket, most - 1);
	else if (there && !S_ISSOCK(st.st_mode))
		strbuf_addf(why, "%s is there and no socket: move it away", socket);
	else if (there && is_listened_on(&st))
		return;
	else if (!folder_takes_files(socket, folder)) {
		strbuf_addf(why, "no socket can be made in %s (%s): ", folder,
			    strerror(errno));
		/* Behind it, for own_name() may change errno. */
		strbuf_addf(why, "make the folder, writable for %s", own_name());
	} else if (there && access(socket, W_OK) != 0)
		strbuf_addf(why, "%s is somebody else's (%s): remove it", socket,
			    strerror(errno));
}

/* Root may give a file to any group, others to one of their own. */
static bool
is_member(gid_t wanted)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(NGROUPS_MAX, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == wanted)
			return true;
	return geteuid() == 0 || getegid() == wanted;
}

static void
look_at_group(const struct config *c, const char *path, struct strbuf *why)
{
	const char *group = program_pool(c)->socket_group;
	const struct group *g = group[0] ? getgrnam(group) : NULL;

	(void)path;
	if (group[0] && g == NULL)
		strbuf_addf(why, "%s is no group here: name nginx's", group);
	else if (g != NULL && !is_member(g->gr_gid))
		strbuf_addf(why, "%s is not in the group %s: add it, or start as root",
			    own_name(), group);
}

/* A reload reads it again as the user that we have become by then. */
static void
look_at_config(const struct config *c, const char *path, struct strbuf *why)
{
	struct config again;
	struct arena a;

	(void)c;
	arena_init(&a, 8192);
	if (config_load(&a, path, &again, why) != ERR_OK)
		strbuf_addf(why,
			    "%s must be able to read the configuration and the "
			    "files it names",
			    own_name());
	arena_release(&a);
}

/*
 * May `path` be written, or made where it is not yet? Makes nothing, and opens nothing: to close
 * the pid file would end the lock on it. errno says why not.
 */
static bool
can_write(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	if (access(path, W_OK) != 0)
		return errno == ENOENT && folder_takes_files(path, folder);
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return true;
	errno = EISDIR;
	return false;
}

static void
look_at_log(const struct config *c, const char *path, struct strbuf *why)
{
	const char *error;

	(void)path;
	if (c->log_file[0] == '\0' || can_write(c->log_file))
		return;
	error = strerror(errno);
	strbuf_addf(why, "%s cannot be written (%s): give it, or a folder for it, to %s",
		    c->log_file, error, own_name());
}

static void
look_at_run_dir(const struct config *c, const char *path, struct strbuf *why)
{
	const char *const names[] = { "scoreboard", program_name() };
	const char *const ends[] = { "new", "pid" };
	char file[PATH_MAX];
	const char *error;

	(void)path;
	for (size_t i = 0; why->len == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s.%s", program_pool(c)->run_dir,
			 names[i], ends[i]);
		if (can_write(file))
			continue;
		error = strerror(errno);
		strbuf_addf(why,
			    "%s cannot be written (%s): give the folder and what is "
			    "in it to %s",
			    file, error, own_name());
	}
}

static void
look_at_root(const struct config *c, const char *path, struct strbuf *why)
{
	char words[STORES_WHY_SIZE];

	(void)path;
	if (!stores_root_is_good(c, words))
		strbuf_add_cstr(why, words);
}

/*
 * AS_STARTED and TO_BIND run as the starting user, TO_BIND unless the socket was passed
 * to us.
 */
enum stage { AS_STARTED, TO_BIND, AS_USER };

/* clang-format off */
static const struct {
	const char *name;	/* behind a point: of the program's own settings */
	enum stage stage;
	look *look;
} checks[] = {
	{ ".user",            AS_STARTED, look_at_user },
	{ ".socket",          TO_BIND,    look_at_socket },
	{ ".socket_group",    TO_BIND,    look_at_group },
	{ "configuration",    AS_USER,    look_at_config },
	{ "log.file",         AS_USER,    look_at_log },
	{ ".run_dir",         AS_USER,    look_at_run_dir },
	{ "stores.",          AS_USER,    look_at_root },
};
/* clang-format on */

static bool
say(enum check_to to, const char *name, bool good, const char *why)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s", name[0] == '.' ? program_keys() : "", name);
	return check_say(to, key, good, why);
}

static bool
walk(const struct config *c, const char *path, enum stage stage, enum check_to to)
{
	struct strbuf why;
	bool good = true;

	strbuf_init(&why);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].stage != stage)
			continue;
		strbuf_clear(&why, 0);
		checks[i].look(c, path, &why);
		good = say(to, checks[i].name, why.len == 0, why.ptr) && good;
	}
	strbuf_release(&why);
	return good;
}

bool
host_check(const struct config *c, const char *path, enum check_to to)
{
	return walk(c, path, AS_USER, to);
}

/* Reports a step that failed while it was done. */
static bool
done(enum check_to to, const char *name, bool good, const char *what, const char *object)
{
	char why[PATH_MAX + 128] = "";

	if (!good)
		snprintf(why, sizeof(why), "%s %s: %s", what, object, strerror(errno));
	return good || say(to, name, good, why);
}

/* The environment too: libpq looks for TLS keys under HOME, and root's it cannot read. */
static bool
become(const char *user)
{
	const struct passwd *p;

	if (geteuid() != 0)
		return true;
	p = getpwnam(user);
	return p != NULL && initgroups(p->pw_name, p->pw_gid) == 0 &&
	       setgid(p->pw_gid) == 0 && setuid(p->pw_uid) == 0 &&
	       setenv("HOME", p->pw_dir, 1) == 0 && setenv("USER", p->pw_name, 1) == 0 &&
	       setenv("LOGNAME", p->pw_name, 1) == 0;
}

bool
host_start(const struct config *c, const char *path, enum check_to to, int *listen_fd)
{
	const struct pool *p = program_pool(c);
	const char *group = p->socket_group[0] ? p->socket_group : NULL;
	bool only_look = listen_fd == NULL;
	bool must_bind = only_look || *listen_fd < 0;
	bool is_somebody = walk(c, path, AS_STARTED, to);
	bool good = (!must_bind || walk(c, path, TO_BIND, to)) && is_somebody;

	if (!good && !only_look)
		return false;
	if (!only_look && must_bind)
		*listen_fd = listen_at(p->socket, group, GATE_BACKLOG);
	if (!only_look &&
	    !done(to, ".socket", *listen_fd >= 0, "cannot listen on", p->socket))
		return false;
	/* Root without a user to become checks no further: root's access proves
	 * nothing. */
	if (geteuid() == 0 && !is_somebody)
		return false;
	if (!done(to, ".user", become(p->user), "cannot become", p->user))
		return false;
	return walk(c, path, AS_USER, to) && good;
}
