/*
 * share_code.c: sixty bits that survive being read aloud (crockford.com/base32.html). Runs in
 * workers.
 */
#include "crypto/share_code.h"

#include <string.h>

#include "core/rand.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
share_code_make(uint64_t bits, char out[SHARE_CODE_TEXT_SIZE])
{
	char *to = out;

	for (int i = 0; i < SHARE_CODE_CHARS; i++, bits >>= 5) {
		if (i == 4 || i == 8)
			*to++ = '-';
		*to++ = alphabet[bits & 31];
	}
	*to = '\0';
}

void
share_code_new(char out[SHARE_CODE_TEXT_SIZE])
{
	uint64_t bits;

	rand_bytes(&bits, sizeof(bits));
	share_code_make(bits, out);
}

/* The character that is meant, or NUL. */
static char
meant(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return '1';
	if (c == 'O')
		return '0';
	return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

bool
share_code_read(struct str typed, char out[SHARE_CODE_SIZE])
{
	int n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		if (typed.ptr[i] == '-' || typed.ptr[i] == ' ')
			continue;
		if (n == SHARE_CODE_CHARS || meant(typed.ptr[i]) == '\0')
			return false;
		out[n++] = meant(typed.ptr[i]);
	}
	out[n] = '\0';
	return n == SHARE_CODE_CHARS;
}
