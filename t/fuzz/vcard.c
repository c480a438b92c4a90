/*
 * vcard.c: a text of a card comes back when it is written again; parts of a value are within it.
 */
#include "vcard/vcard.h"

#include <string.h>

#include "core/strbuf.h"
#include "fuzz.h"
#include "ical/ical.h"

static struct str
written_again(struct arena *a, struct str text)
{
	struct vcard_reader r;
	struct vcard_line line;
	struct strbuf out;

	strbuf_init(&out);
	ical_text(&out, "NOTE", text);
	vcard_open(&r, a, arena_str(a, strbuf_str(&out)));
	strbuf_release(&out);
	MUST(vcard_next(&r, &line) == ERR_OK && vcard_is(&line, "note"));
	text = vcard_text(a, line.value);
	MUST(vcard_next(&r, &line) == ERR_NOT_FOUND);
	return text;
}

void
fuzz_vcard(struct arena *a, struct str input)
{
	struct vcard_reader r;
	struct vcard_line line;
	enum err e;
	int last = 0;

	if (!str_is_utf8(input))
		return;
	vcard_open(&r, a, input);
	while ((e = vcard_next(&r, &line)) != ERR_NOT_FOUND) {
		struct str rest = line.value, text;
		size_t parts = 0;

		MUST(e == ERR_OK || e == ERR_MALFORMED);
		if (e != ERR_OK)
			continue;
		MUST(line.line > last && line.line <= r.line);
		last = line.line;
		MUST(str_is_utf8(line.value));
		while (rest.ptr != NULL)
			parts += vcard_cut(&rest, ';').len + 1;
		MUST(parts == line.value.len + 1);
		vcard_has_type(&line, "cell");
		/* Control characters are left out the first time. */
		text = written_again(a, vcard_text(a, line.value));
		MUST(str_eq(written_again(a, text), text));
	}
}
