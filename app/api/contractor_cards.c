/*
 * contractor_cards.c: a contractor as a card of an address book, vCard 4.0 (RFC 6350). What no card has a property
 * for, rates for one, stays here. Runs in workers.
 */
#include "api/contractors.h"

#include "api/files.h"
#include "core/strbuf.h"
#include "db/db.h"
#include "ical/ical.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "statements.h"

struct shown {
	struct req *r;
	struct strbuf *out;
	int index;
};

static struct str
value(const struct shown *s, const char *column)
{
	const struct db *db = s->r->worker->db;

	return db_value(db, s->index, 0, reply_column(db, Q_CONTRACTOR_CARD, column));
}

static void
write_text(const struct shown *s, const char *name, const char *column)
{
	struct str text = value(s, column);

	if (text.ptr != NULL)
		ical_text(s->out, name, text);
}

/* A label is in a group with its number, as address books of phones have it. */
static void
write_phones(const struct shown *s)
{
	struct str lines = value(s, "phones");

	for (int n = 1; lines.ptr != NULL; n++) {
		struct str number = str_cut(&lines, '\n'), label = str_cut(&number, '\t');

		ical_text(s->out, arena_printf(s->r->arena, "item%d.TEL", n), number);
		if (label.len > 0)
			ical_text(s->out,
				  arena_printf(s->r->arena, "item%d.X-ABLabel", n),
				  label);
	}
}

static void
write_specialties(const struct shown *s)
{
	struct str codes = value(s, "specialties"), labels = value(s, "labels");

	if (labels.ptr == NULL)
		return;
	ical_line(s->out, "X-HOB-SPECIALTIES", codes);
	while (codes.ptr != NULL) {
		struct str code = str_cut(&codes, ','), label = str_cut(&labels, '\n');

		ical_text(s->out, "CATEGORIES",
			  request_label(s->r, "specialties", code, label));
	}
}

/* One part of a value of several. */
static void
write_part(const struct shown *s, const char *name, const char *before,
	   const char *column, const char *after)
{
	struct strbuf line;
	struct str text = value(s, column);

	if (text.ptr == NULL)
		return;
	strbuf_init(&line);
	strbuf_add_cstr(&line, before);
	ical_escape(&line, text);
	strbuf_add_cstr(&line, after);
	ical_line(s->out, name, strbuf_str(&line));
	strbuf_release(&line);
}

static void
write_card(const struct shown *s)
{
	struct str id = value(s, "id");

	ical_line(s->out, "BEGIN", STR("VCARD"));
	ical_line(s->out, "VERSION", STR("4.0"));
	ical_line(s->out, "PRODID", STR("-//Hob//Household contractors//EN"));
	ical_line(s->out, "UID",
		  str_of(arena_printf(s->r->arena, "urn:uuid:%.*s", STR_FMT(id))));
	ical_line(s->out, "REV", value(s, "revised"));
	write_text(s, "FN", "name");
	write_part(s, "ORG", "", "company", "");
	write_text(s, "RELATED;TYPE=contact;VALUE=text", "contact_person");
	write_phones(s);
	write_text(s, "EMAIL", "email");
	if (value(s, "website").ptr != NULL)
		ical_line(s->out, "URL", value(s, "website"));
	/* The street, in as many lines as there are: what is a town in them nobody has said. */
	write_part(s, "ADR", ";;", "address", ";;;;");
	write_text(s, "NOTE", "notes");
	write_specialties(s);
	if (value(s, "residence_id").ptr != NULL)
		ical_line(s->out, "X-HOB-RESIDENCE", value(s, "residence_id"));
	ical_line(s->out, "END", STR("VCARD"));
}

static enum err
card_show(struct req *r)
{
	struct shown s = { .r = r, .out = &r->out->body };
	enum err e = request_run(r, r->statement, &s.index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, s.index) == 0)
		return ERR_NOT_FOUND;
	file_begin(r, "text/vcard; charset=utf-8", "contractor.vcf");
	write_card(&s);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, CONTRACTOR "/vcard", SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, NULL, Q_CONTRACTOR_CARD, HANDLER,
	  .handler = card_show,
	  DOC("exportContractor", "Contractors", "Text", "Export a contractor as a card of an address book", NULL, { "text/vcard" }) },
};
/* clang-format on */

RESOURCE(contractor_cards);
