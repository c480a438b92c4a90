/* totp_test.c: codes by the clock, against the vectors of RFC 6238 (appendix B), of which the last six digits count. */
#include "totp/totp.h"

#include <check.h>
#include <string.h>

static const unsigned char key[TOTP_KEY_SIZE] = "12345678901234567890";

/* clang-format off */
static const struct {
	int64_t at_s;
	const char *code;
	int64_t step;	/* 0: it is none */
} cases[] = {
	{ 59, "287082", 1 },
	{ 1111111109, "081804", 37037036 },
	{ 1111111111, "050471", 37037037 },
	{ 1234567890, "005924", 41152263 },
	{ 2000000000, "279037", 66666666 },
	{ 20000000000, "353130", 666666666 },
	/* A clock that is one step off, and two. */
	{ 59 + 30, "287082", 1 },
	{ 59 - 30, "287082", 1 },
	{ 59 + 60, "287082", 0 },
	{ 1111111109 - 60, "081804", 0 },
	{ 59, "287083", 0 },
	{ 59, "28708", 0 },
	{ 59, "2870820", 0 },
	{ 59, "94287082", 0 },
	{ 59, " 87082", 0 },
	{ 59, "+87082", 0 },
	{ 59, "", 0 },
};
/* clang-format on */

START_TEST(code_is_good_for_its_step_and_its_neighbours)
{
	int64_t step = 0;
	enum err e = totp_check(key, cases[_i].at_s, cases[_i].code, &step);

	ck_assert_int_eq(e, cases[_i].step != 0 ? ERR_OK : ERR_UNAUTHORIZED);
	ck_assert_int_eq(step, cases[_i].step);
}
END_TEST

START_TEST(url_has_the_key_and_whose_it_is)
{
	struct arena a;

	arena_init(&a, 256);
	ck_assert_str_eq(totp_url(&a, key, "Hob", "a b+c@example.org"),
			 "otpauth://totp/Hob:a%20b%2Bc%40example.org"
			 "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hob");
	arena_release(&a);
}
END_TEST

Suite *totp_suite(void);
Suite *
totp_suite(void)
{
	Suite *s = suite_create("totp");
	TCase *t = tcase_create("totp");

	tcase_add_loop_test(t, code_is_good_for_its_step_and_its_neighbours, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, url_has_the_key_and_whose_it_is);
	suite_add_tcase(s, t);
	return s;
}
