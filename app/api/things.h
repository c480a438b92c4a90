#ifndef HOB_API_THINGS_H
#define HOB_API_THINGS_H

#include "serve/surface.h"

/*
 * The kinds of objects of a household. A row of things[] makes one known to scopes, to
 * retries and lost updates, to sync, to the activity of a residence and to the document.
 * Sync tokens depend on the order: add new rows at the end.
 */
enum thing_of_household {
	THING_RESIDENCE,
	THING_MEMBER,
	THING_TASK,
	THING_COMPLETION,
	THING_SHARE_CODE,
	THING_FEED,
	THING_ACCOUNT,
	THING_ACCESS_TOKEN,
	THING_WEBHOOK,
	THING_DEVICE,
	THING_NOTICE,
	THING_CONTRACTOR,
	THING_DOCUMENT,
	THING_UPLOAD,
	THING_FILE,
	THING_COUNT
};

struct household_thing {
	struct thing is;
	const char *subject;	/* in the activity of a residence; NULL: it has none */
	const char *kind;	/* in sync: "tasks"; NULL: it is not synced */
	int synced_by;		/* the statement that returns its changes */
	const char *schema;	/* of its rows in sync */
	int found_by;		/* the statement that searches in it; 0: none does. It has a kind */
	const char *found_as;	/* schema of what that finds */
};
extern const struct household_thing things[THING_COUNT];

/* SCOPE(THING(TASK), ROLE_EDIT), .shows = THING(TASK) */
#define THING(name) (&things[THING_##name].is)

/* The i-th of these that is set, in the order of the table; NULL or 0 behind the last. */
const char *thing_subject(int i);
int thing_synced_by(int i);
int thing_found_by(int i);
/* The kind of what the i-th of thing_found_by finds. */
const char *thing_found(int i);

/* Lowest role that passes. */
enum role_in_residence { ROLE_NONE, ROLE_VIEW, ROLE_EDIT, ROLE_MANAGE, ROLE_OWN, ROLE_COUNT };
extern const struct role roles[ROLE_COUNT];

#endif
