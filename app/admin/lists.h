#ifndef HOB_ADMIN_LISTS_H
#define HOB_ADMIN_LISTS_H

#include "core/err.h"

struct req;

/*
 * Lists by numbered pages, as a panel shows them. A row of one has `handler = list_show`, PAGED among the fields of
 * its query, a statement with :page_size and :offset, and in `uses` the one that counts, as `count`, what fits the same
 * filters, up to 10,001, of a search up to 501: to count a million takes a second, and nobody turns so many pages. The
 * answer is {count, results}, and X-Total-Count.
 */
enum err list_show(struct req *r);

enum { PAGE_MOST = 1000, PAGE_SIZE_MOST = 100 };
#define PAGED                                                                 \
	{ "page", FIELD_INT, HANDLED, 1, PAGE_MOST, NULL, "1", 0 },           \
	{ "page_size", FIELD_INT, 0, 1, PAGE_SIZE_MOST, NULL, "25", 0 }

#endif
