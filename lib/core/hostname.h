#ifndef HOB_CORE_HOSTNAME_H
#define HOB_CORE_HOSTNAME_H

/* gethostname(2): on Linux at most 64 bytes. */
enum { HOSTNAME_SIZE = 65 };

/* The name of this host, by which several tell each other apart. */
void hostname_get(char out[HOSTNAME_SIZE]);

#endif
