#ifndef HOB_CORE_DATE_H
#define HOB_CORE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/* Days and instants as text: RFC 3339 and ISO 8601 calendar dates, proleptic Gregorian. */

enum { DATE_TEXT_SIZE = 11, TIME_TEXT_SIZE = 6, INSTANT_TEXT_SIZE = 21 };

/* "YYYY-MM-DD", a day that exists. *out is days since 1970-01-01. */
bool date_parse(struct str s, int32_t *out_days);
/* "2026-11-23" for days since 1970-01-01; years 0000 to 9999. */
void date_format(int32_t days, char out[DATE_TEXT_SIZE]);
/* Days since 1970-01-01 of a day that exists, and back; years 0000 to 9999, months 1 to 12. */
int32_t date_days(int y, int m, int d);
void date_civil(int32_t days, int *y, int *m, int *d);
/* Months since year 0 of a day: 12 a year, January the first. */
int date_month(int32_t days);
/* The number of days in month `m` of year `y`. */
int date_month_days(int y, int m);
/* "HH:MM" or "HH:MM:SS", 00:00 to 23:59:59. *out is seconds since midnight. */
bool time_parse(struct str s, int32_t *out_s);
/*
 * RFC 3339 date-time: any offset, any fraction, 'T' 't' or space between; a
 * leap second counts as the second before. *out is unix microseconds (a finer
 * fraction is cut).
 */
bool instant_parse(struct str s, int64_t *out_us);
/* "2026-11-23T08:30:03Z": whole seconds, cut towards the past. */
void instant_format(int64_t us, char out[INSTANT_TEXT_SIZE]);
/* As instant_format with microseconds, "…03.000123Z"; `out` holds 28 bytes. */
void instant_format_us(int64_t us, char out[28]);

#endif
