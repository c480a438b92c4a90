#ifndef HOB_DB_HOSTS_H
#define HOB_DB_HOSTS_H

/* Private to lib/db: the hosts to connect to, so that libpq looks up no names. */

#include "core/err.h"
#include "core/strbuf.h"
#include "net/names.h"

/* As libpq's settings of these names, lists with commas; all empty: the conninfo needs no help. */
struct db_hosts {
	struct strbuf host, hostaddr, port;
};

void db_hosts_init(struct db_hosts *h);
void db_hosts_release(struct db_hosts *h);
/*
 * A host with several addresses becomes as many hosts. Hosts without a known address are
 * left out; ERR_NOT_FOUND and *why when none is left. An invalid conninfo is left to
 * libpq. Hosts in a service file are not seen here.
 */
enum err db_hosts_find(struct db_hosts *h, const char *conninfo, struct names *names,
		       struct strbuf *why);

#endif
