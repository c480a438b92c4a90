#ifndef HOB_LOG_LOG_H
#define HOB_LOG_LOG_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * One JSON object per line, one write(2) per line, to stderr or a file, so that lines of
 * several processes never mix. Every line starts with time (RFC 3339, milliseconds),
 * level and event:
 *
 *	log_begin(LOG_WARN, "worker_died");
 *	log_i64("pid", pid);
 *	log_cstr("route", name);
 *	log_end();
 *
 * A line below the level costs one comparison: the calls between do nothing. Lines that
 * cannot be written (a full disk) are counted, over all processes that were forked since
 * log_open, and reported by a line `log_lost` with their number in `lines` as soon as one
 * can be written; the next one after a line that was cut short begins a new line. Values
 * longer than 1,024 bytes are cut. Never log bodies, tokens, mail addresses.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/*
 * `path` NULL: stderr. ERR_IO when the file cannot be opened (errno tells);
 * logging then stays where it was. Call again with the same path to reopen
 * after rotation.
 */
enum err log_open(const char *path, enum log_level least);
/* In a child that logs nothing: closes the file, which may be moved away. */
void log_drop(void);
/* Fields put at the head of every line of this process from now on, such as "worker": 3. */
void log_process(const char *program, int worker);

void log_begin(enum log_level level, const char *event);
void log_str(const char *name, struct str value);	/* STR_NONE writes nothing */
void log_cstr(const char *name, const char *value);	/* NULL writes nothing */
void log_i64(const char *name, int64_t value);
/* Microseconds printed as milliseconds with three decimals. */
void log_ms(const char *name, int64_t value_us);
void log_end(void);
/* One line with one "detail" in printf form. */
void log_say(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
