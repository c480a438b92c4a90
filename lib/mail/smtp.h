#ifndef HOB_MAIL_SMTP_H
#define HOB_MAIL_SMTP_H

#ifdef HOB_MASTER
#error "the master opens no connection"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "mail/message.h"

/*
 * Hands mails to one server that carries them on (RFC 5321, RFC 6409), by libcurl, one at a time. A connection is
 * kept for the next mail. One process per object; it may start a thread for a moment, to look up the server's name.
 */
struct smtp;

/* The texts are those of the caller and have to outlive the object. */
struct smtp_server {
	const char *url;	/* smtp://HOST:PORT (STARTTLS, or the mail stays here) or smtps://HOST:PORT */
	const char *user, *password;	/* "": no login */
	const char *ca_file;	/* of the certificates that may vouch for the server; "": the system's */
	bool is_plain;		/* no TLS by smtp://: for a catcher on this machine alone */
	int64_t timeout_ms;	/* for one mail, 10 s of it to connect, greet and sign in */
};

enum smtp_result {
	SMTP_ACCEPTED,		/* the server answers for it now */
	SMTP_LATER,		/* 4xx, nobody there, too slow, cut off before the mail was answered: try again, with the
				 * same Message-ID, for the server may have it already */
	SMTP_REFUSED,		/* 5xx of this mail, or it cannot be written: another try would end the same */
	SMTP_MISCONFIGURED,	/* not about this mail: login or connection refused, certificate not valid, no TLS;
				 * keep the mail and tell an administrator */
};

struct smtp *smtp_new(const struct smtp_server *server);
void smtp_free(struct smtp *s);
enum smtp_result smtp_send(struct smtp *s, const struct mail *mail);
/*
 * What stood in the way of the last mail, in a line of ASCII: "550 5.1.1 no such user", or libcurl's words. May hold
 * the address of the recipient, so it belongs in no log. Valid until the next smtp_send.
 */
const char *smtp_why(const struct smtp *s);
/* The last code that the server answered with during the last smtp_send, 0 when there was none. */
int smtp_code(const struct smtp *s);
/* Was it asked to take the last mail? Before that (connecting, TLS, the login) nothing that went wrong is about it. */
bool smtp_was_asked(const struct smtp *s);

#endif
