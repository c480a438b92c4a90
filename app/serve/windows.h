#ifndef HOB_SERVE_WINDOWS_H
#define HOB_SERVE_WINDOWS_H

#include "limit/limit.h"
#include "serve/request.h"

/* Private to limits.c and secrets.c. `rate` is one of enum rate, or of the program's. */

/* The requests that pass in a window (0: no limit), and its length. */
int64_t window_count(const struct req *r, int rate);
int64_t window_length_ms(const struct req *r, int rate);
int64_t window_whole_seconds(int64_t ms);
struct limiter *window_limiter(const struct req *r);
/* Takes `n` of `who`. ERR_OK, or ERR_TOO_MANY with r->retry_after_s; either is told in the reply. */
enum err window_take(struct req *r, int rate, struct str who, int n);
/* Gives `n` back. */
void window_give(struct req *r, int rate, struct str who, int n);
/* Counts a try at a password; then settles its result. Results as window_take. */
enum err window_try(struct req *r, struct str who);
void window_settle(struct req *r, struct str who, enum err e);

#endif
