#ifndef HOB_SERVE_FIGURES_H
#define HOB_SERVE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

struct req;
struct worker;

/* Counts a request that was answered; not one that is polled by machines. */
void figures_note(struct worker *w, const struct req *r, int64_t took_us);
/*
 * Between requests, on a good link: tells the database what this pool has counted since its start, if none of its
 * workers has within a minute; at the end of a worker, `leaving`, if something was not told yet. What it is not told now
 * it is told the next time: only what nobody is left to tell is lost, of workers that are killed or end without a link.
 */
void figures_tell(struct worker *w, bool leaving);

#endif
