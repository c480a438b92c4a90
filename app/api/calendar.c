/*
 * calendar.c: open tasks as an iCalendar feed (RFC 5545), for programs without sessions:
 * the secret in the address gives access. A rule becomes an RRULE if one yields the same
 * days; else each of its days is an event. Runs in workers.
 */
#include "api/resources.h"

#include "api/values.h"
#include "core/date.h"
#include "core/rand.h"
#include "crypto/base64url.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "ical/ical.h"
#include "model/recurrence.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum { DAY_CHARS = 8 };
/* Limits of a rule without an RRULE; hob.calendar has the same for times. */
enum { EVENTS_MAX = 60, DAYS_AHEAD = 366, SINGLES_MAX = 5000 };
/* Limits of the whole feed: hob.calendar fetches one task more, the first due first. */
enum { TASKS_MAX = 1000, FEED_MAX_BYTES = 2 << 20 };
#define DAY_US INT64_C(86400000000)

#define CALENDAR "/api/calendar/"

static struct str
new_secret(struct req *r)
{
	char bytes[CREDENTIAL_SECRET_BYTES];

	rand_bytes(bytes, sizeof(bytes));
	return base64url_encode(r->arena, (struct str){ bytes, sizeof(bytes) });
}

static enum err
make_secret(struct req *r)
{
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);

	r->secret = new_secret(r);
	r->stand_in = new_secret(r);
	sha256_hex(r->secret, hash);
	r->values[VALUE_FEED_HASH] = hash;
	r->values[VALUE_FEED_PATH] =
		arena_printf(r->arena, CALENDAR "%.*s.ics", STR_FMT(r->stand_in));
	return ERR_OK;
}

/* --- events ----------------------------------------------------------------- */

struct event {
	struct req *r;
	const struct db *db;
	int index, row, statement;
	int32_t today;	  /* of the task's residence; UTC's when nothing is due */
	int left;	  /* single events that rules may still have */
	struct str alarm; /* minutes; STR_NONE for none */
};

static struct str
value(const struct event *e, const char *column)
{
	return db_value(e->db, e->index, e->row,
			reply_column(e->db, e->statement, column));
}

/* "2031-01-06" as "20310106". */
static struct str
basic_day(int32_t day, char buf[DATE_TEXT_SIZE])
{
	int n = 0;

	date_format(day, buf);
	for (int i = 0; buf[i] != '\0'; i++)
		if (buf[i] != '-')
			buf[n++] = buf[i];
	return (struct str){ buf, DAY_CHARS };
}

/* `number` of the occurrence tells events of one task apart; 0 is its rule. */
static void
open_event(struct strbuf *out, const struct event *e, int number)
{
	struct strbuf uid;

	strbuf_init(&uid);
	strbuf_add(&uid, value(e, "task_id"));
	if (number > 0)
		strbuf_addf(&uid, "-%d", number);
	strbuf_add(&uid, STR("@hob"));
	ical_line(out, "BEGIN", STR("VEVENT"));
	ical_line(out, "UID", strbuf_str(&uid));
	ical_line(out, "DTSTAMP", value(e, "stamp"));
	strbuf_release(&uid);
}

/* RFC 5545, 3.6.6. */
static void
add_alarm(struct strbuf *out, const struct event *e)
{
	struct strbuf trigger;

	strbuf_init(&trigger);
	strbuf_addf(&trigger, "-PT%.*sM", STR_FMT(e->alarm));
	ical_line(out, "BEGIN", STR("VALARM"));
	ical_line(out, "ACTION", STR("DISPLAY"));
	ical_text(out, "DESCRIPTION", value(e, "title"));
	ical_line(out, "TRIGGER", strbuf_str(&trigger));
	ical_line(out, "END", STR("VALARM"));
	strbuf_release(&trigger);
}

static void
close_event(struct strbuf *out, const struct event *e)
{
	struct str description = value(e, "description");

	ical_text(out, "SUMMARY", value(e, "title"));
	if (description.ptr != NULL)
		ical_text(out, "DESCRIPTION", description);
	ical_text(out, "LOCATION", value(e, "residence"));
	ical_text(out, "CATEGORIES",
		  request_label(e->r, "task_categories", value(e, "category_code"),
				value(e, "category")));
	ical_line(out, "TRANSP", STR("TRANSPARENT"));
	if (e->alarm.ptr != NULL)
		add_alarm(out, e);
	ical_line(out, "END", STR("VEVENT"));
}

static void
add_day(struct strbuf *out, const struct event *e, int number, int32_t day,
	struct str rrule)
{
	char buf[DATE_TEXT_SIZE];

	open_event(out, e, number);
	ical_line(out, "DTSTART;VALUE=DATE", basic_day(day, buf));
	if (rrule.len > 0)
		ical_line(out, "RRULE", rrule);
	close_event(out, e);
}

static struct occurrence
open_occurrence(const struct event *e)
{
	struct occurrence o = { .outcome = OUTCOME_DONE };
	int64_t number = 1;

	str_to_i64(value(e, "occurrence"), &number);
	o.number = (int)number;
	date_parse(value(e, "due_on"), &o.due_on);
	o.grid_on = o.done_on = o.due_on;
	date_parse(value(e, "grid_on"), &o.grid_on);
	return o;
}

/* From `o` on by a rule, or each day for itself, for a year and while the feed is not too long. */
static void
add_rule(struct strbuf *out, struct event *e, const struct recurrence *rule,
	 struct occurrence o)
{
	int left = rule->count ? rule->count - o.number + 1 : 0, n = 0;
	struct strbuf rrule;

	strbuf_init(&rrule);
	if (recurrence_rrule(rule, left, &rrule)) {
		add_day(out, e, 0, o.due_on, strbuf_str(&rrule));
	} else {
		do
			add_day(out, e, o.number, o.due_on, STR_NONE);
		while (++n < EVENTS_MAX && e->left-- > 0 &&
		       recurrence_step(rule, &o, e->today) &&
		       o.due_on <= e->today + DAYS_AHEAD);
	}
	strbuf_release(&rrule);
}

/*
 * An occurrence that was moved or is late stands alone, and the rule goes on behind it, and behind
 * today: nobody is shown the days that were missed.
 */
static void
add_days(struct strbuf *out, struct event *e, const struct recurrence *rule)
{
	struct occurrence o = open_occurrence(e);
	bool goes_on = rule != NULL && rule->anchor == RECURRENCE_DUE;

	if (!goes_on || o.due_on < e->today || !recurrence_is_on_grid(rule, &o)) {
		add_day(out, e, o.number, o.due_on, STR_NONE);
		goes_on = goes_on && recurrence_step(rule, &o, e->today);
	}
	if (goes_on)
		add_rule(out, e, rule, o);
}

/* {20310106T083000Z,...}: times of the clock are not as far apart as a rule in UTC would say. */
static void
add_instants(struct strbuf *out, const struct event *e, struct str starts)
{
	int number = open_occurrence(e).number;

	starts = (struct str){ starts.ptr + 1, starts.len - 2 };
	while (starts.ptr != NULL) {
		open_event(out, e, number++);
		ical_line(out, "DTSTART", str_cut(&starts, ','));
		ical_line(out, "DURATION",
			  STR("PT30M")); /* without an end many show nothing */
		close_event(out, e);
	}
}

static void
add_task(struct req *r, struct event *e)
{
	struct str starts = value(e, "starts"), rule = value(e, "recurrence");
	struct recurrence read;

	if (value(e, "task_id").ptr == NULL) /* nothing is due */
		return;
	date_parse(value(e, "today"), &e->today);
	if (starts.ptr != NULL)
		add_instants(&r->out->body, e, starts);
	else if (rule.ptr == NULL || !recurrence_read(r->arena, rule, &read))
		add_days(&r->out->body, e, NULL);
	else
		add_days(&r->out->body, e, &read);
}

static bool
is_full(const struct event *e, const struct strbuf *out)
{
	return e->row == TASKS_MAX || out->len > FEED_MAX_BYTES;
}

/* An event of today tells of it: calendar programs show no other text of a feed. */
static void
add_sign(struct strbuf *out, const struct event *e)
{
	char buf[DATE_TEXT_SIZE];

	ical_line(out, "BEGIN", STR("VEVENT"));
	ical_line(out, "UID", STR("left-out@hob"));
	ical_line(out, "DTSTAMP", value(e, "stamp"));
	ical_line(out, "DTSTART;VALUE=DATE", basic_day(e->today, buf));
	ical_text(out, "SUMMARY",
		  str_of(request_spoken(e->r, "More tasks are due than this calendar can "
					      "show")));
	ical_line(out, "TRANSP", STR("TRANSPARENT"));
	ical_line(out, "END", STR("VEVENT"));
}

static void
write_calendar(struct req *r, int index)
{
	struct event e = { .r = r,
			   .db = r->worker->db,
			   .index = index,
			   .statement = r->statement,
			   .today = (int32_t)(r->start_us / DAY_US),
			   .left = SINGLES_MAX };
	struct strbuf *out = &r->out->body;
	const char *alarm = request_query(r, "alarm");

	e.alarm = alarm != NULL ? str_of(alarm) : value(&e, "alarm_minutes");
	r->out->status = 200;
	r->out->content_type = "text/calendar; charset=utf-8";
	ical_begin(out);
	ical_line(out, "METHOD", STR("PUBLISH"));
	ical_text(out, "NAME", value(&e, "feed")); /* RFC 7986, 5.1 */
	ical_text(out, "X-WR-CALNAME", value(&e, "feed"));
	ical_line(out, "REFRESH-INTERVAL;VALUE=DURATION",
		  STR("PT1H")); /* RFC 7986, 5.7 */
	for (; e.row < db_row_count(e.db, index) && !is_full(&e, out); e.row++)
		add_task(r, &e);
	if (e.row < db_row_count(e.db, index))
		add_sign(out, &e);
	ical_line(out, "END", STR("VCALENDAR"));
}

static enum err
calendar_show(struct req *r)
{
	int index;
	enum err e = request_run(r, r->statement, &index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	r->principal.locale = db_get(r->worker->db, index, 0, "locale");
	write_calendar(r, index);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

#define FEED "/api/calendar-feeds/{feed_id}"

/* clang-format off */
/* Four weeks are the longest that Outlook takes. */
enum { ALARM_MINUTES_MAX = 4 * 7 * 24 * 60 };

static const struct field feed_fields[] = {
	NEW_ID,
	{ "name", FIELD_LINE, 0, 1, 100, NULL, NULL, 0 },
	{ "residence_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "assigned_to_me", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "alarm_minutes", FIELD_INT, NULLABLE, 0, ALARM_MINUTES_MAX, NULL, NULL, 0 },
	END
};

static const struct field calendar_query[] = {
	{ "alarm", FIELD_INT, HANDLED, 0, ALARM_MINUTES_MAX, NULL, NULL, 0 },
	END
};

/* A feed that was made before: its address was shown once. */
static const struct thing made = { "calendar_feed", "feed_id", NO_STATEMENT, Q_FEED_AGAIN };

static const struct route routes[] = {
	{ HTTP_GET, "/api/calendar-feeds", SIGNED, NULL, NULL, Q_FEED_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listCalendarFeeds", "Calendar", "CalendarFeed", "List the caller's feeds, without their secrets", .also = "not_found") },
	{ HTTP_POST, "/api/calendar-feeds", SIGNED, feed_fields, NULL, Q_FEED_CREATE, CREATED,
	  .prepare = make_secret, .limited = true, .shows = &made,
	  SESSION_ONLY,
	  DOC("createCalendarFeed", "Calendar", "NewCalendarFeed", "Create a feed for calendar programs; its address is shown only now", .also = "not_found") },
	{ HTTP_GET, FEED, SIGNED, NULL, NULL, Q_FEED_GET, ONE,
	  SESSION_ONLY,
	  DOC("getCalendarFeed", "Calendar", "CalendarFeed", "Show one feed, without its secret") },
	{ HTTP_PATCH, FEED, SIGNED, feed_fields, NULL, Q_FEED_UPDATE, ONE,
	  .shows = THING(FEED),
	  SESSION_ONLY,
	  DOC("updateCalendarFeed", "Calendar", "CalendarFeed", "Change the name or the scope of a feed; its address stays") },
	{ HTTP_DELETE, FEED, SIGNED, NULL, NULL, Q_FEED_REVOKE, NO_CONTENT,
	  .shows = THING(FEED),
	  SESSION_ONLY,
	  DOC("deleteCalendarFeed", "Calendar", NULL, "End a feed") },
	{ HTTP_GET, "/api/calendar/{feed}", HOLDER, NULL, calendar_query, Q_CALENDAR_SHOW, HANDLER,
	  .takes = TAKES(SCHEME_FEED), .handler = calendar_show, .any_query = true,
	  DOC("getCalendar", "Calendar", "Text", "Read open tasks as iCalendar; the address is the secret", NULL, { "text/calendar" }) },
};
/* clang-format on */

RESOURCE(calendar);
