/*
 * multipart.c: the parts of a multipart/form-data body, byte by byte as they come. A boundary has a CR at its beginning
 * and nowhere else, so that what looked like one and was none never hides the beginning of another. Runs in workers.
 */
#include "http/multipart.h"

#include <string.h>

#include "http/http.h"

enum state { FIRST_MARK, BEHIND_MARK, HEAD, DATA, EPILOGUE };

/* RFC 2046 5.1.1: bchars, of which a space is not the last. */
static bool
is_boundary(struct str s)
{
	static const char marks[] = "'()+_,-./:=? ";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || (c != '\0' && strchr(marks, c))))
			return false;
	}
	return s.len > 0 && s.len <= MULTIPART_BOUNDARY_MAX && s.ptr[s.len - 1] != ' ';
}

enum err
multipart_init(struct multipart *m, struct str content_type)
{
	struct str boundary = http_parameter(content_type, "boundary");

	if (boundary.len >= 2 && boundary.ptr[0] == '"' &&
	    boundary.ptr[boundary.len - 1] == '"')
		boundary = (struct str){ boundary.ptr + 1, boundary.len - 2 };
	if (!http_media_type_is(content_type, "multipart/form-data") ||
	    !is_boundary(boundary))
		return ERR_MALFORMED;
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.ptr, boundary.len);
	m->mark_len = boundary.len + 4;
	m->state = FIRST_MARK;
	m->matched = 2; /* the first boundary has no line before it */
	m->head_len = 0;
	return ERR_OK;
}

bool
multipart_is_whole(const struct multipart *m)
{
	return m->state == EPILOGUE && m->head_len != 1;
}

/* --- heads ------------------------------------------------------------------ */

/* The next line of a head, without its end; a line that goes on in the next one is none. */
static bool
next_line(struct str *rest, struct str *line)
{
	const char *end = memmem(rest->ptr, rest->len, "\r\n", 2);

	if (end == NULL || rest->ptr[0] == ' ' || rest->ptr[0] == '\t')
		return false;
	*line = (struct str){ rest->ptr, (size_t)(end - rest->ptr) };
	rest->len -= line->len + 2;
	rest->ptr = end + 2;
	return memchr(line->ptr, '\0', line->len) == NULL &&
	       memchr(line->ptr, '\r', line->len) == NULL;
}

static bool
is_plain(struct str encoding)
{
	return str_eq_ci(encoding, STR("binary")) || str_eq_ci(encoding, STR("8bit")) ||
	       str_eq_ci(encoding, STR("7bit"));
}

/* The Content-Disposition in a head; STR_NONE when the head is not good. */
static struct str
disposition_of(struct str head)
{
	struct str found = STR_NONE, line;

	while (head.len > 0) {
		struct str name;

		if (!next_line(&head, &line))
			return STR_NONE;
		name = str_cut(&line, ':');
		if (line.ptr == NULL)
			return STR_NONE;
		if (str_eq_ci(name, STR("Content-Transfer-Encoding")) &&
		    !is_plain(str_trim(line)))
			return STR_NONE;
		if (!str_eq_ci(name, STR("Content-Disposition")))
			continue;
		if (found.ptr != NULL)
			return STR_NONE;
		found = str_trim(line);
	}
	return http_media_type_is(found, "form-data") ? found : STR_NONE;
}

static enum err
end_head(struct multipart *m, const struct multipart_sink *sink)
{
	/* Without the empty line. */
	struct str disposition = disposition_of((struct str){ m->head, m->head_len - 2 });

	if (disposition.ptr == NULL)
		return ERR_MALFORMED;
	m->head_len = m->matched = 0;
	m->state = DATA;
	return sink->begin(sink->arg, disposition);
}

static enum err
feed_head(struct multipart *m, char c, const struct multipart_sink *sink)
{
	if (m->head_len == sizeof(m->head))
		return ERR_MALFORMED;
	m->head[m->head_len++] = c;
	if (m->head_len < 4 || memcmp(m->head + m->head_len - 4, "\r\n\r\n", 4) != 0)
		return ERR_OK;
	return end_head(m, sink);
}

/* --- what is between ---------------------------------------------------------- */

static enum err
feed_first(struct multipart *m, char c)
{
	if (c != m->mark[m->matched])
		return ERR_MALFORMED;
	if (++m->matched == m->mark_len)
		m->state = BEHIND_MARK;
	return ERR_OK;
}

/* CR LF: a part follows. Two hyphens: none does. */
static enum err
feed_behind(struct multipart *m, char c)
{
	static const char ends[][3] = { "\r\n", "--" };
	size_t at = m->head_len++;

	if (at == 0)
		m->head[0] = c;
	if (c != ends[m->head[0] == '-'][at])
		return ERR_MALFORMED;
	if (at == 1) {
		m->state = m->head[0] == '-' ? EPILOGUE : HEAD;
		m->head_len = 0;
	}
	return ERR_OK;
}

static enum err
feed_epilogue(struct multipart *m, char c)
{
	return m->head_len < 2 && c == "\r\n"[m->head_len++] ? ERR_OK : ERR_MALFORMED;
}

/* --- data -------------------------------------------------------------------- */

/* Bytes that looked like a boundary and were none. */
static enum err
give_back(struct multipart *m, const struct multipart_sink *sink)
{
	struct str bytes = { m->mark, m->matched };

	m->matched = 0;
	return bytes.len > 0 ? sink->data(sink->arg, bytes) : ERR_OK;
}

/* The bytes at the end that a boundary may go on from. It has one CR, its first, so that none begins inside of another. */
static size_t
beginning_at_end(const struct multipart *m, struct str bytes)
{
	size_t most = bytes.len < m->mark_len - 1 ? bytes.len : m->mark_len - 1;
	const char *end = bytes.ptr + bytes.len, *cr = memrchr(end - most, '\r', most);

	return cr != NULL && memcmp(cr, m->mark, (size_t)(end - cr)) == 0
		       ? (size_t)(end - cr)
		       : 0;
}

/* Those that go on a boundary which began in the piece before. */
static enum err
go_on(struct multipart *m, struct str *bytes, const struct multipart_sink *sink)
{
	size_t left = m->mark_len - m->matched, n = bytes->len < left ? bytes->len : left;

	if (memcmp(bytes->ptr, m->mark + m->matched, n) != 0)
		return give_back(m, sink);
	bytes->ptr += n;
	bytes->len -= n;
	m->matched += n;
	if (m->matched < m->mark_len)
		return ERR_OK;
	m->state = BEHIND_MARK;
	return sink->end(sink->arg);
}

/* A piece at once, up to the boundary or what may be one: whatever is sent, the sink is called a few times for each. */
static enum err
feed_data(struct multipart *m, struct str *bytes, const struct multipart_sink *sink)
{
	struct str run = *bytes;
	const char *mark;
	enum err e = ERR_OK;

	if (m->matched > 0)
		return go_on(m, bytes, sink);
	mark = memmem(run.ptr, run.len, m->mark, m->mark_len);
	m->matched = mark != NULL ? m->mark_len : beginning_at_end(m, run);
	run.len = mark != NULL ? (size_t)(mark - run.ptr) : run.len - m->matched;
	bytes->ptr += run.len + m->matched;
	bytes->len -= run.len + m->matched;
	if (run.len > 0)
		e = sink->data(sink->arg, run);
	if (e != ERR_OK || mark == NULL)
		return e;
	m->state = BEHIND_MARK;
	return sink->end(sink->arg);
}

enum err
multipart_feed(struct multipart *m, struct str bytes, const struct multipart_sink *sink)
{
	enum err e = ERR_OK;

	while (bytes.len > 0 && e == ERR_OK) {
		char c = bytes.ptr[0];

		if (m->state == DATA) {
			e = feed_data(m, &bytes, sink);
			continue;
		}
		bytes.ptr++;
		bytes.len--;
		if (m->state == FIRST_MARK)
			e = feed_first(m, c);
		else if (m->state == BEHIND_MARK)
			e = feed_behind(m, c);
		else
			e = m->state == HEAD ? feed_head(m, c, sink)
					     : feed_epilogue(m, c);
	}
	return e;
}
