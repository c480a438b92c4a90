/* measure.c: what is told of a file before it is sent. Runs where ask.c does. */
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#include "bucket/ask.h"
#include "core/die.h"

enum { PIECE = 64 * 1024, MD5_SIZE = 16, SHA256_SIZE = 32 };

static EVP_MD_CTX *
begin(const EVP_MD *method)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c == NULL || !EVP_DigestInit_ex(c, method, NULL))
		die("OpenSSL has no MD5 or no SHA-256");
	return c;
}

static bool
read_all(int fd, EVP_MD_CTX *sha256, EVP_MD_CTX *md5, int64_t *bytes)
{
	char piece[PIECE];
	ssize_t n;

	for (*bytes = 0; (n = pread(fd, piece, sizeof(piece), *bytes)) > 0; *bytes += n)
		if (!EVP_DigestUpdate(sha256, piece, (size_t)n) ||
		    !EVP_DigestUpdate(md5, piece, (size_t)n))
			die("OpenSSL does not hash");
	return n == 0;
}

bool
ask_measure(int fd, struct ask_body *out)
{
	unsigned char sha256[SHA256_SIZE], md5[MD5_SIZE];
	EVP_MD_CTX *s = begin(EVP_sha256()), *m = begin(EVP_md5());
	bool good = read_all(fd, s, m, &out->bytes);

	if (!EVP_DigestFinal_ex(s, sha256, NULL) || !EVP_DigestFinal_ex(m, md5, NULL))
		die("OpenSSL does not hash");
	EVP_MD_CTX_free(s);
	EVP_MD_CTX_free(m);
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(out->sha256 + 2 * i, 3, "%02x", sha256[i]);
	EVP_EncodeBlock((unsigned char *)out->md5, md5, MD5_SIZE);
	return good;
}
