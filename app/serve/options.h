#ifndef HOB_SERVE_OPTIONS_H
#define HOB_SERVE_OPTIONS_H

#include "model/command_line.h"

/* The command line of a program that serves; its name is the surface's. */
struct program_text options_text(void);

#endif
