/* measure.c: what is told of a file before it is sent. Runs where ask.c does. */
#include <openssl/evp.h>
#include <unistd.h>

#include "bucket/ask.h"
#include "core/die.h"
#include "crypto/hash.h"

enum { PIECE = 64 * 1024, MD5_SIZE = 16 };

bool
ask_measure(int fd, struct ask_body *out)
{
	char piece[PIECE];
	unsigned char md5[MD5_SIZE];
	struct sha256 *s = sha256_begin();
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	ssize_t n;

	if (m == NULL || !EVP_DigestInit_ex(m, EVP_md5(), NULL))
		die("OpenSSL has no MD5");
	for (out->bytes = 0; (n = pread(fd, piece, PIECE, out->bytes)) > 0;
	     out->bytes += n) {
		sha256_add(s, (struct str){ piece, (size_t)n });
		if (!EVP_DigestUpdate(m, piece, (size_t)n))
			die("OpenSSL does not hash");
	}
	sha256_end(s, out->sha256);
	if (!EVP_DigestFinal_ex(m, md5, NULL))
		die("OpenSSL does not hash");
	EVP_MD_CTX_free(m);
	EVP_EncodeBlock((unsigned char *)out->md5, md5, MD5_SIZE);
	return n == 0;
}
