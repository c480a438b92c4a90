#ifndef HOB_JOBS_LETTER_H
#define HOB_JOBS_LETTER_H

#include <stdint.h>

#include "core/str.h"
#include "jobs/runner.h"

/*
 * Mails by templates: app/jobs/mails/NAME.LANGUAGE.txt, whose first line is the subject, and NAME.LANGUAGE.html. In
 * them {{name}} is a value, escaped in HTML.
 */
struct letter_value {
	const char *name;
	struct str text;
};

struct letter {
	const char *name;	/* of the template: "notice" */
	const char *language;	/* "en", "de" */
	struct str to;		/* one address */
	const char *id;		/* of the job or the delivery: of the Message-ID, the same on each try */
	int64_t date_us;	/* likewise */
	const struct letter_value *values;
	size_t value_count;
	struct str unsubscribe;	/* a URL that takes a POST (RFC 8058); STR_NONE: none */
};

/*
 * Hands it to the mail server. JOB_DONE: that one answers for it now; JOB_LATER and JOB_NEVER as it said; JOB_WAIT when
 * nobody is there or mail is set up wrong. But for JOB_DONE, r->why says why, without the address.
 */
enum job_end letter_send(struct runner *r, const struct letter *l);

#endif
