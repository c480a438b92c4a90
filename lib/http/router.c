/*
 * router.c: from a path to a route, over a trie of path segments.
 *
 * A node has children for fixed segments and at most one for a parameter. The
 * trie knows every path before it looks at the method, which is what tells 405
 * from 404. What a parameter may look like is checked later, by its field.
 * Built before the fork, read by workers.
 */
#include "http/router.h"

/* "/api/residences/{id}/share-codes/{id}" has 5; a path with more matches nothing. */
enum { SEGMENTS = 12 };

struct node {
	struct str segment;    /* STR_NONE for a parameter */
	struct node *children; /* fixed segments */
	struct node *next;     /* sibling */
	struct node *param;
	unsigned allowed; /* bit per method in `routes` */
	int routes[HTTP_METHOD_COUNT];
};

struct router {
	struct arena *arena;
	struct node root;
};

struct path {
	struct str segments[SEGMENTS];
	int count;
};

struct router *
router_new(struct arena *a)
{
	struct router *r = arena_zalloc(a, 1, sizeof(*r));

	r->arena = a;
	return r;
}

/* The path between the first '/' and one trailing '/'. STR_NONE: no segments. */
static struct str
inner_path(struct str path)
{
	path.ptr++;
	path.len--;
	if (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path.len > 0 ? path : STR_NONE;
}

/* --- building ------------------------------------------------------------ */

static bool
is_param(struct str segment)
{
	return segment.len > 2 && segment.ptr[0] == '{' &&
	       segment.ptr[segment.len - 1] == '}';
}

static bool
has_brace(struct str segment)
{
	for (size_t i = 0; i < segment.len; i++)
		if (segment.ptr[i] == '{' || segment.ptr[i] == '}')
			return true;
	return false;
}

static bool
pattern_is_good(struct str pattern)
{
	int params = 0, segments = 0;

	if (!str_starts(pattern, STR("/")))
		return false;
	if (pattern.len > 1 && str_ends(pattern, STR("/")))
		return false;
	for (struct str rest = inner_path(pattern); rest.ptr != NULL; segments++) {
		struct str segment = str_cut(&rest, '/');

		if (is_param(segment)) {
			params++;
			segment = (struct str){ segment.ptr + 1, segment.len - 2 };
		}
		if (segment.len == 0 || has_brace(segment))
			return false;
	}
	return segments <= SEGMENTS && params <= ROUTER_PARAMS;
}

static struct node *
find_child(const struct node *n, struct str segment)
{
	struct node *child = n->children;

	while (child != NULL && !str_eq(child->segment, segment))
		child = child->next;
	return child;
}

static struct node *
add_child(struct router *r, struct node *n, struct str segment)
{
	struct node *child;

	if (is_param(segment)) {
		if (n->param == NULL)
			n->param = arena_zalloc(r->arena, 1, sizeof(*n->param));
		return n->param;
	}
	child = find_child(n, segment);
	if (child == NULL) {
		child = arena_zalloc(r->arena, 1, sizeof(*child));
		child->segment = arena_str(r->arena, segment);
		child->next = n->children;
		n->children = child;
	}
	return child;
}

enum err
router_add(struct router *r, enum http_method method, const char *pattern, int route)
{
	struct node *n = &r->root;

	if (method >= HTTP_METHOD_COUNT || !pattern_is_good(str_of(pattern)))
		return ERR_INVALID;
	for (struct str rest = inner_path(str_of(pattern)); rest.ptr != NULL;)
		n = add_child(r, n, str_cut(&rest, '/'));
	if (n->allowed & 1u << method)
		return ERR_CONFLICT;
	n->allowed |= 1u << method;
	n->routes[method] = route;
	return ERR_OK;
}

/* --- finding ------------------------------------------------------------- */

/* Decodes every segment, so that a bad escape is malformed wherever it stands. */
static enum err
split(struct arena *a, struct str raw, struct path *out)
{
	enum err found = ERR_OK;

	out->count = 0;
	for (struct str rest = inner_path(raw); rest.ptr != NULL;) {
		struct str segment;

		if (http_percent_decode(a, str_cut(&rest, '/'), &segment) != ERR_OK)
			return ERR_MALFORMED;
		if (segment.len == 0 || out->count == SEGMENTS)
			found = ERR_NOT_FOUND;
		else
			out->segments[out->count++] = segment;
	}
	return found;
}

/*
 * The node of the segments from `at` on, or NULL. Looks into the fixed child
 * first and takes the parameter when that leads nowhere. The trie is a tree, so
 * no node is visited twice, and its depth bounds the recursion.
 */
static const struct node *
walk(const struct node *n, const struct path *path, int at, struct router_match *out)
{
	const struct node *end = NULL;
	const struct node *fixed;
	int mark = out->param_count;

	if (at == path->count)
		return n->allowed != 0 ? n : NULL;
	fixed = find_child(n, path->segments[at]);
	if (fixed != NULL)
		end = walk(fixed, path, at + 1, out);
	if (end == NULL && n->param != NULL) {
		out->params[mark] = path->segments[at];
		out->param_count = mark + 1;
		end = walk(n->param, path, at + 1, out);
	}
	if (end == NULL)
		out->param_count = mark;
	return end;
}

enum err
router_find(const struct router *r, struct arena *a, enum http_method method,
	    struct str path, struct router_match *out)
{
	const struct node *n;
	struct path split_path;
	enum err e;

	*out = (struct router_match){ .route = -1 };
	if (!str_starts(path, STR("/")))
		return ERR_NOT_FOUND;
	e = split(a, path, &split_path);
	if (e != ERR_OK)
		return e;
	n = walk(&r->root, &split_path, 0, out);
	if (n == NULL)
		return ERR_NOT_FOUND;
	out->allowed = n->allowed;
	if (method >= HTTP_METHOD_COUNT || !(n->allowed & 1u << method))
		return ERR_METHOD;
	out->route = n->routes[method];
	return ERR_OK;
}

const char *
router_allow(struct arena *a, unsigned allowed)
{
	const char *text = "";

	for (int m = 0; m < HTTP_METHOD_COUNT; m++) {
		const char *comma = *text != '\0' ? ", " : "";
		const char *head = m == HTTP_GET ? ", HEAD" : "";

		if (allowed & 1u << m)
			text = arena_printf(a, "%s%s%s%s", text, comma,
					    http_method_name(m), head);
	}
	return text;
}
