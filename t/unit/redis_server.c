/* redis_server.c: a Redis that a unit test may kill and stop for real. */
#include "redis_server.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

enum { PATIENCE_MS = 5000 };

struct redis *
redis_at(const char *address, int timeout_ms)
{
	return redis_new(&(struct redis_where){ .address = address }, timeout_ms);
}

void
redis_server_start(struct redis_server *s)
{
	s->pid = fork();
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
		       s->socket, "--dir", s->folder, "--save", "", (char *)NULL);
		_exit(127);
	}
}

int64_t
redis_server_await(struct redis *r)
{
	const struct timespec pause = { 0, 5000000 };
	int64_t begun_ms = clock_mono_ms();

	while (clock_mono_ms() - begun_ms < PATIENCE_MS) {
		if (redis_ping(r) == ERR_OK)
			return clock_mono_ms() - begun_ms;
		nanosleep(&pause, NULL);
	}
	return -1;
}

void
redis_server_kill(struct redis_server *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void
redis_server_open(struct redis_server *s)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(s->folder, sizeof(s->folder), "/tmp/hob-redis-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->folder));
	snprintf(s->socket, sizeof(s->socket), "%s/s", s->folder);
	redis_server_start(s);
}

void
redis_server_close(struct redis_server *s)
{
	redis_server_kill(s);
	unlink(s->socket);
	rmdir(s->folder);
}
