#ifndef HOB_SUPERVISE_LISTEN_H
#define HOB_SUPERVISE_LISTEN_H

/*
 * Listens on a unix socket at `path`, non-blocking, mode 0660, group `group` (NULL: own), for
 * `backlog` connections that wait to be accepted; replaces a socket without a listener. -1 with
 * errno, EADDRINUSE when it has one.
 */
int listen_at(const char *path, const char *group, int backlog);

#endif
