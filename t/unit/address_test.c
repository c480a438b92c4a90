/* address_test.c: the forms of a Redis address, and the parts that a log shows. */
#include "redis/address.h"

#include <check.h>
#include <string.h>

Suite *address_suite(void);

static const struct {
	const char *text, *host, *path, *user, *password;
	int port, database;
	bool tls;
	const char *shown;
} good[] = {
	{ "127.0.0.1:6379", "127.0.0.1", "", "", "", 6379, 0, false, "127.0.0.1:6379" },
	{ "cache.example:1", "cache.example", "", "", "", 1, 0, false,
	  "cache.example:1" },
	{ "[::1]:6379", "::1", "", "", "", 6379, 0, false, "[::1]:6379" },
	{ "/run/r.sock", "", "/run/r.sock", "", "", 0, 0, false, "/run/r.sock" },
	{ "redis://cache", "cache", "", "", "", 6379, 0, false, "redis://cache" },
	{ "redis://cache:7/", "cache", "", "", "", 7, 0, false, "redis://cache:7/" },
	{ "redis://u:p@cache:7/3", "cache", "", "u", "p", 7, 3, false,
	  "redis://cache:7/3" },
	{ "redis://:p%40/@cache/3", "cache", "", "", "p@/", 6379, 3, false,
	  "redis://cache/3" },
	{ "redis://u@[fe80::1%25eth0]:7", "fe80::1%25eth0", "", "u", "", 7, 0, false,
	  "redis://[fe80::1%25eth0]:7" },
	{ "rediss://u:a@b@cache", "cache", "", "u", "a@b", 6379, 0, true,
	  "rediss://cache" },
	{ "unix:///run/r.sock", "", "/run/r.sock", "", "", 0, 0, false,
	  "unix:///run/r.sock" },
	{ "unix://u:p@/run/r.sock?db=15", "", "/run/r.sock", "u", "p", 0, 15, false,
	  "unix:///run/r.sock?db=15" },
};

START_TEST(address_of_every_form_is_understood)
{
	struct redis_address a;

	ck_assert(redis_address_parse(good[_i].text, &a));
	ck_assert_str_eq(a.host, good[_i].host);
	ck_assert_str_eq(a.path, good[_i].path);
	ck_assert_str_eq(a.user, good[_i].user);
	ck_assert_str_eq(a.password, good[_i].password);
	ck_assert_int_eq(a.port, good[_i].port);
	ck_assert_int_eq(a.database, good[_i].database);
	ck_assert_int_eq(a.tls, good[_i].tls);
}
END_TEST

START_TEST(address_is_shown_without_who_logs_in)
{
	struct strbuf b;

	strbuf_init(&b);
	redis_address_show(good[_i].text, &b);
	ck_assert_str_eq(b.ptr, good[_i].shown);
	strbuf_release(&b);
}
END_TEST

static const char *const bad[] = {
	"cache",
	":6379",
	"cache:port",
	"cache:0",
	"cache:65536",
	"[::1]",
	"[::1:6379",
	"[::1]x:6379",
	"redis://",
	"redis://:6379",
	"redis://cache/x",
	"redis://cache/-1",
	"redis://cache/1/2",
	"redis://u:%zz@cache",
	"redis://u:%4@cache",
	"redis://u:%00@cache",
	"unix://",
	"unix://run/r.sock",
	"unix:///run/r.sock?x=1",
	"unix:///run/r.sock?db=x",
	"http://cache",
};

START_TEST(address_of_no_form_is_refused)
{
	struct redis_address a;

	ck_assert(!redis_address_parse(bad[_i], &a));
}
END_TEST

START_TEST(address_that_is_too_long_is_refused)
{
	static char text[2048];
	struct redis_address a;

	memset(text, 'x', sizeof(text) - 8);
	ck_assert(!redis_address_parse(memcpy(text, "redis://", 8), &a));
	ck_assert(!redis_address_parse(memcpy(text, "unix:///", 8), &a));
	ck_assert(!redis_address_parse(memcpy(text, "/xxxxxxx", 8), &a));
	memcpy(text + sizeof(text) - 9, ":1", 3);
	ck_assert(!redis_address_parse(memcpy(text, "xxxxxxxx", 8), &a));
}
END_TEST

Suite *
address_suite(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, address_of_every_form_is_understood, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, address_is_shown_without_who_logs_in, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, address_of_no_form_is_refused, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, address_that_is_too_long_is_refused);
	suite_add_tcase(s, t);
	return s;
}
