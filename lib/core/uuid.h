#ifndef HOB_CORE_UUID_H
#define HOB_CORE_UUID_H

#include <stdbool.h>

#include "core/str.h"

enum { UUID_TEXT_SIZE = 37 };

/*
 * A new UUIDv7 (RFC 9562 section 5.7) as 36 lower-case characters and a NUL:
 * unix milliseconds, then random bits. Sorts by time of making to the
 * millisecond; not strictly monotonic within one.
 */
void uuid_v7(char out[UUID_TEXT_SIZE]);
/*
 * The same UUID for the same 16 bytes of a hash: version 8 (RFC 9562 section 5.8), whose
 * other 122 bits are from the hash.
 */
void uuid_v8(const unsigned char bytes[16], char out[UUID_TEXT_SIZE]);
/* Any UUID in 8-4-4-4-12 hex form, either case. */
bool uuid_is(struct str s);

#endif
