/*
 * push.c: answers of Gorush. Whatever it says, a device is given up only for a failure of the notice
 * that was sent, and the words can be logged.
 */
#include <string.h>

#include "core/strbuf.h"
#include "fuzz.h"
#include "json/json.h"
#include "push/answer.h"

static const struct push_sent sent = { STR("n1"), STR("c0ffee"), 1 };

static void
must_be_words(const struct push_result *r)
{
	size_t len = strlen(r->words);

	MUST(len < 256);
	for (size_t i = 0; i < len; i++)
		MUST(r->words[i] >= ' ' && r->words[i] <= '~');
	MUST(strstr(r->words, "c0ffee") == NULL);
	MUST((r->verdict == PUSH_ACCEPTED) == (len == 0));
}

/* The input as the error of one failure. */
static void
must_be_known_to_be_dead(struct arena *a, struct str error)
{
	struct push_result r;
	struct json_writer w;
	struct strbuf out;

	if (!str_is_utf8(error) || fuzz_line(error).len != error.len)
		return;
	strbuf_init(&out);
	strbuf_add_cstr(&out, "{\"success\":\"ok\",\"counts\":1,\"logs\":[{\"notif_id\":"
			      "\"n1\",\"type\":\"failed-push\",\"error\":");
	json_begin(&w, &out);
	json_string(&w, error);
	strbuf_add_cstr(&out, "}]}");
	r = push_read(a, 200, arena_str(a, strbuf_str(&out)), &sent);
	strbuf_release(&out);
	MUST(r.verdict != PUSH_ACCEPTED);
	MUST(r.verdict != PUSH_DEAD || str_is(error, r.words));
}

void
fuzz_push(struct arena *a, struct str input)
{
	struct push_result r = push_read(a, 200, input, &sent);

	must_be_words(&r);
	MUST(r.verdict != PUSH_ACCEPTED || memmem(input.ptr, input.len, "ok", 2) != NULL);
	r = push_read(a, 400, input, &sent);
	must_be_words(&r);
	MUST(r.verdict == PUSH_REFUSED);
	must_be_known_to_be_dead(a, input);
}
