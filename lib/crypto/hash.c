/*
 * hash.c: SHA-256, its HMAC, and comparing what must not be guessed.
 *
 * Not for passwords, which need a slow hash (crypto/password.h). Runs in every
 * process.
 */
#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include "core/die.h"

/* Looked up once: OpenSSL 3 otherwise searches its providers for every hash. */
static const EVP_MD *
sha256_method(void)
{
	static EVP_MD *method;

	if (method == NULL)
		method = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (method == NULL)
		die("OpenSSL has no SHA-256");
	return method;
}

void
sha256(struct str s, unsigned char out[SHA256_SIZE])
{
	if (!EVP_Digest(s.ptr, s.len, out, NULL, sha256_method(), NULL))
		die("SHA-256 failed");
}

void
hash_hex(const unsigned char hash[SHA256_SIZE], char out[SHA256_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_SIZE; i++) {
		out[2 * i] = hex[hash[i] >> 4];
		out[2 * i + 1] = hex[hash[i] & 15];
	}
	out[SHA256_HEX_SIZE - 1] = '\0';
}

void
sha256_hex(struct str s, char out[SHA256_HEX_SIZE])
{
	unsigned char bytes[SHA256_SIZE];

	sha256(s, bytes);
	hash_hex(bytes, out);
}

/* OpenSSL's own context under another name. */
struct sha256 *
sha256_begin(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c == NULL || !EVP_DigestInit_ex2(c, sha256_method(), NULL))
		die("SHA-256 failed");
	return (struct sha256 *)(void *)c;
}

void
sha256_add(struct sha256 *h, struct str s)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)(void *)h, s.ptr, s.len))
		die("SHA-256 failed");
}

void
sha256_end(struct sha256 *h, char out[SHA256_HEX_SIZE])
{
	EVP_MD_CTX *c = (EVP_MD_CTX *)(void *)h;
	unsigned char bytes[SHA256_SIZE];

	if (!EVP_DigestFinal_ex(c, bytes, NULL))
		die("SHA-256 failed");
	EVP_MD_CTX_free(c);
	hash_hex(bytes, out);
}

bool
sha256_file(int fd, char out[SHA256_HEX_SIZE], int64_t *bytes)
{
	struct sha256 *h = sha256_begin();
	char piece[64 * 1024];
	ssize_t n;

	for (*bytes = 0; (n = pread(fd, piece, sizeof(piece), *bytes)) > 0; *bytes += n)
		sha256_add(h, (struct str){ piece, (size_t)n });
	sha256_end(h, out);
	return n == 0;
}

void
hmac_sha256(struct str key, struct str s, unsigned char out[SHA256_SIZE])
{
	/* A NULL key would mean "the one of the last call" to OpenSSL. */
	const char *k = key.len > 0 ? key.ptr : "";

	if (HMAC(sha256_method(), k, (int)key.len, (const unsigned char *)s.ptr, s.len,
		 out, NULL) == NULL)
		die("HMAC-SHA-256 failed");
}

int
bytes_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}
