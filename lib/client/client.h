#ifndef HOB_CLIENT_CLIENT_H
#define HOB_CLIENT_CLIENT_H

#include <curl/curl.h>

#include "core/die.h"

/*
 * A handle of libcurl for HTTP, behind walls that are the same for all: certificates are checked, nothing of the
 * environment is heeded, no redirect is followed, and one connection is kept.
 */

/* ca: file of the certificates that vouch for servers; NULL: the system's. Dies when libcurl does not start. */
CURL *client_new(const char *ca);
void client_free(CURL *curl);

/* A wall that is not built must not be missed. */
#define CLIENT_SET(curl, option, value)                                  \
	do {                                                             \
		if (curl_easy_setopt(curl, option, value) != CURLE_OK)   \
			die("libcurl does not know " #option);           \
	} while (0)

#endif
