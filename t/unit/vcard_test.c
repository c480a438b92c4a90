/* vcard_test.c: lines of cards, as programs write them. */
#include "vcard/vcard.h"

#include <check.h>
#include <string.h>

#include "core/strbuf.h"
#include "ical/ical.h"

Suite *vcard_suite(void);

static struct arena a;
static struct vcard_reader reader;
static struct vcard_line line;

static void
set_up(void)
{
	arena_init(&a, 4096);
}

static void
tear_down(void)
{
	arena_release(&a);
}

static void
open_first(const char *text)
{
	vcard_open(&reader, &a, str_of(text));
	ck_assert_int_eq(vcard_next(&reader, &line), ERR_OK);
}

static void
expect(struct str got, const char *wanted)
{
	ck_assert_msg(str_is(got, wanted), "%.*s and not %s", STR_FMT(got), wanted);
}

START_TEST(a_line_is_taken_apart)
{
	open_first("item1.TEL;TYPE=\"cell,voice\";PREF=1;X-A=\"b:c;d\":+1 802\r\n");
	expect(line.group, "item1");
	expect(line.name, "TEL");
	expect(line.value, "+1 802");
	ck_assert(vcard_is(&line, "tel"));
	ck_assert(vcard_has_type(&line, "CELL"));
	ck_assert(vcard_has_type(&line, "voice"));
	ck_assert(!vcard_has_type(&line, "1"));
	open_first("TEL;CELL;ENCODING=8BIT:1");
	ck_assert(vcard_has_type(&line, "cell"));
	ck_assert(line.group.ptr == NULL);
	ck_assert_int_eq(vcard_next(&reader, &line), ERR_NOT_FOUND);
}
END_TEST

START_TEST(folded_lines_are_one)
{
	open_first("\r\n\nNOTE:a\r\n b\n\tc\nFN:d\n");
	expect(line.value, "abc");
	ck_assert_int_eq(line.line, 3);
	ck_assert_int_eq(vcard_next(&reader, &line), ERR_OK);
	expect(line.value, "d");
	ck_assert_int_eq(line.line, 6);
}
END_TEST

START_TEST(quoted_printable_of_old_phones_is_decoded)
{
	open_first("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BC=\r\nller=\r\n="
		   "3D\r\nN:x\r\n");
	expect(line.value, "M\xc3\xbcller=");
	ck_assert_int_eq(vcard_next(&reader, &line), ERR_OK);
	expect(line.name, "N");
	/* Latin-1, and escapes that are none. */
	open_first("FN;QUOTED-PRINTABLE:M=FCller=4=zz=");
	expect(line.value, "M\xc3\xbcller=4=zz=");
}
END_TEST

START_TEST(a_line_without_a_colon_is_named)
{
	open_first("FN:a\nnonsense\n");
	ck_assert_int_eq(vcard_next(&reader, &line), ERR_MALFORMED);
	ck_assert_int_eq(reader.line, 2);
	ck_assert_int_eq(line.line, 2);
	ck_assert(line.name.ptr == NULL && line.value.ptr == NULL);
}
END_TEST

START_TEST(parts_are_cut_where_no_backslash_is)
{
	struct str rest = STR("a\\;b;c\\\\;\\");

	expect(vcard_text(&a, vcard_cut(&rest, ';')), "a;b");
	expect(vcard_text(&a, vcard_cut(&rest, ';')), "c\\");
	expect(vcard_text(&a, vcard_cut(&rest, ';')), "\\");
	ck_assert(rest.ptr == NULL);
	expect(vcard_text(&a, STR("two\\nlines\\N\\,\\:")), "two\nlines\n,:");
}
END_TEST

START_TEST(what_is_written_comes_back)
{
	const char *text =
		"a\\b;c,d\n\xc3\xbc: long enough that it has to be folded somewhere "
		"within \xf0\x9f\x8f\xa1\xf0\x9f\x8f\xa1\xf0\x9f\x8f\xa1";
	struct strbuf out;

	strbuf_init(&out);
	ical_text(&out, "NOTE", str_of(text));
	open_first(arena_cstr(&a, strbuf_str(&out)));
	expect(vcard_text(&a, line.value), text);
	strbuf_release(&out);
}
END_TEST

Suite *
vcard_suite(void)
{
	Suite *s = suite_create("vcard");
	TCase *t = tcase_create("lines");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_line_is_taken_apart);
	tcase_add_test(t, folded_lines_are_one);
	tcase_add_test(t, quoted_printable_of_old_phones_is_decoded);
	tcase_add_test(t, a_line_without_a_colon_is_named);
	tcase_add_test(t, parts_are_cut_where_no_backslash_is);
	tcase_add_test(t, what_is_written_comes_back);
	suite_add_tcase(s, t);
	return s;
}
