/*
 * multipart_test.c: bodies of multipart/form-data, whole and cut anywhere, and those that are none.
 */
#include "http/multipart.h"

#include <check.h>
#include <string.h>

#include "core/strbuf.h"

Suite *multipart_suite(void);

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define TYPE "multipart/form-data; boundary=ab"
#define FILE_HEAD "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"

static enum err
note_begin(void *arg, struct str disposition)
{
	(void)disposition;
	strbuf_add_char(arg, '<');
	return ERR_OK;
}

static enum err
note_data(void *arg, struct str bytes)
{
	ck_assert_uint_gt(bytes.len, 0);
	strbuf_add(arg, bytes);
	return ERR_OK;
}

static enum err
note_end(void *arg)
{
	strbuf_add_char(arg, '>');
	return ERR_OK;
}

/* What a body says, "<one><two>", when it is fed `piece` bytes at a time; "!" where it is none. */
static void
read_body(struct strbuf *out, const char *body, size_t piece)
{
	const struct multipart_sink sink = { out, note_begin, note_data, note_end };
	struct multipart m;
	size_t len = strlen(body);

	strbuf_clear(out, 0);
	ck_assert_int_eq(multipart_init(&m, STR(TYPE)), ERR_OK);
	for (size_t at = 0; at < len; at += piece) {
		struct str bytes = { body + at, len - at < piece ? len - at : piece };

		if (multipart_feed(&m, bytes, &sink) != ERR_OK) {
			strbuf_add_char(out, '!');
			return;
		}
	}
	if (!multipart_is_whole(&m))
		strbuf_add_char(out, '!');
}

/* clang-format off */
static const struct {
	const char *body, *says;
} cases[] = {
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab--\r\n", "<one>" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab--", "<one>" },
	{ "--ab\r\n" FILE_HEAD "\r\n--ab--\r\n", "<>" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab\r\n" FILE_HEAD "two\r\n--ab--\r\n", "<one><two>" },
	{ "--ab\r\n" FILE_HEAD "\r\r\n--a\r\n\r\n--\r\n--ab--\r\n", "<\r\r\n--a\r\n\r\n-->" },
	{ "--ab\r\n" FILE_HEAD "--ab--\r\n--ab--\r\n", "<--ab-->" },
	{ "--ab\r\nContent-Type: image/png\r\ncontent-disposition:form-data; name=x\r\nContent-Transfer-Encoding: binary\r\n\r\n1\r\n--ab--\r\n", "<1>" },
	{ "--ab--\r\n", "" },
	{ "", "!" },
	{ "--ab", "!" },
	{ "\r\n--ab\r\n" FILE_HEAD "one\r\n--ab--\r\n", "!" },
	{ "hello --ab\r\n" FILE_HEAD "one\r\n--ab--\r\n", "!" },
	{ "--ab\n" FILE_HEAD "one\r\n--ab--\r\n", "!" },
	{ "--ab \r\n" FILE_HEAD "one\r\n--ab--\r\n", "!" },
	{ "--ab\r\n" FILE_HEAD "one", "<one!" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab", "<one>!" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab-", "<one>!" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--abc\r\n--ab--", "<one>!" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab--\r", "<one>!" },
	{ "--ab\r\n" FILE_HEAD "one\r\n--ab--\r\nmore", "<one>!" },
	{ "--ab\r\n\r\none\r\n--ab--\r\n", "!" },
	{ "--ab\r\nContent-Type: image/png\r\n\r\none\r\n--ab--\r\n", "!" },
	{ "--ab\r\nContent-Disposition: attachment; name=x\r\n\r\n1\r\n--ab--\r\n", "!" },
	{ "--ab\r\nContent-Disposition: form-data; name=x\r\nContent-Disposition: form-data; name=y\r\n\r\n1\r\n--ab--\r\n", "!" },
	{ "--ab\r\nContent-Disposition: form-data;\r\n name=x\r\n\r\n1\r\n--ab--\r\n", "!" },
	{ "--ab\r\nContent-Disposition: form-data\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--ab--\r\n", "!" },
	{ "--ab\r\nno header\r\n" FILE_HEAD "1\r\n--ab--\r\n", "!" },
};

static const struct {
	const char *type;
	enum err is;
} types[] = {
	{ "multipart/form-data; boundary=x", ERR_OK },
	{ "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", ERR_OK },
	{ "multipart/form-data", ERR_MALFORMED },
	{ "multipart/form-data; boundary=", ERR_MALFORMED },
	{ "multipart/form-data; boundary=\"\"", ERR_MALFORMED },
	{ "multipart/form-data; boundary=\"a \"", ERR_MALFORMED },
	{ "multipart/form-data; boundary=a; boundary=b", ERR_MALFORMED },
	{ "multipart/form-data; boundary=a\"b", ERR_MALFORMED },
	{ "multipart/mixed; boundary=x", ERR_MALFORMED },
	{ "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789", ERR_OK },
	{ "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890", ERR_MALFORMED },
};
/* clang-format on */

START_TEST(parts_are_the_same_wherever_the_body_is_cut)
{
	struct strbuf out;

	strbuf_init(&out);
	for (int i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece < 200; piece++) {
			read_body(&out, cases[i].body, piece);
			ck_assert_str_eq(out.ptr, cases[i].says);
		}
	strbuf_release(&out);
}
END_TEST

static enum err
count_data(void *arg, struct str bytes)
{
	(void)bytes;
	++*(int *)arg;
	return ERR_OK;
}

static enum err
pass_end(void *arg)
{
	(void)arg;
	return ERR_OK;
}

static enum err
pass_begin(void *arg, struct str disposition)
{
	(void)disposition;
	return pass_end(arg);
}

/* Each call is a write(2): bytes that look like boundaries are no reason for more of them. */
START_TEST(a_piece_is_given_in_few_calls)
{
	static const char *const fillings[] = { "\r", "\r\n", "\r\n--a", "\n" };
	static char piece[65536];

	for (int i = 0; i < COUNT(fillings); i++) {
		int calls = 0;
		const struct multipart_sink sink = { &calls, pass_begin, count_data,
						     pass_end };
		struct multipart m;

		for (size_t at = 0; at < sizeof(piece); at++)
			piece[at] = fillings[i][at % strlen(fillings[i])];
		multipart_init(&m, STR(TYPE));
		multipart_feed(&m, STR("--ab\r\n" FILE_HEAD), &sink);
		for (int n = 0; n < 16; n++)
			ck_assert_int_eq(multipart_feed(&m,
							(struct str){ piece,
								      sizeof(piece) },
							&sink),
					 ERR_OK);
		ck_assert_int_le(calls, 2 * 16);
	}
}
END_TEST

START_TEST(a_boundary_is_as_rfc_2046_has_it)
{
	struct multipart m;

	for (int i = 0; i < COUNT(types); i++)
		ck_assert_msg(multipart_init(&m, str_of(types[i].type)) == types[i].is,
			      "%s", types[i].type);
	ck_assert_int_eq(multipart_init(&m, STR_NONE), ERR_MALFORMED);
}
END_TEST

START_TEST(a_head_has_an_end)
{
	const struct multipart_sink none = { NULL, NULL, NULL, NULL };
	struct multipart m;
	char line[MULTIPART_HEAD_MAX + 1];

	memset(line, 'x', sizeof(line));
	ck_assert_int_eq(multipart_init(&m, STR(TYPE)), ERR_OK);
	ck_assert_int_eq(multipart_feed(&m, STR("--ab\r\n"), &none), ERR_OK);
	ck_assert_int_eq(multipart_feed(&m, (struct str){ line, sizeof(line) }, &none),
			 ERR_MALFORMED);
}
END_TEST

Suite *
multipart_suite(void)
{
	Suite *s = suite_create("multipart");
	TCase *t = tcase_create("multipart");

	tcase_add_test(t, parts_are_the_same_wherever_the_body_is_cut);
	tcase_add_test(t, a_piece_is_given_in_few_calls);
	tcase_add_test(t, a_boundary_is_as_rfc_2046_has_it);
	tcase_add_test(t, a_head_has_an_end);
	suite_add_tcase(s, t);
	return s;
}
