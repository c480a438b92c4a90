/*
 * password_scheme_test.c: passwords proved by hashes that Django 3.2 and bcrypt 3.2 of Python made,
 * and which hashes may be brought in.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/password.h"

Suite *password_scheme_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define LAMP "a lamp in the hallway"
#define TEN_X "xxxxxxxxxx"
#define SEVENTY_X TEN_X TEN_X TEN_X TEN_X TEN_X TEN_X TEN_X

static const struct password_cost cheap = { .memory_kib = 64, .passes = 1, .lanes = 1 };
static struct password_gate *gate;

static void
set_up(void)
{
	gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(gate, MAP_FAILED);
	permits_init(&gate->usual, 1, 1);
	permits_init(&gate->dear, 1, 1);
}

static void
tear_down(void)
{
	munmap(gate, sizeof(*gate));
}

/* clang-format off */
static const struct {
	const char *hash, *right, *wrong;
} cases[] = {
	{ "pbkdf2_sha256$1000$seasalt2seasalt2seasal$69CUm6ra9M3LIs4Ukqw8XIJNVITUQkIPBg40qm3wMcM=", LAMP, "a lamp" },
	{ "pbkdf2_sha256$3$salz$lb7s9FrrDmybENDkmS6+SjlO/2vrOhheQjX6NAAPiwY=", "Straße für Ätna", "Straße für Atna" },
	{ "bcrypt_sha256$$2b$05$2dC7z0k5XeBXxefL2KLuZOrJ0CshX1FJtFhrTXP5PwF0CF0ZQu03a", LAMP, "a lamp" },
	{ "bcrypt_sha256$$2b$05$CEhsDhJV1JofJiSDqwWITuSwOQXGCR/b7k9ok5YZjfi1LsnhP4Ay6",
	  SEVENTY_X TEN_X TEN_X TEN_X, SEVENTY_X TEN_X TEN_X "xxxxxxxxxy" },
	{ "bcrypt$$2b$05$cgz9/c/I98QDpBfTEjGCBe7zCDD1NKX4QNOpdJPNnyhKbl5JH6gai", LAMP, "a lamp" },
	{ "$2b$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO", LAMP, "a lamp" },
	{ "$2a$05$/ha.sU7R0Ogj6gqtQEbvCu5clS7LkOONG23KesZfQCDdygpC2GsnK", "Straße für Ätna", "Straße für Atna" },
	{ "$2y$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO", LAMP, "a lamp" },
	/* bcrypt reads 72 bytes. */
	{ "$2b$05$0hZF.PSGach0fhkhgl5.ou/P7RldA5ufiOrsarcdVv8tJ6wfEmS2e", SEVENTY_X "xx", SEVENTY_X "x" },
	{ "$2b$05$0hZF.PSGach0fhkhgl5.ou/P7RldA5ufiOrsarcdVv8tJ6wfEmS2e", SEVENTY_X "xx and more", SEVENTY_X "xy" },
	/* The same salt with bits behind its end, as some programs wrote it. */
	{ "$2b$05$M.sxqpYfzvnkUoYfFZ2QIPPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO", LAMP, "a lamp" },
};
/* clang-format on */

/* What a password comes to under the salt of `hash`. */
static const char *
proof_of(const char *hash, const char *password, bool *stale)
{
	static char proof[PASSWORD_PHC_SIZE];
	char salt[PASSWORD_PHC_SIZE];
	size_t len = strlen(hash) - (size_t)password_scheme_of(hash)->hash_size;

	snprintf(salt, sizeof(salt), "%.*s", (int)len, hash);
	ck_assert_int_eq(password_prove(gate, 0, cheap, salt, str_of(password), proof,
					stale),
			 ERR_OK);
	return proof;
}

START_TEST(a_password_is_proved_by_the_hash_of_another_system_which_is_stale)
{
	bool stale = false;

	ck_assert_str_eq(proof_of(cases[_i].hash, cases[_i].right, &stale),
			 cases[_i].hash);
	ck_assert(stale);
	ck_assert_str_ne(proof_of(cases[_i].hash, cases[_i].wrong, &stale),
			 cases[_i].hash);
}
END_TEST

START_TEST(it_may_be_brought_in)
{
	char why[PASSWORD_WHY_SIZE] = "";

	ck_assert_msg(password_scheme_takes(cases[_i].hash, why), "%s", why);
}
END_TEST

/* clang-format off */
#define BCRYPT_REST "M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLeO"
#define PBKDF2_HASH "69CUm6ra9M3LIs4Ukqw8XIJNVITUQkIPBg40qm3wMcM="

static const struct {
	const char *hash, *why;
} refused[] = {
	{ "", "is of none" },
	{ "!", "is of none" },
	{ "a lamp in the hallway", "is of none" },
	{ "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "is of none" },
	{ "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "is of none" },
	{ "$2x$05$" BCRYPT_REST, "is of none" },
	{ "$2b$", "is cut short" },
	{ "$2b$05$" "M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TLe", "is no whole hash" },
	{ "$2b$05$" BCRYPT_REST "O", "is no whole hash" },
	{ "$2b$5$x" BCRYPT_REST, "is no whole hash" },
	{ "$2b$05$M.sxqpYfzvnkUoYfFZ2QIOPfhYzaHkBuS0ew3tpbOxblQsHd9TL O", "is no whole hash" },
	{ "$2b$03$" BCRYPT_REST, "asks for another work" },
	{ "$2b$13$" BCRYPT_REST, "asks for another work" },
	{ "bcrypt_sha256$$2b$31$" BCRYPT_REST, "asks for another work" },
	{ "pbkdf2_sha256$1000$" PBKDF2_HASH, "is no whole hash" },
	{ "pbkdf2_sha256$0$salt$" PBKDF2_HASH, "is no whole hash" },
	{ "pbkdf2_sha256$-1$salt$" PBKDF2_HASH, "is no whole hash" },
	{ "pbkdf2_sha256$1000$salt$with$" PBKDF2_HASH, "is no whole hash" },
	{ "pbkdf2_sha256$1000$salt$69CUm6ra9M3LIs4Ukqw8XIJNVITUQkIPBg40qm3wMc=", "is no whole hash" },
	{ "pbkdf2_sha256$1000001$salt$" PBKDF2_HASH, "asks for another work" },
	{ "pbkdf2_sha256$99999999999$salt$" PBKDF2_HASH, "is no whole hash" },
	{ "$argon2id$v=19$m=65537,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "asks for another work" },
	{ "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "asks for another work" },
	{ "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "is of none" },
};
/* clang-format on */

START_TEST(what_cannot_be_proved_or_costs_too_much_is_refused_with_words)
{
	char why[PASSWORD_WHY_SIZE] = "";

	ck_assert(!password_scheme_takes(refused[_i].hash, why));
	ck_assert_msg(strncmp(why, refused[_i].why, strlen(refused[_i].why)) == 0,
		      "%s: %s", refused[_i].hash, why);
}
END_TEST

START_TEST(a_hash_of_hobs_own_may_be_brought_in)
{
	char hash[PASSWORD_PHC_SIZE], why[PASSWORD_WHY_SIZE] = "";

	ck_assert_int_eq(password_hash(&gate->usual, 0, cheap, STR(LAMP), hash), ERR_OK);
	ck_assert_msg(password_scheme_takes(hash, why), "%s", why);
}
END_TEST

Suite *
password_scheme_suite(void)
{
	Suite *s = suite_create("password_scheme");
	TCase *t = tcase_create("password_scheme");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(
		t, a_password_is_proved_by_the_hash_of_another_system_which_is_stale, 0,
		COUNT(cases));
	tcase_add_loop_test(t, it_may_be_brought_in, 0, COUNT(cases));
	tcase_add_loop_test(t,
			    what_cannot_be_proved_or_costs_too_much_is_refused_with_words,
			    0, COUNT(refused));
	tcase_add_test(t, a_hash_of_hobs_own_may_be_brought_in);
	suite_add_tcase(s, t);
	return s;
}
