/* files_verify.c: `hob files verify`: reads all files and holds them against their rows. */
#include <sysexits.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/progress.h"

struct verifying {
	struct files *f;
	struct progress progress;
	int64_t seen, bad;
};

/* A row that went while its bytes were looked for tells of nothing. */
static bool
is_still_there(struct files *f, const struct file_copy *c)
{
	return pg_query(f->pg, "SELECT hob.has_copy($1)", 1,
			(const char *[]){ c->key }) &&
	       pg_value(f->pg, 0, 0)[0] == 't';
}

/* False: it could not be looked at. */
static bool
verify_one(struct verifying *v, const struct file_copy *c)
{
	enum files_fault fault;
	int fd;

	if (c->store == NULL) {
		complain("files are in a bucket, and files.s3_endpoint is not set");
		return false;
	}
	fault = files_read(v->f, c, c->store, c->key, &fd);
	if (fault == FILE_GOOD)
		close(fd);
	else if (fault != FILE_AWAY && is_still_there(v->f, c)) {
		files_tell(c, fault);
		v->bad++;
	}
	v->seen++;
	if (v->seen <= v->progress.total)
		progress_show(&v->progress, v->seen);
	return fault != FILE_AWAY;
}

/* The exit code, or -1: there is a page more, behind the key of *behind. */
static int
verify_page(struct verifying *v, struct arena *a, char behind[STORE_KEY_SIZE])
{
	struct file_copy *copies;
	int count = files_page(v->f, a, NULL, behind, &copies);

	if (count < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		if (!verify_one(v, &copies[i]))
			return EX_TEMPFAIL;
		snprintf(behind, STORE_KEY_SIZE, "%s", copies[i].key);
	}
	return count > 0 ? -1 : v->bad > 0;
}

int
files_verify(struct files *f, int argc, char **argv)
{
	struct verifying v = { .f = f };
	int64_t total = files_count(f, NULL);
	char behind[STORE_KEY_SIZE] = "";
	struct arena a;
	int code = -1;

	if (argc > 1)
		return complain_usage("files verify takes no \"%s\"", argv[1]);
	if (total < 0)
		return 1;
	progress_begin(&v.progress, stderr, "copies", total > 0 ? total : 1);
	arena_init(&a, 65536);
	while (code < 0) {
		code = verify_page(&v, &a, behind);
		arena_reset(&a);
	}
	arena_release(&a);
	printf("%lld copies, %lld of them bad\n", (long long)v.seen, (long long)v.bad);
	return code;
}
