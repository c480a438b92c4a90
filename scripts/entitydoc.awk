# entitydoc.awk: part of scripts/entitygen: what the API document says of entities. Writes their words and likenesses in C
# (app/serve/words.h), and what scripts/docgen takes: descriptions and examples of operations, schemas, and tags.
# "Residence" is one of what "residences" are, its words are the comments of the table.

BEGIN {
	UUID = "01942f3a-6f00-7a10-8c01-5d2e9b4f7c01"
	INSTANT = "2026-11-23T08:30:03Z"
	split("uuid=" UUID "|text=A few words|long=Some lines.|email=robin@example.com|url=https://example.com" \
	    "|date=2027-05-14|timestamp=" INSTANT "|code=sample|zone=America/New_York|locale=en|currency=USD" \
	    "|country=US", list, "|")
	for (i in list)
		sample_text[substr(list[i], 1, index(list[i], "=") - 1)] = substr(list[i], index(list[i], "=") + 1)
	split("name=Chestnut Hill|first_name=Robin|last_name=Goodfellow|city=Brattleboro|label=Plumbing|color=#2f6f4f", list, "|")
	for (i in list)
		sample_named[substr(list[i], 1, index(list[i], "=") - 1)] = substr(list[i], index(list[i], "=") + 1)
	split("int=1|bytes=48213|bool=false|json=[]", list, "|")
	for (i in list)
		sample_json[substr(list[i], 1, index(list[i], "=") - 1)] = substr(list[i], index(list[i], "=") + 1)
}

# Codes by which the act above may be refused.
$1 == "refuses" {
	for (i = 2; i <= NF; i++)
		refusals[n, last_act] = refusals[n, last_act] " " $i
	next
}

# Takes the comment of a line off it; returns it.
function take_words(    s) {
	if (!match($0, /(^|[ \t])#/))
		return ""
	s = substr($0, RSTART + RLENGTH)
	$0 = substr($0, 1, RSTART - 1)
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# Lines of nothing but a comment: at the top of the file of the entity, else of the action that follows.
function keep_words(s) {
	if (s == "")
		return
	if (fact[n, "title"] == "" && !may[n, "read"])
		about[n] = about[n] (about[n] != "" ? " " : "") s
	else
		ahead = ahead (ahead != "" ? " " : "") s
}

function keep_act(a) {
	words_of_act[n, "action" a] = said != "" ? said : ahead
	ahead = ""
	return a
}

# --- names --------------------------------------------------------------------------

function capital(s) { return toupper(substr(s, 1, 1)) substr(s, 2) }
function camel(s,    list, k, count, all) {
	count = split(s, list, /[-_]/)
	for (k = 1; k <= count; k++)
		all = all capital(list[k])
	return all
}
# What one of them is called: "ShareCode".
function one_of(e,    s) {
	if (fact[e, "one"] != "")
		return fact[e, "one"]
	s = name[e]
	if (!sub(/ies$/, "y", s))
		sub(/s$/, "", s)
	return camel(s)
}
# ... and before people: "share code".
function spoken(s) {
	while (match(s, /[a-z][A-Z]/))
		s = substr(s, 1, RSTART) " " substr(s, RSTART + 1, 1) substr(s, RSTART + 2)
	return tolower(s)
}
function a_one(e,    s) {
	s = spoken(one_of(e))
	return (s ~ /^[aeio]/ ? "an " : "a ") s
}
function many(e,    s) {
	s = name[e]
	gsub(/-/, " ", s)
	return s
}
# "hand_over": "handResidenceOver".
function op_id(e, st,    rest) {
	if (st == "LIST" || st == "EXPORT")
		return tolower(st) camel(name[e])
	if (st ~ /^BULK/)
		return "bulk" capital(tolower(substr(st, 6))) camel(name[e])
	rest = tolower(st)
	sub(/^[a-z]+/, "", rest)
	return tolower(substr(st, 1, length(st) - length(rest))) one_of(e) camel(rest)
}
function op_body(e, st) { return st == "UPDATE" ? one_of(e) "Patch" : capital(op_id(e, st)) "Body" }

# --- operations ---------------------------------------------------------------------

# The act that the statement does, as `may` and `wants` name it.
function act_of(e, st,    a) {
	if (st == "LIST" || st == "EXPORT" || st == "GET")
		return "read"
	if (st == "CREATE" || st ~ /UPDATE$/ || st ~ /DELETE$/)
		return st == "CREATE" ? "create" : st ~ /UPDATE$/ ? "update" : "delete"
	for (a = 1; a <= actions[e]; a++)
		if (toupper(action[e, a]) == st)
			return "action" a
}

function summary_of(e, st,    verb, s) {
	if (st == "LIST" || st == "EXPORT")
		return st == "LIST" ? "List " many(e) : "Download " many(e) " as CSV"
	if (st ~ /^BULK/)
		return (st == "BULK_UPDATE" ? "Change" : "Delete") " several " many(e)
	verb["GET"] = "Show"; verb["CREATE"] = "Make"; verb["UPDATE"] = "Change"; verb["DELETE"] = "Delete"
	if (st in verb)
		return verb[st] " " a_one(e)
	s = words_of_act[e, act_of(e, st)]
	sub(/\.( .*)?$/, "", s)
	return s != "" ? s : capital(many_words(tolower(st))) " " a_one(e)
}
function many_words(s) { gsub(/_/, " ", s); return s }

# What is read for a reason is taken along from one home at a time.
function within_words(e, st,    s) {
	s = fact[e, "within"]
	gsub(/"|, $/, "", s)
	gsub(/, /, " or ", s)
	if (s != "" && (st != "EXPORT" || !wants[e, "read", "reason"]))
		s = s (fact[e, "search"] != "" ? ", a search" : "") " or id__in"
	return s == "" ? "" : " It wants " s "."
}

function wants_reason(e, st) {
	return wants[e, act_of(e, st), "reason"] || (st == "EXPORT" && wants[e, "export", "reason"])
}

# Nothing where the table has no words: openapi_gap finds it.
function description(e, st,    act, s) {
	act = act_of(e, st)
	if (st == "LIST")
		s = about[e] == "" ? "" : about[e] " A page of those that pass the filters." within_words(e, st)
	else if (st == "EXPORT")
		s = "All that pass the filters, as lists show them, by their ids; a line for each." within_words(e, st) " That they were taken along is written to the record."
	else if (st == "GET")
		s = "One of the " many(e) ", with all that staff may see of it."
	else if (st == "CREATE")
		s = "Makes " a_one(e) ", and shows it."
	else if (st == "UPDATE")
		s = "Changes what is named, and leaves the rest. With If-Match only while the version is still that one; else 412, with the " spoken(one_of(e)) " as it is now under current."
	else if (st == "DELETE")
		s = "Deletes " a_one(e) ". With If-Match only while the version is still that one."
	else if (st == "BULK_UPDATE")
		s = "Changes the same in each of these, each by itself: the answer says how many were changed, and why the others were refused."
	else if (st == "BULK_DELETE")
		s = "Deletes each of these, each by itself: the answer says how many were deleted, and why the others were refused."
	else
		s = words_of_act[e, act]
	if (s != "" && act == "read" && wants[e, act, "reason"])
		s = s " The home is told in its activity that it was read."
	if (s != "" && act != "read")
		s = s " It is written to the record of what staff did."
	return s
}

# The operation of a route, as C. What one of several is refused for stands in the answer.
function operation(e, st,    act, thing, also) {
	act = act_of(e, st)
	thing = st == "LIST" ? one_of(e) "Row" : st == "EXPORT" ? "Text" : st ~ /^(GET|CREATE|UPDATE)$/ ? one_of(e) : \
	    st ~ /^BULK/ ? "BulkResult" : ""
	also = (st ~ /^BULK/ ? "" : refusals[e, act]) (wants[e, act, "confirm"] ? " password_needed" : "")
	sub(/^ /, "", also)
	return ",\n\t  .doc = { \"" op_id(e, st) "\", \"" capital(many(e)) "\", " (thing != "" ? "\"" thing "\"" : "NULL") \
	    ", \"" summary_of(e, st) "\"" (also != "" ? ", .also = \"" also "\"" : "") \
	    (wants_reason(e, st) ? ", .wants_reason = true" : "") \
	    (st == "LIST" ? ", .header = \"X-Total-Count\"" : st == "CREATE" ? ", .is_made = true, .header = \"ETag\"" : \
	    st == "EXPORT" ? ", .media = { \"text/csv\" }, .in_parts = true" : "") " }"
}

# --- words --------------------------------------------------------------------------

function quoted(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}

function enum_schema(e, i) { return one_of(e) camel(column[e SUBSEP 0, i]) }

# A good value of a column, as JSON.
function sample(at,    as, list, s) {
	as = read_as(at)
	if (column[at] in sample_named)
		return quoted(sample_named[column[at]])
	if (as == "json" && (flag[at, "write"] || flag[at, "create"]))
		return "{}"
	if (as == "enum") {
		split(detail[at], list, ",")
		return quoted(list[1])
	}
	if (as in sample_json)
		return least[at] > 1 ? least[at] : sample_json[as]
	s = as == "number" ? "25.00" : sample_text[as]
	return quoted(most[at] != "" && length(s) > most[at] ? substr(s, 1, most[at]) : s)
}

function tell(scope, called, says, at, schema) {
	c("\t{ \"" scope (called != "" ? "." called : "") "\", " (says != "" ? quoted(says) : "NULL") ", " \
	    (at != "" ? quoted(sample(at)) : "NULL") ", " (at != "" && flag[at, "null"] ? "true" : "false") ", " \
	    (schema != "" ? "\"" schema "\"" : "NULL") " },")
}

function introduce(schema, says) { tell(schema, "", says, "", "") }

function tell_all(e,    i, a, at, thing, called) {
	thing = one_of(e)
	introduce(thing, about[e])
	introduce(thing "Row", "What lists show of " a_one(e) ".")
	introduce(thing "Patch", "What is to change; what is left out stays.")
	introduce(thing "Set", "What is to change in each of them.")
	introduce(op_body(e, "CREATE"), "A new " spoken(thing) ".")
	introduce(op_body(e, "BULK_UPDATE"), "Which of them, and what is to change.")
	introduce(op_body(e, "BULK_DELETE"), "Which of them.")
	for (i = 1; i <= columns[e SUBSEP 0]; i++) {
		at = at_of(e, 0, i)
		tell(thing, column[e SUBSEP 0, i], words_of[at], at, type[at] == "enum" ? enum_schema(e, i) : type[at] == "json" ? "Json" : "")
	}
	for (a = 1; a <= actions[e]; a++) {
		called = op_body(e, toupper(action[e, a]))
		introduce(called, "What the act wants to know.")
		for (i = 1; i <= columns[e SUBSEP a]; i++)
			tell(called, column[e SUBSEP a, i], words_of[at_of(e, a, i)], at_of(e, a, i), "")
	}
}

# --- JSON for scripts/docgen ----------------------------------------------------------

function json(kind, member) {
	printf "%s\t%s", (begun[kind]++ ? ",\n" : "{\n"), member > (documents "/" kind "/entities.json")
}

# What is sent, or shown, of one: of a row in a list, of all, of a PATCH, of a POST, of an action.
function object_of(e, a, what,    i, at, s) {
	for (i = 1; i <= columns[e SUBSEP a]; i++) {
		at = at_of(e, a, i)
		if (what == "row" && i > 1 && !flag[at, "list"] && column[e SUBSEP a, i] != "version")
			continue
		if (what == "patch" && (!flag[at, "write"] || s != ""))
			continue
		if (what == "create" && !flag[at, "create"])
			continue
		s = s (s != "" ? ", " : "") quoted(column[e SUBSEP a, i]) ": " \
		    (what ~ /row|all/ || type[at] != "json" ? sample(at) : "{}")
	}
	return "{ " s " }"
}

function head(e,    i, s) {
	for (i = 1; i <= columns[e SUBSEP 0]; i++)
		if (i == 1 || flag[at_of(e, 0, i), "list"] || column[e SUBSEP 0, i] == "version")
			s = s (s != "" ? "," : "") column[e SUBSEP 0, i]
	return s "\\r\\n"
}

function example_of(e, st, id,    s) {
	if (st == "LIST")
		return ", \"answer\": { \"count\": 1, \"results\": [" object_of(e, 0, "row") "] }"
	if (st == "EXPORT")
		return ", \"text/csv\": \"" head(e) "\""
	if (st == "GET" || st == "CREATE" || st == "UPDATE")
		s = ", \"answer\": " object_of(e, 0, "all")
	if (st == "CREATE" || st == "UPDATE")
		return s ", \"request\": " object_of(e, 0, st == "CREATE" ? "create" : "patch")
	if (st ~ /^BULK/)
		return ", \"answer\": { \"count\": 1, \"refused\": [] }, \"request\": { \"ids\": [" id "]" \
		    (st == "BULK_UPDATE" ? ", \"set\": " object_of(e, 0, "patch") : "") " }"
	sub(/^action/, "", st)
	return s (st ~ /^[0-9]+$/ && columns[e SUBSEP st] ? ", \"request\": " object_of(e, st, "body") : "")
}

function document_operation(e, st,    id, act) {
	act = act_of(e, st)
	id = sample(at_of(e, 0, 1))
	json("operations", quoted(op_id(e, st)) ": { \"description\": [" quoted_if(description(e, st)) "], " \
	    "\"parameters\": { \"" part(e) "\": " id ", \"X-Hob-Reason\": \"They%20asked\" }" \
	    example_of(e, act ~ /^action/ ? act : st, id) " }")
}
function quoted_if(s) { return s != "" ? quoted(s) : "" }

function document_schemas(e,    i, at, list, k, count, s) {
	for (i = 1; i <= columns[e SUBSEP 0]; i++) {
		at = at_of(e, 0, i)
		if (type[at] != "enum")
			continue
		s = ""
		count = split(detail[at], list, ",")
		for (k = 1; k <= count; k++)
			s = s (k > 1 ? ", " : "") quoted(list[k])
		json("schemas", quoted(enum_schema(e, i)) ": {\n\t\t\"type\": \"string\", \"description\": " \
		    quoted("What " column[e SUBSEP 0, i] " of " a_one(e) " may be.") ", \"x-extensible-enum\": [" s "]\n\t}")
	}
}

function documents_of_all(    e, a, kind) {
	c("const struct word entity_words[] = {")
	for (e = 1; e <= n; e++)
		tell_all(e)
	c("\t{ .name = NULL }\n};\n\nconst struct likeness entity_likes[] = {")
	for (e = 1; e <= n; e++) {
		c("\t{ \"" one_of(e) "Row\", \"" one_of(e) "\" }, { \"" one_of(e) "Set\", \"" one_of(e) "\" },")
		c("\t{ \"" op_id(e, "EXPORT") "\", \"" one_of(e) "\" },")
		for (a = 1; a <= actions[e]; a++)
			c("\t{ \"" op_id(e, toupper(action[e, a])) "\", \"" op_body(e, toupper(action[e, a])) "\" },")
		json("tags", quoted(capital(many(e))) ": " quoted(about[e]))
		document_schemas(e)
	}
	c("\t{ NULL, NULL }\n};")
	for (kind in begun)
		printf "\n}\n" > (documents "/" kind "/entities.json")
}
