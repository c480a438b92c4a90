/* totp.c: codes by the clock, by liboath. Runs in workers of hob-admin, and in what makes keys. */
#include "totp/totp.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

#include "core/die.h"
#include "core/strbuf.h"

static void
begin(void)
{
	static bool begun;

	if (!begun && oath_init() != OATH_OK)
		die("liboath does not begin");
	begun = true;
}

static bool
has_form(const char *code)
{
	return strlen(code) == TOTP_DIGITS && strspn(code, "0123456789") == TOTP_DIGITS;
}

enum err
totp_check(const unsigned char key[TOTP_KEY_SIZE], int64_t now_s, const char *code,
	   int64_t *step)
{
	int at;

	begin();
	if (!has_form(code) ||
	    oath_totp_validate2((const char *)key, TOTP_KEY_SIZE, (time_t)now_s,
				TOTP_STEP_S, OATH_TOTP_DEFAULT_START_TIME, 1, &at,
				code) < 0)
		return ERR_UNAUTHORIZED;
	*step = now_s / TOTP_STEP_S + at;
	return ERR_OK;
}

static void
add_encoded(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text) != NULL)
			strbuf_add_char(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

const char *
totp_url(struct arena *a, const unsigned char key[TOTP_KEY_SIZE], const char *issuer,
	 const char *account)
{
	struct strbuf url;
	char *base32;
	const char *text;

	begin();
	if (oath_base32_encode((const char *)key, TOTP_KEY_SIZE, &base32, NULL) !=
	    OATH_OK)
		die("out of memory for a key");
	strbuf_init(&url);
	strbuf_add_cstr(&url, "otpauth://totp/");
	add_encoded(&url, issuer);
	strbuf_add_char(&url, ':');
	add_encoded(&url, account);
	strbuf_addf(&url, "?secret=%s&issuer=", base32);
	add_encoded(&url, issuer);
	text = arena_cstr(a, strbuf_str(&url));
	strbuf_release(&url);
	free(base32);
	return text;
}
