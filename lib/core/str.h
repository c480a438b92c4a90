#ifndef HOB_CORE_STR_H
#define HOB_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A borrowed run of bytes. Not NUL-terminated unless its maker says so; the
 * maker also says how long it lives. `ptr == NULL` means "absent", which is
 * not the same as empty.
 */
struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf: printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).len, (s).ptr

/* Wraps a C string; NULL becomes STR_NONE. */
struct str str_of(const char *z);
bool str_eq(struct str a, struct str b);
/* Compares to a C string. */
bool str_is(struct str a, const char *z);
/* ASCII case folded. */
bool str_eq_ci(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Without leading and trailing spaces, tabs, CR and LF. */
struct str str_trim(struct str s);
/*
 * Cuts `*rest` at the first `sep`: returns what stands before it and leaves in
 * *rest what stands after. Without a `sep` returns all and leaves STR_NONE.
 */
struct str str_cut(struct str *rest, char sep);
/* At most `max` bytes from the front of well-formed UTF-8; no character is cut. */
struct str str_head(struct str s, size_t max);
/*
 * A whole decimal integer, optional '-', nothing else, in 64 bits. False when
 * it is not one or does not fit; *out is then untouched.
 */
bool str_to_i64(struct str s, int64_t *out);
/* Well-formed UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF). */
bool str_is_utf8(struct str s);
/* Bytes of the well-formed UTF-8 character that `s` starts with; 0 when there is none. */
size_t str_utf8_sequence(struct str s);
/* Code points in well-formed UTF-8. */
size_t str_utf8_length(struct str s);

#endif
