/*
 * message_test.c: mails as bytes. A plain reader of the rules (RFC 2045, RFC 2047) gives
 * back what was written, and no text of people becomes a header. t/jobs/mail.test.mjs has them read by a
 * mail program's parser.
 */
#include "mail/message.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mail/encode.h"

Suite *message_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define X10 "xxxxxxxxxx"
#define X80 X10 X10 X10 X10 X10 X10 X10 X10
#define O10 "öööööööööö"

static struct arena a;
static struct strbuf out;

static const struct mail good = {
	.from = { "hob@example.org", 15 },
	.to = { "ann@example.org", 15 },
	.from_name = { "Hob", 3 },
	.subject = { "Hello", 5 },
	.message_id = { "1.2@example.org", 15 },
	.date_us = 1796464805999999,
	.text = { "Hi\n", 3 },
	.html = { "<p>Hi\n", 6 },
};

static void
make(void)
{
	arena_init(&a, 4096);
	strbuf_init(&out);
}

static void
drop(void)
{
	strbuf_release(&out);
	arena_release(&a);
}

static char
from_hex(const char *digits)
{
	char two[] = { digits[0], digits[1], '\0' };

	return (char)strtol(two, NULL, 16);
}

/* Undoes quoted-printable; of encoded words also "_", and what stands between them. */
static struct str
decoded(struct str s, bool is_word)
{
	struct strbuf b;
	struct str copy;

	strbuf_init(&b);
	for (size_t i = 0; i < s.len; i++) {
		struct str rest = { s.ptr + i, s.len - i };

		if (str_starts(rest, STR("=\r\n"))) {
			i += 2;
		} else if (is_word && str_starts(rest, STR("=?UTF-8?Q?"))) {
			i += strlen("=?UTF-8?Q?") - 1;
		} else if (is_word && str_starts(rest, STR("?=\r\n "))) {
			i += 4;
		} else if (is_word && str_starts(rest, STR("?="))) {
			i += 1;
		} else if (rest.ptr[0] == '=') {
			strbuf_add_char(&b, from_hex(rest.ptr + 1));
			i += 2;
		} else {
			strbuf_add_char(&b, (char)(is_word && rest.ptr[0] == '_'
							   ? ' '
							   : rest.ptr[0]));
		}
	}
	copy = arena_str(&a, strbuf_str(&b));
	strbuf_release(&b);
	return copy;
}

/* Every line ends with CR LF, is ASCII, and has at most `max` bytes. */
static void
expect_lines(struct str s, size_t max)
{
	while (s.len > 0) {
		struct str line = str_cut(&s, '\n');

		ck_assert_msg(str_ends(line, STR("\r")) && line.len - 1 <= max, "%.*s",
			      STR_FMT(line));
		for (size_t i = 0; i + 1 < line.len; i++)
			ck_assert(line.ptr[i] >= ' ' || line.ptr[i] == '\t');
	}
}

/* clang-format off */
static const struct {
	const char *text, *body;	/* body NULL: by the rules alone */
} bodies[] = {
	{ "", "" },
	{ "a", "a\r\n" },
	{ "a\n", "a\r\n" },
	{ "a\r\nb\n\nc", "a\r\nb\r\n\r\nc\r\n" },
	{ "1 + 1 = 2", "1 + 1 =3D 2\r\n" },
	{ "a \nb\t", "a=20\r\nb=09\r\n" },
	{ "a b\tc", "a b\tc\r\n" },
	{ ".\n..", ".\r\n..\r\n" },
	{ "ö", "=C3=B6\r\n" },
	{ "a\rb", "a=0Db\r\n" },
	{ X80, X10 X10 X10 X10 X10 X10 X10 "xxxxx=\r\nxxxxx\r\n" },
	{ O10 O10 O10, NULL },
	{ X80 X80 "\n" X80 " " X80, NULL },
};
/* clang-format on */

START_TEST(a_body_is_quoted_printable)
{
	struct str text = str_of(bodies[_i].text), back;

	mail_encode_body(&out, text);
	if (bodies[_i].body != NULL)
		ck_assert_str_eq(out.ptr, bodies[_i].body);
	expect_lines(strbuf_str(&out), 76);
	back = decoded(strbuf_str(&out), false);
	if (strchr(text.ptr, '\n') == NULL && text.len > 0) {
		ck_assert(str_ends(back, STR("\r\n")));
		back.len -= 2;
		ck_assert(str_eq(back, text));
	}
}
END_TEST

static const char *const subjects[] = {
	"Fällig",
	"Die Überprüfung der Rückstauklappe im Gäste-WC des Hauses „Zur schönen "
	"Aussicht“ ist "
	"fällig; die nächste wäre erst im übernächsten Frühjahr",
	O10 O10 O10 O10 O10 O10,
	"家家家家家家家家家家家家家家家家家家家家家家家家家家家家家家家",
	"\xf0\x9f\x8f\xa0 \xf0\x9f\x8f\xa0 \xf0\x9f\x8f\xa0",
	X80 " " X80,
	"=?UTF-8?Q?Bcc?=",
	" a ",
	"a?b=c_d ö",
};

START_TEST(a_subject_comes_back_from_encoded_words)
{
	struct str subject = str_of(subjects[_i]);
	const char *line;

	mail_encode_words(&out, subject);
	ck_assert(str_eq(decoded(strbuf_str(&out), true), subject));
	strbuf_add_cstr(&out, "\r\n");
	expect_lines(strbuf_str(&out), 75);
	for (line = out.ptr; line != NULL; line = strstr(line + 1, "=?UTF-8?Q?")) {
		size_t n = strcspn(line, "\r");

		/* RFC 2047, 5: each word is whole characters. */
		ck_assert(str_is_utf8(decoded((struct str){ line, n }, true)));
	}
}
END_TEST

static struct str
written(const struct mail *m)
{
	const char *fault;

	strbuf_clear(&out, 0);
	ck_assert_int_eq(mail_write(&a, m, &out, &fault), ERR_OK);
	ck_assert_ptr_null(fault);
	return strbuf_str(&out);
}

START_TEST(a_mail_is_headers_and_two_parts)
{
	ck_assert_str_eq(written(&good).ptr,
			 "Date: Sat, 5 Dec 2026 10:00:05 +0000\r\n"
			 "From: Hob\r\n <hob@example.org>\r\n"
			 "To: ann@example.org\r\n"
			 "Subject: Hello\r\n"
			 "Message-ID: <1.2@example.org>\r\n"
			 "Auto-Submitted: auto-generated\r\n"
			 "MIME-Version: 1.0\r\n"
			 "Content-Type: multipart/alternative; boundary=\"=_hob\"\r\n"
			 "\r\n--=_hob\r\n"
			 "Content-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n"
			 "\r\nHi\r\n"
			 "\r\n--=_hob\r\n"
			 "Content-Type: text/html; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n"
			 "\r\n<p>Hi\r\n"
			 "\r\n--=_hob--\r\n");
}
END_TEST

START_TEST(a_subject_stands_as_it_is_when_it_can)
{
	struct mail m = good;

	for (int i = 0; i < COUNT(subjects); i++) {
		m.subject = str_of(subjects[i]);
		expect_lines(written(&m), 76);
		ck_assert(strstr(out.ptr, "\r\nSubject: =?UTF-8?Q?") != NULL);
	}
	m.subject = STR("Re: 5 % off, \"now\" <b>");
	written(&m);
	ck_assert(strstr(out.ptr, "\r\nSubject: Re: 5 % off, \"now\" <b>\r\n") != NULL);
}
END_TEST

START_TEST(a_name_is_never_read_as_an_address)
{
	struct mail m = good;

	m.from_name = STR("Eve <eve@x.example>, \"Bob\"");
	written(&m);
	ck_assert(strstr(out.ptr, "eve@") == NULL);
	m.from_name = STR_NONE;
	written(&m);
	ck_assert(strstr(out.ptr, "\r\nFrom: hob@example.org\r\n") != NULL);
}
END_TEST

START_TEST(one_click_unsubscribes)
{
	struct mail m = good;

	m.unsubscribe = STR("https://hob.example.org/u/1");
	written(&m);
	ck_assert(strstr(out.ptr,
			 "\r\nList-Unsubscribe:\r\n <https://hob.example.org/u/1>\r\n"
			 "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") !=
		  NULL);
}
END_TEST

START_TEST(a_domain_goes_in_ascii)
{
	struct mail m = good;

	m.to = STR("j\xc3\xb6rg@b\xc3\xbc"
		   "cher.example");
	written(&m);
	ck_assert(strstr(out.ptr, "\r\nTo: j\xc3\xb6rg@xn--bcher-kva.example\r\n") !=
		  NULL);
}
END_TEST

#define PART(member) offsetof(struct mail, member), #member

/* clang-format off */
static const struct {
	size_t offset;
	const char *name;
	struct str value;
} faults[] = {
	{ PART(subject), STR("a\r\nBcc: eve@x") }, { PART(subject), STR("a\nb") }, { PART(subject), STR("a\rb") },
	{ PART(subject), STR("a\0b") }, { PART(subject), STR("a\x7f") }, { PART(subject), STR("\xff") },
	{ PART(subject), STR("") },
	{ PART(from_name), STR("a\r\nb") }, { PART(from_name), STR("a\0b") }, { PART(from_name), STR("\xc3") },
	{ PART(from), STR("a b@x") }, { PART(from), STR("") }, { PART(from), STR("hob") },
	{ PART(to), STR("a@x\r\nb") }, { PART(to), STR("a@x>") }, { PART(to), STR("<a@x") }, { PART(to), STR("a@x,b@x") },
	{ PART(to), STR("a@b@c") }, { PART(to), STR("@x") }, { PART(to), STR("a@") }, { PART(to), STR("a\r\n@x") },
	{ PART(to), STR("a\0@x") }, { PART(to), STR("a(b)@x") }, { PART(to), STR("a@x ORCPT=y") }, { PART(to), STR("") },
	{ PART(message_id), STR("1") }, { PART(message_id), STR("1@x>\r\nX: y") }, { PART(message_id), STR("\xc3\xb6@x") },
	{ PART(message_id), STR("") },
	{ PART(text), STR("a\0b") }, { PART(text), STR("\xff") }, { PART(text), STR("") }, { PART(html), STR("") },
	{ PART(unsubscribe), STR("http://x") }, { PART(unsubscribe), STR("https://x>\r\ny") },
	{ PART(unsubscribe), STR("https://x y") }, { PART(unsubscribe), STR("mailto:a@x") },
	{ PART(unsubscribe), STR("https://\xc3\xb6") },
};
/* clang-format on */

START_TEST(what_cannot_be_sent_is_not_written)
{
	struct mail m = good;
	const char *fault;

	memcpy((char *)&m + faults[_i].offset, &faults[_i].value, sizeof(struct str));
	ck_assert_int_eq(mail_write(&a, &m, &out, &fault), ERR_INVALID);
	ck_assert_str_eq(fault, faults[_i].name);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

Suite *
message_suite(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, a_body_is_quoted_printable, 0, COUNT(bodies));
	tcase_add_loop_test(t, a_subject_comes_back_from_encoded_words, 0,
			    COUNT(subjects));
	tcase_add_test(t, a_mail_is_headers_and_two_parts);
	tcase_add_test(t, a_subject_stands_as_it_is_when_it_can);
	tcase_add_test(t, a_name_is_never_read_as_an_address);
	tcase_add_test(t, one_click_unsubscribes);
	tcase_add_test(t, a_domain_goes_in_ascii);
	tcase_add_loop_test(t, what_cannot_be_sent_is_not_written, 0, COUNT(faults));
	suite_add_tcase(s, t);
	return s;
}
