#ifndef HOB_STORAGE_KIND_H
#define HOB_STORAGE_KIND_H

#include <stdint.h>

#include "core/err.h"

struct store;
struct store_item;

/*
 * What a kind of store has to do for the calls of store.h. Keys have been looked at. A call that fails fills `why`. The
 * object of a kind begins with a struct store.
 */
struct store_kind {
	const char *name;
	enum err (*make)(struct store *s, int *fd);
	enum err (*put)(struct store *s, int fd, const char *key);
	enum err (*open)(struct store *s, const char *key, int *fd);
	enum err (*size)(struct store *s, const char *key, int64_t *bytes);
	enum err (*remove)(struct store *s, const char *key);
	enum err (*each)(struct store *s, const char *behind, enum err (*each)(void *arg, const struct store_item *item),
			 void *arg);
	void (*free)(struct store *s);
};

enum { STORE_WHY_SIZE = 320 };

struct store {
	const struct store_kind *kind;
	char why[STORE_WHY_SIZE];
};

/* Fills `why` and returns `e`. */
enum err store_fail(struct store *s, enum err e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
