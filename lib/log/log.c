/*
 * log.c: events as lines of JSON.
 *
 * The line is built in one buffer and leaves in one write(2) on a descriptor
 * opened for appending, so processes that share it need no lock. Not for the
 * end of a process without memory (core/die.h). Runs in every process; each has
 * its own level and head.
 */
#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/strbuf.h"
#include "json/json.h"

/* A buffer that a long line blew up is given back. */
enum { VALUE_MAX = 1024, KEEP_BYTES = 16384 };

/* clang-format off */
static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO]  = "info",
	[LOG_WARN]  = "warn",
	[LOG_ERROR] = "error",
};
/* clang-format on */

static struct {
	int fd;
	enum log_level least;
	char program[32];
	int worker;   /* -1: none */
	bool writing; /* in a line that is wanted */
	struct strbuf line;
	struct json_writer json;
} log_state = { .fd = STDERR_FILENO, .least = LOG_INFO, .worker = -1 };

enum err
log_open(const char *path, enum log_level least)
{
	int fd = STDERR_FILENO;

	if (path != NULL)
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return ERR_IO;
	if (log_state.fd != STDERR_FILENO)
		close(log_state.fd);
	log_state.fd = fd;
	log_state.least = least;
	return ERR_OK;
}

void
log_process(const char *program, int worker)
{
	snprintf(log_state.program, sizeof(log_state.program), "%s", program);
	log_state.worker = worker;
}

/* "2026-11-23T08:30:03.000123Z" loses three of its decimals. */
static void
add_time(struct json_writer *w)
{
	char text[28];

	instant_format_us(clock_now_us(), text);
	text[23] = 'Z';
	json_key(w, "time");
	json_string(w, (struct str){ text, 24 });
}

void
log_begin(enum log_level level, const char *event)
{
	struct json_writer *w = &log_state.json;

	log_state.writing = level >= log_state.least;
	if (!log_state.writing)
		return;
	if (log_state.line.ptr == NULL)
		strbuf_init(&log_state.line);
	strbuf_clear(&log_state.line, KEEP_BYTES);
	json_begin(w, &log_state.line);
	json_object(w);
	add_time(w);
	log_cstr("level", level_names[level]);
	log_cstr("event", event);
	if (log_state.program[0] != '\0')
		log_cstr("program", log_state.program);
	if (log_state.worker >= 0)
		log_i64("worker", log_state.worker);
}

/*
 * Words of neighbours and of callers may hold any bytes, and one bad one would
 * make the line unreadable: what is not UTF-8 becomes '?', and so does a
 * character that the cut went through.
 */
static struct str
printable(struct str s, char out[VALUE_MAX])
{
	size_t n = 0;

	if (s.len > VALUE_MAX)
		s.len = VALUE_MAX;
	if (str_is_utf8(s))
		return s;
	while (s.len > 0) {
		size_t size = str_utf8_sequence(s);

		if (size == 0)
			out[n++] = '?';
		for (size_t i = 0; i < size; i++)
			out[n++] = s.ptr[i];
		size += size == 0;
		s.ptr += size;
		s.len -= size;
	}
	return (struct str){ out, n };
}

void
log_str(const char *name, struct str value)
{
	char text[VALUE_MAX];

	if (!log_state.writing || value.ptr == NULL)
		return;
	json_key(&log_state.json, name);
	json_string(&log_state.json, printable(value, text));
}

void
log_cstr(const char *name, const char *value)
{
	if (log_state.writing)
		log_str(name, str_of(value));
}

void
log_i64(const char *name, int64_t value)
{
	if (!log_state.writing)
		return;
	json_key(&log_state.json, name);
	json_i64(&log_state.json, value);
}

void
log_ms(const char *name, int64_t value_us)
{
	uint64_t us = value_us < 0 ? -(uint64_t)value_us : (uint64_t)value_us;
	char text[32];
	int n;

	if (!log_state.writing)
		return;
	n = snprintf(text, sizeof(text), "%s%llu.%03u", value_us < 0 ? "-" : "",
		     (unsigned long long)(us / 1000), (unsigned)(us % 1000));
	json_key(&log_state.json, name);
	json_raw(&log_state.json, (struct str){ text, (size_t)n });
}

void
log_end(void)
{
	struct strbuf *line = &log_state.line;

	if (!log_state.writing)
		return;
	log_state.writing = false;
	json_end_object(&log_state.json);
	strbuf_add_char(line, '\n');
	/* A log that cannot be written is not a reason to fail a request. */
	while (write(log_state.fd, line->ptr, line->len) < 0 && errno == EINTR)
		;
}

void
log_say(enum log_level level, const char *event, const char *fmt, ...)
{
	char detail[VALUE_MAX + 1];
	va_list ap;

	if (level < log_state.least)
		return;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	log_begin(level, event);
	log_cstr("detail", detail);
	log_end();
}
