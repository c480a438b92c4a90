/*
 * message.c: one mail as bytes, for smtp.c to send. Nothing that came from people gets
 * into a header unless it is one line. Pure; runs where mails are sent.
 */
#include "mail/message.h"

#include <string.h>

#include "core/date.h"
#include "mail/encode.h"
#include "text/text.h"

/* "=_" is not in quoted-printable. */
#define BOUNDARY "=_hob"

enum {
	PLAIN_MAX = 66,	   /* with "Subject: " a line of at most 76 */
	ADDRESS_MAX = 320, /* RFC 5321: 64, "@" and 255 */
	LINE_MAX = 990,	   /* RFC 5322: 998; a URL cannot be folded */
};

/* --- What may stand where ------------------------------------------------ */

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_control(s.ptr[i]))
			return true;
	return false;
}

static bool
is_line(struct str s)
{
	return s.len <= LINE_MAX && !has_control(s) && str_is_utf8(s);
}

static bool
is_text(struct str s)
{
	return s.len > 0 && memchr(s.ptr, '\0', s.len) == NULL && str_is_utf8(s);
}

static bool
is_subject(struct str s)
{
	return s.len > 0 && is_line(s);
}

/* Two sides of one "@", and nothing that a header or a command of SMTP reads as more. */
static bool
is_address(struct str s)
{
	struct str domain = s, local = str_cut(&domain, '@');

	if (s.len > ADDRESS_MAX || !is_line(s) || local.len == 0 || domain.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" \"(),:;<>[\\]", s.ptr[i]) != NULL)
			return false;
	return memchr(domain.ptr, '@', domain.len) == NULL;
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] > '~')
			return false;
	return true;
}

static bool
is_id(struct str s)
{
	return is_ascii(s) && is_address(s);
}

static bool
is_link(struct str s)
{
	if (s.ptr == NULL)
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" <>", s.ptr[i]) != NULL)
			return false;
	return str_starts(s, STR("https://")) && is_ascii(s) && is_line(s);
}

static const struct part {
	const char *name;
	size_t offset;
	bool (*is_good)(struct str);
} parts[] = {
	{ "from", offsetof(struct mail, from), is_address },
	{ "from_name", offsetof(struct mail, from_name), is_line },
	{ "to", offsetof(struct mail, to), is_address },
	{ "subject", offsetof(struct mail, subject), is_subject },
	{ "message_id", offsetof(struct mail, message_id), is_id },
	{ "text", offsetof(struct mail, text), is_text },
	{ "html", offsetof(struct mail, html), is_text },
	{ "unsubscribe", offsetof(struct mail, unsubscribe), is_link },
};

/* The part that cannot be sent, or NULL. */
static const char *
find_fault(const struct mail *m)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct str value;

		memcpy(&value, (const char *)m + parts[i].offset, sizeof(value));
		if (!parts[i].is_good(value))
			return parts[i].name;
	}
	return NULL;
}

/* --- Headers ------------------------------------------------------------- */

static void
add_date(struct strbuf *out, int64_t us)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun",
					    "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t s = us / 1000000;
	int day = (int)(s / 86400), y, m, d;

	date_civil(day, &y, &m, &d);
	strbuf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[day % 7], d,
		    months[m - 1], y, (int)(s / 3600 % 24), (int)(s / 60 % 60),
		    (int)(s % 60));
}

static void
add_from(struct strbuf *out, struct str name, struct str address)
{
	strbuf_add_cstr(out, "From: ");
	if (name.len <= PLAIN_MAX && mail_is_phrase(name))
		strbuf_add(out, name);
	else
		mail_encode_words(out, name);
	strbuf_addf(out, name.len > 0 ? "\r\n <%.*s>\r\n" : "%.*s\r\n", STR_FMT(address));
}

/* An encoded word is left to those who need it: people read headers, too. */
static void
add_subject(struct strbuf *out, struct str subject)
{
	bool is_plain = subject.len <= PLAIN_MAX && is_ascii(subject) &&
			memmem(subject.ptr, subject.len, "=?", 2) == NULL &&
			str_eq(subject, str_trim(subject));

	strbuf_add_cstr(out, "Subject: ");
	if (is_plain)
		strbuf_add(out, subject);
	else
		mail_encode_words(out, subject);
	strbuf_add_cstr(out, "\r\n");
}

static void
add_unsubscribe(struct strbuf *out, struct str url)
{
	if (url.ptr != NULL)
		strbuf_addf(out,
			    "List-Unsubscribe:\r\n <%.*s>\r\n"
			    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
			    STR_FMT(url));
}

static void
add_part(struct strbuf *out, const char *type, struct str body)
{
	strbuf_addf(out,
		    "\r\n--" BOUNDARY "\r\nContent-Type: %s; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		    type);
	mail_encode_body(out, body);
}

struct str
mail_wire_address(struct arena *a, struct str address)
{
	struct str domain = address, local = str_cut(&domain, '@');

	if (!text_domain_ascii(a, domain, &domain))
		return STR_NONE;
	return str_of(arena_printf(a, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain)));
}

enum err
mail_write(struct arena *a, const struct mail *m, struct strbuf *out, const char **fault)
{
	struct str from = mail_wire_address(a, m->from);
	struct str to = mail_wire_address(a, m->to);

	*fault = from.ptr == NULL ? "from" : to.ptr == NULL ? "to" : find_fault(m);
	if (*fault != NULL)
		return ERR_INVALID;
	add_date(out, m->date_us);
	add_from(out, m->from_name, from);
	strbuf_addf(out, "To: %.*s\r\n", STR_FMT(to));
	add_subject(out, m->subject);
	strbuf_addf(out, "Message-ID: <%.*s>\r\n", STR_FMT(m->message_id));
	add_unsubscribe(out, m->unsubscribe);
	strbuf_add_cstr(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
			     "Content-Type: multipart/alternative; boundary=\"" BOUNDARY
			     "\"\r\n");
	add_part(out, "text/plain", m->text);
	add_part(out, "text/html", m->html);
	strbuf_add_cstr(out, "\r\n--" BOUNDARY "--\r\n");
	return ERR_OK;
}
