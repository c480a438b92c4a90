#ifndef HOB_MAIL_ENCODE_H
#define HOB_MAIL_ENCODE_H

#include <stdbool.h>

#include "core/str.h"
#include "core/strbuf.h"

/* Text as mail carries it: ASCII, in short lines. All take well-formed UTF-8 without NUL. */

/*
 * Quoted-printable (RFC 2045, 6.7): lines of at most 76 bytes that end with CR LF, the last one too. CR LF and LF
 * end a line of the text. "=_" is never in it, so that a boundary may be made of that.
 */
void mail_encode_body(struct strbuf *out, struct str text);
/*
 * Words of a header (RFC 2047, Q), folded so that no line is longer than 76 bytes, when the header's name has at
 * most 10. Whole characters in each word.
 */
void mail_encode_words(struct strbuf *out, struct str text);
/* Does it consist of letters, digits, spaces and !*+-/ of ASCII: is it a phrase as it stands (RFC 5322)? */
bool mail_is_phrase(struct str text);

#endif
