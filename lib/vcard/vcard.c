/*
 * vcard.c: lines of cards of address books, unfolded and taken apart. Runs in workers.
 */
#include "vcard/vcard.h"

#include <string.h>

#include "core/strbuf.h"

void
vcard_open(struct vcard_reader *r, struct arena *a, struct str text)
{
	*r = (struct vcard_reader){ .a = a, .rest = text };
}

/* --- lines ------------------------------------------------------------------ */

/* A line as it stands, without its end. */
static struct str
take_line(struct vcard_reader *r)
{
	struct str line = str_cut(&r->rest, '\n');

	r->line++;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool
is_folded(struct str rest)
{
	return rest.ptr != NULL && rest.len > 0 &&
	       (*rest.ptr == ' ' || *rest.ptr == '\t');
}

/* A line and those that go on with it. */
static struct str
take_unfolded(struct vcard_reader *r)
{
	struct str line = take_line(r);
	struct strbuf whole;

	if (!is_folded(r->rest))
		return line;
	strbuf_init(&whole);
	strbuf_add(&whole, line);
	while (is_folded(r->rest)) {
		line = take_line(r);
		strbuf_add(&whole, (struct str){ line.ptr + 1, line.len - 1 });
	}
	line = arena_str(r->a, strbuf_str(&whole));
	strbuf_release(&whole);
	return line;
}

/* As str_cut, passing over what stands in quotes. */
static struct str
cut_unquoted(struct str *rest, char separator)
{
	struct str all = *rest;
	bool quoted = false;

	for (size_t i = 0; i < all.len; i++) {
		quoted = quoted != (all.ptr[i] == '"');
		if (quoted || all.ptr[i] != separator)
			continue;
		*rest = (struct str){ all.ptr + i + 1, all.len - i - 1 };
		return (struct str){ all.ptr, i };
	}
	*rest = STR_NONE;
	return all;
}

static void
take_head(struct str head, struct vcard_line *out)
{
	struct str name = cut_unquoted(&head, ';');

	out->params = head;
	out->group = str_cut(&name, '.');
	out->name = name;
	if (name.ptr == NULL) {
		out->name = out->group;
		out->group = STR_NONE;
	}
}

/* --- quoted-printable ---------------------------------------------------------- */

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)((at - digits) % 16) : -1;
}

static void
add_decoded(struct strbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;

		if (text.ptr[i] != '=' || low < 0) {
			strbuf_add_char(out, text.ptr[i]);
			continue;
		}
		strbuf_add_char(out, (char)(high * 16 + low));
		i += 2;
	}
}

/* What is no UTF-8 was written by a program that knew Latin-1 alone. */
static struct str
as_utf8(struct arena *a, struct str text)
{
	struct strbuf out;

	if (str_is_utf8(text))
		return arena_str(a, text);
	strbuf_init(&out);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c >= 0x80)
			strbuf_add_char(&out, (char)(0xc0 | c >> 6));
		strbuf_add_char(&out, c < 0x80 ? (char)c : (char)(0x80 | (c & 0x3f)));
	}
	text = arena_str(a, strbuf_str(&out));
	strbuf_release(&out);
	return text;
}

/* A line that ends with = goes on behind its end. */
static struct str
decode(struct vcard_reader *r, struct str value)
{
	struct strbuf out;

	strbuf_init(&out);
	while (value.len > 0 && value.ptr[value.len - 1] == '=' && r->rest.ptr != NULL) {
		add_decoded(&out, (struct str){ value.ptr, value.len - 1 });
		value = take_line(r);
	}
	add_decoded(&out, value);
	value = as_utf8(r->a, strbuf_str(&out));
	strbuf_release(&out);
	return value;
}

/* --- properties ---------------------------------------------------------------- */

enum err
vcard_next(struct vcard_reader *r, struct vcard_line *out)
{
	struct str line = STR_NONE, head;

	*out = (struct vcard_line){ 0 };
	while (r->rest.ptr != NULL && str_trim(line).len == 0) {
		out->line = r->line + 1;
		line = take_unfolded(r);
	}
	if (str_trim(line).len == 0)
		return ERR_NOT_FOUND;
	head = cut_unquoted(&line, ':');
	if (line.ptr == NULL)
		return ERR_MALFORMED;
	take_head(head, out);
	out->value = line;
	if (vcard_has_type(out, "QUOTED-PRINTABLE"))
		out->value = decode(r, line);
	return ERR_OK;
}

bool
vcard_is(const struct vcard_line *l, const char *name)
{
	return str_eq_ci(str_trim(l->name), str_of(name));
}

static struct str
without_quotes(struct str text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return (struct str){ text.ptr + 1, text.len - 2 };
	return text;
}

static bool
is_among(struct str list, const char *type)
{
	while (list.ptr != NULL)
		if (str_eq_ci(str_trim(str_cut(&list, ',')), str_of(type)))
			return true;
	return false;
}

bool
vcard_has_type(const struct vcard_line *l, const char *type)
{
	struct str params = l->params;

	while (params.ptr != NULL) {
		struct str value = cut_unquoted(&params, ';');
		struct str name = str_cut(&value, '=');

		if (value.ptr == NULL)
			value = name;
		else if (!str_eq_ci(name, STR("TYPE")) &&
			 !str_eq_ci(name, STR("ENCODING")))
			continue;
		if (is_among(without_quotes(value), type))
			return true;
	}
	return false;
}

struct str
vcard_cut(struct str *rest, char separator)
{
	struct str all = *rest;

	for (size_t i = 0; i < all.len; i++) {
		if (all.ptr[i] == '\\') {
			i++;
		} else if (all.ptr[i] == separator) {
			*rest = (struct str){ all.ptr + i + 1, all.len - i - 1 };
			return (struct str){ all.ptr, i };
		}
	}
	*rest = STR_NONE;
	return all;
}

struct str
vcard_text(struct arena *a, struct str value)
{
	struct strbuf out;
	struct str text;

	strbuf_init(&out);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\\' && i + 1 < value.len) {
			c = value.ptr[++i];
			c = c == 'n' || c == 'N' ? '\n' : c;
		}
		strbuf_add_char(&out, c);
	}
	text = arena_str(a, strbuf_str(&out));
	strbuf_release(&out);
	return text;
}
