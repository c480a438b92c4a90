/*
 * mail_settings.c: what mail.* has to look like before a mail is sent. Runs in every
 * program, for the settings are read by all.
 */
#include "model/mail_settings.h"

#include <string.h>

#include "model/mail.h"
#include "text/text.h"

bool
mail_sender_read(struct arena *a, struct str text, struct mail_sender *out)
{
	struct str address = str_trim(text), name = str_cut(&address, '<');

	*out = (struct mail_sender){ STR_NONE, STR_NONE };
	if (address.ptr == NULL)
		return mail_read(a, text, &out->address);
	if (!str_ends(address, STR(">")) || !str_is_utf8(name) || !text_is_line(name))
		return false;
	address.len--;
	out->name = arena_str(a, str_trim(name));
	return mail_read(a, address, &out->address);
}

static bool
cut_scheme(struct str *text, struct str scheme)
{
	if (!str_starts(*text, scheme))
		return false;
	*text = (struct str){ text->ptr + scheme.len, text->len - scheme.len };
	return true;
}

/* A name, an IPv4 address, or an IPv6 one in brackets. */
static bool
is_host(struct str host)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-."
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool is_v6 = str_starts(host, STR("[")) && str_ends(host, STR("]"));

	if (is_v6)
		host = (struct str){ host.ptr + 1, host.len - 2 };
	for (size_t i = 0; i < host.len; i++)
		if (strchr(is_v6 ? "0123456789abcdefABCDEF:." : letters, host.ptr[i]) ==
		    NULL)
			return false;
	return host.len > 0;
}

bool
mail_server_is(struct str text)
{
	const char *colon;
	int64_t port;

	if (!cut_scheme(&text, STR("smtps://")) && !cut_scheme(&text, STR("smtp://")))
		return false;
	colon = memrchr(text.ptr, ':', text.len);
	return colon != NULL &&
	       is_host((struct str){ text.ptr, (size_t)(colon - text.ptr) }) &&
	       str_to_i64((struct str){ colon + 1,
					text.len - 1 - (size_t)(colon - text.ptr) },
			  &port) &&
	       port >= 1 && port <= 65535;
}

void
mail_settings_check(struct arena *a, const struct mail_settings *m, struct strbuf *why)
{
	struct mail_sender sender;

	if (m->server.len > 0 && !mail_server_is(m->server))
		strbuf_add_cstr(why, "mail.server must be smtp://HOST:PORT or "
				     "smtps://HOST:PORT\n");
	if (m->server.len > 0 && m->from.len == 0)
		strbuf_add_cstr(why, "mail.server needs mail.from: mails come from "
				     "somebody\n");
	if (m->from.len > 0 &&
	    (!str_is_utf8(m->from) || !mail_sender_read(a, m->from, &sender)))
		strbuf_add_cstr(why, "mail.from must be an address, or a name and an "
				     "address in <>\n");
	if ((m->user.len > 0) != (m->password.len > 0))
		strbuf_add_cstr(why, "mail.user and mail.password belong together\n");
	if (!m->tls && m->user.len > 0)
		strbuf_add_cstr(why, "mail.tls must be on with mail.user: the password "
				     "would be readable on its way\n");
	if (!m->tls && str_starts(m->server, STR("smtps:")))
		strbuf_add_cstr(why, "mail.tls must be on with smtps:// in "
				     "mail.server\n");
}
