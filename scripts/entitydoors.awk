# entitydoors.awk: part of scripts/entitygen: the functions by which hob_staff acts. Each asks what the table says of
# the act, and then has it done by the function of its name in the schema hob, which no role may call.

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
