#ifndef HOB_API_HANDLERS_H
#define HOB_API_HANDLERS_H

#include "core/err.h"

/* The few endpoints for which a statement is not enough; routes.h says what a handler is. */
struct req;

/* accounts.c: a password is hashed between what is read and what is written. */
enum err account_register(struct req *r);
enum err account_login(struct req *r);
enum err account_change_password(struct req *r);

/* sharing.c: codes, of which the database has only an HMAC. */
enum err share_code_make(struct req *r);
enum err share_code_use(struct req *r);

/* boards.c: rows into columns by app/model/board.h. */
enum err board_show(struct req *r);

/* rules.c: the days of a rule, without a look at the database. */
enum err recurrence_preview(struct req *r);

/* templates.c: templates into tasks. */
enum err templates_apply(struct req *r);

/* calendar.c: feeds for programs that know no sessions. */
enum err calendar_feed_make(struct req *r);
enum err calendar_show(struct req *r);

/* reports.c: sums, and what is to come. */
enum err report_show(struct req *r);

/* bulk.c: many small requests as one. */
enum err bulk_tasks(struct req *r);

/* export.c and import.c: tasks as files. */
enum err tasks_export(struct req *r);
enum err tasks_import(struct req *r);

/* sync.c: several statements' rows on one page. */
enum err sync_show(struct req *r);

/* doc.c: the words of the API document. */
extern const struct words api_words;

#endif
