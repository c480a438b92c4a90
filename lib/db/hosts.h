#ifndef HOB_DB_HOSTS_H
#define HOB_DB_HOSTS_H

/* Private to lib/db: where to connect to, so that libpq looks no name up. */

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
 * A host that has several addresses becomes as many hosts. Those that are not known are left out;
 * ERR_NOT_FOUND and *why when none is left. A conninfo that is not sound is left to libpq. What a
 * service file names is not seen here.
 */
enum err db_hosts_find(struct db_hosts *h, const char *conninfo, struct names *names,
		       struct strbuf *why);

#endif
