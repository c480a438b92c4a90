# entitysearch.awk: part of scripts/entitygen: what a search is. Of what has keys, the first of each in its order are
# found by an index before anything else is asked: otherwise a list is walked in its order until enough is met, which is
# all there is where nothing is met, and statistics decide on that (none are there behind a bulk load). The rest are few.

BEGIN { SEARCH_MOST = 501 }

$1 == "search" {
	sub(/^search[ \t]+/, "")
	fact[n, "search"] = "yes"
	search[n, ++searches[n]] = $0
	search_key[n, searches[n]] = match($0, / (\^@|=) /) ? substr($0, 1, RSTART - 1) : ""
	if ((search_key[n, searches[n]] == "") != (search_key[n, 1] == ""))
		fail("all of a search have keys, or none has")
	next
}

function any_of_search(e,    k, all) {
	for (k = 1; k <= searches[e]; k++)
		all = all (k > 1 ? " OR " : "") search[e, k]
	return "(" all ")"
}

# With filters, for what passes them may be behind the first.
function found_by_search(e, filters,    k, all) {
	if (search_key[e, 1] == "")
		return any_of_search(e)
	for (k = 1; k <= searches[e]; k++)
		all = all (k > 1 ? "\n\tUNION ALL " : "\n\t") "(SELECT v.id FROM " view(e) " v WHERE " search[e, k] "\n   AND " \
		    filters "\n\tORDER BY " search_key[e, k] " LIMIT " SEARCH_MOST ")"
	return "v.id = ANY (ARRAY(" all "))"
}

function search_condition(e, found) { return "\n   AND (:search::text IS NULL OR " found ")" }

# Who searches sees the first pages, and each row that is counted is looked at.
function count_most(e) {
	return fact[e, "search"] == "" ? "10001" : "CASE WHEN :search::text IS NULL THEN 10001 ELSE " SEARCH_MOST " END"
}
