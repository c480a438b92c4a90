/*
 * jws_roots_test.c: files of root certificates that lib/jws does not take, and what it says of
 * them. Those that it takes are in jws_chain_test.c.
 */
#include "jws/chain.h"

#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "certificates.h"
#include "core/strbuf.h"

Suite *jws_roots_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

enum { FROM_S = 1700000000, UNTIL_S = FROM_S + 86400 };

static struct arena a;
static char path[32];
static struct certificate root, leaf;

static void
set_up(void)
{
	static const struct recipe root_recipe = { "Root",
						   "P-256",
						   FROM_S,
						   UNTIL_S,
						   .constraints = "critical,CA:TRUE",
						   .usage = "critical,keyCertSign" },
				   leaf_recipe = { "Leaf", "P-256", FROM_S, UNTIL_S };

	int fd;

	snprintf(path, sizeof(path), "/tmp/hob-jws-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	arena_init(&a, 65536);
	root = certificate_make(&a, &root_recipe, NULL);
	leaf = certificate_make(&a, &leaf_recipe, &root);
}

static void
tear_down(void)
{
	arena_release(&a);
	unlink(path);
}

static struct str
joined(struct str x, struct str y)
{
	struct strbuf b;
	struct str s;

	strbuf_init(&b);
	strbuf_add(&b, x);
	strbuf_add(&b, y);
	s = arena_str(&a, strbuf_str(&b));
	strbuf_release(&b);
	return s;
}

static void
must_be_refused(struct str file, const char *why)
{
	char said[JWS_WHY_SIZE] = "";
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(file.ptr, 1, file.len, f), file.len);
	fclose(f);
	ck_assert_ptr_null(jws_roots_load(path, said));
	ck_assert_str_eq(said, why);
}

START_TEST(file_without_roots_is_refused)
{
	must_be_refused(STR(""), "has no certificate");
	must_be_refused(STR("hello\n"), "has no certificate");
	must_be_refused(key_pem(&a, root.key), "has no certificate");
}
END_TEST

START_TEST(file_with_another_certificate_is_refused)
{
	static const char why[] = "has a certificate that is not a root's";
	struct str root_pem = certificate_pem(&a, root.x),
		   leaf_pem = certificate_pem(&a, leaf.x);

	must_be_refused(leaf_pem, why);
	must_be_refused(leaf.der, why);
	must_be_refused(joined(root_pem, leaf_pem), why);
	must_be_refused(joined(leaf_pem, root_pem), why);
}
END_TEST

/* The name of its issuer is its own, the signature is not; or it is no CA's. */
START_TEST(file_with_a_false_root_is_refused)
{
	static const char why[] = "has a certificate that is not a root's";
	static const struct recipe same_name = { "Root",
						 "P-256",
						 FROM_S + 1,
						 UNTIL_S,
						 .constraints = "critical,CA:TRUE",
						 .usage = "critical,keyCertSign" },
				   no_ca = { "Nobody", "P-256", FROM_S, UNTIL_S };
	char *broken = arena_cstr(&a, root.der);

	must_be_refused(certificate_make(&a, &same_name, &root).der, why);
	must_be_refused(certificate_make(&a, &no_ca, NULL).der, why);
	broken[root.der.len - 1] ^= 1;
	must_be_refused((struct str){ broken, root.der.len }, why);
}
END_TEST

START_TEST(file_that_is_broken_is_refused)
{
	struct str pem = certificate_pem(&a, root.x);
	char *broken = arena_cstr(&a, pem);

	broken[100] = '!';
	must_be_refused(str_of(broken), "has a certificate that cannot be read");
	must_be_refused(joined(pem, str_of(broken)),
			"has a certificate that cannot be read");
	must_be_refused(joined(root.der, root.der), "has more than a certificate");
	must_be_refused(joined(root.der, STR("\n")), "has more than a certificate");
}
END_TEST

START_TEST(file_that_is_not_there_is_refused)
{
	char why[JWS_WHY_SIZE] = "";

	ck_assert_ptr_null(jws_roots_load("/nowhere/root.pem", why));
	ck_assert_str_eq(why, "cannot be read");
}
END_TEST

Suite *
jws_roots_suite(void)
{
	Suite *s = suite_create("jws_roots");
	TCase *t = tcase_create("jws_roots");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, file_without_roots_is_refused);
	tcase_add_test(t, file_with_another_certificate_is_refused);
	tcase_add_test(t, file_with_a_false_root_is_refused);
	tcase_add_test(t, file_that_is_broken_is_refused);
	tcase_add_test(t, file_that_is_not_there_is_refused);
	suite_add_tcase(s, t);
	return s;
}
