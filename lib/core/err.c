/*
 * err.c: names of error codes for logs.
 *
 * Not for clients: what a client reads is in app/serve/problems.c.
 * Runs in every process.
 */
#include "core/err.h"

#include <stddef.h>

/* clang-format off */
static const char *const names[ERR_COUNT] = {
	[ERR_OK]           = "ok",
	[ERR_MALFORMED]    = "malformed",
	[ERR_INVALID]      = "invalid",
	[ERR_UNAUTHORIZED] = "unauthorized",
	[ERR_PLAN_LIMIT]   = "plan_limit",
	[ERR_FORBIDDEN]    = "forbidden",
	[ERR_NOT_FOUND]    = "not_found",
	[ERR_METHOD]       = "method",
	[ERR_CONFLICT]     = "conflict",
	[ERR_RUNNING]      = "running",
	[ERR_GONE]         = "gone",
	[ERR_STALE]        = "stale",
	[ERR_TOO_LARGE]    = "too_large",
	[ERR_MEDIA_TYPE]   = "media_type",
	[ERR_REUSED]       = "reused",
	[ERR_DONE]         = "done",
	[ERR_TOO_MANY]     = "too_many",
	[ERR_FULL]         = "full",
	[ERR_BUSY]         = "busy",
	[ERR_TIMEOUT]      = "timeout",
	[ERR_CLOSED]       = "closed",
	[ERR_IO]           = "io",
	[ERR_INTERNAL]     = "internal",
};
/* clang-format on */

const char *
err_name(enum err e)
{
	if ((unsigned)e >= ERR_COUNT || names[e] == NULL)
		return "unknown";
	return names[e];
}
