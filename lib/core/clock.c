/*
 * clock.c: the wall clock and the monotonic clock.
 *
 * Turning time into text is core/date.h. The frozen wall clock is for tests of one
 * process; the monotonic clock never freezes, because waiting depends on it. Runs in
 * every process.
 */
#include "core/clock.h"

#include <time.h>

static int64_t frozen_us;

static int64_t
read_ns(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_now_us(void)
{
	return frozen_us != 0 ? frozen_us : read_ns(CLOCK_REALTIME) / 1000;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_mono_ms(void)
{
	return read_ns(CLOCK_MONOTONIC) / 1000000;
}

int
clock_left_ms(int64_t deadline_ns)
{
	int64_t left = deadline_ns - clock_mono_ns();

	return left > 0 ? (int)((left + 999999) / 1000000) : 0;
}

void
clock_set_for_test(int64_t us)
{
	frozen_us = us;
}
