/*
 * config.c: the table of settings. From it come the parser, the documentation
 * in `hob config`, and the tests that hold conf/hob.conf.example and doc/tuning.md
 * to it. Runs in every program.
 */
#include "model/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit/limit.h"
#include "model/files_settings.h"

extern char **environ;

#define AT(member) offsetof(struct config, member)

static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };

enum { MIB = 1024 * 1024, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* clang-format off */
const struct conf_key config_keys[] = {
	{ "api.socket", CONF_TEXT, AT(api.socket), "/run/hob/api.sock", 0, 0, NULL, CONF_RESTART,
	  "Unix socket nginx connects to." },
	{ "api.run_dir", CONF_TEXT, AT(api.run_dir), "/run/hob", 0, 0, NULL, CONF_RESTART,
	  "Directory of the scoreboard, the pid file and the status socket." },
	{ "api.user", CONF_TEXT, AT(api.user), "", 0, 0, NULL, CONF_RESTART,
	  "User to become when started as root; empty refuses to run as root." },
	{ "api.socket_group", CONF_TEXT, AT(api.socket_group), "", 0, 0, NULL, CONF_RESTART,
	  "Group that may connect to the socket, nginx's; empty keeps the own group." },
	{ "api.workers", CONF_INT, AT(api.workers), "4", 1, 128, NULL, 0,
	  "Worker processes; each serves one request at a time on one database connection." },
	{ "api.queue_per_worker", CONF_INT, AT(api_queue_per_worker), "16", 1, 1024, NULL, 0,
	  "Requests that may wait, per worker, before no connection is accepted." },
	{ "api.max_requests", CONF_INT, AT(api_max_requests), "20000", 0, INT32_MAX, NULL, 0,
	  "A worker is replaced after this many requests, give or take 10 %; 0 never." },
	{ "api.max_rss", CONF_SIZE, AT(api_max_rss_bytes), "64m", 0, 0, NULL, 0,
	  "A worker is replaced when it holds more memory than this; 0 never." },
	{ "api.stale", CONF_SECONDS, AT(api_stale_ms), "2s", 10, HOUR, NULL, 0,
	  "A request that waited longer for a worker is answered 503 unexecuted." },
	{ "api.read_timeout", CONF_SECONDS, AT(api_read_ms), "5s", 10, HOUR, NULL, 0,
	  "Longest wait for the next piece of a request from nginx." },
	{ "api.deadline", CONF_SECONDS, AT(api_deadline_ms), "10s", 100, HOUR, NULL, 0,
	  "A worker gives up waiting for the database after this; above statement_timeout." },
	{ "api.kill_after", CONF_SECONDS, AT(api_kill_ms), "15s", 200, HOUR, NULL, 0,
	  "The master kills a worker whose request is older; above api.deadline." },
	{ "api.proxy_timeout", CONF_SECONDS, AT(api_proxy_ms), "20s", 300, HOUR, NULL, 0,
	  "How long nginx waits for an answer (its fastcgi_read_timeout); above api.kill_after." },
	{ "api.drain", CONF_SECONDS, AT(api_drain_ms), "30s", 0, HOUR, NULL, 0,
	  "On TERM, requests under way have this long." },
	{ "admin.socket", CONF_TEXT, AT(admin.socket), "/run/hob-admin/admin.sock", 0, 0, NULL, CONF_RESTART,
	  "Unix socket of hob-admin, which nginx connects to." },
	{ "admin.run_dir", CONF_TEXT, AT(admin.run_dir), "/run/hob-admin", 0, 0, NULL, CONF_RESTART,
	  "Directory of its scoreboard, pid file and status socket; not that of hob-api." },
	{ "admin.user", CONF_TEXT, AT(admin.user), "", 0, 0, NULL, CONF_RESTART,
	  "User to become when started as root; empty refuses to run as root." },
	{ "admin.socket_group", CONF_TEXT, AT(admin.socket_group), "", 0, 0, NULL, CONF_RESTART,
	  "Group that may connect to its socket, nginx's; empty keeps the own group." },
	{ "admin.workers", CONF_INT, AT(admin.workers), "2", 1, 16, NULL, 0,
	  "Worker processes of hob-admin; the other limits of a pool are those of api.*." },
	{ "db.url", CONF_TEXT, AT(api.db_url), "dbname=hob user=hob_api", 0, 0, NULL, CONF_SECRET,
	  "PostgreSQL of the workers (libpq string or URL), role hob_api." },
	{ "db.owner_url", CONF_TEXT, AT(db_owner_url), "dbname=hob user=hob_owner", 0, 0, NULL,
	  CONF_SECRET, "PostgreSQL of `hob migrate`, seed, user, sweep, jobs, files, backup, restore and restored, role hob_owner." },
	{ "db.jobs_url", CONF_TEXT, AT(db_jobs_url), "dbname=hob user=hob_jobs", 0, 0, NULL,
	  CONF_SECRET, "PostgreSQL of hob-jobs, role hob_jobs." },
	{ "db.staff_url", CONF_TEXT, AT(admin.db_url), "dbname=hob user=hob_staff", 0, 0, NULL,
	  CONF_SECRET, "PostgreSQL of hob-admin, role hob_staff." },
	{ "db.prepare", CONF_SWITCH, AT(db_prepare), "on", 0, 0, NULL, 0,
	  "Prepared statements; off for PgBouncer before 1.21 (a board then costs 2.4 times)." },
	{ "redis.address", CONF_TEXT, AT(redis_address), "127.0.0.1:6379", 0, 0, NULL, CONF_LOGIN,
	  "Redis: a unix socket's path, host:port, redis://, rediss:// or unix://; empty runs without." },
	{ "redis.password", CONF_TEXT, AT(redis_password), "", 0, 0, NULL, CONF_SECRET,
	  "Password of Redis, when redis.address has none." },
	{ "redis.ca", CONF_TEXT, AT(redis_ca), "", 0, 0, NULL, 0,
	  "File of the certificates that vouch for a rediss:// server; empty is the system's." },
	{ "cache.users", CONF_INT, AT(cache_users), "5000", 0, 1000000, NULL, 0,
	  "Sessions that a worker remembers, and as many answers; 0 remembers none." },
	{ "cache.memory", CONF_SIZE, AT(cache_memory_bytes), "4m", 65536, 0, NULL, 0,
	  "Memory of a worker for what it remembers, half for sessions, half for answers." },
	{ "cache.ttl", CONF_SECONDS, AT(cache_ttl_ms), "5m", SECOND, HOUR, NULL, 0,
	  "Longest time a worker goes without asking the database again." },
	{ "auth.argon2_memory", CONF_SIZE, AT(auth_argon2_memory_bytes), "19m", 8192, 0, NULL, 0,
	  "Memory of one password hash (argon2id m)." },
	{ "auth.argon2_passes", CONF_INT, AT(auth_argon2_passes), "2", 1, 64, NULL, 0,
	  "Passes of one password hash (argon2id t)." },
	{ "auth.argon2_lanes", CONF_INT, AT(auth_argon2_lanes), "1", 1, 16, NULL, 0,
	  "Lanes of one password hash (argon2id p)." },
	{ "auth.hash_slots", CONF_INT, AT(auth_hash_slots), "0", 0, 64, NULL, CONF_RESTART,
	  "Password hashes at one time on this host; 0 is a quarter of the workers at start." },
	{ "auth.hash_wait", CONF_SECONDS, AT(auth_hash_wait_ms), "500ms", 0, MINUTE, NULL, 0,
	  "A login that waits longer for its hash is answered 503." },
	{ "limits.reads", CONF_INT, AT(limits_reads), "1200", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Reads per minute of one account, or of one address without a token; 0 is off." },
	{ "limits.writes", CONF_INT, AT(limits_writes), "300", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Writes per minute of one account, each part of a bulk one; below 100 bulks are smaller; 0 is off." },
	{ "limits.unproven", CONF_INT, AT(limits_unproven), "120", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Requests per minute of one address whose token is no session; 0 is off." },
	{ "limits.share", CONF_INT, AT(limits_share), "10", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Wrong share codes per hour, of one address and of one account; 0 is off." },
	{ "limits.letters", CONF_INT, AT(limits_letters), "20", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Mails asked for and wrong codes of them per hour, of one address and of one account; 0 is off." },
	{ "limits.uploads", CONF_INT, AT(limits_uploads), "60", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Files sent per minute by one account, in one request or many; 0 is off." },
	{ "limits.purchases", CONF_INT, AT(limits_purchases), "20", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Purchases shown per hour that Google has not spoken of yet, of one address and of one account; 0 is off." },
	{ "limits.feeds", CONF_INT, AT(limits_feeds), "30", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Reads per minute of one calendar feed, by all who have its address; 0 is off." },
	{ "limits.work", CONF_INT, AT(limits_work), "2000", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Milliseconds of long requests at the database per minute of one account or feed; then few at a time; 0 is off." },
	{ "limits.auth", CONF_INT, AT(limits_auth), "60", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Logins and registrations per minute of one address; 0 is off." },
	{ "limits.account", CONF_INT, AT(limits_account), "60", 0, LIMIT_COUNT_MAX, NULL, 0,
	  "Wrong passwords for one account per hour, from networks new to it; 0 is off." },
	{ "limits.login", CONF_INT, AT(limits_login), "5", 0, LIMIT_TRIES_MAX, NULL, 0,
	  "Wrong passwords in a row, by one address for one account; 0 is off." },
	{ "limits.login_wait", CONF_SECONDS, AT(limits_login_wait_ms), "1m", SECOND, HOUR, NULL, 0,
	  "Then one try after this long, the next after twice that, up to 64 times." },
	{ "jobs.runners", CONF_INT, AT(jobs_runners), "2", 1, 64, NULL, 0,
	  "Processes of hob-jobs that work; each does one job at a time on one database connection." },
	{ "jobs.poll", CONF_SECONDS, AT(jobs_poll_ms), "1s", 10, MINUTE, NULL, 0,
	  "An idle runner looks so often for something to do, and the planner for what is due." },
	{ "jobs.rest", CONF_SECONDS, AT(jobs_rest_ms), "30s", 10, HOUR, NULL, 0,
	  "A server for mail, push or files that does not answer is left alone for so long." },
	{ "jobs.max_rss", CONF_SIZE, AT(jobs_max_rss_bytes), "128m", 0, 0, NULL, 0,
	  "A runner is replaced when it holds more memory than this; 0 never." },
	{ "jobs.kill_after", CONF_SECONDS, AT(jobs_kill_ms), "15m", SECOND, 24 * HOUR, NULL, 0,
	  "The master kills a runner whose job takes longer." },
	{ "jobs.drain", CONF_SECONDS, AT(jobs_drain_ms), "30s", 0, HOUR, NULL, 0,
	  "On TERM, jobs at hand have this long." },
	{ "jobs.run_dir", CONF_TEXT, AT(jobs_run_dir), "", 0, 0, NULL, CONF_RESTART,
	  "Directory of its scoreboard and its pid file; empty is api.run_dir." },
	{ "cors.origins", CONF_TEXT, AT(cors_origins), "", 0, 0, NULL, 0,
	  "Web origins whose pages may read answers, spaces between them, or *; empty is none." },
	{ "cursor.secret", CONF_TEXT, AT(cursor_secret), "", 0, 0, NULL,
	  CONF_SECRET | CONF_RESTART, "Signs and seals what clients and Redis hold; the same on all hosts; empty makes one per start." },
	{ "site.url", CONF_TEXT, AT(site_url), "", 0, 0, NULL, 0,
	  "Where people reach this server, https://hob.example.org: links in mails begin so; empty writes none." },
	{ "files.dir", CONF_TEXT, AT(files_dir), "/var/lib/hob/files", 0, 0, NULL, 0,
	  "Directory of the files that hob-jobs makes and nginx sends; one for all hosts." },
	{ "files.host", CONF_TEXT, AT(files_host), "", 0, 0, NULL, 0,
	  "Name of the disk that files.dir is on, the same on hosts that share it; empty is the host's own." },
	{ "files.export_max", CONF_SIZE, AT(files_export_max_bytes), "1g", 4096, INT64_C(0xffff0000), NULL, 0,
	  "A copy of an account's data is at most this large: files that do not fit in are left out." },
	{ "files.upload_max", CONF_SIZE, AT(files_upload_max_bytes), "25m", 4096, INT64_C(0x40000000), NULL, 0,
	  "The largest file that is taken; nginx takes bodies of twice that and more (client_max_body_size)." },
	{ "files.upload_time", CONF_SECONDS, AT(files_upload_ms), "8s", 100, HOUR, NULL, 0,
	  "A body that is not on the disk by then, once nginx has it, is given up." },
	{ "files.store", CONF_CHOICE, AT(files_store), "directory", 0, 0, files_stores, 0,
	  "Where files that people send are kept, once they are clean: below files.dir, or in a bucket (S3)." },
	{ "files.s3_endpoint", CONF_TEXT, AT(files_s3_endpoint), "", 0, 0, NULL, 0,
	  "The server of the bucket, an origin: https://s3.example.org; nginx has it too (s3.conf)." },
	{ "files.s3_region", CONF_TEXT, AT(files_s3_region), "us-east-1", 0, 0, NULL, 0,
	  "Region that requests are signed for." },
	{ "files.s3_bucket", CONF_TEXT, AT(files_s3_bucket), "", 0, 0, NULL, 0,
	  "The bucket; of Hob alone." },
	{ "files.s3_key", CONF_TEXT, AT(files_s3_key), "", 0, 0, NULL, 0,
	  "Id of the access key, which may list, read, write and delete there." },
	{ "files.s3_secret", CONF_TEXT, AT(files_s3_secret), "", 0, 0, NULL, CONF_SECRET,
	  "Secret of files.s3_key." },
	{ "files.s3_ca", CONF_TEXT, AT(files_s3_ca), "", 0, 0, NULL, 0,
	  "File of the certificates that vouch for the server of the bucket; empty is the system's." },
	{ "files.s3_timeout", CONF_SECONDS, AT(files_s3_timeout_ms), "30s", 100, 5 * MINUTE, NULL, 0,
	  "How long that server may be silent; a file on its way may take twenty times that." },
	{ "files.max_pixels", CONF_INT, AT(files_max_pixels), "100000000", 1000000, 1000000000, NULL, 0,
	  "A picture that has more pixels is refused, whatever its bytes." },
	{ "files.image_memory", CONF_SIZE, AT(files_image_memory_bytes), "1536m", INT64_C(512) << 20, INT64_C(64) << 30, NULL, 0,
	  "Addresses that hob-image may have for one file; a picture takes half of it at most." },
	{ "files.image_time", CONF_SECONDS, AT(files_image_ms), "20s", SECOND, 5 * MINUTE, NULL, 0,
	  "hob-image is killed when a file takes it longer; after the third time that file is refused." },
	{ "backup.dir", CONF_TEXT, AT(backup_dir), "/var/backups/hob", 0, 0, NULL, 0,
	  "Directory of the backups that `hob backup` makes; better on another disk than the database." },
	{ "backup.keep", CONF_INT, AT(backup_keep), "7", 1, 10000, NULL, 0,
	  "So many of the newest backups are kept, however old they are." },
	{ "backup.keep_for", CONF_SECONDS, AT(backup_keep_ms), "14d", 0, INT64_C(3660) * 24 * HOUR, NULL, 0,
	  "Others are removed when they are older than this." },
	{ "backup.recipient", CONF_TEXT, AT(backup_recipient), "", 0, 0, NULL, 0,
	  "For whom backups are encrypted: age1... or ssh-... by age, anything else by gpg; empty does not encrypt." },
	{ "backup.identity", CONF_TEXT, AT(backup_identity), "", 0, 0, NULL, 0,
	  "File of the key by which age decrypts, for verify and restore alone; gpg has its own." },
	{ "backup.scratch_url", CONF_TEXT, AT(backup_scratch_url), "", 0, 0, NULL, CONF_SECRET,
	  "PostgreSQL of `hob backup verify`, as a role that may make databases for hob_owner; empty restores into none." },
	{ "webhooks.anywhere", CONF_SWITCH, AT(webhooks_anywhere), "off", 0, 0, NULL, 0,
	  "Webhooks may lead to http and to private addresses; for trials alone." },
	{ "mail.server", CONF_TEXT, AT(mail_server), "", 0, 0, NULL, 0,
	  "Server that takes mails: smtp://host:port (STARTTLS) or smtps://host:port; empty sends none." },
	{ "mail.user", CONF_TEXT, AT(mail_user), "", 0, 0, NULL, 0,
	  "Login there, by AUTH; empty needs none." },
	{ "mail.password", CONF_TEXT, AT(mail_password), "", 0, 0, NULL, CONF_SECRET,
	  "Password of mail.user." },
	{ "mail.from", CONF_TEXT, AT(mail_from), "", 0, 0, NULL, 0,
	  "Whom mails are from: an address, or a name and an address in <>." },
	{ "mail.tls", CONF_SWITCH, AT(mail_tls), "on", 0, 0, NULL, 0,
	  "TLS or no mail; off for a catcher on this machine alone." },
	{ "mail.ca", CONF_TEXT, AT(mail_ca), "", 0, 0, NULL, 0,
	  "File of the certificates that vouch for mail.server; empty is the system's." },
	{ "mail.timeout", CONF_SECONDS, AT(mail_timeout_ms), "60s", 100, HOUR, NULL, 0,
	  "Longest time for one mail, of which 10 s to connect and sign in." },
	{ "push.gorush", CONF_TEXT, AT(push_gorush), "", 0, 0, NULL, 0,
	  "Where Gorush takes notifications, http://127.0.0.1:8088/api/push; empty sends no push." },
	{ "push.timeout", CONF_SECONDS, AT(push_timeout_ms), "20s", 10, HOUR, NULL, 0,
	  "A push that Gorush has not answered by then is tried again later." },
	{ "push.topic", CONF_TEXT, AT(push_topic), "", 0, 0, NULL, 0,
	  "Bundle id of the iOS app, apns-topic; empty where Gorush's certificate tells it." },
	{ "stores.apple_bundle_id", CONF_TEXT, AT(stores_apple_bundle_id), "", 0, 0, NULL, 0,
	  "Bundle id of the app in the App Store; empty sells nothing there." },
	{ "stores.apple_app_id", CONF_INT, AT(stores_apple_app_id), "0", 0, INT64_MAX, NULL, 0,
	  "Its number there (Apple ID), which notifications of production must have; 0 takes any." },
	{ "stores.apple_root", CONF_TEXT, AT(stores_apple_root), "", 0, 0, NULL, 0,
	  "File of the root certificate that all of Apple's signatures lead to, PEM or DER." },
	{ "stores.apple_key_id", CONF_TEXT, AT(stores_apple_key_id), "", 0, 0, NULL, 0,
	  "Id of the key for the App Store Server API." },
	{ "stores.apple_issuer_id", CONF_TEXT, AT(stores_apple_issuer_id), "", 0, 0, NULL, 0,
	  "Issuer id of App Store Connect." },
	{ "stores.apple_key", CONF_TEXT, AT(stores_apple_key), "", 0, 0, NULL, 0,
	  "File of that key, .p8; hob-jobs alone reads it." },
	{ "stores.apple_url", CONF_TEXT, AT(stores_apple_url), "https://api.storekit.itunes.apple.com", 0, 0, NULL, 0,
	  "App Store Server API." },
	{ "stores.apple_sandbox_url", CONF_TEXT, AT(stores_apple_sandbox_url),
	  "https://api.storekit-sandbox.itunes.apple.com", 0, 0, NULL, 0, "The same of the sandbox." },
	{ "stores.google_package", CONF_TEXT, AT(stores_google_package), "", 0, 0, NULL, 0,
	  "Package name of the app in Google Play; empty sells nothing there." },
	{ "stores.google_account", CONF_TEXT, AT(stores_google_account), "", 0, 0, NULL, 0,
	  "JSON file of the service account that may see purchases; hob-jobs alone reads it." },
	{ "stores.google_url", CONF_TEXT, AT(stores_google_url), "https://androidpublisher.googleapis.com", 0, 0, NULL, 0,
	  "Google Play Developer API." },
	{ "stores.google_token_url", CONF_TEXT, AT(stores_google_token_url), "https://oauth2.googleapis.com/token", 0, 0,
	  NULL, 0, "Where Google gives access tokens." },
	{ "stores.google_keys_url", CONF_TEXT, AT(stores_google_keys_url), "https://www.googleapis.com/oauth2/v3/certs", 0,
	  0, NULL, 0, "Google's public keys, by which pushes are proven." },
	{ "stores.google_audience", CONF_TEXT, AT(stores_google_audience), "", 0, 0, NULL, 0,
	  "Audience of the tokens of pushes, as the Pub/Sub subscription has it." },
	{ "stores.google_push_email", CONF_TEXT, AT(stores_google_push_email), "", 0, 0, NULL, 0,
	  "Service account by which Pub/Sub pushes." },
	{ "stores.sandbox", CONF_SWITCH, AT(stores_sandbox), "off", 0, 0, NULL, 0,
	  "Purchases of the stores' sandboxes count; for trials alone." },
	{ "stores.timeout", CONF_SECONDS, AT(stores_timeout_ms), "20s", 10, HOUR, NULL, 0,
	  "Longest wait for an answer of a store." },
	{ "log.file", CONF_TEXT, AT(log_file), "", 0, 0, NULL, 0,
	  "Log file, reopened on USR1; empty is stderr." },
	{ "log.level", CONF_CHOICE, AT(log_level), "info", 0, 0, log_levels, 0,
	  "Least level that is written." },
	{ "log.slow", CONF_SECONDS, AT(log_slow_ms), "500ms", 0, HOUR, NULL, 0,
	  "A request whose caller waited longer is logged as a warning with its phases." },
	{ "debug.headers", CONF_SWITCH, AT(debug_headers), "off", 0, 0, NULL, 0,
	  "Replies carry X-Hob-Round-Trips and X-Hob-Worker; for tests." },
	{ "debug.attach", CONF_SWITCH, AT(debug_attach), "off", 0, 0, NULL, CONF_RESTART,
	  "Debuggers, sanitizers and core files may look into workers; for developers." },
};

const struct config_group config_groups[] = {
	{ "api.", "The pool and its limits of time" },
	{ "admin.", "The pool of staff" },
	{ "db.", "PostgreSQL" },
	{ "redis.", "Redis" },
	{ "cache.", "What workers remember" },
	{ "auth.", "Passwords" },
	{ "limits.", "How often one client may ask" },
	{ "jobs.", "Work in the background" },
	{ "cors.", "Web pages of others" },
	{ "cursor.", "The secret" },
	{ "site.", "The site" },
	{ "files.", "Files" },
	{ "backup.", "Backups" },
	{ "webhooks.", "Webhooks" },
	{ "mail.", "Mail" },
	{ "push.", "Push notifications" },
	{ "stores.", "App stores" },
	{ "log.", "The log" },
	{ "debug.", "For tests and developers" },
	{ NULL, NULL }
};
/* clang-format on */

const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

enum err
config_load(struct arena *a, const char *path, struct config *out, struct strbuf *why)
{
	enum err e = conf_load(a, config_keys, config_key_count, path, environ, out, why);

	return e != ERR_OK ? e : config_check(a, out, why);
}

/* "There" is all but missing: what is there and cannot be read must not pass for nothing. */
const char *
config_find(const char *given, const char *otherwise)
{
	if (given != NULL)
		return given;
	given = getenv("HOB_CONF");
	if (given != NULL && given[0] != '\0')
		return given;
	if (access(otherwise, R_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return otherwise;
	return NULL;
}

const char *
config_path(const char *given)
{
	return config_find(given, CONFIG_PATH);
}
