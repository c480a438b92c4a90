#ifndef HOB_TEXT_TEXT_H
#define HOB_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * Text from people and phones: its normal form, and its visible characters. All functions
 * take well-formed UTF-8 without NUL. Results live in `a` or are pieces of `s`.
 */

/*
 * NFC (UAX 15): "e" and an acute accent become "é". STR_NONE when more than 16 marks stand on one
 * letter, twice of what a language has: the cost of a letter is quadratic in them.
 */
struct str text_nfc(struct arena *a, struct str s);
/* Every end of a line as LF: CR LF, CR, VT, FF, U+0085, U+2028 and U+2029. */
struct str text_lines(struct arena *a, struct str s);
/* Without the spaces of any writing at both ends (Z*, tabs and ends of lines). */
struct str text_trim(struct str s);
/*
 * Can `least` of its code points be seen? No spaces, no controls, nothing that Unicode says is
 * not drawn (Default_Ignorable_Code_Point, UAX 44), and not the empty pattern of Braille.
 */
bool text_shows(struct str s, size_t least);
/*
 * Is it one line that stays where it is put? No control, no end of a line, and nothing that turns
 * the direction of what stands behind it (U+202A..202E, U+2066..2069; Unicode TR 36, 3.4). Marks,
 * joiners and letters that run from right to left are fine.
 */
bool text_is_line(struct str s);
/*
 * A line that somebody writes for others to read: NFC, and trimmed. Empty when nothing of it can be seen; STR_NONE
 * when it is no line, as text_is_line has it, or has too many marks on one letter.
 */
struct str text_line(struct arena *a, struct str s);
/*
 * Without spaces, dashes and invisible characters: for a code that was copied from
 * somewhere.
 */
struct str text_squeeze(struct arena *a, struct str s);
/*
 * The domain of an address in small letters and the letters of its language (UTS 46, not
 * transitional; IDNA 2008): "xn--mller-kva.example" and "MÜLLER.example" become "müller.example". False
 * when it is no domain, or longer than 253 bytes as it goes over the wire, or a label than 63.
 */
bool text_domain(struct arena *a, struct str s, struct str *out);
/* The same domain as it goes over the wire: "xn--mller-kva.example". */
bool text_domain_ascii(struct arena *a, struct str s, struct str *out);
/*
 * A password as it is hashed and compared (RFC 8265, OpaqueString): every space is U+0020, and the
 * whole NFC. False when it has a control character, or too many marks on one letter.
 */
bool text_password(struct arena *a, struct str s, struct str *out);

#endif
