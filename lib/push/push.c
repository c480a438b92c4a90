/*
 * push.c: writes a notice as Gorush wants it, posts it, and has the answer read. Runs in runners
 * of hob-jobs.
 */
#include "push/push.h"

#include <stdlib.h>

#include "core/die.h"
#include "core/strbuf.h"
#include "fetch/fetch.h"
#include "json/json.h"

/*
 * Gorush is beside Hob or near: 5 s for a connection are many. An answer repeats the notice's text
 * for each failure: 4 KiB, as much as APNs and FCM take.
 */
enum { CONNECT_MS = 5000, ANSWER_MAX = 64 * 1024 };

struct push {
	struct fetch *fetch;
	struct str url, topic;
	int timeout_ms;
	struct strbuf body;
};

struct push *
push_new(const char *url, const char *topic, int timeout_ms)
{
	struct push *p = malloc(sizeof(*p));

	if (p == NULL)
		die("out of memory");
	*p = (struct push){ fetch_new(FETCH_ANYWHERE, NULL), str_of(url), str_of(topic),
			    timeout_ms };
	strbuf_init(&p->body);
	return p;
}

void
push_free(struct push *p)
{
	if (p == NULL)
		return;
	fetch_free(p->fetch);
	strbuf_release(&p->body);
	free(p);
}

/* For Android a topic is a crowd: Gorush would tell all who subscribed to it. */
static bool
has_topic(const struct push *p, const struct push_notice *n)
{
	return n->platform == PUSH_IOS && p->topic.len > 0;
}

static void
write_text(struct json_writer *w, const char *name, struct str text)
{
	if (text.len == 0)
		return;
	json_key(w, name);
	json_string(w, text);
}

static void
write_notice(struct json_writer *w, const struct push *p, const struct push_notice *n)
{
	json_object(w);
	write_text(w, "notif_id", n->id);
	json_key(w, "tokens");
	json_array(w);
	json_string(w, n->token);
	json_end_array(w);
	json_key(w, "platform");
	json_i64(w, n->platform);
	write_text(w, "title", n->title);
	write_text(w, "message", n->message);
	write_text(w, "topic", has_topic(p, n) ? p->topic : STR_NONE);
	if (n->badge >= 0) {
		json_key(w, "badge");
		json_i64(w, n->badge);
	}
	write_text(w, "sound", n->sound);
	if (n->data.len > 0) {
		json_key(w, "data");
		json_raw(w, n->data);
	}
	write_text(w, "priority", n->priority == PUSH_HIGH ? STR("high") : STR("normal"));
	write_text(w, "collapse_id", n->collapse_id);
	json_end_object(w);
}

static void
write_body(struct push *p, const struct push_notice *n)
{
	struct json_writer w;

	strbuf_clear(&p->body, ANSWER_MAX);
	json_begin(&w, &p->body);
	json_object(&w);
	json_key(&w, "notifications");
	json_array(&w);
	write_notice(&w, p, n);
	json_end_array(&w);
	json_end_object(&w);
}

struct push_result
push_send(struct push *p, struct arena *a, const struct push_notice *n)
{
	static const struct http_pair type = { STR("Content-Type"),
					       STR("application/json") };
	const struct push_sent sent = { n->id, n->token, has_topic(p, n) ? 2 : 1 };
	struct fetch_request request = { HTTP_POST, p->url, &type, 1 };
	struct fetch_answer answer;

	write_body(p, n);
	request.body = strbuf_str(&p->body);
	request.connect_ms = CONNECT_MS;
	request.whole_ms = p->timeout_ms;
	request.answer_max_bytes = ANSWER_MAX;
	if (fetch_send(p->fetch, &request, &answer) == ERR_OK)
		return push_read(a, answer.status, answer.body, &sent);
	return (struct push_result){ answer.is_sent ? PUSH_SILENT : PUSH_AWAY,
				     push_words(a, str_of(fetch_why(p->fetch)),
						n->token) };
}
