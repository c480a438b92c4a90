/*
 * types_text.c: fields that people write: texts, lines, passwords, addresses. Runs in workers.
 */
#include "serve/checkers.h"

#include "http/url.h"
#include "model/mail.h"
#include "model/password_rules.h"
#include "text/text.h"

/* Whole sentences, because other languages do not build them from the same pieces. */
struct fault
check_characters(struct req *r, const struct field *f, struct str text)
{
	if (!text_shows(text, (size_t)f->min))
		return bad("too_short",
			   request_say(r, "must be at least %lld characters long",
				       (long long)f->min));
	if (str_utf8_length(text) > (size_t)f->max)
		return bad("too_long",
			   request_say(r, "must be at most %lld characters long",
				       (long long)f->max));
	return fine;
}

static struct fault
check_bytes(struct req *r, const struct field *f, size_t size)
{
	if (size < (size_t)f->min)
		return bad("too_short", request_say(r, "must be at least %lld bytes long",
						    (long long)f->min));
	if (size > (size_t)f->max)
		return bad("too_long", request_say(r, "must be at most %lld bytes long",
						   (long long)f->max));
	return fine;
}

static const char too_many_marks[] = "must not have more than 16 marks on one letter";

/* Lines, each ended by LF, with spaces where they are. */
struct fault
check_text(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_lines(r->arena, text);
	*out = text.ptr;
	return check_characters(r, f, text);
}

struct fault
check_line(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_trim(text);
	if (!text_is_line(text))
		return bad("format", "must be one line without control characters");
	if (!text_shows(text, 1))
		text = STR("");
	*out = arena_cstr(r->arena, text);
	return check_characters(r, f, text);
}

/* Text without visible characters is no filter. */
struct fault
check_search(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_trim(text);
	*out = text_shows(text, 1) ? arena_cstr(r->arena, text) : NULL;
	return check_characters(r, f, text);
}

struct fault
check_password(struct req *r, const struct field *f, struct str text, const char **out)
{
	if (!text_password(r->arena, text, &text))
		return bad("format", "must not have control characters, or more than 16 "
				     "marks on one letter");
	*out = text.ptr;
	/* Only where one is chosen: the old one may be anything. */
	if (f->min == PASSWORD_MIN_BYTES && text.len >= PASSWORD_MIN_BYTES &&
	    password_is_common(text))
		return bad("too_common", "is one of the passwords everybody tries first");
	return check_bytes(r, f, text.len);
}

/* A shape, not a proof: only a mail that arrives proves an address. */
struct fault
check_email(struct req *r, const struct field *f, struct str text, const char **out)
{
	if (text.len <= (size_t)f->max && !mail_read(r->arena, text, &text))
		return bad("format", "must be a mail address");
	*out = text.ptr;
	return check_bytes(r, f, text.len);
}

/* What an app may open as a link: no other scheme, and no name or password in it. */
struct fault
check_url(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct http_url url;

	*out = text.ptr;
	if (!http_url_parse(text, &url) || url.has_user)
		return bad("format", "must be an address that begins with http:// or "
				     "https://");
	return check_characters(r, f, text);
}
