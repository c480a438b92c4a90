#ifndef HOB_PUSH_ANSWER_H
#define HOB_PUSH_ANSWER_H

#include "core/arena.h"
#include "core/str.h"

/*
 * What Gorush answers about one token. Its sources (github.com/appleboy/gorush 1.22, router/server.go
 * and notify/) say what that is worth:
 *   {"success":"ok","counts":N,"logs":[{"notif_id","type","platform","token","message","error"}]}
 * - `counts` are tokens taken on, and one more where there is a topic, sent or not. It is 0 when the
 *   platform is switched off.
 * - `logs` are failures alone. An error is APNs' reason (github.com/sideshow/apns2, response.go), or
 *   the message of FCM's answer (firebase.google.com/go/v4, internal/errors.go).
 * - An error that is no token's (no way to FCM, no credentials) is in no log: the answer is ok all the
 *   same. What is empty and has its count is therefore "accepted", never "delivered".
 */

/* By weight: where there are several failures, the last of these counts. */
enum push_verdict {
	PUSH_ACCEPTED,		/* Gorush took it */
	PUSH_AWAY,		/* Gorush does not take anything now, whichever notice comes */
	PUSH_SILENT,		/* it was sent, and there is no answer: the device may have it; likewise for others */
	PUSH_LATER,		/* try again: what is behind Gorush is away or busy, or set up in a way that refuses all */
	PUSH_UNKNOWN,		/* an error that nobody here knows: count it, try again, keep the device */
	PUSH_REFUSED,		/* this notice will never be taken, for its size or form; the device is well */
	PUSH_ENVIRONMENT,	/* the token is for another app or server (sandbox): dead after three in a row */
	PUSH_DEAD		/* the token is not valid any more: disable the device */
};

struct push_result {
	enum push_verdict verdict;
	const char *words;	/* without the token; "" when accepted */
};

/* What an answer must fit. */
struct push_sent {
	struct str id;
	struct str token;
	int counts_max;		/* 1, and 1 for a topic */
};

/* "accepted", "dead": for logs and counters. */
const char *push_verdict_name(enum push_verdict v);
/* Reads an answer that is whole. The words live in `a`. */
struct push_result push_read(struct arena *a, int status, struct str body, const struct push_sent *sent);
/* The words of a failure, fit for a log: one short line of ASCII, without the token. */
const char *push_words(struct arena *a, struct str text, struct str token);

#endif
