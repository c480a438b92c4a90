# entitylookups.awk: part of scripts/entitygen: what is done with an entity that is a lookup, a list of codes that
# editors keep. Line "lookup TABLE [CODE]": its table, and the code that stays, for what names none.

function lookup_function(e, act, params, body) {
	gsub(/@entity/, "\047" name[e] "\047", body)
	gsub(/@list/, "\047" fact[e, "lookup"] "\047", body)
	gsub(/@table/, fact[e, "lookup"], body)
	printf "CREATE OR REPLACE FUNCTION hob.staff_%s_%s(%s) RETURNS TABLE (id text, _touch text[])\n" \
	    "LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp%s AS $$\n%s$$;\n\n", \
	    act, under(name[e]), params, act == "delete" ? " SET enable_seqscan = off SET jit = off" : "", body > doors_file
}

function lookup_columns(e, before,    i, at, list) {
	for (i = 1; i <= columns[e SUBSEP 0]; i++) {
		at = at_of(e, 0, i)
		if (flag[at, "write"])
			list = list before column[at] ", "
	}
	return list
}

function lookup(e) {
	lookup_function(e, "create", "new_id text, body jsonb", \
	    "DECLARE\n\tmade @table;\nBEGIN\n" \
	    "\tINSERT INTO @table SELECT p.* FROM jsonb_populate_record(NULL::@table,\n" \
	    "\t\tbody || jsonb_build_object(\047code\047, new_id, \047version\047, 1)) p RETURNING * INTO made;\n" \
	    "\tPERFORM hob.note_edited(@list, new_id);\n" \
	    "\tPERFORM hob.audit(\047create\047, @entity, new_id, after => hob.shown_listed(to_jsonb(made)));\n" \
	    "\tRETURN QUERY SELECT new_id, \047{}\047::text[];\nEND\n")
	# The table before a row: a seed goes the same way.
	lookup_function(e, "update", "subject text, if_versions int[], body jsonb", \
	    "DECLARE\n\twas @table;\n\tis_now @table;\nBEGIN\n" \
	    "\tLOCK TABLE @table IN ROW EXCLUSIVE MODE;\n" \
	    "\tSELECT t.* INTO was FROM @table t\n" \
	    "\t WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions)) FOR NO KEY UPDATE;\n" \
	    "\tIF NOT FOUND THEN\n\t\tRETURN;\n\tEND IF;\n" \
	    "\tis_now := jsonb_populate_record(was, hob.shown_listed(body));\n" \
	    "\tIF was IS DISTINCT FROM is_now THEN\n" \
	    "\t\tUPDATE @table t SET (" lookup_columns(e, "") "version) = ROW (" lookup_columns(e, "is_now.") "was.version + 1)\n" \
	    "\t\t WHERE t.code = subject;\n" \
	    "\t\tPERFORM hob.note_edited(@list, subject);\n" \
	    "\t\tPERFORM hob.audit_change(\047update\047, @entity, subject, to_jsonb(was), to_jsonb(is_now));\n" \
	    "\tEND IF;\n" \
	    "\tRETURN QUERY SELECT subject, \047{}\047::text[];\nEND\n")
	# Who looks for what names one that is deleted goes by an index, whatever PostgreSQL thinks of its filters: it would
	# rather read the table.
	lookup_function(e, "delete", "subject text, if_versions int[]", \
	    "DECLARE\n\twas @table;\nBEGIN\n" \
	    (fact[e, "stays"] == "" ? "" : "\tIF subject = \047" fact[e, "stays"] "\047 THEN\n\t\tPERFORM hob.refuse_in_use();\n\tEND IF;\n") \
	    "\tDELETE FROM @table t WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions))\n" \
	    "\tRETURNING t.* INTO was;\n" \
	    "\tIF FOUND THEN\n" \
	    "\t\tPERFORM hob.note_edited(@list, subject);\n" \
	    "\t\tPERFORM hob.audit(\047delete\047, @entity, subject, before => hob.shown_listed(to_jsonb(was)));\n" \
	    "\t\tRETURN QUERY SELECT subject, \047{}\047::text[];\n" \
	    "\tEND IF;\n" \
	    "EXCEPTION WHEN foreign_key_violation THEN\n\tPERFORM hob.refuse_in_use();\nEND\n")
}
