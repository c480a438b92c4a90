/*
 * host.c: what a start needs of its host: a user to become, a place for the socket, files
 * that this user can read and write. One list, walked by `hob-api -t`, by the start and by
 * whoever asks before a reload. Not for the database (check.c): this runs in the master too.
 */
#define HOB_MASTER
#include "api/check.h"

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
#include "log/log.h"

/* One line of what is wrong, with what to do, or nothing. */
typedef void look(const struct config *c, const char *path, struct strbuf *why);

/* What a sysadmin sees of this process: "root", "hob". */
static const char *
own_name(void)
{
	const struct passwd *p = getpwuid(geteuid());

	return p != NULL ? p->pw_name : "this user";
}

static void
look_at_user(const struct config *c, const char *path, struct strbuf *why)
{
	const struct passwd *p = c->api_user[0] ? getpwnam(c->api_user) : NULL;

	(void)path;
	if (c->api_user[0] && p == NULL)
		strbuf_addf(why, "%s is nobody here: make that user (adduser --system)",
			    c->api_user);
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

/* 0 when somebody listens there, else why not. */
static int
knock(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int why = 0;

	if (fd < 0 ||
	    (connect(fd, (const struct sockaddr *)a, sizeof(*a)) != 0 && errno != EAGAIN))
		why = errno;
	if (fd >= 0)
		close(fd);
	return why;
}

/* Of a pool that runs it goes over to the next image: that one needs no folder. */
static void
look_at_socket(const struct config *c, const char *path, struct strbuf *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char folder[PATH_MAX];
	struct stat st;
	int shut, answer;

	(void)path;
	if (strlen(c->api_socket) >= sizeof(a.sun_path)) {
		strbuf_addf(why, "%s is too long for a unix socket: at most %zu bytes",
			    c->api_socket, sizeof(a.sun_path) - 1);
		return;
	}
	memcpy(a.sun_path, c->api_socket, strlen(c->api_socket) + 1);
	shut = folder_takes_files(c->api_socket, folder) ? 0 : errno;
	answer = knock(&a);
	if (stat(c->api_socket, &st) == 0 && !S_ISSOCK(st.st_mode))
		strbuf_addf(why, "%s is there and no socket: move it away",
			    c->api_socket);
	else if (answer != 0 && shut != 0)
		strbuf_addf(why,
			    "no socket can be made in %s (%s): make the folder, "
			    "writable for %s",
			    folder, strerror(shut), own_name());
	else if (answer != 0 && answer != ENOENT && answer != ECONNREFUSED)
		strbuf_addf(why, "%s is somebody else's (%s): remove it", c->api_socket,
			    strerror(answer));
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
	const struct group *g =
		c->api_socket_group[0] ? getgrnam(c->api_socket_group) : NULL;

	(void)path;
	if (c->api_socket_group[0] && g == NULL)
		strbuf_addf(why, "%s is no group here: name nginx's",
			    c->api_socket_group);
	else if (g != NULL && !is_member(g->gr_gid))
		strbuf_addf(why, "%s is not in the group %s: add it, or start as root",
			    own_name(), c->api_socket_group);
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
	static const char *const names[] = { "scoreboard.new", "hob-api.pid" };
	char file[PATH_MAX];
	const char *error;

	(void)path;
	for (size_t i = 0; why->len == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", c->api_run_dir, names[i]);
		if (can_write(file))
			continue;
		error = strerror(errno);
		strbuf_addf(why,
			    "%s cannot be written (%s): give the folder and what is "
			    "in it to %s",
			    file, error, own_name());
	}
}

/* clang-format off */
static const struct {
	const char *name;
	enum host_stage stage;
	look *look;
} checks[] = {
	{ "api.user",         HOST_AS_STARTED, look_at_user },
	{ "api.socket",       HOST_AS_STARTED, look_at_socket },
	{ "api.socket_group", HOST_AS_STARTED, look_at_group },
	{ "configuration",    HOST_AS_USER,    look_at_config },
	{ "log.file",         HOST_AS_USER,    look_at_log },
	{ "api.run_dir",      HOST_AS_USER,    look_at_run_dir },
};
/* clang-format on */

bool
check_say(enum check_to to, const char *name, bool good, const char *why)
{
	if (to == CHECK_PRINT)
		printf("%-16s %s%s%s\n", name, good ? "ok" : "FAILED", why[0] ? ": " : "",
		       why);
	else if (to == CHECK_LOG && !good)
		log_say(LOG_ERROR, "reload_refused",
			"%s: %s; the old configuration stays", name, why);
	else if (!good)
		fprintf(stderr, "hob-api: %s: %s\n", name, why);
	return good;
}

bool
host_check(const struct config *c, const char *path, enum host_stage stage,
	   enum check_to to)
{
	struct strbuf why;
	bool good = true;

	strbuf_init(&why);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].stage != stage)
			continue;
		strbuf_clear(&why, 0);
		checks[i].look(c, path, &why);
		good = check_say(to, checks[i].name, why.len == 0, why.ptr) && good;
	}
	strbuf_release(&why);
	return good;
}

/* The environment too: libpq looks for TLS keys under HOME, and root's it cannot read. */
bool
host_become(const char *user)
{
	const struct passwd *p = geteuid() == 0 ? getpwnam(user) : NULL;

	return geteuid() != 0 ||
	       (p != NULL && initgroups(p->pw_name, p->pw_gid) == 0 &&
		setgid(p->pw_gid) == 0 && setuid(p->pw_uid) == 0 &&
		setenv("HOME", p->pw_dir, 1) == 0 && setenv("USER", p->pw_name, 1) == 0 &&
		setenv("LOGNAME", p->pw_name, 1) == 0);
}
