#ifndef HOB_CRYPTO_SHARE_CODE_H
#define HOB_CRYPTO_SHARE_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/*
 * Codes that people read to each other: 12 characters of Crockford's Base32 (60 bits; no I, L, O
 * and U), shown in three groups: "7K3D-MN0Q-X4VB".
 */
enum { SHARE_CODE_CHARS = 12, SHARE_CODE_TEXT_SIZE = 15, SHARE_CODE_SIZE = 13 };

/* A new code as it is shown, NUL-terminated. */
void share_code_new(char out[SHARE_CODE_TEXT_SIZE]);
/* The same for the same bits, of which sixty count. */
void share_code_make(uint64_t bits, char out[SHARE_CODE_TEXT_SIZE]);
/*
 * The twelve characters of a typed code, NUL-terminated: capitals or not, I and L for 1,
 * O for 0, spaces and hyphens anywhere. False when it is no code.
 */
bool share_code_read(struct str typed, char out[SHARE_CODE_SIZE]);

#endif
