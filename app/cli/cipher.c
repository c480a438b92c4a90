/* cipher.c: backups are encrypted by programs that sysadmins know, so that they can be read without Hob. */
#include "cli/cipher.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static const char *const *
words(struct arena *a, const char *const *from, size_t count)
{
	const char **to = arena_zalloc(a, count + 1, sizeof(*to));

	memcpy(to, from, count * sizeof(*to));
	return to;
}

#define WORDS(a, ...)                                  \
	words(a, (const char *const[]){ __VA_ARGS__ }, \
	      sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

void
cipher_init(struct cipher *c, struct arena *a, const char *recipient,
	    const char *identity)
{
	struct str who = str_of(recipient);

	*c = (struct cipher){ .suffix = "" };
	if (who.len == 0)
		return;
	if (str_starts(who, STR("age1")) || str_starts(who, STR("ssh-"))) {
		c->suffix = ".age";
		c->close.argv = WORDS(a, "age", "--encrypt", "--recipient", recipient);
		c->open.argv = WORDS(a, "age", "--decrypt", "--identity", identity);
		return;
	}
	c->suffix = ".gpg";
	c->close.argv =
		WORDS(a, "gpg", "--batch", "--quiet", "--no-random-seed-file",
		      "--trust-model", "always", "--recipient", recipient, "--encrypt");
	c->open.argv = WORDS(a, "gpg", "--batch", "--quiet", "--decrypt");
}

static bool
write_all(int out, const char *piece, ssize_t len)
{
	for (ssize_t n; len > 0; piece += n, len -= n)
		if ((n = write(out, piece, (size_t)len)) <= 0)
			return false;
	return true;
}

bool
cipher_copy(const struct helper *by, int in, int out)
{
	char piece[64 * 1024];
	ssize_t n;

	if (by->argv != NULL)
		return helper_pipe(by, 1, in, out);
	while ((n = read(in, piece, sizeof(piece))) > 0)
		if (!write_all(out, piece, n)) {
			complain("a copy cannot be written: %s", strerror(errno));
			return false;
		}
	if (n < 0)
		complain("a copy cannot be read: %s", strerror(errno));
	return n == 0;
}
