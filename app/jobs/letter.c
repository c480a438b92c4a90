/* letter.c: writes a mail by its template and hands it to the mail server. Runs in runners. */
#include "jobs/letter.h"

#include <stdio.h>
#include <string.h>

#include "jobs/counts.h"
#include "log/log.h"
#include "mail/smtp.h"
#include "model/mail_settings.h"

/* Settings are those of the runner's whole life: others come with other runners. */
static struct smtp *
server_of(struct runner *r)
{
	const struct config *c = &r->heritage->config;

	if (r->smtp == NULL)
		r->smtp = smtp_new(&(struct smtp_server){
			.url = c->mail_server,
			.user = c->mail_user,
			.password = c->mail_password,
			.ca_file = c->mail_ca,
			.is_plain = !c->mail_tls,
			.timeout_ms = c->mail_timeout_ms,
		});
	return r->smtp;
}

/* --- writing ------------------------------------------------------------------ */

/* ID@DOMAIN, of the sender's domain. */
static struct str
message_id(struct arena *a, const char *id, struct str from)
{
	struct str domain = mail_wire_address(a, from);

	str_cut(&domain, '@');
	return str_of(arena_printf(a, "%s@%.*s", id, STR_FMT(domain)));
}

static bool
fill_in(struct runner *r, const struct letter *l, const char *text,
	enum template_form form, struct str *out)
{
	const char *fault;

	if (template_fill(&r->arena, text, form, l->values, l->value_count, out, &fault))
		return true;
	snprintf(r->why, sizeof(r->why), "the mail %s lacks %.40s", l->name, fault);
	return false;
}

static bool
write_parts(struct runner *r, const struct letter *l, struct mail *m)
{
	const struct mail_template *t = template_find(l->name, l->language);

	if (t == NULL) {
		snprintf(r->why, sizeof(r->why), "there is no mail %s", l->name);
		return false;
	}
	return fill_in(r, l, t->subject, TEMPLATE_TEXT, &m->subject) &&
	       fill_in(r, l, t->text, TEMPLATE_TEXT, &m->text) &&
	       fill_in(r, l, t->html, TEMPLATE_HTML, &m->html);
}

static bool
write_mail(struct runner *r, const struct letter *l, struct mail *m)
{
	struct mail_sender from;

	/* config_load has seen that it can be read. */
	mail_sender_read(&r->arena, str_of(r->heritage->config.mail_from), &from);
	*m = (struct mail){
		.from = from.address,
		.from_name = from.name,
		.to = l->to,
		.message_id = message_id(&r->arena, l->id, from.address),
		.date_us = l->date_us,
		.unsubscribe = l->unsubscribe,
	};
	return write_parts(r, l, m);
}

/* --- what became of it -------------------------------------------------------- */

/* " 5.1.1" of "550 5.1.1 no such user" (RFC 3463), all else of which is the server's own words. */
static struct str
status_of(const char *why)
{
	struct str rest = str_of(why), status;

	str_cut(&rest, ' ');
	status = str_cut(&rest, ' ');
	for (size_t i = 0; i < status.len; i++)
		if (strchr(".0123456789", status.ptr[i]) == NULL)
			return STR("");
	return status.len > 0 ? (struct str){ status.ptr - 1, status.len + 1 } : STR("");
}

/* By whether the mail was what the server was asked about, and by whether it answered with a refusal. */
static const struct outcome {
	enum job_end if_asked, else_;
	enum sent if_answered;
	const char *what, *unanswered;
} outcomes[] = {
	[SMTP_ACCEPTED] = { JOB_DONE, JOB_DONE, SENT_ACCEPTED, NULL, NULL },
	[SMTP_LATER] = { JOB_LATER, JOB_WAIT, SENT_LATER,
			 "the mail server does not take the mail now",
			 "the mail server does not answer" },
	[SMTP_REFUSED] = { JOB_NEVER, JOB_NEVER, SENT_REFUSED,
			   "the mail server refuses the mail",
			   "the mail cannot be written" },
	[SMTP_MISCONFIGURED] = { JOB_WAIT, JOB_WAIT, SENT_AWAY,
				 "the mail server cannot be used as it is set up",
				 "the mail server cannot be used as it is set up: `hob "
				 "mail test` says why" },
};

static void
log_sent(const struct letter *l)
{
	log_begin(LOG_INFO, "mail_sent");
	log_cstr("mail", l->name);
	log_cstr("id", l->id);
	log_end();
}

static enum job_end
conclude(struct runner *r, const struct letter *l, enum smtp_result result)
{
	const struct outcome *o = &outcomes[result];
	enum job_end end = smtp_was_asked(r->smtp) ? o->if_asked : o->else_;
	int code = smtp_code(r->smtp);
	bool answered = code >= 400;

	/* A mail that cannot be written leaves the server alone. */
	r->asked = result != SMTP_REFUSED || answered || smtp_was_asked(r->smtp);

	counts_sent(r, CHANNEL_MAIL,
		    result != SMTP_LATER || answered ? o->if_answered : SENT_AWAY);
	if (end == JOB_DONE) {
		log_sent(l);
		return end;
	}
	/* It may hang at any mail, and not at one alone. */
	r->away = end == JOB_LATER && !answered;
	if (answered)
		snprintf(r->why, sizeof(r->why), "%s: %d%.*s", o->what, code,
			 STR_FMT(status_of(smtp_why(r->smtp))));
	else
		snprintf(r->why, sizeof(r->why), "%s", o->unanswered);
	return end;
}

static enum job_end
give_up(struct runner *r, enum job_end end, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%s", why);
	return end;
}

enum job_end
letter_send(struct runner *r, const struct letter *l)
{
	struct mail m;

	if (r->heritage->config.mail_server[0] == '\0')
		return give_up(r, JOB_NEVER, "mail.server is not set: no mail is sent");
	if (!write_mail(r, l, &m))
		return JOB_NEVER;
	return conclude(r, l, smtp_send(server_of(r), &m));
}

enum job_end
letter_conclude(struct runner *r, const struct job *job, enum job_end end)
{
	if (end != JOB_NEVER && (end != JOB_LATER || !job->last_try))
		return end;
	log_begin(LOG_WARN, "letter_not_sent");
	log_cstr("job_id", job->id);
	log_cstr("why", r->why);
	log_end();
	return JOB_DONE;
}
