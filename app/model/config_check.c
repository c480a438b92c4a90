/*
 * config_check.c: what settings have to be together, and each by more than its type says: orders of time limits,
 * addresses, what belongs to one another.
 */
#include "model/config.h"

#include <string.h>

#include "core/hostname.h"
#include "http/url.h"
#include "model/files_settings.h"
#include "model/mail_settings.h"
#include "model/stores_settings.h"
#include "redis/address.h"

#define AT(member) offsetof(struct config, member)

/* As a browser writes it in Origin: https://app.example.org, no path, no capitals. */
static bool
is_origin(struct str s)
{
	const char *host = memmem(s.ptr, s.len, "://", 3);

	if (host == NULL || host == s.ptr || host + 3 == s.ptr + s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c <= ' ' || c == ',' || (c >= 'A' && c <= 'Z') ||
		    (c == '/' && s.ptr + i >= host + 3))
			return false;
	}
	return true;
}

static bool
are_origins(struct str list)
{
	bool good = true;

	if (list.len == 0 || str_is(list, "*"))
		return true;
	while (list.ptr != NULL)
		good = is_origin(str_cut(&list, ' ')) && good;
	return good;
}

/* Two settings of one unit, the first of which must stay below the second. */
struct order {
	const char *less, *more;
	size_t less_at, more_at;
	bool may_equal; /* and 0 is off, which is below nothing */
	const char *why;
};

#define ORDER(less, more, less_member, more_member, may_equal, why)          \
	{                                                                    \
		less, more, AT(less_member), AT(more_member), may_equal, why \
	}

/* Limits nest: each gives up before the one that waits for it. */
/* clang-format off */
static const struct order orders[] = {
	ORDER("api.deadline", "api.kill_after", api_deadline_ms, api_kill_ms, false,
	      "a worker that waits for the database would be killed"),
	ORDER("api.read_timeout", "api.kill_after", api_read_ms, api_kill_ms, false,
	      "a worker that waits for a slow request would be killed"),
	ORDER("api.kill_after", "api.proxy_timeout", api_kill_ms, api_proxy_ms, false,
	      "nginx would give up before a stuck worker is killed"),
	ORDER("api.stale", "api.proxy_timeout", api_stale_ms, api_proxy_ms, false,
	      "nginx would give up before a request that waits is refused"),
	ORDER("auth.hash_wait", "api.deadline", auth_hash_wait_ms, api_deadline_ms, true,
	      "a login would spend all its time waiting for its hash"),
	ORDER("auth.hash_slots", "api.workers", auth_hash_slots, api.workers, true,
	      "there are never more hashes than workers"),
	ORDER("limits.login", "limits.account", limits_login, limits_account, true,
	      "one address alone could use up the logins of an account"),
	ORDER("limits.login", "limits.auth", limits_login, limits_auth, true,
	      "an address could not make the tries that it has"),
};
/* clang-format on */

static int64_t
number_at(const struct config *c, size_t offset)
{
	int64_t n;

	memcpy(&n, (const char *)c + offset, sizeof(n));
	return n;
}

static void
check_orders(const struct config *c, struct strbuf *why)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct order *o = &orders[i];
		int64_t less = number_at(c, o->less_at), more = number_at(c, o->more_at);

		if (o->may_equal ? less <= more || more == 0 : less < more)
			continue;
		strbuf_addf(why, "%s must %s %s: otherwise %s; change one of them\n",
			    o->more, o->may_equal ? "be at least" : "be longer than",
			    o->less, o->why);
	}
}

/* A worker's caches and the 16 MiB of an empty one, shared pages too (measured: 12). */
static bool
fits_memory(const struct config *c)
{
	return c->api_max_rss_bytes == 0 ||
	       c->api_max_rss_bytes >= c->cache_memory_bytes + (16 << 20);
}

static void
check_mail(struct arena *a, const struct config *c, struct strbuf *why)
{
	const struct mail_settings m = {
		.server = str_of(c->mail_server),
		.user = str_of(c->mail_user),
		.password = str_of(c->mail_password),
		.from = str_of(c->mail_from),
		.tls = c->mail_tls,
	};

	mail_settings_check(a, &m, why);
}

static void
check_files(const struct config *c, struct strbuf *why)
{
	const struct s3_place place = { c->files_s3_endpoint, c->files_s3_region,
					c->files_s3_bucket, c->files_s3_key,
					c->files_s3_secret };

	files_settings_check(&place, c->files_store == FILES_S3, why);
	if (strlen(c->files_host) >= HOSTNAME_SIZE)
		strbuf_addf(why, "files.host must have %d bytes at most\n",
			    HOSTNAME_SIZE - 1);
}

static void
check_stores(const struct config *c, struct strbuf *why)
{
	const struct store_setting apple[] = {
		{ "stores.apple_bundle_id", c->stores_apple_bundle_id, false },
		{ "stores.apple_root", c->stores_apple_root, false },
		{ "stores.apple_key_id", c->stores_apple_key_id, false },
		{ "stores.apple_issuer_id", c->stores_apple_issuer_id, false },
		{ "stores.apple_key", c->stores_apple_key, false },
		{ "stores.apple_url", c->stores_apple_url, true },
		{ "stores.apple_sandbox_url", c->stores_apple_sandbox_url, true },
		{ NULL, NULL, false }
	};
	const struct store_setting google[] = {
		{ "stores.google_package", c->stores_google_package, false },
		{ "stores.google_account", c->stores_google_account, false },
		{ "stores.google_audience", c->stores_google_audience, false },
		{ "stores.google_push_email", c->stores_google_push_email, false },
		{ "stores.google_url", c->stores_google_url, true },
		{ "stores.google_token_url", c->stores_google_token_url, true },
		{ "stores.google_keys_url", c->stores_google_keys_url, true },
		{ NULL, NULL, false }
	};

	stores_settings_check(apple, why);
	stores_settings_check(google, why);
}

enum err
config_check(struct arena *a, const struct config *c, struct strbuf *why)
{
	size_t before = why->len;
	struct redis_address redis;
	struct http_url gorush;

	check_orders(c, why);
	if (!fits_memory(c))
		strbuf_add_cstr(why, "api.max_rss must be at least 16m more than "
				     "cache.memory: otherwise workers are replaced for "
				     "what they are to remember\n");
	/* RFC 9106 section 3.1 */
	if (c->auth_argon2_memory_bytes / 1024 < 8 * c->auth_argon2_lanes)
		strbuf_add_cstr(why, "auth.argon2_memory must be at least 8k for each of "
				     "auth.argon2_lanes\n");
	if (c->redis_address[0] && !redis_address_parse(c->redis_address, &redis))
		strbuf_add_cstr(why,
				"redis.address must be a socket's path, host:port, or "
				"redis://, rediss:// or unix:// with [user[:password]@], "
				"host and port or path, and a number of a database\n");
	if (!are_origins(str_of(c->cors_origins)))
		strbuf_add_cstr(why, "cors.origins must be * or origins such as "
				     "https://app.example.org, one space between them\n");
	if (c->site_url[0] && !is_origin(str_of(c->site_url)))
		strbuf_add_cstr(why, "site.url must be an origin such as "
				     "https://hob.example.org, without a path\n");
	check_mail(a, c, why);
	check_files(c, why);
	check_stores(c, why);
	if (c->push_gorush[0] &&
	    (!http_url_parse(str_of(c->push_gorush), &gorush) || gorush.has_user))
		strbuf_add_cstr(why, "push.gorush must be a URL without a user, such "
				     "as http://127.0.0.1:8088/api/push\n");
	return why->len == before ? ERR_OK : ERR_INVALID;
}
