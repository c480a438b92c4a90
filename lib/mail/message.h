#ifndef HOB_MAIL_MESSAGE_H
#define HOB_MAIL_MESSAGE_H

#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "core/strbuf.h"

/*
 * A mail that a program writes to one person: text and HTML, of which the reader's program shows what it can. All of
 * it is well-formed UTF-8 without NUL; what stands in a header has no control characters, so no end of a line.
 */
struct mail {
	struct str from, to;	/* one address each, "ann@example.org", bare */
	struct str from_name;	/* may be absent */
	struct str subject;
	struct str message_id;	/* "ID@DOMAIN" of ASCII, without <>; the same on each try, so that a mail which
				 * arrives twice is seen to be one */
	int64_t date_us;	/* likewise */
	struct str text, html;
	struct str unsubscribe;	/* https URL that takes a POST and asks nothing (RFC 8058); may be absent */
};

/*
 * Writes the mail as it is sent (RFC 5322, RFC 2045, RFC 3834: no robot answers it) behind what is in `out`. Lines
 * end with CR LF; a dot at the beginning of one is doubled by who speaks SMTP. ERR_INVALID, and nothing written, when
 * a part of it cannot be sent, which *fault names: "subject".
 */
enum err mail_write(struct arena *a, const struct mail *m, struct strbuf *out, const char **fault);
/*
 * An address as headers and servers take it: the domain in ASCII ("xn--..."). A local part beyond ASCII stays, and
 * needs a server with SMTPUTF8. STR_NONE when there is no such domain.
 */
struct str mail_wire_address(struct arena *a, struct str address);

#endif
