/*
 * date.c: days and instants as text and back.
 *
 * UTC and the calendar only: time zones are the database's business. Days are
 * counted in years that start in March, so that a leap day is the last of its
 * year and all other months have fixed places (Hinnant, "chrono-compatible
 * low-level date algorithms"). Runs in every process.
 */
#include "core/date.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)

enum {
	DAY_S = 86400,
	ERA_DAYS = 146097,   /* 400 years */
	EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
	DAY_LEAST = -719528, /* 0000-01-01 */
	DAY_MOST = 2932896   /* 9999-12-31 */
};

/* --- reading -------------------------------------------------------------- */

/* Exactly `n` digits at the head of *s. */
static bool
take_digits(struct str *s, int n, int *out)
{
	int value = 0;

	if (s->len < (size_t)n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		value = value * 10 + (s->ptr[i] - '0');
	}
	s->ptr += n;
	s->len -= (size_t)n;
	*out = value;
	return true;
}

/* One of the characters of `set`. */
static bool
take_char(struct str *s, const char *set)
{
	if (s->len == 0 || s->ptr[0] == '\0' || strchr(set, s->ptr[0]) == NULL)
		return false;
	s->ptr++;
	s->len--;
	return true;
}

int
date_month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m == 2 && leap ? 29 : days[m - 1];
}

int32_t
date_days(int y, int m, int d)
{
	int era, year_of_era, day_of_year;

	if (m <= 2)
		y--;
	era = (y >= 0 ? y : y - 399) / 400;
	year_of_era = y - era * 400;
	/* (153 m + 2) / 5: days before month m when March is 0. */
	day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAYS;
}

static bool
take_date(struct str *s, int32_t *out_days)
{
	int y, m, d;

	if (!take_digits(s, 4, &y) || !take_char(s, "-") || !take_digits(s, 2, &m) ||
	    !take_char(s, "-") || !take_digits(s, 2, &d))
		return false;
	if (m < 1 || m > 12 || d < 1 || d > date_month_days(y, m))
		return false;
	*out_days = date_days(y, m, d);
	return true;
}

/* "HH:MM" to minutes since midnight. */
static bool
take_minutes(struct str *s, int *out)
{
	int h, m;

	if (!take_digits(s, 2, &h) || !take_char(s, ":") || !take_digits(s, 2, &m) ||
	    h > 23 || m > 59)
		return false;
	*out = h * 60 + m;
	return true;
}

/* ".5" to 500,000; nothing is zero. A point needs a digit. */
static bool
take_fraction(struct str *s, int *out_us)
{
	int us = 0, unit = 100000;

	*out_us = 0;
	if (!take_char(s, "."))
		return true;
	if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
		return false;
	while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		us += (s->ptr[0] - '0') * unit;
		unit /= 10;
		s->ptr++;
		s->len--;
	}
	*out_us = us;
	return true;
}

/* "Z", "+02:00" to seconds east. */
static bool
take_offset(struct str *s, int *out_s)
{
	bool west = s->len > 0 && s->ptr[0] == '-';
	int minutes;

	*out_s = 0;
	if (take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_minutes(s, &minutes))
		return false;
	*out_s = (west ? -minutes : minutes) * 60;
	return true;
}

bool
date_parse(struct str s, int32_t *out_days)
{
	int32_t days;

	if (!take_date(&s, &days) || s.len > 0)
		return false;
	*out_days = days;
	return true;
}

bool
time_parse(struct str s, int32_t *out_s)
{
	int minutes, seconds = 0;

	if (!take_minutes(&s, &minutes))
		return false;
	if (s.len > 0 && (!take_char(&s, ":") || !take_digits(&s, 2, &seconds)))
		return false;
	if (s.len > 0 || seconds > 59)
		return false;
	*out_s = minutes * 60 + seconds;
	return true;
}

bool
instant_parse(struct str s, int64_t *out_us)
{
	int minutes, seconds, us, offset_s;
	int64_t at_s;
	int32_t days;
	bool leap;

	if (!take_date(&s, &days) || !take_char(&s, "Tt ") ||
	    !take_minutes(&s, &minutes) || !take_char(&s, ":") ||
	    !take_digits(&s, 2, &seconds) || !take_fraction(&s, &us) ||
	    !take_offset(&s, &offset_s) || s.len > 0)
		return false;
	leap = seconds == 60;
	if (seconds > 60)
		return false;
	at_s = (int64_t)days * DAY_S + minutes * 60 + (leap ? 59 : seconds) - offset_s;
	/* Leap seconds end a day of UTC, wherever the clock on the wall stands. */
	if (leap && (at_s + 1) % DAY_S != 0)
		return false;
	*out_us = at_s * 1000000 + us;
	return true;
}

/* --- writing -------------------------------------------------------------- */

static char *
put_digits(char *p, int value, int n)
{
	for (int i = n - 1; i >= 0; i--, value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + n;
}

void
date_civil(int32_t days, int *y, int *m, int *d)
{
	int era, day_of_era, year_of_era, day_of_year, march;

	days += EPOCH_DAYS;
	era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	day_of_era = days - era * ERA_DAYS;
	/* Without its leap days an era is 400 years of 365. */
	year_of_era = day_of_era - day_of_era / 1460;
	year_of_era += day_of_era / 36524 - day_of_era / 146096;
	year_of_era /= 365;
	day_of_year = day_of_era - year_of_era * 365;
	day_of_year -= year_of_era / 4 - year_of_era / 100;
	march = (5 * day_of_year + 2) / 153;
	*d = day_of_year - (153 * march + 2) / 5 + 1;
	*m = march < 10 ? march + 3 : march - 9;
	*y = era * 400 + year_of_era + (*m <= 2);
}

int
date_month(int32_t days)
{
	int y, m, d;

	date_civil(days, &y, &m, &d);
	return y * 12 + m - 1;
}

/* A day outside the years of the text becomes the nearest one inside. */
static char *
put_date(char *p, int64_t days)
{
	int y, m, d;

	if (days < DAY_LEAST)
		days = DAY_LEAST;
	if (days > DAY_MOST)
		days = DAY_MOST;
	date_civil((int32_t)days, &y, &m, &d);
	p = put_digits(p, y, 4);
	*p++ = '-';
	p = put_digits(p, m, 2);
	*p++ = '-';
	return put_digits(p, d, 2);
}

/* "2026-11-23T08:30:03"; the microseconds left go to *out_us. */
static char *
put_seconds(char *p, int64_t us, int *out_us)
{
	int64_t days = us / DAY_US, rest = us % DAY_US;
	int s;

	/* Division cuts towards zero; before 1970 that is the day after. */
	if (rest < 0) {
		rest += DAY_US;
		days--;
	}
	s = (int)(rest / 1000000);
	p = put_date(p, days);
	*p++ = 'T';
	p = put_digits(p, s / 3600, 2);
	*p++ = ':';
	p = put_digits(p, s / 60 % 60, 2);
	*p++ = ':';
	*out_us = (int)(rest % 1000000);
	return put_digits(p, s % 60, 2);
}

void
date_format(int32_t days, char out[DATE_TEXT_SIZE])
{
	*put_date(out, days) = '\0';
}

void
instant_format(int64_t us, char out[INSTANT_TEXT_SIZE])
{
	int fraction;
	char *p = put_seconds(out, us, &fraction);

	p[0] = 'Z';
	p[1] = '\0';
}

void
instant_format_us(int64_t us, char out[28])
{
	int fraction;
	char *p = put_seconds(out, us, &fraction);

	*p++ = '.';
	p = put_digits(p, fraction, 6);
	p[0] = 'Z';
	p[1] = '\0';
}
