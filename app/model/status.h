#ifndef HOB_MODEL_STATUS_H
#define HOB_MODEL_STATUS_H

#include "core/strbuf.h"
#include "json/json.h"
#include "model/jobs_block.h"
#include "model/shared_block.h"

/* The present state of a pool, of hob-api or hob-admin: lines for people, or members of an object. */
void status_text(const struct shared *b, struct strbuf *out);
void status_json(const void *shared, struct json_writer *w);
/* The same of hob-jobs. */
void status_jobs_text(const struct jobs_block *b, struct strbuf *out);
void status_jobs_json(const void *jobs_block, struct json_writer *w);
/* Makes a document of such members. */
void status_document(void (*members)(const void *block, struct json_writer *w),
		     const void *block, struct strbuf *out);

#endif
