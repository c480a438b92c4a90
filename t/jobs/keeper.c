/*
 * keeper.c: lib/storage and lib/bucket as a filter, for store.test.mjs: a call on each line of stdin, what became of it
 * as JSON on the same line of stdout, all by one store.
 *
 *   keeper ENDPOINT BUCKET KEY SECRET CA_FILE SPOOL TIMEOUT_MS      ENDPOINT "": the directory SPOOL
 *
 *   put KEY FILE | open KEY FILE | size KEY | remove KEY | each | key | look | presign KEY LIFE_S
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bucket/bucket.h"
#include "core/clock.h"
#include "core/die.h"
#include "json/json.h"
#include "s3/presign.h"
#include "storage/directory.h"

struct keeper {
	struct bucket_settings settings;
	struct store *store;
	struct arena arena;
	char key[64], file[256];
	struct strbuf said; /* what a call answers beside its result */
};

static void
copy(int from, int to)
{
	struct stat s;

	for (off_t at = 0; fstat(from, &s) == 0 && at < s.st_size;)
		if (sendfile(to, from, &at, (size_t)(s.st_size - at)) <= 0)
			die("cannot copy");
}

static enum err
do_put(struct keeper *k)
{
	int from = open(k->file, O_RDONLY), fd = -1;
	enum err e = store_make(k->store, &fd);

	if (from < 0)
		die("no %s", k->file);
	if (e == ERR_OK) {
		copy(from, fd);
		e = store_put(k->store, fd, k->key);
		close(fd);
	}
	close(from);
	return e;
}

static enum err
do_open(struct keeper *k)
{
	int fd, to = open(k->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	enum err e = store_open(k->store, k->key, &fd);

	if (e == ERR_OK) {
		copy(fd, to);
		close(fd);
	}
	close(to);
	return e;
}

static enum err
do_size(struct keeper *k)
{
	int64_t bytes = -1;
	enum err e = store_size(k->store, k->key, &bytes);

	strbuf_addf(&k->said, "%lld", (long long)bytes);
	return e;
}

static enum err
do_remove(struct keeper *k)
{
	return store_remove(k->store, k->key);
}

static enum err
list(void *arg, const struct store_item *item)
{
	struct keeper *k = arg;

	strbuf_addf(&k->said, "%s %lld %lld\n", item->key, (long long)item->bytes,
		    (long long)item->modified_s);
	return ERR_OK;
}

static enum err
do_each(struct keeper *k)
{
	return store_each(k->store, "", list, k);
}

static enum err
do_key(struct keeper *k)
{
	store_key(k->key);
	strbuf_add_cstr(&k->said, k->key);
	return ERR_OK;
}

static enum err
do_look(struct keeper *k)
{
	return bucket_look(k->store);
}

static enum err
do_presign(struct keeper *k)
{
	int64_t life_s = 0;

	str_to_i64(str_of(k->file), &life_s);
	strbuf_add_cstr(&k->said, s3_presign(&k->arena, &k->settings.place, k->key,
					     clock_now_us() / 1000000, (int)life_s));
	return ERR_OK;
}

static const struct {
	const char *name;
	enum err (*run)(struct keeper *k);
} calls[] = {
	{ "put", do_put },   { "open", do_open },	{ "size", do_size },
	{ "each", do_each }, { "key", do_key },		{ "remove", do_remove },
	{ "look", do_look }, { "presign", do_presign },
};

static void
answer(struct keeper *k, enum err e)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	json_key(&w, "result");
	json_cstring(&w, err_name(e));
	json_key(&w, "why");
	json_cstring(&w, store_why(k->store));
	json_key(&w, "said");
	json_cstring(&w, k->said.ptr);
	json_end_object(&w);
	puts(b.ptr);
	fflush(stdout);
	strbuf_release(&b);
}

static void
run(struct keeper *k, const char *line)
{
	char name[16] = "";

	k->key[0] = k->file[0] = '\0';
	strbuf_clear(&k->said, 0);
	if (sscanf(line, "%15s %63s %255s", name, k->key, k->file) < 1)
		die("no call: %s", line);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			answer(k, calls[i].run(k));
}

int
main(int argc, char **argv)
{
	struct keeper k = { 0 };
	char *line = NULL;
	size_t room = 0;

	if (argc != 8)
		die("keeper ENDPOINT BUCKET KEY SECRET CA_FILE SPOOL TIMEOUT_MS");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	k.settings = (struct bucket_settings){
		.place = { argv[1], "eu-central-1", argv[2], argv[3], argv[4] },
		.ca_file = argv[5],
		.spool = argv[6],
	};
	str_to_i64(str_of(argv[7]), &k.settings.timeout_ms);
	k.store = argv[1][0] ? store_bucket(&k.settings) : store_directory(argv[6]);
	arena_init(&k.arena, 4096);
	strbuf_init(&k.said);
	while (getline(&line, &room, stdin) > 0)
		run(&k, line);
	store_free(k.store);
	arena_release(&k.arena);
	strbuf_release(&k.said);
	free(line);
	return 0;
}
