#ifndef HOB_MODEL_CONFIG_H
#define HOB_MODEL_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/strbuf.h"

/* What each program that serves has of its own; what is the same for all of them is api_*. */
struct pool {
	const char *socket;
	const char *run_dir;
	const char *user;
	const char *socket_group;
	const char *db_url;
	int64_t workers;
};

/* Every setting of every Hob program; config.c holds the table that documents them. */
struct config {
	struct pool api;
	struct pool admin;
	int64_t api_queue_per_worker;
	int64_t api_max_requests;
	int64_t api_max_rss_bytes;
	int64_t api_stale_ms;
	int64_t api_read_ms;
	int64_t api_deadline_ms;
	int64_t api_kill_ms;
	int64_t api_proxy_ms;
	int64_t api_drain_ms;

	const char *db_owner_url;
	const char *db_jobs_url;
	int db_prepare;

	const char *redis_address;
	const char *redis_password;
	const char *redis_ca;

	int64_t cache_users;		/* 0: none */
	int64_t cache_memory_bytes;
	int64_t cache_ttl_ms;

	int64_t auth_argon2_memory_bytes;
	int64_t auth_argon2_passes;
	int64_t auth_argon2_lanes;
	int64_t auth_hash_slots;
	int64_t auth_hash_wait_ms;

	int64_t limits_reads;		/* each 0: off */
	int64_t limits_share;
	int64_t limits_letters;
	int64_t limits_uploads;
	int64_t limits_purchases;
	int64_t limits_writes;
	int64_t limits_unproven;
	int64_t limits_feeds;
	int64_t limits_work;		/* ms */
	int64_t limits_auth;
	int64_t limits_account;
	int64_t limits_login;
	int64_t limits_login_wait_ms;

	int64_t jobs_runners;
	int64_t jobs_poll_ms;
	int64_t jobs_rest_ms;
	int64_t jobs_max_rss_bytes;
	int64_t jobs_kill_ms;
	int64_t jobs_drain_ms;
	const char *jobs_run_dir;	/* see jobs_run_dir() */

	const char *cors_origins;	/* spaces between them */

	const char *cursor_secret;

	const char *site_url;
	const char *files_dir;
	const char *files_host;		/* "": the host's own name (files_host_get) */
	int64_t files_export_max_bytes;
	int64_t files_upload_max_bytes;
	int64_t files_upload_ms;
	int files_store;		/* enum files_store (files_settings.h) */
	const char *files_s3_endpoint;	/* "": none */
	const char *files_s3_region;
	const char *files_s3_bucket;
	const char *files_s3_key;
	const char *files_s3_secret;
	const char *files_s3_ca;
	int64_t files_s3_timeout_ms;
	int64_t files_max_pixels;
	int64_t files_image_memory_bytes;
	int64_t files_image_ms;
	const char *backup_dir;
	int64_t backup_keep;
	int64_t backup_keep_ms;
	const char *backup_recipient;	/* "": not encrypted */
	const char *backup_identity;
	const char *backup_scratch_url;	/* "": none */
	int webhooks_anywhere;

	const char *mail_server;	/* "": no mail */
	const char *mail_user;
	const char *mail_password;
	const char *mail_from;		/* mail_sender_read (mail_settings.h) */
	int mail_tls;
	const char *mail_ca;
	int64_t mail_timeout_ms;

	const char *push_gorush;	/* "": none */
	int64_t push_timeout_ms;
	const char *push_topic;

	const char *stores_apple_bundle_id;	/* "": Apple sells nothing (stores.h) */
	int64_t stores_apple_app_id;		/* 0: any */
	const char *stores_apple_root;
	const char *stores_apple_key_id;
	const char *stores_apple_issuer_id;
	const char *stores_apple_key;
	const char *stores_apple_url;
	const char *stores_apple_sandbox_url;
	const char *stores_google_package;	/* "": Google sells nothing */
	const char *stores_google_account;
	const char *stores_google_url;
	const char *stores_google_token_url;
	const char *stores_google_keys_url;
	const char *stores_google_audience;
	const char *stores_google_push_email;
	int stores_sandbox;
	int64_t stores_timeout_ms;

	const char *log_file;
	int log_level;			/* enum log_level */
	int64_t log_slow_ms;
	int debug_headers;
	int debug_attach;
};

extern const struct conf_key config_keys[];
extern const size_t config_key_count;

/* A heading for the keys that begin so. In the order of the table of keys. */
struct config_group {
	const char *begins;	/* "api."; NULL ends the table */
	const char *title;
};
extern const struct config_group config_groups[];

/* Reads `path` (NULL: defaults and environment alone). Errors as conf_load. */
#define CONFIG_PATH "/etc/hob/hob.conf"
enum err config_load(struct arena *a, const char *path, struct config *out, struct strbuf *why);
/* What values have to be together; part of config_load. ERR_INVALID: why has a line for each that is not. */
enum err config_check(struct arena *a, const struct config *c, struct strbuf *why);
/*
 * The file a program reads: `given` when not NULL, else HOB_CONF, else CONFIG_PATH unless it is
 * missing; NULL when there is none. A file that is there and cannot be read is returned, so
 * that config_load says so.
 */
const char *config_path(const char *given);
/* The same with another path in place of CONFIG_PATH. */
const char *config_find(const char *given, const char *otherwise);

#endif
