/*
 * types_numbers.c: fields that are numbers, days and times. Runs in workers.
 */
#include "serve/checkers.h"

#include <ctype.h>
#include <string.h>

#include "core/date.h"

static struct fault
too_small(struct req *r, const struct field *f)
{
	return bad("too_small",
		   request_say(r, "must be at least %lld", (long long)f->min));
}

static struct fault
too_large(struct req *r, const struct field *f)
{
	return bad("too_large",
		   request_say(r, "must be at most %lld", (long long)f->max));
}

struct fault
check_int(struct req *r, const struct field *f, struct str text, const char **out)
{
	int64_t n;

	*out = text.ptr;
	if (!str_to_i64(text, &n))
		return bad("type", "must be a whole number");
	if (n < f->min)
		return too_small(r, f);
	if (n > f->max)
		return too_large(r, f);
	if (n == 0 && f->flags & NOT_ZERO)
		return bad("choice", "must not be 0");
	return fine;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!isdigit((unsigned char)s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

static bool
all_zeros(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '0')
			return false;
	}
	return true;
}

/* -?digits(.digits)? with at most `scale` decimals; the bounds are whole numbers. */
struct fault
check_decimal(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct str fraction = text, whole = str_cut(&fraction, '.');
	bool negative = whole.len > 0 && whole.ptr[0] == '-';
	bool beyond = fraction.ptr != NULL && !all_zeros(fraction);
	struct str digits = { whole.ptr + negative, whole.len - negative };
	int64_t n;

	*out = text.ptr;
	if (!all_digits(digits) || (fraction.ptr != NULL && !all_digits(fraction)))
		return bad("format", "must be a decimal number such as \"1234.50\"");
	if (fraction.len > (size_t)f->scale)
		return bad("format",
			   request_say(r, "must have at most %d decimals", f->scale));
	if (!str_to_i64(whole, &n))
		n = negative ? INT64_MIN : INT64_MAX;
	if (n < f->min || (n == f->min && negative && (beyond || n == 0)))
		return too_small(r, f);
	if (n > f->max || (n == f->max && !negative && beyond))
		return too_large(r, f);
	return fine;
}

struct fault
check_bool(struct req *r, const struct field *f, struct str text, const char **out)
{
	(void)r;
	(void)f;
	/* 1 and 0 as queries have them: in a body a number is none. */
	*out = str_is(text, "1") ? "true" : str_is(text, "0") ? "false" : text.ptr;
	if (strcmp(*out, "true") == 0 || strcmp(*out, "false") == 0)
		return fine;
	return bad("type", "must be true or false");
}

/* Days that every list and board can show. */
enum { DAY_1900_01_01 = -25567, DAY_2200_12_31 = 84370 };

static struct fault
check_range(int64_t day)
{
	if (day < DAY_1900_01_01)
		return bad("too_small", "must not be before 1900");
	if (day > DAY_2200_12_31)
		return bad("too_large", "must not be after 2200");
	return fine;
}

struct fault
check_day(struct req *r, const struct field *f, struct str text, const char **out)
{
	int32_t day;

	(void)r;
	(void)f;
	*out = text.ptr;
	if (!date_parse(text, &day))
		return bad("format", "must be a day that exists, YYYY-MM-DD");
	return check_range(day);
}

/* A plus that was not escaped in a URL: "2026-11-23T08:30:03 02:00". */
static struct str
with_plus(struct req *r, struct str text)
{
	enum { OFFSET_LENGTH = 6 };
	char *copy;

	if (text.len <= OFFSET_LENGTH || text.ptr[text.len - OFFSET_LENGTH] != ' ')
		return text;
	copy = arena_cstr(r->arena, text);
	copy[text.len - OFFSET_LENGTH] = '+';
	return (struct str){ copy, text.len };
}

struct fault
check_instant(struct req *r, const struct field *f, struct str text, const char **out)
{
	enum { TEXT_SIZE = 28 };
	const int64_t day_us = INT64_C(86400000000);
	char *normal = arena_alloc(r->arena, TEXT_SIZE);
	int64_t us;

	(void)f;
	*out = normal;
	if (!instant_parse(with_plus(r, text), &us))
		return bad("format", "must be a time such as 2026-11-23T08:30:03Z");
	instant_format_us(us, normal);
	return check_range(us < 0 ? (us - day_us + 1) / day_us : us / day_us);
}

struct fault
check_time(struct req *r, const struct field *f, struct str text, const char **out)
{
	int32_t s;

	(void)r;
	(void)f;
	*out = text.ptr;
	if (text.len != 5 || !time_parse(text, &s))
		return bad("format", "must be a time of day, HH:MM");
	return fine;
}
