#ifndef HOB_MODEL_MAIL_H
#define HOB_MODEL_MAIL_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * Is this one address that mail can be sent to as it stands? Words of atext with single dots
 * between (RFC 5322 dot-atom, at most 64 bytes), "@", and labels of letters, digits and inner
 * hyphens with single dots between (at most 63 bytes each, 253 in all). Letters of other
 * writings are taken on both sides (RFC 6531, RFC 5890), but no space, no control or format
 * character, and nothing that a mailer may fold into a character of ASCII. Quoted local parts,
 * comments, names, groups, literal addresses and lists are refused: what a header of a mail
 * would read as more than one address. `text` is well-formed UTF-8 without NUL.
 *
 * *out is the one form of it, to be shown and, with small letters, looked up: no spaces of ASCII around it,
 * NFC, and the domain as text_domain has it. Lives in `a`, NUL-terminated.
 */
bool mail_read(struct arena *a, struct str text, struct str *out);

#endif
