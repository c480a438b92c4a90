/*
 * password_scheme.c: the schemes of password hashes: argon2id, which is what Hob makes, and those that accounts of
 * other systems bring along: PBKDF2 as Django writes it, and bcrypt, bare or as Django writes it. The text of each is
 * as the other system stored it, so that a hash can be brought in as it is.
 */
#include "crypto/password_scheme.h"

#include <argon2.h>
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"

enum {
	HASH_BYTES = 32,
	SALT_TEXT_MAX = 64,
	PBKDF2_HASH_SIZE = 44,
	BCRYPT_HASH_SIZE = 31,
	BCRYPT_SALT_SIZE = 29, /* "$2b$12$" and 22 letters */
	BCRYPT_READS = 72      /* of a password; what follows counts for nothing */
};

/* --- argon2id ------------------------------------------------------------- */

/* Base64 without padding, as PHC strings have it. */
static bool
decode(const char *text, struct password_salt *out)
{
	char padded[SALT_TEXT_MAX + 4];
	int padding = (int)((4 - strlen(text) % 4) % 4), size;

	snprintf(padded, sizeof(padded), "%s%.*s", text, padding, "===");
	size = EVP_DecodeBlock(out->bytes, (const unsigned char *)padded,
			       (int)strlen(padded));
	out->len = size > padding ? (size_t)(size - padding) : 0;
	return out->len > 0;
}

static bool
read_argon2id(struct password_salt *s)
{
	char bytes[SALT_TEXT_MAX + 1];
	int end = 0;

	return sscanf(s->text, "$argon2id$v=%u$m=%u,t=%u,p=%u$%64[A-Za-z0-9+/]$%n",
		      &s->version, &s->cost.memory_kib, &s->cost.passes, &s->cost.lanes,
		      bytes, &end) == 5 &&
	       end > 0 && s->text[end] == '\0' && decode(bytes, s);
}

/* Five times the work of the default cost: a fifth of a second of a core. */
static bool
is_bearable_argon2id(const struct password_salt *s)
{
	return s->cost.memory_kib <= 65536 && s->cost.lanes <= 16 &&
	       (int64_t)s->cost.memory_kib * s->cost.passes <= 196608;
}

/* A result under another salt proves nothing, and would never match. */
static enum err
prove_argon2id(const struct password_salt *s, struct str password,
	       char out[PASSWORD_PHC_SIZE])
{
	switch (argon2_hash(s->cost.passes, s->cost.memory_kib, s->cost.lanes,
			    password.ptr, password.len, s->bytes, s->len, NULL,
			    HASH_BYTES, out, PASSWORD_PHC_SIZE, Argon2_id, s->version)) {
	case ARGON2_OK:
		return strncmp(out, s->text, strlen(s->text)) == 0 ? ERR_OK
								   : ERR_UNAUTHORIZED;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
	case ARGON2_THREAD_FAIL:
		return ERR_INTERNAL;
	default:
		return ERR_UNAUTHORIZED;
	}
}

/* --- PBKDF2 ---------------------------------------------------------------- */

/* Its salt is the text itself, and not what it might stand for in base64. */
static bool
read_pbkdf2(struct password_salt *s)
{
	char rounds[11], bytes[PASSWORD_SALT_MAX + 1];
	int64_t n;
	int end = 0;

	if (sscanf(s->text, "pbkdf2_sha256$%10[0-9]$%48[^$]$%n", rounds, bytes, &end) !=
		    2 ||
	    end == 0 || s->text[end] != '\0' || !str_to_i64(str_of(rounds), &n) ||
	    n < 1 || n > INT32_MAX)
		return false;
	s->rounds = (uint32_t)n;
	s->len = strlen(bytes);
	memcpy(s->bytes, bytes, s->len);
	return true;
}

static bool
is_bearable_pbkdf2(const struct password_salt *s)
{
	return s->rounds <= 1000000;
}

static enum err
prove_pbkdf2(const struct password_salt *s, struct str password,
	     char out[PASSWORD_PHC_SIZE])
{
	unsigned char hash[HASH_BYTES];
	size_t len = strlen(s->text);

	if (len + PBKDF2_HASH_SIZE >= PASSWORD_PHC_SIZE)
		return ERR_UNAUTHORIZED;
	if (PKCS5_PBKDF2_HMAC(password.ptr, (int)password.len, s->bytes, (int)s->len,
			      (int)s->rounds, EVP_sha256(), sizeof(hash), hash) != 1)
		return ERR_INTERNAL;
	memcpy(out, s->text, len);
	EVP_EncodeBlock((unsigned char *)out + len, hash, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	return ERR_OK;
}

/* --- bcrypt ---------------------------------------------------------------- */

/* What crypt(3) takes of it: Django writes a name and a dollar in front. */
static const char *
bcrypt_setting(const char *text)
{
	const char *bare = strstr(text, "$2");

	return bare != NULL ? bare : "";
}

static bool
read_bcrypt(struct password_salt *s)
{
	const char *setting = bcrypt_setting(s->text);
	char letters[23];
	int end = 0;

	return strlen(setting) == BCRYPT_SALT_SIZE &&
	       sscanf(setting, "$2%*1[aby]$%2u$%22[./A-Za-z0-9]%n", &s->rounds, letters,
		      &end) == 2 &&
	       end == BCRYPT_SALT_SIZE;
}

static bool
is_bearable_bcrypt(const struct password_salt *s)
{
	return s->rounds >= 4 && s->rounds <= 12;
}

/*
 * crypt(3) may write the last letter of the salt, of which two bits count, as another than it was given: its hash is
 * put behind the salt as that is stored.
 */
static enum err
prove_crypt(const struct password_salt *s, const char *password,
	    char out[PASSWORD_PHC_SIZE])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *made = NULL;

	if (data == NULL)
		return ERR_INTERNAL;
	made = crypt_r(password, bcrypt_setting(s->text), data);
	if (made != NULL && strlen(made) == BCRYPT_SALT_SIZE + BCRYPT_HASH_SIZE)
		snprintf(out, PASSWORD_PHC_SIZE, "%s%s", s->text,
			 made + BCRYPT_SALT_SIZE);
	else
		made = NULL;
	OPENSSL_cleanse(data, sizeof(*data));
	free(data);
	return made != NULL ? ERR_OK : ERR_UNAUTHORIZED;
}

static enum err
prove_bcrypt(const struct password_salt *s, struct str password,
	     char out[PASSWORD_PHC_SIZE])
{
	char text[BCRYPT_READS + 1];
	size_t len = password.len < BCRYPT_READS ? password.len : BCRYPT_READS;
	enum err e;

	memcpy(text, password.ptr, len);
	text[len] = '\0';
	e = prove_crypt(s, text, out);
	OPENSSL_cleanse(text, sizeof(text));
	return e;
}

/* Django hashes first, so that no byte of a long password is lost. */
static enum err
prove_bcrypt_sha256(const struct password_salt *s, struct str password,
		    char out[PASSWORD_PHC_SIZE])
{
	char hex[SHA256_HEX_SIZE];
	enum err e;

	sha256_hex(password, hex);
	e = prove_crypt(s, hex, out);
	OPENSSL_cleanse(hex, sizeof(hex));
	return e;
}

/* --- the table ------------------------------------------------------------- */

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define BCRYPT(prefix, prove)                                             \
	{                                                                 \
		prefix, BCRYPT_HASH_SIZE, ALPHANUMERIC "./", read_bcrypt, \
			is_bearable_bcrypt, "a cost of 4 to 12", prove    \
	}

/* clang-format off */
static const struct password_scheme schemes[] = {
	{ "$argon2id$", 43, ALPHANUMERIC "+/", read_argon2id, is_bearable_argon2id,
	  "at most 64 MiB, memory times passes of 192 MiB, and 16 lanes", prove_argon2id },
	{ "pbkdf2_sha256$", PBKDF2_HASH_SIZE, ALPHANUMERIC "+/=", read_pbkdf2, is_bearable_pbkdf2,
	  "at most 1000000 iterations", prove_pbkdf2 },
	BCRYPT("$2a$", prove_bcrypt),
	BCRYPT("$2b$", prove_bcrypt),
	BCRYPT("$2y$", prove_bcrypt),
	BCRYPT("bcrypt$$2", prove_bcrypt),
	BCRYPT("bcrypt_sha256$$2", prove_bcrypt_sha256),
};
/* clang-format on */

const struct password_scheme *
password_scheme_of(const char *text)
{
	for (size_t i = 0; text != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

/* --- before a hash is brought in -------------------------------------------- */

bool
password_scheme_takes(const char *text, char why[PASSWORD_WHY_SIZE])
{
	const struct password_scheme *scheme = password_scheme_of(text);
	char salt_text[PASSWORD_PHC_SIZE];
	struct password_salt s = { .text = salt_text };
	size_t len = strlen(text), hash_size;

	if (scheme == NULL) {
		snprintf(why, PASSWORD_WHY_SIZE,
			 "is of none of the schemes argon2id, "
			 "pbkdf2_sha256, bcrypt and bcrypt_sha256");
		return false;
	}
	hash_size = (size_t)scheme->hash_size;
	if (len >= PASSWORD_PHC_SIZE || len <= hash_size) {
		snprintf(why, PASSWORD_WHY_SIZE, "is cut short, or too long");
		return false;
	}
	snprintf(salt_text, sizeof(salt_text), "%.*s", (int)(len - hash_size), text);
	if (strspn(text + len - hash_size, scheme->letters) != hash_size ||
	    !scheme->read(&s)) {
		snprintf(why, PASSWORD_WHY_SIZE, "is no whole hash of its scheme");
		return false;
	}
	if (!scheme->is_bearable(&s)) {
		snprintf(why, PASSWORD_WHY_SIZE,
			 "asks for another work than a login may take: of its scheme Hob "
			 "takes %s",
			 scheme->bearable);
		return false;
	}
	return true;
}
