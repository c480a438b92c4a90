# entityschema.awk: part of scripts/entitygen: what the panel is told of entities (app/admin/entities.h).

function panel_type(t) {
	return t == "ref" ? "reference" : t ~ /^(uuid|url|code|zone|locale|currency|country)$/ ? "text" : t
}

function column_flags(at,    s, k, list, count) {
	count = split("list order filter write create required masked null", list, " ")
	for (k = 1; k <= count; k++)
		if (flag[at, list[k]])
			s = s " | COLUMN_" toupper(list[k])
	return s == "" ? "0" : substr(s, 4)
}

# Of what somebody writes by hand; what another thing is called has no length for them.
function bounds(a, at) {
	return (a || flag[at, "write"] || flag[at, "create"]) && type[at] != "ref" && read_by(at, 3) != 0 ? \
	    ", .min = " read_by(at, 2) ", .max = " read_by(at, 3) : ""
}

function column_table(e, a, called,    i, at, k, ops, count, text) {
	for (i = 1; i <= columns[e SUBSEP a]; i++) {
		at = at_of(e, a, i)
		if (filter[at] == "")
			continue
		text = ""
		count = split(filter[at], ops, ",")
		for (k = 1; k <= count; k++)
			text = text "\"" column[at] "__" ops[k] "\", "
		c("static const char *const " called "_" i "_filters[] = { " text "NULL };")
	}
	c("static const struct column " called "[] = {")
	for (i = 1; i <= columns[e SUBSEP a]; i++) {
		at = at_of(e, a, i)
		c("\t{ \"" column[at] "\", \"" panel_type(type[at]) "\", " column_flags(at) bounds(a, at) \
		    (type[at] == "ref" ? ", .reference = \"" detail[at] "\"" : "") \
		    (type[at] == "enum" ? ", .values = " choices_name(e, a, i) : "") \
		    (filter[at] != "" ? ", .filters = " called "_" i "_filters" : "") " },")
	}
	c("\t{ .name = NULL }\n};")
}

function act_row(e, called, which, fields) {
	return "\t{ \"" called "\", " (may[e, which] != "" ? may[e, which] : 0) ", " (wants[e, which, "reason"] ? "true" : "false") ", " \
	    (wants[e, which, "confirm"] ? "true" : "false") ", " fields " },"
}

function entity_table(e,    w, a, k) {
	w = under(name[e])
	if (fact[e, "within"] != "")
		c("static const char *const " w "_within[] = { " fact[e, "within"] "NULL };")
	column_table(e, 0, w "_columns")
	for (a = 1; a <= actions[e]; a++)
		if (columns[e SUBSEP a])
			column_table(e, a, w "_" action[e, a] "_columns")
	c("static const struct act " w "_acts[] = {")
	for (k = 1; k <= acts; k++)
		c(act_row(e, act[k], act[k], "NULL"))
	c("\t{ .name = NULL }\n};")
	c("static const struct act " w "_actions[] = {")
	for (a = 1; a <= actions[e]; a++)
		c(act_row(e, action[e, a], "action" a, columns[e SUBSEP a] ? w "_" action[e, a] "_columns" : "NULL"))
	c("\t{ .name = NULL }\n};")
}
