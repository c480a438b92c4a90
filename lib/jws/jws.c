/*
 * jws.c: names of verdicts. Runs in workers and in hob-jobs.
 */
#include "jws/jws.h"

static const char *const names[] = {
	[JWS_MALFORMED] = "malformed",	   [JWS_UNTRUSTED] = "untrusted",
	[JWS_OUT_OF_TIME] = "out_of_time", [JWS_UNKNOWN_KEY] = "unknown_key",
	[JWS_FORGED] = "forged",	   [JWS_VERIFIED] = "verified",
};

const char *
jws_verdict_name(enum jws_verdict v)
{
	return names[v];
}
