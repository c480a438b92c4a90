#ifndef HOB_API_CALLED_H
#define HOB_API_CALLED_H

#include "serve/surface.h"

/* Both sorted by name, and ended as struct called says. */
extern const struct called called_fields[];
extern const struct called called_titles[];

#endif
