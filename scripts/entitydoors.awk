# entitydoors.awk: part of scripts/entitygen: the functions by which hob_staff acts. Each asks what the table says of
# the act, and then has it done by the function of its name in the schema hob, which no role may call. And what the record
# of staff has to know of personal columns (sql/functions/audit.sql).

# What is asked before an act is done.
function asked(e, which) {
	return "hob.require_staff(\047" lowest[e, which] "\047)" (wants[e, which, "confirm"] ? ", hob.require_confirmed()" : "") \
	    (wants[e, which, "reason"] ? ", hob.require_reason()" : "")
}

function door(e, act, which, params, args, types,    called) {
	called = act "_" under(name[e])
	printf "CREATE OR REPLACE FUNCTION staff.%s(%s) RETURNS TABLE (id %s, _touch text[])\n" \
	    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$\nBEGIN\n\tPERFORM %s;\n" \
	    "\tRETURN QUERY SELECT f.* FROM hob.staff_%s(%s) f;\nEND\n$$;\nGRANT EXECUTE ON FUNCTION staff.%s(%s) TO hob_staff;\n\n", \
	    called, params, key_type(e), asked(e, which), called, args, called, types > doors_file
}

function key_type(e) { return is_uuid(e) ? "uuid" : "text" }

function doors(e,    key, a) {
	key = key_type(e)
	if (makes(e, "create"))
		door(e, "create", "create", "new_id " key ", body jsonb", "new_id, body", key ", jsonb")
	if (makes(e, "update"))
		door(e, "update", "update", "subject " key ", if_versions int[], body jsonb", "subject, if_versions, body", \
		    key ", int[], jsonb")
	if (makes(e, "delete"))
		door(e, "delete", "delete", "subject " key ", if_versions int[]", "subject, if_versions", key ", int[]")
	for (a = 1; a <= actions[e]; a++)
		if (makes(e, "action" a))
			door(e, action[e, a], "action" a, "subject " key ", body jsonb", "subject, body", key ", jsonb")
}

# --- the record ---------------------------------------------------------------------

# The type of what `of` names: an account or a home. Each entity that knows one has to say whose it is.
function owner_type(e, column) {
	return column == "id" ? name[e] : has[e, column] != "" ? detail[has[e, column]] : ""
}

function check_owner(e,    i) {
	if (fact[e, "of"] == "" && (name[e] ~ /^(users|residences)$/ || has[e, "user_id"] != "" || has[e, "residence_id"] != ""))
		fail("it does not say of whom it is")
	if (fact[e, "of"] != "" && owner_type(e, fact[e, "of"]) !~ /^(users|residences)$/)
		fail("\"" fact[e, "of"] "\" names neither an account nor a home")
	for (i = 1; i <= columns[e SUBSEP 0]; i++)
		if (flag[at_of(e, 0, i), "personal"] && fact[e, "of"] == "")
			fail("its column \"" column[e, 0, i] "\" is personal, and it does not say of whom")
}

# The names of columns, and of fields of actions, that are not personal; and what an export has, names of filters.
function plain_names(e,    a, i, at, seen, names) {
	names = "filters"
	for (a = 0; a <= actions[e]; a++)
		for (i = 1; i <= columns[e SUBSEP a]; i++) {
			at = at_of(e, a, i)
			if (flag[at, "personal"] || flag[has[e, column[at]], "personal"] || seen[column[at]]++)
				continue
			names = names "," column[at]
		}
	return names
}

function record_function(called, returns, cases) {
	printf "CREATE OR REPLACE FUNCTION hob.%s(entity text) RETURNS %s\nLANGUAGE sql IMMUTABLE\nRETURN CASE entity%s END;\n\n", \
	    called, returns, cases > doors_file
}

function record_functions(    e, owners, plain) {
	for (e = 1; e <= n; e++)
		if (fact[e, "of"] != "") {
			owners = owners "\n\tWHEN \047" name[e] "\047 THEN \047" fact[e, "of"] "\047"
			plain = plain "\n\tWHEN \047" name[e] "\047 THEN \047{" plain_names(e) "}\047::text[]"
		}
	record_function("record_owner", "text", owners)
	record_function("record_plain", "text[]", plain)
}
