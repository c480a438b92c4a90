/*
 * contractor_import.c: contractors from cards of address books, of whatever version, as phones export them. Each card
 * becomes the request that would make its contractor (import.c). Runs in workers.
 */
#include "api/contractors.h"

#include <string.h>
#include <strings.h>

#include "api/import.h"
#include "core/strbuf.h"
#include "crypto/hash.h"
#include "json/json.h"
#include "serve/request.h"
#include "statements.h"
#include "vcard/vcard.h"

/* A card may bring a photo along, which is passed over. More phones than a contractor may have are refused by its route. */
enum { FILE_MAX_BYTES = 1 << 20, PHONES_READ = 32 };

/* --- a card --------------------------------------------------------------------- */

struct labelled {
	struct str group, text, label;
};

struct card {
	struct arena *a;
	int line;
	struct str name, company, person, email, website, address, notes, specialties,
		uid, residence;
	struct labelled phones[PHONES_READ], labels[PHONES_READ];
	int phone_count, label_count;
};

/* The parts that have something, joined. `rest` has what stands between separators. */
static struct str
joined(struct arena *a, const struct str *parts, int count, const char *between)
{
	struct strbuf text;
	struct str whole;

	strbuf_init(&text);
	for (int i = 0; i < count; i++) {
		if (str_trim(parts[i]).len == 0)
			continue;
		if (text.len > 0)
			strbuf_add_cstr(&text, between);
		strbuf_add(&text, str_trim(parts[i]));
	}
	whole = arena_str(a, strbuf_str(&text));
	strbuf_release(&text);
	return whole;
}

static void
cut_parts(struct arena *a, struct str rest, struct str *parts, int count)
{
	for (int i = 0; i < count; i++)
		parts[i] = rest.ptr != NULL ? vcard_text(a, vcard_cut(&rest, ';'))
					    : STR_NONE;
}

static void
take_name(struct card *c, const struct vcard_line *l)
{
	struct str name = vcard_text(c->a, l->value);

	if (str_trim(name).len > 0)
		c->name = name;
}

/* Family name, given, additional, before and behind it; FN goes before it wherever it stands. */
static void
take_names(struct card *c, const struct vcard_line *l)
{
	struct str n[5];

	cut_parts(c->a, l->value, n, 5);
	if (c->name.ptr == NULL)
		c->name = joined(c->a, (struct str[]){ n[3], n[1], n[2], n[0], n[4] }, 5,
				 " ");
}

static void
take_company(struct card *c, const struct vcard_line *l)
{
	cut_parts(c->a, l->value, &c->company, 1);
}

static void
take_related(struct card *c, const struct vcard_line *l)
{
	if (vcard_has_type(l, "contact"))
		c->person = vcard_text(c->a, l->value);
}

/* Box, extension, street, town, region, code, country. The town is written as where there are regions, or where not. */
static void
take_address(struct card *c, const struct vcard_line *l)
{
	struct str p[7], town;

	cut_parts(c->a, l->value, p, 7);
	if (str_trim(p[4]).len == 0)
		town = joined(c->a, (struct str[]){ p[5], p[3] }, 2, " ");
	else
		town = joined(c->a,
			      (struct str[]){ p[3],
					      joined(c->a, (struct str[]){ p[4], p[5] },
						     2, " ") },
			      2, ", ");
	if (c->address.ptr == NULL)
		c->address = joined(c->a, (struct str[]){ p[0], p[1], p[2], town, p[6] },
				    5, "\n");
}

/* What the number is for, where only its types say so. */
static struct str
label_of_types(const struct vcard_line *l)
{
	static const struct {
		const char *type, *label;
	} labels[] = {
		{ "cell", "Mobile" }, { "fax", "Fax" },	  { "pager", "Pager" },
		{ "main", "Main" },   { "work", "Work" }, { "home", "Home" },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (vcard_has_type(l, labels[i].type))
			return str_of(labels[i].label);
	return STR_NONE;
}

static void
take_phone(struct card *c, const struct vcard_line *l)
{
	struct str number = str_trim(vcard_text(c->a, l->value));

	if (number.len >= 4 && strncasecmp(number.ptr, "tel:", 4) == 0)
		number = (struct str){ number.ptr + 4, number.len - 4 };
	if (number.len > 0 && c->phone_count < PHONES_READ)
		c->phones[c->phone_count++] =
			(struct labelled){ l->group, number, label_of_types(l) };
}

/* Apple writes those that it translates as _$!<Work>!$_. */
static void
take_label(struct card *c, const struct vcard_line *l)
{
	struct str text = str_trim(vcard_text(c->a, l->value));

	if (str_starts(text, STR("_$!<")) && str_ends(text, STR(">!$_")) && text.len >= 8)
		text = (struct str){ text.ptr + 4, text.len - 8 };
	if (l->group.ptr != NULL && text.len > 0 && c->label_count < PHONES_READ)
		c->labels[c->label_count++] =
			(struct labelled){ l->group, text, STR_NONE };
}

/* "www.gmoil.example" */
static void
take_website(struct card *c, const struct vcard_line *l)
{
	struct str url = str_trim(vcard_text(c->a, l->value));
	bool has_scheme = memmem(url.ptr, url.len, "://", 3) != NULL;

	if (c->website.ptr == NULL && url.len > 0)
		c->website =
			str_of(arena_printf(c->a, "%s%.*s", has_scheme ? "" : "https://",
					    STR_FMT(url)));
}

static void
take_email(struct card *c, const struct vcard_line *l)
{
	if (c->email.ptr == NULL)
		c->email = str_trim(vcard_text(c->a, l->value));
}

static void
take_notes(struct card *c, const struct vcard_line *l)
{
	c->notes = vcard_text(c->a, l->value);
}

static void
take_specialties(struct card *c, const struct vcard_line *l)
{
	c->specialties = str_trim(l->value);
}

static void
take_uid(struct card *c, const struct vcard_line *l)
{
	c->uid = str_trim(l->value);
}

static void
take_residence(struct card *c, const struct vcard_line *l)
{
	c->residence = str_trim(l->value);
}

static void
take(struct card *c, const struct vcard_line *l)
{
	static const struct {
		const char *name;
		void (*take)(struct card *c, const struct vcard_line *l);
	} properties[] = {
		{ "FN", take_name },
		{ "N", take_names },
		{ "ORG", take_company },
		{ "RELATED", take_related },
		{ "TEL", take_phone },
		{ "X-ABLABEL", take_label },
		{ "EMAIL", take_email },
		{ "URL", take_website },
		{ "ADR", take_address },
		{ "NOTE", take_notes },
		{ "UID", take_uid },
		{ "X-HOB-SPECIALTIES", take_specialties },
		{ "X-HOB-RESIDENCE", take_residence },
	};

	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (vcard_is(l, properties[i].name))
			properties[i].take(c, l);
}

/* --- as a request ------------------------------------------------------------------ */

static void
add_text(struct json_writer *w, const char *name, struct str text)
{
	if (str_trim(text).len == 0)
		return;
	json_key(w, name);
	json_string(w, str_trim(text));
}

/* What a group calls its number goes before the types of that. */
static struct str
label_of(const struct card *c, const struct labelled *phone)
{
	for (int i = 0; i < c->label_count && phone->group.ptr != NULL; i++)
		if (str_eq_ci(c->labels[i].group, phone->group))
			return c->labels[i].text;
	return phone->label;
}

static void
add_phones(struct json_writer *w, const struct card *c)
{
	json_key(w, "phones");
	json_array(w);
	for (int i = 0; i < c->phone_count; i++) {
		json_object(w);
		add_text(w, "label", label_of(c, &c->phones[i]));
		add_text(w, "number", c->phones[i].text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void
add_specialties(struct json_writer *w, struct str codes)
{
	json_key(w, "specialties");
	json_array(w);
	while (codes.len > 0)
		json_string(w, str_trim(str_cut(&codes, ',')));
	json_end_array(w);
}

/* A business without a name of a person is called by its own. */
static void
add_card(struct json_writer *w, const struct card *c)
{
	bool named = str_trim(c->name).len > 0;
	struct str name = named ? c->name : c->company;

	add_text(w, "name", name);
	if (!str_eq(str_trim(name), str_trim(c->company)))
		add_text(w, "company", c->company);
	add_text(w, "contact_person", c->person);
	add_phones(w, c);
	add_text(w, "email", c->email);
	add_text(w, "website", c->website);
	add_text(w, "address", c->address);
	add_text(w, "notes", c->notes);
	add_specialties(w, c->specialties);
}

static struct str
body_of(const struct import *m, const struct card *c, struct str id)
{
	struct strbuf text;
	struct json_writer w;
	struct str body;

	strbuf_init(&text);
	json_begin(&w, &text);
	json_object(&w);
	add_text(&w, "residence_id", m->residence);
	add_text(&w, "id", id);
	add_card(&w, c);
	json_end_object(&w);
	body = arena_str(c->a, strbuf_str(&text));
	strbuf_release(&text);
	return body;
}

/* One that came from this residence keeps its id; else one is made of the card's own, or of all that it says. */
static struct str
id_of(const struct import *m, struct req *r, const struct card *c)
{
	static const char urn[] = "urn:uuid:";
	struct str uid = c->uid;

	if (str_starts(uid, str_of(urn)) && str_eq(c->residence, m->residence))
		return (struct str){ uid.ptr + sizeof(urn) - 1,
				     uid.len - sizeof(urn) + 1 };
	return import_id_of(m, r, uid.len > 0 ? uid : body_of(m, c, STR_NONE), 0);
}

static void
add_row(struct import *m, const struct card *c)
{
	struct row *row = import_row(m, "/api/contractors", c->line);
	struct part *p = row->part;
	struct req *r = &p->req;

	import_decode(p, body_of(m, c, id_of(m, r, c)));
	if (p->e == ERR_OK && import_is_given(m, row))
		p->e = request_invalid_body(r, "id", "duplicate", "is given twice");
	if (p->e == ERR_OK)
		part_derive_key(m->whole, &m->parts);
}

/* --- a file ------------------------------------------------------------------------- */

static enum err
refuse(struct req *r, const char *detail)
{
	return request_fail(r, ERR_MALFORMED, "malformed_vcard", detail);
}

/* Up to its end; a line that says nothing is passed over. */
static enum err
read_card(struct import *m, struct vcard_reader *reader, struct card *c)
{
	struct vcard_line l;
	enum err e;

	while ((e = vcard_next(reader, &l)) != ERR_NOT_FOUND) {
		if (e != ERR_OK)
			continue;
		if (vcard_is(&l, "BEGIN"))
			break;
		if (vcard_is(&l, "END")) {
			add_row(m, c);
			return ERR_OK;
		}
		take(c, &l);
	}
	return refuse(m->whole,
		      request_say(m->whole,
				  "The card that begins on line %d does not end.",
				  c->line));
}

static bool
begins_card(const struct vcard_line *l)
{
	return vcard_is(l, "BEGIN") && str_eq_ci(str_trim(l->value), STR("VCARD"));
}

static enum err
read_cards(struct import *m, struct str text)
{
	struct req *r = m->whole;
	struct vcard_reader reader;
	struct vcard_line l;
	enum err e = ERR_OK, next;

	vcard_open(&reader, r->arena, text);
	while (e == ERR_OK && (next = vcard_next(&reader, &l)) != ERR_NOT_FOUND) {
		struct card c = { .a = r->arena, .line = l.line };

		if (next != ERR_OK || !begins_card(&l))
			return refuse(r,
				      request_say(r, "Line %d is of no card.", l.line));
		e = import_has_room(m);
		if (e == ERR_OK)
			e = read_card(m, &reader, &c);
	}
	if (e == ERR_OK && m->count == 0)
		return refuse(r, "There is no card in this file.");
	return e;
}

static enum err
contractors_import(struct req *r)
{
	static const struct import_kind cards = { "text/vcard", FILE_MAX_BYTES, 1,
						  read_cards };

	return import_run(r, &cards);
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_POST, RESIDENCE "/contractors/import", SCOPE(THING(RESIDENCE), ROLE_EDIT), NULL, import_query, Q_CONTRACTOR_IMPORT, HANDLER,
	  .handler = contractors_import, .reads_body = true,
	  DOC("importContractors", "Contractors", "ContractorImport", "Import a file of at most 250 cards of an address book; contractors that exist stay unchanged", "Text", { NULL }, "text/vcard", .also = "malformed_vcard") },
};
/* clang-format on */

RESOURCE(contractor_import);
