#ifndef HOB_CONF_KEY_H
#define HOB_CONF_KEY_H

#include <stddef.h>
#include <stdint.h>

/* One row of a table of settings (conf/conf.h). */
enum conf_type {
	CONF_TEXT,		/* const char *; "" when unset */
	CONF_INT,		/* int64_t, plain decimal */
	CONF_SIZE,		/* int64_t bytes; suffix k, m or g (1024) */
	CONF_SECONDS,		/* int64_t milliseconds; suffix ms, s, m, h or d; bare is seconds */
	CONF_SWITCH,		/* int; on or off */
	CONF_CHOICE		/* int; index into `choices` */
};

enum conf_flags {
	CONF_SECRET = 1,	/* printed as ***; a value "@/path" is read from that file */
	CONF_RESTART = 2,	/* a reload cannot change it */
	CONF_LOGIN = 4		/* a URL: printed with *** in place of its password */
};

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset;
	const char *fallback;	/* default, in the same text form as in the file */
	int64_t min, max;	/* both 0: unbounded (for the numeric types, in their unit);
				 * max below min: no upper bound */
	const char *const *choices;	/* NULL-terminated, CONF_CHOICE only */
	int flags;
	const char *help;	/* one sentence */
};

#endif
