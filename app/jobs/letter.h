#ifndef HOB_JOBS_LETTER_H
#define HOB_JOBS_LETTER_H

#include <stdint.h>

#include "core/str.h"
#include "jobs/runner.h"
#include "jobs/template.h"

/* One mail to one person, by a template of app/jobs/mails (doc/HACKING.md, "Writing a mail"). */
struct letter {
	const char *name;	/* of the template: "notice" */
	const char *language;	/* "en", "de"; English for any other */
	struct str to;		/* one address */
	const char *id;		/* of the job or the delivery: of the Message-ID, the same on each try */
	int64_t date_us;	/* likewise */
	const struct letter_value *values;	/* all that the template asks for */
	size_t value_count;
	struct str unsubscribe;	/* an https URL that takes a POST (RFC 8058); STR_NONE: none */
};

/*
 * Hands it to the mail server.
 *   JOB_DONE   that one answers for it now
 *   JOB_LATER  it does not want this mail now, or was cut off at it
 *   JOB_NEVER  it refuses this mail, or mail.server is not set, so that none can leave
 *   JOB_WAIT   nobody is there, or mail is set up wrong: for half a minute the server is asked for nothing else then
 * But for JOB_DONE, r->why says why, without the address.
 */
enum job_end letter_send(struct runner *r, const struct letter *l);

#endif
