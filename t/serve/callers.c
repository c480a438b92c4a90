/*
 * callers.c: authentication by the schemes of lamps.c: a key in Authorization, a cookie
 * of staff with a header beside it, a secret in the path. Each request comes as FastCGI,
 * as nginx sends it.
 */
#include "lamps.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "crypto/token.h"
#include "fcgi/fcgi.h"
#include "serve/openapi.h"
#include "serve/principal.h"
#include "serve/surface.h"

enum { BEGIN = 1, PARAMS = 4, STDIN = 5, HEADERS_MAX = 4, LONG = 512 };

#define SPARK_TEXT "abcdefghijklmnopqrstuvwxyz-_0123"

static struct arena a;
static struct http_response out;
static struct fcgi *fcgi;
static struct req req;
static char token[TOKEN_TEXT_SIZE], other_token[TOKEN_TEXT_SIZE];

static const struct route spark_route = { HTTP_GET, "/sparks/{of}/{spark}", HOLDER,
					  .takes = TAKES(SPARK) };
static const struct route spark_post = { HTTP_POST, "/sparks/{of}/{spark}", HOLDER,
					 .takes = TAKES(SPARK) };
static const struct route open_route = { HTTP_GET, "/livez", ANYONE };

static void
make(void)
{
	arena_init(&a, 65536);
	http_response_init(&out);
	fcgi_init();
	fcgi = fcgi_new();
	req = (struct req){ .fcgi = NULL };
	token_new(TOKEN_SESSION, token);
	token_new(TOKEN_SESSION, other_token);
}

static void
drop(void)
{
	if (req.fcgi != NULL)
		fcgi_finish(fcgi, false);
	fcgi_free(fcgi);
	http_response_release(&out);
	arena_release(&a);
}

/* --- a request --------------------------------------------------------------- */

struct header {
	const char *name, *value; /* TOKEN and OTHER in the value stand for such */
};

static void
record(struct strbuf *b, int type, struct str data)
{
	char head[8] = { 1, (char)type, 0, 1, (char)(data.len >> 8), (char)data.len };

	strbuf_add_bytes(b, head, sizeof(head));
	strbuf_add(b, data);
}

/* "lamps_staff=TOKEN" with a token in it. */
static const char *
filled(const char *value)
{
	char *text = arena_alloc(&a, LONG), *at = text;

	while (*value != '\0') {
		bool is_token = strncmp(value, "TOKEN", 5) == 0;

		if (!is_token && strncmp(value, "OTHER", 5) != 0) {
			*at++ = *value++;
			continue;
		}
		memcpy(at, is_token ? token : other_token, TOKEN_LENGTH);
		at += TOKEN_LENGTH;
		value += 5;
	}
	*at = '\0';
	return text;
}

static void
add_param(struct strbuf *b, const char *name, const char *value)
{
	size_t len = strlen(value);
	char lengths[5] = { (char)strlen(name), (char)0x80, 0, (char)(len >> 8),
			    (char)len };

	strbuf_add_bytes(b, lengths, sizeof(lengths));
	strbuf_add_cstr(b, name);
	strbuf_add_cstr(b, value);
}

static void
send_request(int peer, const struct header *headers, int count)
{
	static const char begin[8] = { 0, 1, 1 };
	struct strbuf b, params;

	strbuf_init(&b);
	strbuf_init(&params);
	add_param(&params, "REMOTE_ADDR", "192.0.2.7");
	for (int i = 0; i < count && headers[i].name != NULL; i++)
		add_param(&params, headers[i].name, filled(headers[i].value));
	record(&b, BEGIN, (struct str){ begin, sizeof(begin) });
	record(&b, PARAMS, strbuf_str(&params));
	record(&b, PARAMS, STR(""));
	record(&b, STDIN, STR(""));
	ck_assert_int_eq(write(peer, b.ptr, b.len), (ssize_t)b.len);
	strbuf_release(&b);
	strbuf_release(&params);
}

/* `part` stands in the second pair of braces. */
static enum err
identify(const struct route *route, const char *part, const struct header *headers,
	 int count)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	send_request(ends[0], headers, count);
	ck_assert_int_eq(fcgi_accept(fcgi, ends[1]), ERR_OK);
	close(ends[0]);
	req = (struct req){ .arena = &a,
			    .fcgi = fcgi,
			    .out = &out,
			    .route = route,
			    .method = route->method };
	req.match.params[0] = STR("0");
	req.match.params[1] = str_of(part);
	return principal_identify(&req);
}

/* --- who it is ----------------------------------------------------------------- */

#define AUTHORIZATION(value)                \
	{                                   \
		"HTTP_AUTHORIZATION", value \
	}
#define COOKIE(value)                \
	{                            \
		"HTTP_COOKIE", value \
	}
#define PROOF                             \
	{                                 \
		"HTTP_X_LAMPS_STAFF", "1" \
	}

/* clang-format off */
static const struct {
	enum http_method method;	/* of GET /lamps/{lamp_id}, which takes key and cookie, or POST /lamps: the cookie */
	struct header headers[HEADERS_MAX];
	enum err err;
	int scheme;
} person_cases[] = {
	{ HTTP_GET, { AUTHORIZATION("Token TOKEN") }, ERR_OK, KEY },
	{ HTTP_GET, { AUTHORIZATION("Bearer TOKEN") }, ERR_OK, KEY },
	{ HTTP_GET, { COOKIE("lamps_staff=TOKEN"), PROOF }, ERR_OK, STAFF },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN"), PROOF }, ERR_OK, STAFF },
	{ HTTP_GET, { COOKIE("theme=dark; lamps_staff=TOKEN; zone=UTC"), PROOF }, ERR_OK, STAFF },
	/* The first of the table whose credential has its form. */
	{ HTTP_GET, { AUTHORIZATION("Token TOKEN"), COOKIE("lamps_staff=OTHER"), PROOF }, ERR_OK, KEY },
	{ HTTP_GET, { AUTHORIZATION("Basic TOKEN"), COOKIE("lamps_staff=TOKEN"), PROOF }, ERR_OK, STAFF },
	{ HTTP_GET, { AUTHORIZATION("Token TOKENx"), COOKIE("lamps_staff=TOKEN"), PROOF }, ERR_OK, STAFF },
	{ HTTP_GET, { AUTHORIZATION("Token TOKEN"), COOKIE("lamps_staff=TOKEN") }, ERR_OK, KEY },

	{ HTTP_GET, { { NULL } }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_GET, { AUTHORIZATION("TOKEN") }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_GET, { AUTHORIZATION("Token hob_abc") }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_GET, { AUTHORIZATION("Token TOKENx") }, ERR_UNAUTHORIZED, 0 },
	/* A form of another site can send the cookie alone. */
	{ HTTP_GET, { COOKIE("lamps_staff=TOKEN") }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN") }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN"), { "HTTP_X_LAMPS_STAFF", "" } }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN"), { "HTTP_X_STAFF", "1" } }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { PROOF }, ERR_UNAUTHORIZED, 0 },
	/* Two cookies of one name are ambiguous. */
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN; lamps_staff=OTHER"), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN; lamps_staff=TOKEN"), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff="), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff"), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=\"TOKEN\""), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=TOKEN0"), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("lamps_staff=abc"), PROOF }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { COOKIE("other=TOKEN"), PROOF }, ERR_UNAUTHORIZED, 0 },
	/* The row does not take keys. */
	{ HTTP_POST, { AUTHORIZATION("Token TOKEN") }, ERR_UNAUTHORIZED, 0 },
	{ HTTP_POST, { AUTHORIZATION("Token TOKEN"), PROOF }, ERR_UNAUTHORIZED, 0 },
};
/* clang-format on */

static void
expect_person(int scheme)
{
	const struct principal *p = &req.principal;
	char hash[SHA256_HEX_SIZE], text[128];

	/* The same token is another credential to another scheme. */
	snprintf(text, sizeof(text), "%s%s", scheme == STAFF ? "staff " : "", token);
	sha256_hex(str_of(text), hash);
	ck_assert_int_eq(p->kind, PRINCIPAL_PERSON);
	ck_assert_ptr_eq(p->scheme, &surface.schemes[scheme]);
	ck_assert_int_eq(p->rights, RIGHT_READ | RIGHT_WRITE);
	ck_assert_str_eq(p->hash, hash);
	ck_assert_ptr_eq(req.values[VALUE_TOKEN_HASH], p->hash);
}

START_TEST(person_is_known_by_a_credential_that_the_row_takes)
{
	const char *path =
		person_cases[_i].method == HTTP_GET ? "/lamps/{lamp_id}" : "/lamps";
	int index = surface_find(person_cases[_i].method, path);

	ck_assert_int_eq(identify(surface_route(index), "", person_cases[_i].headers,
				  HEADERS_MAX),
			 person_cases[_i].err);
	if (person_cases[_i].err == ERR_OK)
		expect_person(person_cases[_i].scheme);
	else
		ck_assert_int_eq(req.principal.kind, PRINCIPAL_NOBODY);
}
END_TEST

static enum err
identify_by_access(const struct route *route, const char *access)
{
	struct header headers[] = { AUTHORIZATION(arena_printf(&a, "Token %s", access)) };

	return identify(route, "", headers, 1);
}

START_TEST(credential_has_words_where_a_row_does_not_take_it)
{
	static const struct route takes_it = { HTTP_GET, "/lamps/{of}/{lamp}", SIGNED,
					       .takes = TAKES(KEY) | TAKES(ACCESS) };
	const struct route *other =
		surface_route(surface_find(HTTP_GET, "/lamps/{lamp_id}"));
	char access[TOKEN_TEXT_SIZE];

	token_new(TOKEN_ACCESS, access);
	ck_assert_int_eq(identify_by_access(&takes_it, access), ERR_OK);
	ck_assert_ptr_eq(req.principal.scheme, &surface.schemes[ACCESS]);
	fcgi_finish(fcgi, false);
	ck_assert_int_eq(identify_by_access(other, access), ERR_FORBIDDEN);
	ck_assert_str_eq(req.code, "session_required");
	ck_assert_str_eq(req.detail, "Not by this.");
	ck_assert_int_eq(req.principal.kind, PRINCIPAL_NOBODY);
	fcgi_finish(fcgi, false);
	access[0] = 'x';
	ck_assert_int_eq(identify_by_access(other, access), ERR_UNAUTHORIZED);
}
END_TEST

START_TEST(right_that_a_row_needs_goes_by_its_method)
{
	const struct route reads = { HTTP_GET, "/lamps", SIGNED };
	const struct route writes = { HTTP_DELETE, "/lamps", SIGNED };
	const struct route asks = { HTTP_POST, "/lamps", SIGNED, .reads = true };

	ck_assert_int_eq(route_right(&reads), RIGHT_READ);
	ck_assert_int_eq(route_right(&writes), RIGHT_WRITE);
	ck_assert_int_eq(route_right(&asks), RIGHT_READ);
}
END_TEST

/* What a browser says of the page that asks, at https://lamps.test. */
/* clang-format off */
static const struct {
	const char *origin;	/* NULL: nothing */
	enum err err;
} origin_cases[] = {
	{ NULL, ERR_OK },
	{ "https://lamps.test", ERR_OK },
	{ "https://lamps.test:8443", ERR_FORBIDDEN },
	{ "http://lamps.test", ERR_FORBIDDEN },
	{ "https://evil.test", ERR_FORBIDDEN },
	{ "null", ERR_FORBIDDEN },
	{ "", ERR_FORBIDDEN },
};
/* clang-format on */

START_TEST(cookie_goes_with_an_origin_of_our_own)
{
	const struct route *makes = surface_route(surface_find(HTTP_POST, "/lamps"));
	const struct header headers[] = {
		COOKIE("lamps_staff=TOKEN"),
		PROOF,
		{ "HTTP_HOST", "lamps.test" },
		{ origin_cases[_i].origin != NULL ? "HTTP_ORIGIN" : NULL,
		  origin_cases[_i].origin },
	};

	ck_assert_int_eq(identify(makes, "", headers, HEADERS_MAX), origin_cases[_i].err);
	ck_assert_int_eq(principal_own_page(&req, &surface.schemes[STAFF]),
			 origin_cases[_i].err);
	if (origin_cases[_i].err != ERR_OK)
		ck_assert_str_eq(req.code, "foreign_origin");
}
END_TEST

START_TEST(page_of_another_site_sends_no_header_beside_the_cookie)
{
	identify(&open_route, "", NULL, 0);
	ck_assert_int_eq(principal_own_page(&req, &surface.schemes[STAFF]),
			 ERR_FORBIDDEN);
	ck_assert_str_eq(req.code, "header_needed");
}
END_TEST

/* clang-format off */
static const struct {
	const struct route *route;
	const char *part;
	enum err err;
} holder_cases[] = {
	{ &spark_route, SPARK_TEXT ".txt", ERR_OK },
	{ &spark_route, SPARK_TEXT, ERR_NOT_FOUND },
	{ &spark_route, SPARK_TEXT "x.txt", ERR_NOT_FOUND },
	{ &spark_route, SPARK_TEXT ".TXT", ERR_NOT_FOUND },
	{ &spark_route, ".txt", ERR_NOT_FOUND },
	{ &spark_route, "", ERR_NOT_FOUND },
	/* Its right is to read. */
	{ &spark_post, SPARK_TEXT ".txt", ERR_FORBIDDEN },
};
/* clang-format on */

START_TEST(holder_is_who_has_the_secret_in_the_path)
{
	static const struct header headers[] = { AUTHORIZATION("Token TOKEN") };
	enum err e = identify(holder_cases[_i].route, holder_cases[_i].part, headers, 1);
	char hash[SHA256_HEX_SIZE];

	ck_assert_int_eq(e, holder_cases[_i].err);
	if (e != ERR_OK)
		return;
	sha256_hex(STR(SPARK_TEXT), hash);
	ck_assert_int_eq(req.principal.kind, PRINCIPAL_HOLDER);
	ck_assert_str_eq(req.values[VALUE_SPARK_HASH], hash);
	ck_assert_ptr_null(req.values[VALUE_TOKEN_HASH]);
}
END_TEST

START_TEST(nobody_is_looked_at_where_all_may_ask)
{
	static const struct header headers[] = { AUTHORIZATION("Token TOKEN") };

	ck_assert_int_eq(identify(&open_route, "", headers, 1), ERR_OK);
	ck_assert_int_eq(req.principal.kind, PRINCIPAL_NOBODY);
	ck_assert_ptr_null(req.values[VALUE_TOKEN_HASH]);
}
END_TEST

/* --- by whom it is counted --------------------------------------------------------- */

START_TEST(each_is_counted_by_what_is_known_of_them)
{
	static const struct header headers[] = { AUTHORIZATION("Token TOKEN") };
	struct str network = STR("\xc0\x00\x02\x07");

	identify(surface_route(0), "", headers, 1);
	ck_assert(str_eq(principal_counted(&req), network));
	ck_assert_ptr_null(principal_payer(&req).ptr);
	req.principal.account = 7;
	ck_assert(str_eq(principal_counted(&req), principal_account(&req)));
	ck_assert(str_eq(principal_payer(&req), principal_account(&req)));
	fcgi_finish(fcgi, false);

	identify(&spark_route, SPARK_TEXT ".txt", NULL, 0);
	ck_assert(str_eq(principal_counted(&req), network));
	ck_assert(str_is(principal_payer(&req), req.principal.hash));
}
END_TEST

/* --- what is said of it ------------------------------------------------------------- */

START_TEST(answers_tell_the_schemes_of_the_program)
{
	identify(&open_route, "", NULL, 0);
	principal_challenge(&req);
	ck_assert_str_eq(out.headers.ptr, "WWW-Authenticate: Token realm=\"hob\"\r\n"
					  "WWW-Authenticate: Bearer realm=\"hob\"\r\n"
					  "WWW-Authenticate: Cookie realm=\"hob\"\r\n");
	ck_assert_str_eq(principal_vary(&req), "Authorization, Cookie, Accept-Language");
}
END_TEST

#define SCHEMES_JSON                                                                    \
	"{\"securitySchemes\":{"                                                        \
	"\"key\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A key.\"}," \
	"\"staff\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"lamps_staff\","    \
	"\"description\":\"A cookie.\"},"                                               \
	"\"staffProof\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Lamps-"     \
	"Staff\","                                                                      \
	"\"description\":\"Anything: that it is there shows that no form of another "   \
	"site "                                                                         \
	"has sent the cookie.\"},"                                                      \
	"\"access\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"An "     \
	"access token.\"}}"

START_TEST(document_has_the_same_table)
{
	struct strbuf text;
	struct doc d = { .db = NULL };

	strbuf_init(&text);
	json_begin(&d.w, &text);
	json_object(&d.w);
	security_schemes(&d);
	ck_assert_str_eq(text.ptr, SCHEMES_JSON);
	strbuf_clear(&text, 0);
	json_begin(&d.w, &text);
	json_object(&d.w);
	security_of_route(&d, surface_route(0));
	security_of_route(&d, surface_route(1));
	security_of_route(&d, &spark_route);
	ck_assert_str_eq(text.ptr, "{\"security\":[{\"key\":[]},"
				   "{\"staff\":[],\"staffProof\":[]}],"
				   "\"security\":[{\"staff\":[],\"staffProof\":[]}],"
				   "\"security\":[]");
	strbuf_release(&text);
}
END_TEST

TCase *
callers_case(void)
{
	TCase *t = tcase_create("callers");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, person_is_known_by_a_credential_that_the_row_takes, 0,
			    sizeof(person_cases) / sizeof(person_cases[0]));
	tcase_add_loop_test(t, cookie_goes_with_an_origin_of_our_own, 0,
			    sizeof(origin_cases) / sizeof(origin_cases[0]));
	tcase_add_test(t, page_of_another_site_sends_no_header_beside_the_cookie);
	tcase_add_loop_test(t, holder_is_who_has_the_secret_in_the_path, 0,
			    sizeof(holder_cases) / sizeof(holder_cases[0]));
	tcase_add_test(t, credential_has_words_where_a_row_does_not_take_it);
	tcase_add_test(t, right_that_a_row_needs_goes_by_its_method);
	tcase_add_test(t, nobody_is_looked_at_where_all_may_ask);
	tcase_add_test(t, each_is_counted_by_what_is_known_of_them);
	tcase_add_test(t, answers_tell_the_schemes_of_the_program);
	tcase_add_test(t, document_has_the_same_table);
	return t;
}
