#ifndef HOB_JWS_UNVERIFIED_H
#define HOB_JWS_UNVERIFIED_H

#include <stdbool.h>

#include "core/arena.h"
#include "jws/jws.h"

/*
 * What a token claims, whoever wrote it. Good for refusing early, and for the time at which certificates must hold,
 * which the signature then covers; never for acting on. False: JWS_MALFORMED. In `a`.
 */
struct jws_unverified {
	struct str payload;
};
bool jws_peek(struct arena *a, struct str token, struct jws_unverified *out);

#endif
