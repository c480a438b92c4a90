#ifndef HOB_BUCKET_BUCKET_H
#define HOB_BUCKET_BUCKET_H

#ifdef HOB_MASTER
#error "the master opens no connection"
#endif

#include "s3/place.h"
#include "storage/store.h"

struct bucket_settings {
	struct s3_place place;	/* has to be valid (s3_place_fault) */
	const char *ca_file;	/* of the certificates that vouch for the server; "": the system's */
	const char *spool;	/* directory of what is on its way, files without a name; that of a store_directory, where
				 * what is opened here is to be put there */
	int64_t timeout_ms;	/* to connect, and without progress; what moves gets twenty times that */
};

/*
 * A store in a bucket of any server that speaks S3, by libcurl and its AWS SigV4, path style. Not for hob-api, which is
 * not linked with it. Bytes are sent with their size, SHA-256 and MD5, by which the server refuses what was changed on
 * its way, and their size is asked for behind it. A key that is there already is overwritten: nobody makes one twice.
 * One connection is kept; the process must ignore SIGPIPE. The settings have to outlive it. Connects to nothing.
 */
struct store *store_bucket(const struct bucket_settings *settings);
/* Asks whether the bucket is there and lets us in. Errors as those of a store. */
enum err bucket_look(struct store *bucket);

#endif
