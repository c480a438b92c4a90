#ifndef HOB_GATE_GATE_WORKER_H
#define HOB_GATE_GATE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "gate/gate_board.h"
#include "supervise/child.h"

/*
 * A worker's side of the gate: it waits for a connection, takes it, and gives it back.
 * Serving it is not done here.
 */
struct gate;
struct gate_worker;

struct gate_conn {
	int fd;
	int slot;
	int64_t waited_ns;		/* between its request being seen and now */
};

/* Dies when it cannot. Reading from a connection waits `read_ms`; 0: for ever. */
struct gate_worker *gate_worker_new(struct child *c, const struct gate *g, int read_ms);
void gate_worker_free(struct gate_worker *w);
/* The slot that shows its request to others. */
struct request_slot *gate_worker_slot(struct gate_worker *w);
/*
 * Waits for a connection with a request, as child_sleep does for other work.
 *   ERR_OK       *out filled; it is ours until gate_done
 *   ERR_TIMEOUT, ERR_CLOSED   as child_sleep
 * A worker whose link is lost (child_link) takes no request while others can, unless one
 * has waited for half a second already.
 */
enum err gate_next(struct gate_worker *w, const struct child_file *file, int wait_ms,
		   struct gate_conn *out);
/*
 * After the reply. `open`: the connection goes on. Otherwise c->fd must have been
 * closed already, as fcgi_accept and fcgi_finish do when they say ERR_CLOSED. True when
 * its next request is already here and is ours again: *c is filled anew, serve on.
 * False: given back. Counts the request and its time in the worker's slot.
 */
bool gate_done(struct gate_worker *w, struct gate_conn *c, bool open);

#endif
