/* lists.c: lines and objects in lists, as a body has them. */
#include "lamps.h"

#include "json/json.h"
#include "serve/objects.h"
#include "serve/surface.h"
#include "serve/types.h"

/* clang-format off */
static const char *const kinds[] = { "warm", "cold", NULL };
static const struct field bulb_fields[] = {
	{ "kind", FIELD_CHOICE, REQUIRED, 0, 0, kinds, NULL, 0 },
	{ "watts", FIELD_INT, NULLABLE, 1, 100, NULL, NULL, 0 },
	{ "price", FIELD_DECIMAL, NULLABLE, 0, 1000, NULL, NULL, 2 },
	{ "is_spare", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ .name = NULL }
};
static const struct field_object bulb = {
	.name = "bulbs", .fields = bulb_fields, .wanted = "must be a list of bulbs", .schema = "Bulb",
	.read = objects_from_json,
};
static const struct field fields[] = {
	{ "bulbs", FIELD_OBJECTS, 0, 0, 3, NULL, "[]", 0, &bulb },
	{ "marks", FIELD_LINES, 0, 0, 3, NULL, "{}", 5 },
	{ .name = NULL }
};
static const struct route route = { .method = HTTP_POST, .path = "/lamps", .body = fields };
/* clang-format on */

static struct arena a;
static struct saying *sayings;
static struct req r;

static enum err
decode(const char *body)
{
	static const char *const nothing[] = { NULL };
	const struct json_limits max = { .depth = 16,
					 .values = field_values_max(fields) };
	struct json_doc doc;
	struct json_fault fault;

	arena_reset(&a);
	r = (struct req){
		.arena = &a, .sayings = &sayings, .method = HTTP_POST, .route = &route
	};
	ck_assert_int_eq(json_read(&a, str_of(body), max, &doc, &fault), ERR_OK);
	return request_decode_object(&r, &doc, nothing);
}

static void
expect_fault(const char *body, const char *field, const char *pointer, const char *code)
{
	ck_assert_int_eq(decode(body), ERR_INVALID);
	ck_assert_str_eq(r.errors[0].field, field);
	ck_assert_str_eq(r.errors[0].pointer, pointer);
	ck_assert_str_eq(r.errors[0].code, code);
}

START_TEST(lists_are_bound)
{
	ck_assert_int_eq(decode("{}"), ERR_OK);
	ck_assert_str_eq(r.body[0], "[]");
	ck_assert_str_eq(r.body[1], "{}");
	ck_assert_int_eq(decode("{\"bulbs\":[{\"kind\":\"warm\",\"price\":1.50},{"
				"\"watts\":7,"
				"\"kind\":\"cold\",\"is_spare\":true}],\"marks\":[]}"),
			 ERR_OK);
	ck_assert_str_eq(
		r.body[0],
		"[{\"kind\":\"warm\",\"watts\":null,\"price\":\"1.50\",\"is_spare\":"
		"false},{\"kind\":\"cold\",\"watts\":7,\"price\":null,\"is_spare\":"
		"true}]");
	ck_assert_str_eq(r.body[1], "{}");
	ck_assert_int_eq(decode("{\"marks\":[\" a,b \",\"\\\"\\\\\",\"NULL\"]}"), ERR_OK);
	ck_assert_str_eq(r.body[1], "{\"a,b\",\"\\\"\\\\\",\"NULL\"}");
}
END_TEST

START_TEST(lists_are_refused)
{
	expect_fault("{\"bulbs\":{}}", "bulbs", "/bulbs", "type");
	expect_fault("{\"bulbs\":[1]}", "bulbs.0", "/bulbs/0", "type");
	expect_fault("{\"bulbs\":[{\"kind\":\"warm\"},{}]}", "bulbs.1.kind",
		     "/bulbs/1/kind", "required");
	expect_fault("{\"bulbs\":[{\"kind\":\"hot\"}]}", "bulbs.0.kind", "/bulbs/0/kind",
		     "choice");
	expect_fault("{\"bulbs\":[{\"kind\":\"warm\",\"a/b\":1}]}", "bulbs.0.a/b",
		     "/bulbs/0/a~1b", "unknown_field");
	expect_fault("{\"bulbs\":[{\"kind\":\"warm\",\"is_spare\":null}]}",
		     "bulbs.0.is_spare", "/bulbs/0/is_spare", "null");
	expect_fault("{\"bulbs\":[{},{},{},{}]}", "bulbs", "/bulbs", "too_long");
	expect_fault("{\"marks\":[\"a\",\"a \"]}", "marks", "/marks", "duplicate");
	expect_fault("{\"marks\":[\"abcdef\"]}", "marks", "/marks", "too_long");
	expect_fault("{\"marks\":[\" \"]}", "marks", "/marks", "too_short");
	expect_fault("{\"marks\":[null]}", "marks", "/marks", "type");
	expect_fault("{\"marks\":\"a\"}", "marks", "/marks", "type");
}
END_TEST

START_TEST(items_of_a_bound_list_are_what_was_sent)
{
	struct str items[3];

	decode("{\"marks\":[\" a,b \",\"\\\"\\\\}\",\"NULL\"]}");
	ck_assert_int_eq(value_items(&a, r.body[1], items, 3), 3);
	ck_assert_str_eq(items[0].ptr, "a,b");
	ck_assert_str_eq(items[1].ptr, "\"\\}");
	ck_assert_str_eq(items[2].ptr, "NULL");
	ck_assert_int_eq(items[1].len, 3);
	ck_assert_int_eq(value_items(&a, "{a,bc}", items, 3), 2);
	ck_assert_str_eq(items[1].ptr, "bc");
	ck_assert_int_eq(value_items(&a, "{a,bc}", items, 1), 1);
	ck_assert_int_eq(value_items(&a, "{}", items, 3), 0);
}
END_TEST

static const char *
written(const char *object, bool with_nulls)
{
	const struct json_limits max = { .depth = 16, .values = SIZE_MAX };
	const char *texts[FIELDS_MAX];
	struct json_doc doc;
	struct json_fault fault;

	decode("{}");
	ck_assert_int_eq(json_read(&a, str_of(object), max, &doc, &fault), ERR_OK);
	ck_assert(object_read(&r, bulb_fields, str_of(object), texts));
	return object_write(&r, bulb_fields, texts, with_nulls ? doc.root : NULL);
}

START_TEST(an_object_has_null_where_that_was_sent)
{
	const char *sent = "{\"kind\":\"warm\",\"watts\":null}";

	ck_assert_str_eq(written(sent, true),
			 "{\"kind\":\"warm\",\"watts\":null,\"is_spare\":false}");
	ck_assert_str_eq(written(sent, false), "{\"kind\":\"warm\",\"is_spare\":false}");
}
END_TEST

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

TCase *
lists_case(void)
{
	TCase *c = tcase_create("lists");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, lists_are_bound);
	tcase_add_test(c, lists_are_refused);
	tcase_add_test(c, items_of_a_bound_list_are_what_was_sent);
	tcase_add_test(c, an_object_has_null_where_that_was_sent);
	return c;
}
