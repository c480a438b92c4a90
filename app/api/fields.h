#ifndef HOB_API_FIELDS_H
#define HOB_API_FIELDS_H

#include "serve/field.h"

/* Each ends with a row whose name is NULL. */
extern const struct field register_fields[], login_fields[], me_fields[], change_password_fields[],
	logout_all_fields[], member_fields[], transfer_fields[], share_code_fields[], code_fields[],
	 residence_fields[], residence_query[], days_query[],
	activity_query[], recurrence_fields[], preview_fields[], task_fields[], task_query[],
	board_query[], complete_fields[], skip_fields[], snooze_fields[], assign_fields[],
	move_fields[], completion_fields[], completion_query[], task_completions_query[],
	template_query[], apply_fields[], report_query[], export_query[], import_query[], feed_fields[], calendar_query[],
	sync_query[];

#endif
