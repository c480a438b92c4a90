#ifndef HOB_API_SHARING_H
#define HOB_API_SHARING_H

#include "serve/request.h"

/* Sets VALUE_SHARE_CODE_HMAC to what the database keeps of a code: its twelve characters, or "". */
void sharing_bind_code(struct req *r, const char *code);
/* The roles that somebody can be given; ends with NULL. */
extern const char *const sharing_roles[];

#endif
