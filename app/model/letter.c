/*
 * letter.c: tokens and codes of letters to accounts. Runs in workers, which are shown them,
 * and in what sends them.
 */
#include "model/letter.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>

#include "core/strbuf.h"

/* The purpose is hashed too, so that no other use of the secret gives the same. */
static void
mac_of(struct str secret, const char *purpose, struct str of,
       unsigned char out[SHA256_SIZE])
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, "%s %.*s", purpose, STR_FMT(of));
	hmac_sha256(secret, strbuf_str(&text), out);
	strbuf_release(&text);
}

void
letter_make(struct str secret, const char *id, char token[TOKEN_TEXT_SIZE],
	    char code[LETTER_CODE_SIZE])
{
	unsigned char mac[SHA256_SIZE];
	uint64_t number = 0;

	mac_of(secret, "letter token", str_of(id), mac);
	token_make(TOKEN_LETTER, mac, token);
	mac_of(secret, "letter code", str_of(id), mac);
	for (int i = 0; i < 8; i++)
		number = number << 8 | mac[i];
	snprintf(code, LETTER_CODE_SIZE, "%06d", (int)(number % 1000000));
}

void
letter_code_hash(struct str secret, struct str code, char out[SHA256_HEX_SIZE])
{
	unsigned char mac[SHA256_SIZE];
	struct strbuf digits;

	strbuf_init(&digits);
	for (size_t i = 0; i < code.len; i++)
		if (isdigit((unsigned char)code.ptr[i]))
			strbuf_add_char(&digits, code.ptr[i]);
	mac_of(secret, "letter code given", strbuf_str(&digits), mac);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, out);
	strbuf_release(&digits);
}
