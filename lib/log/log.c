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
#include <sys/mman.h>
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

/*
 * Lost lines of all processes that share a log; the first that can reports them. Shared
 * across fork.
 */
struct losses {
	uint64_t lines; /* not written and not reported yet; atomic */
	uint32_t torn;	/* the log ends in the middle of a line; atomic */
};

static struct losses own_losses;

static struct {
	int fd;
	enum log_level least;
	char program[32];
	int worker;   /* -1: none */
	bool writing; /* in a line that is wanted */
	struct strbuf line;
	struct json_writer json;
	struct losses *losses;
} log_state = {
	.fd = STDERR_FILENO, .least = LOG_INFO, .worker = -1, .losses = &own_losses
};

static void
share_losses(void)
{
	void *page;

	if (log_state.losses != &own_losses)
		return;
	page = mmap(NULL, sizeof(struct losses), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	log_state.losses = page;
	*log_state.losses = own_losses;
}

/* A full disk, or the end of the machine, may have cut the last line that is there. */
static bool
ends_torn(const char *path)
{
	int fd = path != NULL ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	char last = '\n';

	if (end > 0 && pread(fd, &last, 1, end - 1) != 1)
		last = '\n';
	if (fd >= 0)
		close(fd);
	return last != '\n';
}

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
	share_losses();
	__atomic_store_n(&log_state.losses->torn, ends_torn(path), __ATOMIC_RELAXED);
	return ERR_OK;
}

void
log_drop(void)
{
	if (log_state.fd != STDERR_FILENO)
		close(log_state.fd);
	log_state.fd = STDERR_FILENO;
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

static void
add_word(struct json_writer *w, const char *name, const char *value)
{
	json_key(w, name);
	json_cstring(w, value);
}

/* The line end in front is written only where the log ends in the middle of a line. */
static void
begin_line(struct json_writer *w, struct strbuf *line, enum log_level level,
	   const char *event)
{
	strbuf_add_char(line, '\n');
	json_begin(w, line);
	json_object(w);
	add_time(w);
	add_word(w, "level", level_names[level]);
	add_word(w, "event", event);
	if (log_state.program[0] != '\0')
		add_word(w, "program", log_state.program);
	if (log_state.worker >= 0) {
		json_key(w, "worker");
		json_i64(w, log_state.worker);
	}
}

void
log_begin(enum log_level level, const char *event)
{
	log_state.writing = level >= log_state.least;
	if (!log_state.writing)
		return;
	if (log_state.line.ptr == NULL)
		strbuf_init(&log_state.line);
	strbuf_clear(&log_state.line, KEEP_BYTES);
	begin_line(&log_state.json, &log_state.line, level, event);
}

/*
 * Texts from other services and from callers may hold any bytes, and a bad one would make
 * the line unreadable: bytes that are not UTF-8 become '?', and so does a character that
 * was cut.
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

/* Writes all, or as much as it can. Returns how much. */
static size_t
write_all(const char *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(log_state.fd, from + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* A line as begin_line began it. False when the log has not all of it. */
static bool
write_line(struct strbuf *line)
{
	uint32_t *torn = &log_state.losses->torn;
	bool apart = __atomic_exchange_n(torn, 0, __ATOMIC_RELAXED) != 0;
	const char *from;
	size_t len, done;

	strbuf_add_char(line, '\n');
	from = line->ptr + !apart;
	len = line->len - !apart;
	done = write_all(from, len);
	if (done > 0 ? from[done - 1] != '\n' : apart)
		__atomic_store_n(torn, 1, __ATOMIC_RELAXED);
	return done == len;
}

static void
add_lost(uint64_t lines)
{
	__atomic_fetch_add(&log_state.losses->lines, lines, __ATOMIC_RELAXED);
}

/* Before the first line that can be written again. False when it cannot. */
static bool
tell_losses(void)
{
	struct losses *l = log_state.losses;
	struct json_writer json;
	struct strbuf line;
	uint64_t lost;
	bool told;

	if (__atomic_load_n(&l->lines, __ATOMIC_RELAXED) == 0)
		return true;
	lost = __atomic_exchange_n(&l->lines, 0, __ATOMIC_RELAXED);
	strbuf_init(&line);
	begin_line(&json, &line, LOG_WARN, "log_lost");
	json_key(&json, "lines");
	json_i64(&json, (int64_t)lost);
	json_end_object(&json);
	told = lost == 0 || write_line(&line);
	if (!told)
		add_lost(lost);
	strbuf_release(&line);
	return told;
}

/* A log that cannot be written is not a reason to fail a request. */
void
log_end(void)
{
	if (!log_state.writing)
		return;
	log_state.writing = false;
	json_end_object(&log_state.json);
	if (!tell_losses() || !write_line(&log_state.line))
		add_lost(1);
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
