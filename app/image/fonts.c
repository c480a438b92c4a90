/*
 * fonts.c: a PDF may name fonts and not hold them; those lie in files, which nobody can open any more when its turn has
 * come. So a page with all the fonts that every PDF may name is drawn before (page.c), and files that are opened for it
 * are kept open; when one of them is opened again it is found here. poppler and freetype open by these names, which this
 * program has before libc in the eyes of the linker. Runs in hob-image.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/work.h"

enum { FONTS = 32 };

static enum { NOT_YET, KEEPING, SHUT } state;
static struct {
	char *path;
	int fd;
} kept[FONTS];
static int kept_count;

void
fonts_keep(void)
{
	state = KEEPING;
}

void
fonts_shut(void)
{
	state = SHUT;
}

static int
find(const char *path)
{
	for (int i = 0; i < kept_count; i++)
		if (strcmp(kept[i].path, path) == 0)
			return i;
	return -1;
}

static int
copy(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* As poppler knows fonts; the rest is what fontconfig configures itself from. */
static bool
is_font(const char *path)
{
	static const char *const ends[] = {
		".ttf", ".ttc", ".otf", ".pfb", ".pfa", ".t1"
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_ends(str_of(path), str_of(ends[i])))
			return true;
	return false;
}

static void
keep(const char *path, int fd)
{
	if (fd < 0 || !is_font(path) || kept_count == FONTS || find(path) >= 0)
		return;
	kept[kept_count].path = strdup(path);
	kept[kept_count].fd = copy(fd);
	kept_count++;
}

/* From its beginning: copies share the place. */
static int
open_kept(const char *path)
{
	int i = find(path);

	if (i < 0 || lseek(kept[i].fd, 0, SEEK_SET) != 0) {
		errno = EPERM;
		return -1;
	}
	return copy(kept[i].fd);
}

/* Their names are those in quotes: libc's own would be in the way of a definition. */
int open_file(const char *path, int flags, ...) __asm__("open");
int open_fortified(const char *path, int flags) __asm__("__open_2");
FILE *open_stream(const char *path, const char *mode) __asm__("fopen");
int stat_file(int fd, struct stat *out) __asm__("fstat");

int
open_file(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	if (state == SHUT)
		return open_kept(path);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (state == KEEPING && (flags & O_ACCMODE) == O_RDONLY)
		keep(path, fd);
	return fd;
}

int
open_fortified(const char *path, int flags)
{
	return open_file(path, flags);
}

FILE *
open_stream(const char *path, const char *mode)
{
	FILE *(*of_libc)(const char *path, const char *mode) = NULL;
	FILE *f;

	if (state == SHUT) {
		int fd = open_kept(path);

		return fd >= 0 ? fdopen(fd, "r") : NULL;
	}
	*(void **)&of_libc = dlsym(RTLD_NEXT, "fopen");
	f = of_libc(path, mode);
	if (f != NULL && state == KEEPING && mode[0] == 'r')
		keep(path, fileno(f));
	return f;
}

/* libc's asks by newfstatat, which could ask for any path, too, and is refused. */
int
stat_file(int fd, struct stat *out)
{
	return (int)syscall(SYS_fstat, fd, out);
}
