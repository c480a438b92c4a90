#ifndef HOB_MODEL_GOOGLE_H
#define HOB_MODEL_GOOGLE_H

#include "core/arena.h"
#include "core/err.h"
#include "json/json.h"
#include "model/config.h"

/* What Google Play sends by Pub/Sub. Texts live in the arena. */
struct google_push {
	const char *id;		/* messageId */
	const char *purchase;	/* its token; NULL: it is about none */
};
/*
 * The body of a push. ERR_MALFORMED: it is no such thing; ERR_FORBIDDEN: it is about another app.
 */
enum err google_read_push(struct arena *a, const struct config *c, struct str body, struct google_push *out);
/*
 * Whether the token of a push claims what ours would, whoever signed it: who issued it, for whom and when. NULL, or why
 * not in words of ours.
 */
const char *google_claims_fault(struct arena *a, const struct config *c, struct str token);

#endif
