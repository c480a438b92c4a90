/*
 * accept_language.c: the language of ours that suits a client best.
 *
 * Knows tags, not texts. Runs in workers.
 */
#include "http/http.h"

enum { Q_MAX = 1000, Q_NONE = -1 };

/* "0.25" is 250 (RFC 9110 12.4.2: at most three decimals); Q_NONE when it is no weight. */
static int
read_weight(struct str s)
{
	int n = 0, unit = Q_MAX;

	if (s.len == 0 || s.len > 5 || (s.len > 1 && s.ptr[1] != '.'))
		return Q_NONE;
	for (size_t i = 0; i < s.len; i++) {
		if (i == 1)
			continue;
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return Q_NONE;
		n += (s.ptr[i] - '0') * unit;
		unit /= 10;
	}
	return n <= Q_MAX ? n : Q_NONE;
}

/* Cuts the next "de-AT;q=0.8" off; its weight, and what it names in *range. */
static int
next_range(struct str *rest, struct str *range)
{
	struct str params = str_cut(rest, ','), value;

	*range = str_trim(str_cut(&params, ';'));
	if (params.ptr == NULL)
		return Q_MAX;
	value = str_trim(params);
	if (!str_eq_ci(str_trim(str_cut(&value, '=')), STR("q")) || value.ptr == NULL)
		return Q_NONE;
	return read_weight(str_trim(value));
}

/* Is `range` the tag, or a narrower one, as de-AT is to de? */
static bool
falls_back(struct str range, struct str tag)
{
	if (range.len < tag.len || !str_eq_ci((struct str){ range.ptr, tag.len }, tag))
		return false;
	return range.len == tag.len || range.ptr[tag.len] == '-';
}

/* The header's weight for one tag, and the position where it first names it. */
static int
weigh(struct str header, struct str tag, int *where)
{
	int best = Q_NONE, others = Q_NONE, others_at = 0, at = 0;

	for (struct str rest = header, range; rest.ptr != NULL; at++) {
		int q = next_range(&rest, &range);

		if (q == 0 && str_eq_ci(range, tag))
			return Q_NONE;
		if (falls_back(range, tag) && q > best && q > 0) {
			best = q;
			*where = at;
		} else if (str_is(range, "*") && q > others) {
			others = q;
			others_at = at;
		}
	}
	if (best == Q_NONE) {
		best = others;
		*where = others_at;
	}
	return best;
}

int
http_language(struct str header, const char *const *tags, int count)
{
	int best = 0, best_q = 0, best_at = 0;

	for (int i = 0; i < count; i++) {
		int at = 0, q = weigh(header, str_of(tags[i]), &at);

		if (q > best_q || (q == best_q && q > 0 && at < best_at)) {
			best = i;
			best_q = q;
			best_at = at;
		}
	}
	return best;
}
