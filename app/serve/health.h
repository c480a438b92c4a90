#ifndef HOB_SERVE_HEALTH_H
#define HOB_SERVE_HEALTH_H

#include "core/err.h"

/* Handlers that every program has: is it alive, is it ready, and the API document. */
struct req;
enum err health_live(struct req *r);
enum err health_ready(struct req *r);
enum err openapi_show(struct req *r);

#endif
