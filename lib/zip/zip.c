/* zip.c: ZIP archives, by libarchive. Runs in runners. */
#include "zip/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "core/die.h"

enum { FILE_MODE = 0644 };

struct zip {
	struct archive *archive;
	locale_t utf8;
	int error; /* errno of the first failure; 0: none */
};

static void
check(struct zip *z, long result)
{
	if (result < ARCHIVE_OK && z->error == 0) {
		z->error = archive_errno(z->archive);
		if (z->error <= 0)
			z->error = EIO;
	}
}

struct zip *
zip_new(int fd)
{
	struct zip *z = calloc(1, sizeof(*z));

	if (z == NULL || (z->archive = archive_write_new()) == NULL)
		die("out of memory for an archive");
	z->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (z->utf8 == (locale_t)0)
		die("the C library does not know the locale C.UTF-8");
	check(z, archive_write_set_format_zip(z->archive));
	check(z, archive_write_set_format_option(z->archive, "zip", "zip64", NULL));
	check(z, archive_write_open_fd(z->archive, fd));
	return z;
}

/* libarchive says in the head of a file that its name is UTF-8 where the locale is. */
static void
write_head(struct zip *z, struct archive_entry *entry)
{
	locale_t former = uselocale(z->utf8);

	check(z, archive_write_header(z->archive, entry));
	uselocale(former);
}

void
zip_begin(struct zip *z, const char *name, int64_t at_s, enum zip_how how)
{
	struct archive_entry *entry = archive_entry_new();

	if (entry == NULL)
		die("out of memory for a file of an archive");
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, FILE_MODE);
	archive_entry_set_mtime(entry, at_s, 0);
	if (z->error == 0)
		check(z, how == ZIP_STORED
				 ? archive_write_zip_set_compression_store(z->archive)
				 : archive_write_zip_set_compression_deflate(z->archive));
	if (z->error == 0)
		write_head(z, entry);
	archive_entry_free(entry);
}

void
zip_add(struct zip *z, struct str bytes)
{
	if (z->error == 0 && bytes.len > 0)
		check(z, archive_write_data(z->archive, bytes.ptr, bytes.len));
}

bool
zip_failed(const struct zip *z)
{
	return z->error != 0;
}

int64_t
zip_size(const struct zip *z)
{
	return archive_filter_bytes(z->archive, -1);
}

enum err
zip_end(struct zip *z, int *error)
{
	if (z->error == 0)
		check(z, archive_write_close(z->archive));
	/* Of one that failed, nothing more is tried. */
	if (z->error != 0)
		archive_write_fail(z->archive);
	*error = z->error;
	archive_write_free(z->archive);
	freelocale(z->utf8);
	free(z);
	return *error == 0 ? ERR_OK : ERR_INTERNAL;
}
