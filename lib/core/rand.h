#ifndef HOB_CORE_RAND_H
#define HOB_CORE_RAND_H

#include <stddef.h>

/*
 * Random bytes from the kernel (getrandom), the only source of chance. Never
 * fails: without it the process exits. Safe across fork: nothing is buffered.
 */
void rand_bytes(void *out, size_t len);

#endif
