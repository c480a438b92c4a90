/*
 * inherit.c: handing the gate from one image of the program to the next: USR2 executes
 * the program in place, with the same descriptors; their numbers go through the
 * environment. Or systemd passes the listening socket. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/str.h"
#include "core/strbuf.h"

/* "listen,kept" and then for each connection ",fd" or ",fd:pid" (that worker is serving it). */
static const char env_name[] = "HOB_GATE";

/* Descriptors systemd passes begin here (sd_listen_fds). */
enum { LISTEN_FDS_START = 3 };

static struct {
	int count;
	struct {
		int fd;
		int32_t pid;
	} left[GATE_CONNS];
} found;

/* --- reading what was left ------------------------------------------------- */

bool
adopt_fd(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* One "fd" or "fd:pid". */
static void
read_left(struct str s)
{
	struct str fd_text = str_cut(&s, ':');
	int64_t fd, pid = 0;

	if (!str_to_i64(fd_text, &fd) || fd < 0 || fd > INT32_MAX)
		return;
	if (s.ptr != NULL && (!str_to_i64(s, &pid) || pid <= 1 || pid > INT32_MAX))
		return;
	if (found.count == GATE_CONNS || !adopt_fd((int)fd))
		return;
	found.left[found.count].fd = (int)fd;
	found.left[found.count++].pid = (int32_t)pid;
}

static void
from_image(struct gate_options *o, struct str s)
{
	int64_t listen_fd, kept;

	if (!str_to_i64(str_cut(&s, ','), &listen_fd) || listen_fd < 0 ||
	    listen_fd > INT32_MAX || !adopt_fd((int)listen_fd) ||
	    !str_to_i64(str_cut(&s, ','), &kept))
		return;
	o->listen_fd = (int)listen_fd;
	o->listen_kept = kept != 0;
	while (s.ptr != NULL)
		read_left(str_cut(&s, ','));
}

static void
from_systemd(struct gate_options *o)
{
	int64_t pid, count;

	if (!str_to_i64(str_of(getenv("LISTEN_PID")), &pid) || pid != getpid() ||
	    !str_to_i64(str_of(getenv("LISTEN_FDS")), &count) || count < 1 ||
	    !adopt_fd(LISTEN_FDS_START))
		return;
	o->listen_fd = LISTEN_FDS_START;
	o->listen_kept = true;
}

void
gate_inherit(struct gate_options *o)
{
	const char *left = getenv(env_name);

	o->listen_fd = -1;
	o->listen_kept = false;
	if (left != NULL)
		from_image(o, str_of(left));
	else
		from_systemd(o);
	unsetenv(env_name);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (o->listen_fd >= 0)
		fcntl(o->listen_fd, F_SETFL, fcntl(o->listen_fd, F_GETFL) | O_NONBLOCK);
}

void
inherit_take(struct gate *g)
{
	for (int i = 0; i < found.count; i++)
		conn_add(g, found.left[i].fd, found.left[i].pid);
	found.count = 0;
}

/* --- leaving it ------------------------------------------------------------ */

static void
set_cloexec(const struct gate *g, int flag)
{
	fcntl(g->listen_fd, F_SETFD, flag);
	for (int i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0)
			fcntl(g->conns[i].fd, F_SETFD, flag);
}

static void
write_left(const struct gate *g, struct strbuf *b)
{
	uint64_t word;

	strbuf_addf(b, "%d,%d", g->listen_fd, g->listen_kept);
	for (int i = 0; i < g->used; i++) {
		if (g->conns[i].fd < 0)
			continue;
		word = conn_load(&g->board->conns[i]);
		strbuf_addf(b, ",%d", g->conns[i].fd);
		if (conn_word_state(word) == CONN_TAKEN)
			strbuf_addf(b, ":%d", (int)conn_word_pid(word));
	}
}

void
inherit_hand_on(struct gate *g, bool on)
{
	struct strbuf b;

	set_cloexec(g, on ? 0 : FD_CLOEXEC);
	if (!on) {
		unsetenv(env_name);
		return;
	}
	strbuf_init(&b);
	write_left(g, &b);
	setenv(env_name, b.ptr, 1);
	strbuf_release(&b);
}
