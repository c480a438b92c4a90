/* kinds.c: the kinds of jobs, a row for each. Runs in runners. */
#include "jobs/runner.h"

/* clang-format off */
const struct kind kinds[] = {
	{ "apple_purchase", 1, apple_purchase_run, APPLE_STORE, SEATS_TALK },
	{ "digest",       1, digest_run },
	{ "erase",        1, erase_run },
	{ "export",       1, export_run, NOBODY, SEATS_EXPORT },
	{ "export_sweep", 1, export_sweep_run },
	{ "file_sweep",   1, file_sweep_run, FILE_STORES },
	{ "google_acknowledge", 1, google_acknowledge_run, GOOGLE_STORE, SEATS_TALK },
	{ "google_purchase", 1, google_purchase_run, GOOGLE_STORE, SEATS_TALK },
	{ "google_push",  1, google_push_run, GOOGLE_KEYS, SEATS_TALK },
	{ "image",        1, image_run, FILE_STORE, SEATS_IMAGE },
	{ "invitation",   1, invitation_run, MAIL_SERVER, SEATS_TALK },
	{ "keep_purchases", 1, keep_purchases_run },
	{ "letter",       1, letters_run, MAIL_SERVER, SEATS_TALK },
	{ "mail",         1, mail_run, MAIL_SERVER, SEATS_TALK },
	{ "plan",         1, plan_run },
	{ "probe",      200, probe_run },
	{ "purge",        1, purge_run },
	{ "push",         1, push_run, GORUSH, SEATS_TALK },
	{ "record",       1, record_run },
	{ "recount",      1, recount_run },
	{ "remind",      20, remind_run },
	{ "rollup",       1, rollup_run },
	{ "sweep",        1, sweep_run },
	{ "tiers",        1, tiers_run },
	{ "webhook",      1, webhook_run, NOBODY, SEATS_TALK },
};
/* clang-format on */

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) <= JOB_KINDS, "JOB_KINDS");

const int kind_count = sizeof(kinds) / sizeof(kinds[0]);
