#ifndef HOB_CLI_QR_H
#define HOB_CLI_QR_H

#include <stdio.h>

/* Prints a text as a QR code, for a terminal. Nothing when it does not fit into one. */
void qr_print(const char *text, FILE *out);

#endif
