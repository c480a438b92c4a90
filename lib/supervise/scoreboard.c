/*
 * scoreboard.c: makes and opens the memory that shows the state of the pool.
 *
 * A file, not anonymous memory, so that a command of the sysadmin can read it while every
 * process of the pool is busy or dead. The header has the fields and their writers. Runs
 * in the master (create) and in the command line (open).
 */
#define HOB_MASTER
#include "supervise/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raised when a field changes its meaning and not the size of the block. */
enum { LAYOUT_VERSION = 5 };

static const char board_magic[8] = "HOBBOARD";

/* clang-format off */
static const char *const state_names[WORKER_STATE_COUNT] = {
	[WORKER_NONE] = "none",
	[WORKER_STARTING] = "starting",
	[WORKER_IDLE] = "idle",
	[WORKER_READING] = "reading",
	[WORKER_HANDLING] = "handling",
	[WORKER_DB_WAIT] = "db wait",
	[WORKER_WRITING] = "writing",
	[WORKER_LEAVING] = "leaving",
};

static const char *const link_names[LINK_COUNT] = {
	[LINK_NONE] = "none",
	[LINK_AWAY] = "away",
	[LINK_FULL] = "refused",
	[LINK_READY] = "ready",
};
/* clang-format on */

const char *
worker_state_name(enum worker_state s)
{
	return (unsigned)s < WORKER_STATE_COUNT ? state_names[s] : "unknown";
}

const char *
worker_link_name(enum worker_link l)
{
	return (unsigned)l < LINK_COUNT ? link_names[l] : "unknown";
}

/* Blocks are reserved now: a full file system must not become a SIGBUS later. */
static struct scoreboard *
board_map(int fd, size_t size_bytes)
{
	struct scoreboard *b;
	int e = posix_fallocate(fd, 0, (off_t)size_bytes);

	if (e != 0) {
		errno = e;
		return NULL;
	}
	if (fchmod(fd, 0640) != 0)
		return NULL;
	b = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (b == MAP_FAILED)
		return NULL;
	memcpy(b->magic, board_magic, sizeof(b->magic));
	b->version = LAYOUT_VERSION;
	b->size_bytes = (uint32_t)size_bytes;
	return b;
}

enum err
scoreboard_create(const char *path, size_t size_bytes, struct scoreboard **out)
{
	char fresh[PATH_MAX];
	struct scoreboard *b = NULL;
	int fd, saved;

	if (size_bytes < sizeof(*b) || size_bytes > UINT32_MAX ||
	    snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh)) {
		errno = EINVAL;
		return ERR_IO;
	}
	unlink(fresh);
	fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_IO;
	b = board_map(fd, size_bytes);
	if (b != NULL && rename(fresh, path) != 0) {
		saved = errno;
		munmap(b, size_bytes);
		errno = saved;
		b = NULL;
	}
	saved = errno;
	close(fd);
	if (b == NULL)
		unlink(fresh);
	errno = saved;
	*out = b;
	return b != NULL ? ERR_OK : ERR_IO;
}

static enum err
board_check(const struct scoreboard *b, size_t size_bytes)
{
	if (memcmp(b->magic, board_magic, sizeof(b->magic)) != 0 ||
	    b->version != LAYOUT_VERSION || b->size_bytes != size_bytes)
		return ERR_INVALID;
	return ERR_OK;
}

static enum err
board_open(const char *path, size_t size_bytes, int flags, int protection,
	   struct scoreboard **out)
{
	struct stat st;
	void *map = MAP_FAILED;
	enum err e = ERR_IO;
	int fd = open(path, flags | O_CLOEXEC);
	int saved;

	if (fd < 0)
		return ERR_IO;
	if (fstat(fd, &st) == 0) {
		if (st.st_size != (off_t)size_bytes)
			e = ERR_INVALID;
		else
			map = mmap(NULL, size_bytes, protection, MAP_SHARED, fd, 0);
	}
	if (map != MAP_FAILED) {
		e = board_check(map, size_bytes);
		if (e != ERR_OK)
			munmap(map, size_bytes);
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (e == ERR_OK)
		*out = map;
	return e;
}

enum err
scoreboard_open(const char *path, size_t size_bytes, const struct scoreboard **out)
{
	struct scoreboard *board = NULL;
	enum err e = board_open(path, size_bytes, O_RDONLY, PROT_READ, &board);

	*out = board;
	return e;
}

enum err
scoreboard_join(const char *path, size_t size_bytes, struct scoreboard **out)
{
	return board_open(path, size_bytes, O_RDWR, PROT_READ | PROT_WRITE, out);
}

void
scoreboard_leave(struct scoreboard *b)
{
	munmap(b, b->size_bytes);
}

bool
scoreboard_busy_since(const struct scoreboard *b, int64_t then_ns)
{
	int64_t since;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		since = __atomic_load_n(&b->workers[i].work_ns, __ATOMIC_ACQUIRE);
		if (b->workers[i].pid != 0 && since != 0 && since < then_ns)
			return true;
	}
	return false;
}
