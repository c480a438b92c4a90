#ifndef HOB_API_CONTRACTORS_H
#define HOB_API_CONTRACTORS_H

#include "api/resources.h"

#define CONTRACTOR "/api/contractors/{contractor_id}"

/* Phones of a contractor at most, and specialties. */
enum { PHONES_MAX = 10, SPECIALTIES_MAX = 10 };

#endif
