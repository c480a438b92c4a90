/*
 * directory.c: a store of files below one directory, on its host or on a disk that hosts share. Runs in every process
 * that keeps files.
 */
#include "storage/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/die.h"
#include "storage/kind.h"
#include "storage/storage.h"

enum { PATH_SIZE = 512 };

struct directory {
	struct store store;
	const char *path;
};

static const struct directory *
directory_of(const struct store *s)
{
	return (const struct directory *)(const void *)s;
}

/* That the directory is away says nothing about what is in it. */
static enum err
failed(struct store *s, int error)
{
	const char *path = directory_of(s)->path;
	enum err e = store_errno(error);

	if (e == ERR_NOT_FOUND && access(path, F_OK) != 0)
		return store_fail(s, ERR_BUSY, "%s is not there", path);
	return store_fail(s, e, "%s: %s", path, strerror(error));
}

static enum err
directory_make(struct store *s, int *fd)
{
	*fd = storage_make(directory_of(s)->path);
	return *fd >= 0 ? ERR_OK : failed(s, errno);
}

/* --- keeping ---------------------------------------------------------------- */

/* The path of a folder of the key, "ab" or "ab/cd", or, for all of it, of the file. */
static void
path_of(const struct store *s, const char *key, size_t len, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%.*s", directory_of(s)->path, (int)len, key);
}

static enum err
make_folders(struct store *s, const char *key)
{
	for (size_t len = 2; len <= 5; len += 3) {
		char path[PATH_SIZE];

		path_of(s, key, len, path);
		if (storage_directory(path) != ERR_OK)
			return failed(s, errno);
	}
	return ERR_OK;
}

/*
 * The folder itself has been synced. Those above it may have been made by somebody who has not come to that yet, so
 * they are synced always: where nothing has changed that costs nothing.
 */
static enum err
sync_above(struct store *s, const char *key)
{
	for (int len = 2; len >= 0; len -= 2) {
		char path[PATH_SIZE];

		path_of(s, key, (size_t)len, path);
		if (storage_sync(path) != ERR_OK)
			return failed(s, errno);
	}
	return ERR_OK;
}

static enum err
directory_put(struct store *s, int fd, const char *key)
{
	enum err e = storage_keep(directory_of(s)->path, fd, key);

	if (e != ERR_OK && errno == ENOENT) {
		e = make_folders(s, key);
		if (e != ERR_OK)
			return e;
		e = storage_keep(directory_of(s)->path, fd, key);
	}
	return e == ERR_OK ? sync_above(s, key) : failed(s, errno);
}

/* --- reading ---------------------------------------------------------------- */

static enum err
directory_open(struct store *s, const char *key, int *fd)
{
	char path[PATH_SIZE];

	path_of(s, key, strlen(key), path);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *fd >= 0 ? ERR_OK : failed(s, errno);
}

static enum err
directory_size(struct store *s, const char *key, int64_t *bytes)
{
	char path[PATH_SIZE];
	struct stat st;

	path_of(s, key, strlen(key), path);
	if (lstat(path, &st) != 0)
		return failed(s, errno);
	*bytes = st.st_size;
	return ERR_OK;
}

static enum err
directory_remove(struct store *s, const char *key)
{
	char path[PATH_SIZE];
	enum err e;

	path_of(s, key, strlen(key), path);
	if (unlink(path) == 0)
		return ERR_OK;
	e = failed(s, errno);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* --- all of them ------------------------------------------------------------ */

/* A folder of a key's names: each file of it, in the order of names. */
static enum err
each_file(struct store *s, const char *folder, const char *behind, store_each_fn *each,
	  void *arg)
{
	char path[PATH_SIZE], key[PATH_SIZE];
	struct dirent **names;
	enum err e = ERR_OK;
	struct stat st;
	int count;

	path_of(s, folder, strlen(folder), path);
	count = scandir(path, &names, NULL, alphasort);
	if (count < 0)
		return errno == ENOENT ? ERR_OK : failed(s, errno);
	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "%s/%s", folder, names[i]->d_name);
		path_of(s, key, strlen(key), path);
		if (e == ERR_OK && strcmp(key, behind) > 0 && store_key_is(str_of(key)) &&
		    lstat(path, &st) == 0)
			e = each(arg, &(struct store_item){ key, st.st_size,
							    st.st_mtim.tv_sec });
		free(names[i]);
	}
	free(names);
	return e;
}

/* False: all that is in this folder comes before the key. */
static bool
is_behind(const char *folder, const char *key)
{
	return strncmp(folder, key, strlen(folder)) >= 0;
}

/* Folders that no key has are passed over: exports are in one. */
static enum err
directory_each(struct store *s, const char *behind, store_each_fn *each, void *arg)
{
	enum err e = ERR_OK;

	if (access(directory_of(s)->path, R_OK | X_OK) != 0)
		return failed(s, errno);
	for (int i = 0; i < 256 && e == ERR_OK; i++) {
		char folder[8], path[PATH_SIZE];

		snprintf(folder, sizeof(folder), "%02x", (unsigned)i & 255);
		path_of(s, folder, strlen(folder), path);
		if (!is_behind(folder, behind) || access(path, F_OK) != 0)
			continue;
		for (int j = 0; j < 256 && e == ERR_OK; j++) {
			snprintf(folder, sizeof(folder), "%02x/%02x", (unsigned)i & 255,
				 (unsigned)j & 255);
			if (is_behind(folder, behind))
				e = each_file(s, folder, behind, each, arg);
		}
	}
	return e;
}

static void
directory_free(struct store *s)
{
	free(s);
}

static const struct store_kind kind = {
	.name = "directory",
	.make = directory_make,
	.put = directory_put,
	.open = directory_open,
	.size = directory_size,
	.remove = directory_remove,
	.each = directory_each,
	.free = directory_free,
};

struct store *
store_directory(const char *path)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (d == NULL)
		die("out of memory");
	d->store.kind = &kind;
	d->path = path;
	return &d->store;
}
