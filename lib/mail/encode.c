/*
 * encode.c: quoted-printable for bodies, encoded words for headers. Both write a byte as
 * "=" and two hex digits. Pure.
 */
#include "mail/encode.h"

#include <string.h>

enum {
	BODY_MAX = 76,
	WORD_MAX = 76 - 10 - 12, /* a line without "Message-ID" and "=?UTF-8?Q?" "?=" */
};

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 2047, 5 (3): what an encoded word in a phrase may hold. */
static bool
is_safe(char c)
{
	return is_letter_or_digit(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static void
add_hex(struct strbuf *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;
	const char code[] = { '=', digits[byte >> 4], digits[byte & 15] };

	strbuf_add_bytes(out, code, sizeof(code));
}

/* Length of the end of a line that `text` begins with; at the end of it 0. */
static size_t
line_end(struct str text)
{
	if (str_starts(text, STR("\r\n")))
		return 2;
	return str_starts(text, STR("\n")) ? 1 : 0;
}

/* A space at the end of a line would be lost on the way. */
static bool
stays_as_it_is(struct str text)
{
	char c = text.ptr[0];
	struct str rest = { text.ptr + 1, text.len - 1 };

	if (c == ' ' || c == '\t')
		return rest.len > 0 && line_end(rest) == 0;
	return c > ' ' && c <= '~' && c != '=';
}

static void
skip(struct str *text, size_t n)
{
	*text = (struct str){ text->ptr + n, text->len - n };
}

/* One line of the text, its end not included: by soft breaks several lines of the mail. */
static void
encode_line(struct strbuf *out, struct str *text)
{
	size_t column = 0;

	for (; text->len > 0 && line_end(*text) == 0; skip(text, 1)) {
		size_t width = stays_as_it_is(*text) ? 1 : 3;

		if (column + width > BODY_MAX - 1) {
			strbuf_add_cstr(out, "=\r\n");
			column = 0;
		}
		column += width;
		if (width == 1)
			strbuf_add_char(out, text->ptr[0]);
		else
			add_hex(out, text->ptr[0]);
	}
}

void
mail_encode_body(struct strbuf *out, struct str text)
{
	while (text.len > 0) {
		encode_line(out, &text);
		skip(&text, line_end(text));
		strbuf_add_cstr(out, "\r\n");
	}
}

static size_t
width_of(struct str character)
{
	size_t width = 0;

	for (size_t i = 0; i < character.len; i++)
		width += is_safe(character.ptr[i]) || character.ptr[i] == ' ' ? 1 : 3;
	return width;
}

static void
add_character(struct strbuf *out, struct str character)
{
	for (size_t i = 0; i < character.len; i++) {
		char c = character.ptr[i];

		if (c == ' ' || is_safe(c))
			strbuf_add_char(out, (char)(c == ' ' ? '_' : c));
		else
			add_hex(out, c);
	}
}

/* One encoded word of as many characters as there is room for. */
static void
encode_word(struct strbuf *out, struct str *text)
{
	size_t width = 0;

	strbuf_add_cstr(out, "=?UTF-8?Q?");
	while (text->len > 0) {
		size_t n = str_utf8_sequence(*text);
		struct str character = { text->ptr, n > 0 ? n : 1 };

		width += width_of(character);
		if (width > WORD_MAX)
			break;
		add_character(out, character);
		skip(text, character.len);
	}
	strbuf_add_cstr(out, "?=");
}

void
mail_encode_words(struct strbuf *out, struct str text)
{
	while (text.len > 0) {
		encode_word(out, &text);
		if (text.len > 0)
			strbuf_add_cstr(out, "\r\n ");
	}
}

bool
mail_is_phrase(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_safe(text.ptr[i]) && text.ptr[i] != ' ')
			return false;
	return true;
}
