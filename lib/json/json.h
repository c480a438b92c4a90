#ifndef HOB_JSON_JSON_H
#define HOB_JSON_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "core/strbuf.h"

/*
 * Reading: cJSON behind a strict pre-check. What gets through is RFC 8259 JSON
 * with unique member names (I-JSON, RFC 7493), well-formed UTF-8 (also after
 * \u escapes: no lone surrogates), no NUL (raw or \u0000), of bounded depth and number
 * of values. All of that is seen before a tree is built: a node of it takes a hundred
 * bytes, and "0," in the text only two.
 */
struct json_doc {
	cJSON *root;		/* lives in the arena given to json_read */
	const struct str *raw;	/* raw[i]: source text of the i-th member's value, when
				 * root is an object, or of the i-th item of an array.
				 * Numbers are read from here, never from a double. */
	size_t count;		/* members or items of root */
};

struct json_limits {
	int depth;		/* of nested arrays and objects: a flat object has depth 1 */
	size_t values;		/* of any kind, at any depth, the root among them */
	bool doubles;		/* no number beyond a double (RFC 7493 2.2): PostgreSQL has those */
};

enum json_fault_kind {
	JSON_SYNTAX,
	JSON_DEPTH,
	JSON_VALUES,
	JSON_DUPLICATE,
	JSON_NUL,
	JSON_UTF8,
	JSON_NUMBER		/* only where a caller wants doubles */
};

struct json_fault {
	enum json_fault_kind kind;
	size_t offset;		/* byte where it was seen */
	struct str name;	/* the member seen twice; lives in the input */
	size_t values_max;	/* as it was given */
};

/*
 * Reads `text` whole. ERR_OK and *out filled; ERR_MALFORMED and *fault filled.
 * `text` must outlive *out (raw points into it).
 */
enum err json_read(struct arena *a, struct str text, struct json_limits max,
		   struct json_doc *out, struct json_fault *fault);
/*
 * The members or items of a text without a tree of them, for a caller that reads each by
 * itself. The rest is as with json_read.
 */
struct json_outline {
	char first;		/* '{' of an object, '[' of an array, else of another value */
	const struct str *names;	/* of members, escapes resolved; STR_NONE for items */
	const struct str *raw;
	size_t count;
};
enum err json_outline(struct arena *a, struct str text, struct json_limits max,
		      struct json_outline *out, struct json_fault *fault);
/* The pre-check alone, of any number of values, for stored or passed-on JSON. */
enum err json_check(struct str text, int depth_max, struct json_fault *fault);

/*
 * Writing: appends to a strbuf. Commas are the writer's job, not the caller's.
 * Errors cannot happen but for misuse (unbalanced end), which dies.
 */
struct json_writer {
	struct strbuf *out;
	int depth;
	uint64_t has_items;	/* bit d: something stands before at depth d */
};

void json_begin(struct json_writer *w, struct strbuf *out);
void json_object(struct json_writer *w);
void json_array(struct json_writer *w);
/* Ends the innermost object or array. */
void json_end_object(struct json_writer *w);
void json_end_array(struct json_writer *w);
/* The name of the member that follows. */
void json_key(struct json_writer *w, const char *name);
void json_string(struct json_writer *w, struct str s);
void json_string_or_null(struct json_writer *w, struct str s);	/* null for STR_NONE */
void json_cstring(struct json_writer *w, const char *z);	/* NULL writes null */
void json_i64(struct json_writer *w, int64_t n);
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
/* Text that is already one JSON value. */
void json_raw(struct json_writer *w, struct str s);
/*
 * The bytes of `s` as the inside of a JSON string, without quotes, appended to
 * `out`. Control characters, quote and backslash are escaped; UTF-8 passes.
 */
void json_escape(struct strbuf *out, struct str s);

#endif
