/*
 * vault.c: the directory of backups. A backup is made under another name and gets its own when all that it needs is on
 * the disk; one that goes loses its name first. So whoever dies half way leaves nothing that looks like one.
 */
#include "cli/vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/date.h"

/* Backups have what people sent, and hashes of their passwords. */
enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600, POOL_PATH_SIZE = 300 };

#define PARTIAL "partial"
/* In `partial`. */
#define NEW_FILE "bytes"

static int
fail(const struct vault *v, const char *name)
{
	complain("%s/%s: %s", v->path, name, strerror(errno));
	return -1;
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Calls `each` for all that is in a folder, until it says false. A folder that is not there has nothing. */
static bool
walk(const struct vault *v, int dir, const char *name,
     bool (*each)(void *arg, const char *name), void *arg)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	bool good = true;

	if (d == NULL)
		return errno == ENOENT || fail(v, name) == 0;
	for (const struct dirent *e; good && (e = readdir(d)) != NULL;)
		good = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		       each(arg, e->d_name);
	closedir(d);
	return good;
}

/* --- what is partial ---------------------------------------------------------- */

static bool
remove_partial(void *arg, const char *name)
{
	const struct vault *v = arg;
	char path[POOL_PATH_SIZE];

	snprintf(path, sizeof(path), PARTIAL "/%s", name);
	if (unlinkat(v->dir, path, 0) != 0)
		fail(v, path);
	return true;
}

/* The folder stays, so that the next one knows that the pool has files of it. */
static void
empty_partial(struct vault *v)
{
	close_one(&v->partial);
	walk(v, v->dir, PARTIAL, remove_partial, v);
}

/* --- open and close ---------------------------------------------------------- */

/* Makes it, where it is missing and `use` says so. -1: told. */
static int
open_folder(const struct vault *v, int dir, const char *name, enum vault_use use)
{
	int fd;

	if (use == VAULT_WRITE && mkdirat(dir, name, DIRECTORY_MODE) != 0 &&
	    errno != EEXIST)
		return fail(v, name);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : fail(v, name);
}

/* Who reads may have it on a disk that nobody writes to, or that knows no locks: then nobody else is at work. */
static int
take_lock(struct vault *v, enum vault_use use)
{
	bool writes = use == VAULT_WRITE;

	v->lock = openat(v->dir, "lock",
			 (writes ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, FILE_MODE);
	if (v->lock < 0)
		return writes ? -fail(v, "lock") : 0;
	if (flock(v->lock, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		complain("%s: another hob backup is at work there", v->path);
		return EX_TEMPFAIL;
	}
	return writes ? complain("%s/lock: flock: %s", v->path, strerror(errno)) : 0;
}

int
vault_open(struct vault *v, const char *path, enum vault_use use)
{
	int code;

	*v = (struct vault){
		.path = path, .dir = -1, .pool = -1, .partial = -1, .lock = -1
	};
	if (use == VAULT_WRITE)
		mkdir(path, DIRECTORY_MODE);
	v->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir < 0)
		return complain("%s: %s", path, strerror(errno));
	code = take_lock(v, use);
	if (code != 0)
		return code;
	v->pool = open_folder(v, v->dir, "files", use);
	if (v->pool < 0)
		return 1;
	v->untidy = faccessat(v->dir, PARTIAL, F_OK, 0) == 0;
	if (use == VAULT_WRITE)
		empty_partial(v);
	return 0;
}

void
vault_close(struct vault *v)
{
	if (v->partial >= 0)
		empty_partial(v);
	close_one(&v->pool);
	close_one(&v->lock);
	close_one(&v->dir);
}

/* --- what is there ----------------------------------------------------------- */

bool
vault_name_is(const char *name, int64_t *at_us)
{
	char text[INSTANT_TEXT_SIZE + 1];

	if (strlen(name) != VAULT_NAME_SIZE - 1 || name[13] == ':')
		return false;
	snprintf(text, sizeof(text), "%.13s:%.2s:%s", name, name + 13, name + 15);
	return instant_parse(str_of(text), at_us);
}

static int
is_backup(const struct dirent *d)
{
	int64_t at_us;

	return vault_name_is(d->d_name, &at_us);
}

int
vault_names(const struct vault *v, struct arena *a, char ***out)
{
	struct dirent **found = NULL;
	int count = scandirat(v->dir, ".", &found, is_backup, alphasort);

	if (count < 0)
		return fail(v, ".");
	*out = arena_zalloc(a, (size_t)count + 1, sizeof(**out));
	for (int i = 0; i < count; i++) {
		(*out)[i] = arena_cstr(a, str_of(found[i]->d_name));
		free(found[i]);
	}
	free(found);
	return count;
}

int
vault_open_part(const struct vault *v, const char *name, const char *part)
{
	char path[POOL_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", name, part);
	return openat(v->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

bool
vault_each_part(const struct vault *v, const char *name,
		bool (*each)(void *arg, const char *part), void *arg)
{
	return walk(v, v->dir, name, each, arg);
}

/* --- making one --------------------------------------------------------------- */

bool
vault_begin(struct vault *v)
{
	v->partial = open_folder(v, v->dir, PARTIAL, VAULT_WRITE);
	return v->partial >= 0;
}

int
vault_make_part(const struct vault *v, const char *part)
{
	int fd = openat(v->partial, part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			FILE_MODE);

	return fd >= 0 ? fd : fail(v, part);
}

bool
vault_end_part(int fd, const char *part, char sha256[SHA256_HEX_SIZE], int64_t *bytes)
{
	bool good = fsync(fd) == 0 && sha256_file(fd, sha256, bytes);

	if (!good)
		complain("%s: %s", part, strerror(errno));
	close(fd);
	return good;
}

static bool
sync_pool(const struct vault *v)
{
	bool good = fsync(v->pool) == 0;

	for (int i = 0; i < VAULT_FOLDERS && good; i++) {
		char name[3];
		int fd;

		snprintf(name, sizeof(name), "%02x", (unsigned)i);
		fd = openat(v->pool, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		good = fd >= 0 ? fsync(fd) == 0 : errno == ENOENT;
		close_one(&fd);
	}
	return good;
}

bool
vault_publish(struct vault *v, const char *name)
{
	if (!sync_pool(v) || fsync(v->partial) != 0 ||
	    renameat(v->dir, PARTIAL, v->dir, name) != 0 || fsync(v->dir) != 0) {
		fail(v, name);
		return false;
	}
	close_one(&v->partial);
	return true;
}

bool
vault_remove(struct vault *v, const char *name)
{
	if (renameat(v->dir, name, v->dir, PARTIAL) != 0) {
		fail(v, name);
		return false;
	}
	empty_partial(v);
	v->untidy = true;
	return unlinkat(v->dir, PARTIAL, AT_REMOVEDIR) == 0 || fail(v, PARTIAL) == 0;
}

/* --- the pool ------------------------------------------------------------------ */

static const char *
pool_path(const char *hash, char path[POOL_PATH_SIZE])
{
	snprintf(path, POOL_PATH_SIZE, "%.2s/%s", hash, hash);
	return path;
}

bool
vault_has(const struct vault *v, const char *hash, int64_t bytes)
{
	char path[POOL_PATH_SIZE];
	struct stat s;

	return fstatat(v->pool, pool_path(hash, path), &s, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(s.st_mode) && s.st_size == bytes;
}

int
vault_open_file(const struct vault *v, const char *hash)
{
	char path[POOL_PATH_SIZE];

	return openat(v->pool, pool_path(hash, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int
vault_make_file(const struct vault *v)
{
	return vault_make_part(v, NEW_FILE);
}

bool
vault_keep_file(const struct vault *v, int fd, char hash[SHA256_HEX_SIZE], int64_t *bytes)
{
	char path[POOL_PATH_SIZE], folder[3];

	if (!vault_end_part(fd, "a file", hash, bytes))
		return false;
	snprintf(folder, sizeof(folder), "%.2s", hash);
	if ((mkdirat(v->pool, folder, DIRECTORY_MODE) == 0 || errno == EEXIST) &&
	    renameat(v->partial, NEW_FILE, v->pool, pool_path(hash, path)) == 0)
		return true;
	fail(v, "files");
	return false;
}

bool
vault_each_file(const struct vault *v, int folder,
		bool (*each)(void *arg, const char *name), void *arg)
{
	char name[3];

	snprintf(name, sizeof(name), "%02x", (unsigned)folder);
	return walk(v, v->pool, name, each, arg);
}

bool
vault_remove_file(const struct vault *v, int folder, const char *name)
{
	char path[POOL_PATH_SIZE];

	snprintf(path, sizeof(path), "files/%02x/%s", (unsigned)folder, name);
	if (unlinkat(v->dir, path, 0) == 0)
		return true;
	fail(v, path);
	return false;
}
