#ifndef HOB_HTTP_URL_H
#define HOB_HTTP_URL_H

#include <stdbool.h>

#include "core/str.h"

/* The parts of an absolute http or https URL (RFC 3986), pointing into it. */
struct http_url {
	bool is_tls;
	bool has_user;		/* user or password before an @, which is not part of host */
	bool has_fragment;
	struct str host;	/* a name, or an address; of an IPv6 one without the brackets */
	bool is_bracketed;
	int port;		/* that of the scheme when none is written */
	struct str target;	/* path and query; "" when there is none */
};

/*
 * False for any other scheme, without a host, with a port that is none, or with a
 * character that is not visible ASCII. A backslash is refused, which browsers take for
 * a slash and others for a part of the host.
 */
bool http_url_parse(struct str text, struct http_url *out);

#endif
