#ifndef HOB_CRYPTO_GATE_H
#define HOB_CRYPTO_GATE_H

#include "core/err.h"
#include "crypto/password.h"

/* Between password.c and gate.c; everybody else includes crypto/password.h. */

/*
 * A permit, for `wait_ms` at the longest. ERR_OK and its slot in *out; ERR_BUSY
 * when none came free, at once when the waiting places are taken too.
 */
enum err gate_take(struct password_gate *g, int wait_ms, uint32_t *out_slot);
void gate_give(struct password_gate *g, uint32_t slot);

#endif
