/*
 * webhook_test.c: signatures of webhooks, held to t/vectors/webhooks.json, the file that
 * receivers can use too, and where webhooks may lead to.
 */
#include "model/webhook.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64url.h"
#include "http/url.h"
#include "json/json.h"
#include "net/reach.h"
#include "vectors.h"

Suite *webhook_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct arena arena;
static struct json_doc vectors;

static void
read_vectors(void)
{
	arena_init(&arena, 65536);
	vectors_read(&arena, "t/vectors/webhooks.json", &vectors);
}

static void
drop_vectors(void)
{
	arena_release(&arena);
}

static struct str
member(const cJSON *c, const char *name)
{
	return str_of(cJSON_GetObjectItemCaseSensitive(c, name)->valuestring);
}

/* The bytes of "whsec_...". */
static struct str
key_of(struct str secret)
{
	struct str key;
	size_t prefix = strlen(WEBHOOK_SECRET_PREFIX);
	char *text = arena_cstr(&arena,
				(struct str){ secret.ptr + prefix, secret.len - prefix });

	for (char *c = text; *c != '\0'; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	text[strcspn(text, "=")] = '\0';
	ck_assert(base64url_decode(&arena, str_of(text), &key));
	return key;
}

START_TEST(signature_is_that_of_the_specification)
{
	const cJSON *v;
	int n = 0;

	cJSON_ArrayForEach (v, vectors.root) {
		struct str signature = webhook_signature(
			&arena, key_of(member(v, "secret")), member(v, "id"),
			(int64_t)cJSON_GetObjectItemCaseSensitive(v, "timestamp")
				->valuedouble,
			member(v, "body"));

		ck_assert_str_eq(signature.ptr, member(v, "signature").ptr);
		n++;
	}
	ck_assert_int_ge(n, 3);
}
END_TEST

START_TEST(secret_holds_the_key)
{
	unsigned char key[WEBHOOK_KEY_SIZE], other[WEBHOOK_KEY_SIZE];
	struct str secret, read;

	webhook_key(STR("of the installation"), STR("nonce"), key);
	webhook_key(STR("of the installation"), STR("other"), other);
	ck_assert_int_ne(memcmp(key, other, sizeof(key)), 0);
	webhook_key(STR("of another"), STR("nonce"), other);
	ck_assert_int_ne(memcmp(key, other, sizeof(key)), 0);
	secret = webhook_secret(&arena, key);
	ck_assert_uint_eq(secret.len, strlen(WEBHOOK_SECRET_PREFIX) + 44);
	read = key_of(secret);
	ck_assert_uint_eq(read.len, sizeof(key));
	ck_assert_int_eq(memcmp(read.ptr, key, sizeof(key)), 0);
}
END_TEST

static const char *const good_urls[] = {
	"https://example.com",
	"https://example.com/",
	"https://example.com:8443/hooks/home?key=1",
	"HTTPS://Example.COM/a",
	"https://xn--mnchen-3ya.example.org/x",
	"https://93.184.216.34/hook",
	"https://[2606:2800:220:1:248:1893:25c8:1946]:443/hook",
	"https://a.b.c.d.example.net",
};

START_TEST(url_that_leads_outside_is_taken)
{
	ck_assert_ptr_null(webhook_url_fault(str_of(good_urls[_i]), false));
}
END_TEST

static const char *const bad_urls[] = {
	"",
	"example.com",
	"//example.com/",
	"ftp://example.com/",
	"javascript:alert(1)",
	"http://example.com/",
	"https://",
	"https:///path",
	"https://user@example.com/",
	"https://user:word@example.com/",
	"https://example.com@127.0.0.1/",
	"https://example.com\\@127.0.0.1/",
	"https://example.com/#x",
	"https://exa mple.com/",
	"https://example.com/\r\nHost: x",
	"https://ex\xc3\xa4mple.com/",
	"https://example.com:0/",
	"https://example.com:65536/",
	"https://example.com:x/",
	"https://example.com:123456789/",
	"https://localhost/",
	"https://x.localhost/",
	"https://router/",
	"https://printer.local/",
	"https://db.internal/",
	"https://nas.localdomain/",
	"https://hob.default.svc/",
	"https://hob.service.consul/",
	"https://shop.example/",
	"https://nas.HOME.arpa/",
	"https://example.com./",
	"https://.example.com/",
	"https://exa_mple.com/",
	"https://127.0.0.1/",
	"https://127.1/",
	"https://2130706433/",
	"https://0x7f000001/",
	"https://0x7f.0.0.1/",
	"https://0177.0.0.1/",
	"https://127.0.0.1.:443/",
	"https://10.1.2.3/",
	"https://100.64.0.1/",
	"https://169.254.169.254/latest/meta-data",
	"https://172.31.255.255/",
	"https://192.168.0.1/",
	"https://198.18.0.1/",
	"https://0.0.0.0/",
	"https://224.0.0.1/",
	"https://255.255.255.255/",
	"https://[::1]/",
	"https://[::]/",
	"https://[::ffff:127.0.0.1]/",
	"https://[::ffff:93.184.216.34]/",
	"https://[64:ff9b::7f00:1]/",
	"https://[fe80::1]/",
	"https://[fe80::1%25eth0]/",
	"https://[fd00::1]/",
	"https://[ff02::1]/",
	"https://[2002:7f00:1::]/",
	"https://[2001:db8::1]/",
	"https://[2001::1]/",
	"https://[::1/",
	"https://[example.com]/",
	"https://::1/",
	"https://2606:2800:220:1::1/",
};

START_TEST(url_that_leads_elsewhere_is_refused)
{
	ck_assert_ptr_nonnull(webhook_url_fault(str_of(bad_urls[_i]), false));
}
END_TEST

START_TEST(url_of_a_trial_may_lead_anywhere)
{
	ck_assert_ptr_null(webhook_url_fault(STR("http://127.0.0.1:8080/hook"), true));
	ck_assert_ptr_nonnull(webhook_url_fault(STR("ftp://127.0.0.1/"), true));
	ck_assert_ptr_nonnull(webhook_url_fault(STR("http://u@127.0.0.1/"), true));
}
END_TEST

START_TEST(url_is_taken_apart)
{
	struct http_url u;

	ck_assert(http_url_parse(STR("https://a@b@Example.com:81/x/y?z#f"), &u));
	ck_assert(u.is_tls && u.has_user && u.has_fragment && !u.is_bracketed);
	ck_assert(str_is(u.host, "Example.com"));
	ck_assert_int_eq(u.port, 81);
	ck_assert(str_is(u.target, "/x/y?z"));
	ck_assert(http_url_parse(STR("http://[::1]?q"), &u));
	ck_assert(!u.is_tls && u.is_bracketed);
	ck_assert(str_is(u.host, "::1"));
	ck_assert_int_eq(u.port, 80);
	ck_assert(str_is(u.target, "?q"));
	ck_assert(http_url_parse(STR("https://example.com:"), &u));
	ck_assert_int_eq(u.port, 443);
}
END_TEST

Suite *
webhook_suite(void)
{
	Suite *s = suite_create("webhook");
	TCase *t = tcase_create("webhook");

	tcase_add_checked_fixture(t, read_vectors, drop_vectors);
	tcase_add_test(t, signature_is_that_of_the_specification);
	tcase_add_test(t, secret_holds_the_key);
	tcase_add_loop_test(t, url_that_leads_outside_is_taken, 0, COUNT(good_urls));
	tcase_add_loop_test(t, url_that_leads_elsewhere_is_refused, 0, COUNT(bad_urls));
	tcase_add_test(t, url_of_a_trial_may_lead_anywhere);
	tcase_add_test(t, url_is_taken_apart);
	suite_add_tcase(s, t);
	return s;
}
