/*
 * smtp.c: mails to the server that carries them on. The protocol, TLS and waiting are
 * libcurl's; what its answers mean for a mail is a table here. No retries: who calls has
 * the mail and the time. Runs in programs that reach out, never in the pool.
 */
#include "mail/smtp.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/die.h"

enum { CONNECT_MS = 10000, WHY_MAX = 300, IDLE_S = 30 };

struct smtp {
	CURL *curl;
	struct strbuf mail;
	size_t sent;
	/* The server's last reply, which may have several lines. */
	struct strbuf reply;
	int code;
	bool reply_is_whole;
	bool is_asked;	 /* was told who the mail is from */
	bool is_in_data; /* it has asked for the mail itself */
	bool is_over;	 /* there was a QUIT */
	char error[CURL_ERROR_SIZE];
	struct strbuf why;
};

/* --- What libcurl calls -------------------------------------------------- */

static size_t
give(char *to, size_t one, size_t room, void *arg)
{
	struct smtp *s = arg;
	size_t left = s->mail.len - s->sent, n = left < one * room ? left : one * room;

	memcpy(to, s->mail.ptr + s->sent, n);
	s->sent += n;
	return n;
}

/* A line of the server: "250-SIZE 1000" or, the last one of a reply, "250 HELP". */
static size_t
hear(char *line, size_t one, size_t len, void *arg)
{
	struct smtp *s = arg;
	struct str text = str_trim((struct str){ line, one * len });
	int64_t code;

	if (s->is_over)
		return one * len;
	if (s->reply_is_whole)
		strbuf_clear(&s->reply, 0);
	else
		strbuf_add_char(&s->reply, ' ');
	s->reply_is_whole = text.len < 4 || text.ptr[3] != '-';
	if (s->reply.len < WHY_MAX)
		strbuf_add(&s->reply, text);
	if (text.len >= 3 && str_to_i64((struct str){ text.ptr, 3 }, &code))
		s->code = (int)code;
	s->is_in_data = s->is_in_data || s->code == 354;
	return one * len;
}

/*
 * A reply belongs to the command before it. The one to QUIT, which libcurl says when all
 * is decided, is of no interest, and is waited for for a moment only.
 */
static int
say(CURL *c, curl_infotype type, char *text, size_t len, void *arg)
{
	struct smtp *s = arg;

	if (type != CURLINFO_HEADER_OUT)
		return 0;
	s->is_over = str_starts((struct str){ text, len }, STR("QUIT"));
	if (!s->is_over)
		s->code = 0;
	s->is_asked = s->is_asked || str_starts((struct str){ text, len }, STR("MAIL"));
	curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, s->is_over ? 1L : 0L);
	return 0;
}

/* --- One connection ------------------------------------------------------ */

static void
set_tls(CURL *c, const struct smtp_server *server)
{
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 (long)(server->is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (server->ca_file[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_CAINFO, server->ca_file);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
}

/*
 * Inside TLS these two do, and nothing else is tried: libcurl would begin with a ticket of Kerberos
 * or with CRAM, which servers offer that cannot take it.
 */
static void
set_login(CURL *c, const struct smtp_server *server)
{
	if (server->user[0] == '\0')
		return;
	curl_easy_setopt(c, CURLOPT_USERNAME, server->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, server->password);
	curl_easy_setopt(c, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

static void
set_limits(CURL *c, const struct smtp_server *server)
{
	int64_t all = server->timeout_ms;

	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)all);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(all < CONNECT_MS ? all : CONNECT_MS));
	curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
}

static void
set_callbacks(struct smtp *s)
{
	curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, hear);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGFUNCTION, say);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error);
}

struct smtp *
smtp_new(const struct smtp_server *server)
{
	struct smtp *s = calloc(1, sizeof(*s));

	if (s == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (s->curl = curl_easy_init()) == NULL)
		die("libcurl cannot be set up");
	strbuf_init(&s->mail);
	strbuf_init(&s->reply);
	strbuf_init(&s->why);
	curl_easy_setopt(s->curl, CURLOPT_URL, server->url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	/* That of the environment is for the web. */
	curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	set_callbacks(s);
	set_tls(s->curl, server);
	set_login(s->curl, server);
	set_limits(s->curl, server);
	return s;
}

/* libcurl says QUIT, and would wait two minutes for a server that does not answer it. */
static void
stop_listening(struct smtp *s)
{
	curl_socket_t fd;

	if (curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RD);
}

void
smtp_free(struct smtp *s)
{
	s->is_over = true;
	stop_listening(s);
	curl_easy_cleanup(s->curl);
	curl_global_cleanup();
	strbuf_release(&s->mail);
	strbuf_release(&s->reply);
	strbuf_release(&s->why);
	free(s);
}

/* --- What became of it --------------------------------------------------- */

/* How libcurl's end is to be taken, by the server's last reply: 5xx, or none that says why. */
static const struct meaning {
	CURLcode code;
	enum smtp_result on_5xx, otherwise;
} meanings[] = {
	/* MAIL, RCPT, DATA or the connection */
	{ CURLE_SEND_ERROR, SMTP_REFUSED, SMTP_LATER },
	/* the greeting, or what is said to the mail */
	{ CURLE_WEIRD_SERVER_REPLY, SMTP_REFUSED, SMTP_LATER },
	{ CURLE_REMOTE_ACCESS_DENIED, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_LOGIN_DENIED, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_USE_SSL_FAILED, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_PEER_FAILED_VERIFICATION, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_SSL_CACERT_BADFILE, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_URL_MALFORMAT, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	{ CURLE_UNSUPPORTED_PROTOCOL, SMTP_MISCONFIGURED, SMTP_MISCONFIGURED },
	/* nobody there, too slow, cut off */
	{ CURLE_OK, SMTP_LATER, SMTP_LATER },
};

static const struct meaning *
meaning_of(CURLcode code)
{
	const struct meaning *m = meanings;

	while (m->code != code && m->code != CURLE_OK)
		m++;
	return m;
}

/* 53x asks for a login, whatever it answers; a greeting knows nothing of the mail yet. */
static bool
is_about_us(const struct smtp *s, CURLcode code)
{
	return s->code / 10 == 53 || (code == CURLE_WEIRD_SERVER_REPLY && !s->is_in_data);
}

static enum smtp_result
judge(const struct smtp *s, CURLcode code)
{
	const struct meaning *m = meaning_of(code);

	if (code == CURLE_OK)
		return SMTP_ACCEPTED;
	if (s->code / 100 == 4)
		return SMTP_LATER;
	if (s->code / 100 != 5)
		return m->otherwise;
	return m->on_5xx == SMTP_REFUSED && is_about_us(s, code) ? SMTP_MISCONFIGURED
								 : m->on_5xx;
}

/* One line that can be shown and kept: what is not ASCII of one line becomes "?". */
static void
say_why(struct smtp *s, struct str text)
{
	for (size_t i = 0; i < text.len && i < WHY_MAX; i++)
		strbuf_add_char(&s->why, (char)(text.ptr[i] < ' ' || text.ptr[i] > '~'
							? '?'
							: text.ptr[i]));
}

static void
explain(struct smtp *s, CURLcode code)
{
	if (s->code >= 400)
		say_why(s, strbuf_str(&s->reply));
	else if (code != CURLE_OK)
		say_why(s, str_of(s->error[0] ? s->error : curl_easy_strerror(code)));
}

static void
forget_last(struct smtp *s)
{
	strbuf_clear(&s->mail, 0);
	strbuf_clear(&s->reply, 0);
	strbuf_clear(&s->why, 0);
	s->sent = 0;
	s->code = 0;
	s->reply_is_whole = true;
	s->is_asked = false;
	s->is_in_data = false;
	s->is_over = false;
	s->error[0] = '\0';
}

static CURLcode
perform(struct smtp *s, struct str from, struct str to)
{
	struct curl_slist *recipients = curl_slist_append(NULL, to.ptr);
	CURLcode code;

	if (recipients == NULL)
		die("no memory for a mail");
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from.ptr);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->mail.len);
	code = curl_easy_perform(s->curl);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(recipients);
	return code;
}

enum smtp_result
smtp_send(struct smtp *s, const struct mail *mail)
{
	enum smtp_result result = SMTP_REFUSED;
	const char *fault;
	struct arena a;
	CURLcode code;

	forget_last(s);
	arena_init(&a, 2048);
	if (mail_write(&a, mail, &s->mail, &fault) == ERR_OK) {
		code = perform(s, mail_wire_address(&a, mail->from),
			       mail_wire_address(&a, mail->to));
		explain(s, code);
		result = judge(s, code);
	} else {
		strbuf_addf(&s->why, "the mail cannot be written: its %s", fault);
	}
	/* It may hold a token: what is freed is overwritten. */
	strbuf_clear(&s->mail, 1);
	arena_release(&a);
	return result;
}

const char *
smtp_why(const struct smtp *s)
{
	return s->why.ptr;
}

int
smtp_code(const struct smtp *s)
{
	return s->code;
}

bool
smtp_was_asked(const struct smtp *s)
{
	return s->is_asked;
}
