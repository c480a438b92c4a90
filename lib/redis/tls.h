#ifndef HOB_REDIS_TLS_H
#define HOB_REDIS_TLS_H

#include <openssl/ssl.h>
#include <stddef.h>

/*
 * Between the files of this folder only. A TLS client on the connected, non-blocking
 * `fd`. It accepts only a server whose certificate names `host` and is trusted by
 * `ca_file` ("": the system's). NULL and `why` filled when it cannot be made. The
 * handshake comes with the first SSL_connect.
 */
SSL *redis_tls_new(int fd, const char *host, const char *ca_file, char *why, size_t size);
/* Reads the certificates now, and not when a connection has little time for it. */
void redis_tls_prepare(const char *ca_file);
/* The reason of the last failure on it, in words. */
void redis_tls_why(const SSL *ssl, char *why, size_t size);

#endif
