#ifndef HOB_MODEL_METRICS_H
#define HOB_MODEL_METRICS_H

#include "core/strbuf.h"
#include "model/jobs_block.h"
#include "model/shared_block.h"

/* What Prometheus is told, in its text format 0.0.4, from shared memory alone. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_pool(const struct shared *b, struct strbuf *out);
void metrics_jobs(const struct jobs_block *b, struct strbuf *out);

/* --- for those two ------------------------------------------------------------ */

/* How a field of a block is to be read. */
enum metric_as {
	METRIC_U32,
	METRIC_I32,
	METRIC_U64,
	METRIC_NS,			/* a time, told in seconds */
	METRIC_US
};

/* A field that is told as it is. Rows of one name stand together and have one help. */
struct metric {
	const char *name, *type, *help;
	const char *labels;		/* "reason=\"stale\""; NULL: none */
	enum metric_as as;
	size_t at;			/* in the block */
};

void metric_rows(struct strbuf *out, const struct metric *rows, size_t count, const void *block);
/* The head of a metric that is made by hand, and its values behind it. Labels NULL: none. */
void metric_head(struct strbuf *out, const char *name, const char *type, const char *help);
void metric_value(struct strbuf *out, const char *name, const char *labels, uint64_t n);
void metric_seconds(struct strbuf *out, const char *name, const char *labels, uint64_t ns);
/* `name`="`value`" in the form that the format wants. */
void metric_label(struct strbuf *out, const char *name, const char *value);
/* A value with one label. */
void metric_of(struct strbuf *out, const char *name, const char *label, const char *value, uint64_t n);
/* What every master has: its workers. */
void metrics_board(const struct scoreboard *b, struct strbuf *out);

#endif
