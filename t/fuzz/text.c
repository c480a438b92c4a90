/*
 * text.c: text has one form: normalising it twice changes nothing; the same for mail
 * addresses, domains and passwords.
 */
#include "text/text.h"

#include <string.h>

#include "fuzz.h"
#include "model/mail.h"

static void
must_be_text(struct str s)
{
	MUST(str_is_utf8(s) && fuzz_line(s).len == s.len);
}

static void
must_keep_one_form(struct arena *a, struct str text)
{
	struct str nfc = text_nfc(a, text), lines = text_lines(a, text);

	must_be_text(lines);
	MUST(str_eq(text_lines(a, lines), lines));
	MUST(memchr(lines.ptr, '\r', lines.len) == NULL);
	if (nfc.ptr == NULL)
		return;
	must_be_text(nfc);
	MUST(str_eq(text_nfc(a, nfc), nfc));
}

static void
must_be_a_piece(struct arena *a, struct str text)
{
	struct str trimmed = text_trim(text), squeezed = text_squeeze(a, text);

	must_be_text(trimmed);
	MUST(trimmed.len <= text.len && str_eq(text_trim(trimmed), trimmed));
	MUST(text_shows(trimmed, 1) == text_shows(text, 1));
	must_be_text(squeezed);
	MUST(str_eq(text_squeeze(a, squeezed), squeezed));
	MUST(str_utf8_length(text) <= text.len);
	MUST(!text_is_line(text) || memchr(text.ptr, '\n', text.len) == NULL);
}

static void
must_be_read_again(struct arena *a, struct str text)
{
	static bool (*const readers[])(struct arena *, struct str,
				       struct str *) = { text_domain, text_password,
							 mail_read };

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct str once, twice;

		if (!readers[i](a, text, &once))
			continue;
		must_be_text(once);
		MUST(readers[i](a, once, &twice) && str_eq(once, twice));
	}
}

void
fuzz_text(struct arena *a, struct str input)
{
	struct str text = fuzz_line(input);

	if (!str_is_utf8(text))
		return;
	text = arena_str(a, text);
	must_keep_one_form(a, text);
	must_be_a_piece(a, text);
	must_be_read_again(a, text);
}
