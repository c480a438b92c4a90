/*
 * webhook.c: where webhooks may lead to, and by which key they are signed. Runs in
 * workers, and in what sends them.
 */
#include "model/webhook.h"

#include <ctype.h>
#include <strings.h>

#include "core/strbuf.h"
#include "crypto/hash.h"
#include "http/url.h"
#include "net/reach.h"

void
webhook_key(struct str secret, struct str nonce, unsigned char out[WEBHOOK_KEY_SIZE])
{
	struct strbuf text;

	_Static_assert((int)WEBHOOK_KEY_SIZE == (int)SHA256_SIZE, "a key is an HMAC");
	strbuf_init(&text);
	/* The purpose is hashed too, so that no other use of the secret gives the same. */
	strbuf_addf(&text, "webhook %.*s", STR_FMT(nonce));
	hmac_sha256(secret, strbuf_str(&text), out);
	strbuf_release(&text);
}

static bool
ends_in(struct str host, const char *name)
{
	struct str n = str_of(name);

	return host.len >= n.len &&
	       strncasecmp(host.ptr + host.len - n.len, name, n.len) == 0;
}

/* Labels of letters, digits and hyphens, with dots between: as it stands in a certificate. */
static bool
is_dns_name(struct str host)
{
	struct str rest = host, label = STR_NONE;
	int labels = 0;

	while (rest.ptr != NULL) {
		label = str_cut(&rest, '.');
		if (label.len == 0 || label.len > 63)
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!isalnum((unsigned char)label.ptr[i]) && label.ptr[i] != '-')
				return false;
		labels++;
	}
	/* A last label with a digit first is read as a part of an address by some. */
	return labels > 1 && host.len <= 253 && isalpha((unsigned char)label.ptr[0]);
}

/* Names that only a network of one's own knows (RFC 6761, 6762, 8375, 9476, what routers and clusters use). */
static bool
is_private_name(struct str host)
{
	static const char *const ends[] = {
		".localhost", ".local", ".localdomain", ".internal", ".arpa",  ".lan",
		".home",      ".corp",	".intranet",	".alt",	     ".onion", ".svc",
		".consul",    ".test",	".invalid",	".example"
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_in(host, ends[i]))
			return true;
	return false;
}

static bool
leads_outside(const struct http_url *u)
{
	struct sockaddr_storage address;

	if (reach_parse(u->host, &address))
		return u->is_bracketed == (address.ss_family == AF_INET6) &&
		       reach_is_public((const struct sockaddr *)&address);
	return !u->is_bracketed && is_dns_name(u->host) && !is_private_name(u->host);
}

const char *
webhook_url_fault(struct str url, bool anywhere)
{
	struct http_url u;

	if (!http_url_parse(url, &u))
		return "must be an absolute URL in ASCII, https://";
	if (!u.is_tls && !anywhere)
		return "must begin with https://";
	if (u.has_user)
		return "must not hold a user or a password";
	if (u.has_fragment)
		return "must have no # in it";
	return anywhere || leads_outside(&u) ? NULL : "must lead to the public internet";
}
