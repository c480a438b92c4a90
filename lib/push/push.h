#ifndef HOB_PUSH_PUSH_H
#define HOB_PUSH_PUSH_H

#include "core/arena.h"
#include "core/str.h"
#include "push/answer.h"

/*
 * Push notifications through a Gorush server: one token in one POST, so that an answer is about one
 * device. Gorush must run with core.sync on, the local queue, log.hide_token false and max_retry 0
 * of ios and android (a try that is repeated there stays among the failures); without sync it
 * answers before it has sent anything. Not for hob-api. The process must ignore SIGPIPE.
 */
enum push_platform { PUSH_IOS = 1, PUSH_ANDROID = 2 };
enum push_priority { PUSH_NORMAL, PUSH_HIGH };

struct push_notice {
	struct str id;		/* the delivery's, the same on every try */
	struct str token;	/* of the device, never in a log */
	enum push_platform platform;
	enum push_priority priority;
	struct str title;
	struct str message;
	int badge;		/* number on the icon, 0 takes it away, iOS alone; -1: left as it is */
	struct str sound;	/* "default"; STR_NONE: silent */
	struct str data;	/* a JSON object of strings, for the app; STR_NONE: none */
	struct str collapse_id;	/* replaces the notice that bears the same, iOS alone; 64 bytes at most; or STR_NONE */
};

struct push;

/*
 * `url` is where Gorush takes notifications: http://127.0.0.1:8088/api/push; `topic` the bundle id of
 * the iOS app, "" when Gorush's certificate tells it. Connects to nothing.
 */
struct push *push_new(const char *url, const char *topic, int timeout_ms);
void push_free(struct push *p);	/* may be NULL */
/*
 * Sends, and says what came of it; the words live in `a`. After a time-out, and whenever an answer is
 * lost (PUSH_SILENT), the device may have the notice and will get it again with the next try.
 */
struct push_result push_send(struct push *p, struct arena *a, const struct push_notice *n);

#endif
