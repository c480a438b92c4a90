/* client.c: handles of libcurl for HTTP. Runs in programs that reach out, never in the pool. */
#include "client/client.h"

#include <stdlib.h>

static const struct {
	CURLoption option;
	long value;
} walls[] = {
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_MAXCONNECTS, 1 },
	{ CURLOPT_NOSIGNAL, 1 },
	/* A lookup that hangs is left behind, not waited for. */
	{ CURLOPT_QUICK_EXIT, 1 },
};

CURL *
client_new(const char *ca)
{
	CURL *curl;

	/* The one variable that libcurl reads by itself: it would write the keys of TLS there. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (curl = curl_easy_init()) == NULL)
		die("libcurl does not start");
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++)
		CLIENT_SET(curl, walls[i].option, walls[i].value);
	CLIENT_SET(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	CLIENT_SET(curl, CURLOPT_PROXY, "");
	if (ca != NULL)
		CLIENT_SET(curl, CURLOPT_CAINFO, ca);
	return curl;
}

void
client_free(CURL *curl)
{
	curl_easy_cleanup(curl);
	curl_global_cleanup();
}
