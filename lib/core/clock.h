#ifndef HOB_CORE_CLOCK_H
#define HOB_CORE_CLOCK_H

#include <stdint.h>

/* The only sources of time. Tests replace the wall clock with clock_set_for_test. */

/* Wall clock, unix microseconds. */
int64_t clock_now_us(void);
/* Monotonic, nanoseconds since boot; comparable between processes of one host. */
int64_t clock_mono_ns(void);
int64_t clock_mono_ms(void);
/* Milliseconds until `deadline_ns` of the monotonic clock, rounded up; 0 when it has passed. */
int clock_left_ms(int64_t deadline_ns);
/* Freezes clock_now_us at `us`; 0 lets it run again. */
void clock_set_for_test(int64_t us);

#endif
