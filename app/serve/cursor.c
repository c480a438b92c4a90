/*
 * cursor.c: opaque, signed positions in lists. The text is base64url of a
 * truncated HMAC followed by what it carries, for a list "statement \n id \n key"; the
 * filters are signed but not carried. Runs in workers.
 */
#include "serve/cursor.h"

#include <string.h>

#include "core/strbuf.h"
#include "crypto/base64url.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { MAC_SIZE = 16 }; /* 128 bits: forging is out of reach, and URLs stay short */

/* HMAC over the payload and every filter as it was bound; a handler's fields are none. */
static void
sign(const struct req *r, struct str payload, unsigned char out[SHA256_SIZE])
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	struct strbuf b;
	int count = field_count(r->route->query);

	strbuf_init(&b);
	strbuf_add(&b, payload);
	for (int i = 0; i < count; i++)
		if (!(r->route->query[i].flags & HANDLED))
			strbuf_addf(&b, "\n%s=%s", r->route->query[i].name,
				    r->query[i] ? r->query[i] : "");
	hmac_sha256(secret, strbuf_str(&b), out);
	strbuf_release(&b);
}

struct str
cursor_seal(struct req *r, struct str payload)
{
	unsigned char mac[SHA256_SIZE];
	char *bytes = arena_alloc(r->arena, MAC_SIZE + payload.len);

	sign(r, payload, mac);
	memcpy(bytes, mac, MAC_SIZE);
	memcpy(bytes + MAC_SIZE, payload.ptr, payload.len);
	return base64url_encode(r->arena, (struct str){ bytes, MAC_SIZE + payload.len });
}

bool
cursor_unseal(struct req *r, struct str text, struct str *payload)
{
	unsigned char mac[SHA256_SIZE];
	struct str bytes;

	if (!base64url_decode(r->arena, text, &bytes) || bytes.len < MAC_SIZE)
		return false;
	*payload = (struct str){ bytes.ptr + MAC_SIZE, bytes.len - MAC_SIZE };
	sign(r, *payload, mac);
	return bytes_equal((struct str){ bytes.ptr, MAC_SIZE },
			   (struct str){ (char *)mac, MAC_SIZE });
}

struct str
cursor_encode(struct req *r, struct str key, struct str id)
{
	return cursor_seal(r, str_of(arena_printf(r->arena, "%s\n%.*s\n%.*s",
						  surface.statements[r->statement].name,
						  STR_FMT(id), STR_FMT(key))));
}

/* Naming the ordering again is allowed, contradicting it is not. */
static bool
take_statement(struct req *r, struct str name, bool ordering_named)
{
	int count;
	const struct db_order *orders = surface.orders(r->route->statement, &count);

	for (int i = 0; i < count; i++) {
		if (!str_is(name, surface.statements[orders[i].statement].name))
			continue;
		if (ordering_named && r->statement != orders[i].statement)
			return false;
		r->statement = orders[i].statement;
		return true;
	}
	return false;
}

enum err
cursor_decode(struct req *r, struct str text, bool ordering_named)
{
	struct str key, name, id;

	if (!cursor_unseal(r, text, &key))
		goto bad;
	name = str_cut(&key, '\n');
	id = str_cut(&key, '\n');
	if (!take_statement(r, name, ordering_named))
		goto bad;
	r->values[VALUE_CURSOR_ID] = arena_cstr(r->arena, id);
	r->values[VALUE_CURSOR_KEY] = arena_cstr(r->arena, key);
	return ERR_OK;
bad:
	return request_invalid(r, "cursor", NULL, "format",
			       "is not a cursor of this list with these filters");
}
