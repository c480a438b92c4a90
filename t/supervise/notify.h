#ifndef HOB_T_SUPERVISE_NOTIFY_H
#define HOB_T_SUPERVISE_NOTIFY_H

#include <check.h>

/* What systemd is told by a master. */
TCase *notify_tests(void);

#endif
