#ifndef HOB_FUZZ_FUZZ_H
#define HOB_FUZZ_FUZZ_H

#include "core/arena.h"
#include "core/str.h"

/*
 * A parser, and what must hold of it for every input. `input` is exactly as long as it says, so
 * that a byte read behind it is seen; `a` is new and gone afterwards.
 */
struct fuzz_target {
	const char *name; /* of its file here, and of its folder in corpus/ */
	void (*run)(struct arena *a, struct str input);
};
extern const struct fuzz_target fuzz_targets[]; /* ends with a NULL name */

const struct fuzz_target *fuzz_find(const char *name);
void fuzz_run(const struct fuzz_target *t, struct str input);

void fuzz_body(struct arena *a, struct str input);
void fuzz_conf(struct arena *a, struct str input);
void fuzz_csv(struct arena *a, struct str input);
void fuzz_cursor(struct arena *a, struct str input);
void fuzz_date(struct arena *a, struct str input);
void fuzz_etag(struct arena *a, struct str input);
void fuzz_fcgi(struct arena *a, struct str input);
void fuzz_headers(struct arena *a, struct str input);
void fuzz_json(struct arena *a, struct str input);
void fuzz_jws(struct arena *a, struct str input);
void fuzz_language(struct arena *a, struct str input);
void fuzz_multipart(struct arena *a, struct str input);
void fuzz_push(struct arena *a, struct str input);
void fuzz_query(struct arena *a, struct str input);
void fuzz_recurrence(struct arena *a, struct str input);
void fuzz_s3(struct arena *a, struct str input);
void fuzz_text(struct arena *a, struct str input);
void fuzz_vcard(struct arena *a, struct str input);

/* Up to the first NUL: what a header can be. */
struct str fuzz_line(struct str input);
/* Ends the process with a message when `holds` is false. */
#define MUST(holds) ((holds) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #holds))
void fuzz_broken(const char *file, int line, const char *rule) __attribute__((noreturn));

#endif
