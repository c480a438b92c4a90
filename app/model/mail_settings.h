#ifndef HOB_MODEL_MAIL_SETTINGS_H
#define HOB_MODEL_MAIL_SETTINGS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"
#include "core/strbuf.h"

/* Whom mails are from. */
struct mail_sender {
	struct str name;	/* STR_NONE when there is none */
	struct str address;	/* as mail_read has it */
};

/* "hob@example.org" or "Our home <hob@example.org>"; false for anything else. Lives in `a`. */
bool mail_sender_read(struct arena *a, struct str text, struct mail_sender *out);
/* smtp://HOST:PORT or smtps://HOST:PORT, and no word more. */
bool mail_server_is(struct str text);

/* Those of mail.* that have to fit each other. */
struct mail_settings {
	struct str server, user, password, from;
	bool tls;
};

/* Adds a line to `why` for each thing that is wrong with them. */
void mail_settings_check(struct arena *a, const struct mail_settings *m, struct strbuf *why);

#endif
