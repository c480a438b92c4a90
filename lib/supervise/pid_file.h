#ifndef HOB_SUPERVISE_PID_FILE_H
#define HOB_SUPERVISE_PID_FILE_H

#include "core/err.h"

/*
 * One master for a pid file: the file is locked while the master lives, and holds its
 * pid. The lock is fcntl's, which stays with the process through exec (USR2: *fd is open
 * already, else -1) and does not go to its children. Closing any other descriptor of the
 * file ends it, so it is taken again after an exec. ERR_CONFLICT when another process has
 * it, ERR_IO with errno. *fd is open, and for supervisor.lock_fd, also when it fails
 * behind the open.
 */
enum err pid_file_lock(const char *path, int *fd);

#endif
