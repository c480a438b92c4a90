/*
 * mail.c: the form of a mail address. Not whether it exists: only a mail that arrives
 * proves that. Pure; runs in workers.
 */
#include "model/mail.h"

#include <stddef.h>
#include <stdint.h>

#include "text/text.h"

enum { LOCAL_MAX = 64, ASCII = 128 };

/* The parts in which a character of ASCII may stand. */
enum place { IN_LOCAL = 1, IN_DOMAIN = 2 };

/* clang-format off */
static const unsigned char places[ASCII] = {
	['0' ... '9'] = IN_LOCAL | IN_DOMAIN,
	['A' ... 'Z'] = IN_LOCAL | IN_DOMAIN,
	['a' ... 'z'] = IN_LOCAL | IN_DOMAIN,
	['-'] = IN_LOCAL | IN_DOMAIN,
	/* RFC 5322 3.2.3: atext */
	['!'] = IN_LOCAL, ['#'] = IN_LOCAL, ['$'] = IN_LOCAL, ['%'] = IN_LOCAL, ['&'] = IN_LOCAL,
	['\''] = IN_LOCAL, ['*'] = IN_LOCAL, ['+'] = IN_LOCAL, ['/'] = IN_LOCAL, ['='] = IN_LOCAL,
	['?'] = IN_LOCAL, ['^'] = IN_LOCAL, ['_'] = IN_LOCAL, ['`'] = IN_LOCAL, ['{'] = IN_LOCAL,
	['|'] = IN_LOCAL, ['}'] = IN_LOCAL, ['~'] = IN_LOCAL,
};

/* Beyond ASCII, sorted: spaces, invisible characters, and those that fold into ASCII. */
static const struct range {
	uint32_t from, to;
} unfit[] = {
	{ 0x80, 0xa0 },		/* controls, the space that does not break */
	{ 0xad, 0xad },		/* the hyphen that is not seen */
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x1680, 0x1680 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x200f },	/* spaces, joiners, marks of direction */
	{ 0x2024, 0x202f },	/* leaders made of dots, ends of lines, directions */
	{ 0x205f, 0x206f },
	{ 0x3000, 0x3000 },
	{ 0x3002, 0x3002 },	/* the full stop that IDNA reads as a dot */
	{ 0xe000, 0xf8ff },	/* private use */
	{ 0xfe50, 0xfe6f },	/* small characters of ASCII */
	{ 0xfeff, 0xff5e },	/* the byte order mark, ASCII of full width */
	{ 0xff61, 0xff61 },	/* another full stop */
	{ 0xfff0, 0xffff },
	{ 0xe0000, 0x10ffff },	/* tags, private use */
};
/* clang-format on */

static uint32_t
code_of(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint32_t code = p[0] & (0xffu >> (s.len + 1));

	for (size_t i = 1; i < s.len; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

static bool
fits(struct str character, enum place place)
{
	uint32_t code;

	if (character.len == 1)
		return (places[(unsigned char)character.ptr[0]] & place) != 0;
	code = code_of(character);
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
		if (code >= unfit[i].from && code <= unfit[i].to)
			return false;
	return true;
}

static bool
all_fit(struct str s, enum place place)
{
	while (s.len > 0) {
		size_t n = str_utf8_sequence(s);

		if (n == 0 || !fits((struct str){ s.ptr, n }, place))
			return false;
		s = (struct str){ s.ptr + n, s.len - n };
	}
	return true;
}

static bool
is_label(struct str s)
{
	return s.len > 0 && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-' &&
	       all_fit(s, IN_DOMAIN);
}

static bool
is_word(struct str s)
{
	return s.len > 0 && all_fit(s, IN_LOCAL);
}

/* Pieces with dots between; an empty one is none. */
static bool
is_dotted(struct str s, bool (*is_piece)(struct str))
{
	while (s.ptr != NULL)
		if (!is_piece(str_cut(&s, '.')))
			return false;
	return true;
}

/* IDNA drops invisible characters: two addresses that look alike would be one or none. */
static bool
is_seen(struct str s)
{
	return text_shows(s, str_utf8_length(s));
}

bool
mail_read(struct arena *a, struct str text, struct str *out)
{
	struct str domain = str_trim(text), local;

	if (!is_seen(domain))
		return false;
	local = text_nfc(a, str_cut(&domain, '@'));
	if (local.ptr == NULL || domain.ptr == NULL || !text_domain(a, domain, &domain))
		return false;
	*out = str_of(arena_printf(a, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain)));
	return local.len <= LOCAL_MAX && is_dotted(local, is_word) &&
	       is_dotted(domain, is_label);
}
