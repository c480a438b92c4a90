/*
 * tls.c: TLS to a Redis, by OpenSSL, for hiredis 0.14 has none; at least TLS 1.2, the
 * server always checked. Runs in workers, in the relay and in `hob`.
 */
#include "redis/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "net/names.h"

/* Reading the certificates takes milliseconds: once for a process and its file. */
static SSL_CTX *
context_of(const char *ca_file)
{
	static SSL_CTX *kept;
	static const char *kept_file;
	SSL_CTX *ctx;

	if (kept != NULL && strcmp(kept_file, ca_file) == 0)
		return kept;
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if ((ca_file[0] ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL)
			: SSL_CTX_set_default_verify_paths(ctx)) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_free(kept);
	kept = ctx;
	kept_file = ca_file;
	return ctx;
}

void
redis_tls_prepare(const char *ca_file)
{
	context_of(ca_file != NULL ? ca_file : "");
}

static bool
expect_host(SSL *ssl, const char *host)
{
	if (!names_is_name(str_of(host)))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *
redis_tls_new(int fd, const char *host, const char *ca_file, char *why, size_t size)
{
	SSL_CTX *ctx;
	SSL *ssl;

	ERR_clear_error();
	ctx = context_of(ca_file != NULL ? ca_file : "");
	if (ctx == NULL) {
		snprintf(why, size, "redis.ca: %s",
			 ERR_reason_error_string(ERR_peek_last_error()));
		return NULL;
	}
	ssl = SSL_new(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || !expect_host(ssl, host)) {
		snprintf(why, size, "TLS cannot be set up");
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

void
redis_tls_why(const SSL *ssl, char *why, size_t size)
{
	long verdict = SSL_get_verify_result(ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (verdict != X509_V_OK)
		reason = X509_verify_cert_error_string(verdict);
	snprintf(why, size, "TLS: %s",
		 reason ? reason : "the server closed the connection");
}
