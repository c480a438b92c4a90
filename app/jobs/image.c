/*
 * image.c: of a file that somebody has sent clean copies are made, which alone are ever shown to others; or it is refused,
 * for a reason of model/image.h. hob-image reads it (image_ask.h), never this process. The keys of the copies are noted
 * before bytes are put there: what becomes of none, because somebody else was first or died, the sweep removes. Runs in
 * runners.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "crypto/hash.h"
#include "jobs/file_store.h"
#include "jobs/image_ask.h"
#include "jobs/runner.h"
#include "jobs/teller.h"
#include "log/log.h"
#include "model/files.h"
#include "statements.h"

/* What a helper died of is not the file as long as it has not done so this often. */
enum { DEATHS = 3 };

struct copy {
	int fd;	       /* -1: none */
	int64_t bytes; /* 0: there is none */
	char key[STORE_KEY_SIZE];
	char sha256[SHA256_HEX_SIZE];
};

struct image {
	struct runner *r;
	const struct job *job;
	struct store *sent_in, *kept_in; /* kept_in: of its copies */
	const char *sent, *host, *media_type;
	struct image_report report;
	struct copy copies[IMAGE_VARIANTS];
};

/* --- words ---------------------------------------------------------------------- */

static enum job_end
say(struct image *m, enum job_end end, const char *why)
{
	snprintf(m->r->why, sizeof(m->r->why), "%s", why);
	return end;
}

/* --- what was sent -------------------------------------------------------------- */

static const char *
text_at(struct image *m, int index, const char *column)
{
	return arena_cstr(&m->r->arena, db_get(m->r->db, index, 0, column));
}

static bool
is_elsewhere(const struct image *m)
{
	char host[HOSTNAME_SIZE];

	files_host_get(&m->r->heritage->config, host);
	return m->host[0] != '\0' && strcmp(m->host, host) != 0;
}

/* --- copies --------------------------------------------------------------------- */

/* Nobody writes to it any more: hob-image is dead. */
static enum job_end
measure(struct image *m, struct copy *c)
{
	if (!sha256_file(c->fd, c->sha256, &c->bytes))
		return say(m, JOB_LATER, "a copy cannot be read");
	store_key(c->key);
	return JOB_DONE;
}

static enum job_end
note(struct image *m)
{
	char host[HOSTNAME_SIZE];
	struct strbuf keys;
	enum err e;
	int index;

	strbuf_init(&keys);
	for (int i = 0; i < IMAGE_VARIANTS; i++)
		if (m->copies[i].bytes > 0)
			strbuf_addf(&keys, "%c%s", keys.len == 0 ? '{' : ',',
				    m->copies[i].key);
	strbuf_add_char(&keys, '}');
	files_host_get(&m->r->heritage->config, host);
	e = link_ask(m->r->db, Q_IMAGE_NOTE, &index, "keys", keys.ptr, "store",
		     store_name(m->kept_in), "host", host, NULL);
	strbuf_release(&keys);
	return e == ERR_OK ? JOB_DONE : runner_failed(m->r, e);
}

/* What of it nobody waits for is left to the sweep. */
static enum job_end
put_all(struct image *m)
{
	m->r->asked = true;
	for (int i = 0; i < IMAGE_VARIANTS; i++) {
		struct copy *c = &m->copies[i];
		enum err e = c->bytes > 0 ? store_put(m->kept_in, c->fd, c->key) : ERR_OK;

		if (e != ERR_OK)
			return file_store_failed(m->r, m->kept_in, e);
	}
	return JOB_DONE;
}

static const char *
copies_text(struct image *m)
{
	struct strbuf out;
	const char *text;

	strbuf_init(&out);
	for (int i = 0; i < IMAGE_VARIANTS; i++) {
		const struct copy *c = &m->copies[i];

		if (c->bytes == 0)
			continue;
		strbuf_addf(&out,
			    "%c{\"variant\":\"%s\",\"key\":\"%s\",\"store\":\"%s\",",
			    out.len == 0 ? '[' : ',',
			    image_variant_name((enum image_variant)i), c->key,
			    store_name(m->kept_in));
		strbuf_addf(&out,
			    "\"media_type\":\"%s\",\"bytes\":%lld,\"sha256\":\"%s\"",
			    image_media_type((enum image_variant)i, m->media_type),
			    (long long)c->bytes, c->sha256);
		if (m->report.sizes[i].width > 0)
			strbuf_addf(&out, ",\"width\":%d,\"height\":%d",
				    m->report.sizes[i].width, m->report.sizes[i].height);
		strbuf_add_char(&out, '}');
	}
	strbuf_add_cstr(&out, out.len == 0 ? "[]" : "]");
	text = arena_cstr(&m->r->arena, strbuf_str(&out));
	strbuf_release(&out);
	return text;
}

/* --- the end -------------------------------------------------------------------- */

/* No row has these bytes any more, so they go at once; where that fails, or a backup reads them, a sweep comes by. */
static void
remove_sent(struct image *m)
{
	int index;

	if (store_remove(m->sent_in, m->sent) == ERR_OK)
		link_ask(m->r->db, Q_FORGET_LEAVINGS, &index, "keys",
			 arena_printf(&m->r->arena, "{%s}", m->sent), NULL);
}

/* `copies`: a JSON array of what was kept. */
static enum job_end
conclude(struct image *m, const char *copies, const char *reason)
{
	struct runner *r = m->r;
	int index;
	enum err e = link_ask(r->db, Q_IMAGE_DONE, &index, "id", m->job->key, "sent",
			      m->sent, "copies", copies, "reason", reason, NULL);
	bool removable = e == ERR_OK && db_row_count(r->db, index) > 0 &&
			 str_is(db_get(r->db, index, 0, "removable"), "t");

	teller_tell(r->teller, r->db, index, e);
	if (removable)
		remove_sent(m);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

static enum job_end
refuse(struct image *m, enum image_verdict v)
{
	log_say(LOG_INFO, "file_refused", "%s: %s", m->job->key, image_verdict_name(v));
	return conclude(m, "[]", image_verdict_name(v));
}

static enum job_end
keep_all(struct image *m)
{
	enum job_end end = JOB_DONE;

	for (int i = 0; i < IMAGE_VARIANTS && end == JOB_DONE; i++)
		end = measure(m, &m->copies[i]);
	if (end == JOB_DONE && m->copies[IMAGE_MAIN].bytes == 0)
		return refuse(m, IMAGE_DAMAGED);
	if (end == JOB_DONE)
		end = note(m);
	if (end == JOB_DONE)
		end = put_all(m);
	return end == JOB_DONE ? conclude(m, copies_text(m), NULL) : end;
}

/* One that dies or is killed may be the file's fault, or that of a busy machine: at last it is the file's. */
static enum job_end
give_up(struct image *m, enum image_verdict v, int tries)
{
	if (m->job->tries >= tries || m->job->last_try)
		return refuse(m, v);
	return say(m, JOB_LATER, "hob-image did not come to an end");
}

static enum job_end
end_with(struct image *m, enum image_end end)
{
	switch (end) {
	case IMAGE_REPORTED:
		return m->report.verdict == IMAGE_READY ? keep_all(m)
							: refuse(m, m->report.verdict);
	case IMAGE_DIED:
		return give_up(m, IMAGE_DAMAGED, DEATHS);
	case IMAGE_LATE:
		return give_up(m, IMAGE_TOOK_TOO_LONG, DEATHS);
	default:
		/* A machine that has no memory for it kills it each time. */
		return m->job->last_try
			       ? refuse(m, IMAGE_TOO_LARGE)
			       : say(m, JOB_LATER,
				     "hob-image was killed, or could not be started");
	}
}

static enum job_end
work_on(struct image *m, int in)
{
	int out[IMAGE_VARIANTS];
	enum job_end end = JOB_DONE;

	for (int i = 0; i < IMAGE_VARIANTS; i++)
		m->copies[i].fd = -1;
	for (int i = 0; i < IMAGE_VARIANTS && end == JOB_DONE; i++) {
		enum err e = store_make(m->kept_in, &m->copies[i].fd);

		if (e != ERR_OK)
			end = file_store_failed(m->r, m->kept_in, e);
		out[i] = m->copies[i].fd;
	}
	if (end == JOB_DONE)
		end = end_with(m, image_ask(m->r->heritage, m->media_type, in, out,
					    &m->report));
	for (int i = 0; i < IMAGE_VARIANTS; i++)
		if (m->copies[i].fd >= 0)
			close(m->copies[i].fd);
	return end;
}

/* Opens what was sent, and the store of the copies. */
static enum job_end
open_all(struct image *m, struct str sent_in, int *in)
{
	enum err e;

	m->sent_in = file_store(m->r, sent_in);
	m->kept_in = file_store_of_new(m->r);
	if (m->sent_in == NULL || m->kept_in == NULL)
		return JOB_WAIT;
	e = store_open(m->sent_in, m->sent, in);
	if (e == ERR_NOT_FOUND && m->job->last_try)
		return refuse(m, IMAGE_DAMAGED);
	return e == ERR_OK ? JOB_DONE : file_store_failed(m->r, m->sent_in, e);
}

enum job_end
image_run(struct runner *r, const struct job *job)
{
	struct image m = { .r = r, .job = job };
	struct str sent_in;
	int index, in;
	enum job_end end;
	enum err e = link_ask(r->db, Q_IMAGE_DUE, &index, "id", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	m.sent = text_at(&m, index, "key");
	sent_in = str_of(text_at(&m, index, "store"));
	m.host = text_at(&m, index, "host");
	m.media_type = text_at(&m, index, "media_type");
	if (is_elsewhere(&m))
		return say(&m, JOB_WAIT, "its bytes are on another host");
	end = open_all(&m, sent_in, &in);
	if (end != JOB_DONE)
		return end;
	end = work_on(&m, in);
	close(in);
	return end;
}
