/*
 * devices.c: the phones of an account that can be pushed to. Each belongs to the session
 * that named it and ends with it; sql/functions/devices.sql has the rest. Nothing is sent
 * from here: a test is queued. Runs in workers.
 */
#include "api/resources.h"

#include "statements.h"

/* Those of Apple have 64 characters, those of Google less than 300 and no promise. */
enum { PUSH_TOKEN_MAX = 512 };

/* --- the table ---------------------------------------------------------------- */

#define DEVICES "/api/devices"
#define DEVICE DEVICES "/{device_id}"

/* clang-format off */
static const char *const platforms[] = { "ios", "android", NULL };
static const char *const environments[] = { "production", "sandbox", NULL };

static const struct field device_fields[] = {
	NEW_ID,
	{ "platform", FIELD_CHOICE, REQUIRED, 0, 0, platforms, NULL, 0 },
	{ "token", FIELD_LINE, REQUIRED, 1, PUSH_TOKEN_MAX, NULL, NULL, 0 },
	{ "app_version", FIELD_LINE, 0, 0, 50, NULL, "", 0 },
	{ "locale", FIELD_LOCALE, NULLABLE, 2, 35, NULL, NULL, 0 },
	{ "environment", FIELD_CHOICE, 0, 0, 0, environments, "production", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, DEVICES, SIGNED, NULL, NULL, Q_DEVICE_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listDevices", "Notifications", "Device", "List the caller's devices") },
	{ HTTP_POST, DEVICES, SIGNED, device_fields, NULL, Q_DEVICE_REGISTER, CREATED,
	  .limited = true, .shows = THING(DEVICE), SESSION_ONLY,
	  DOC("createDevice", "Notifications", "Device", "Register the phone of this session, or renew it", .also = "id_taken") },
	{ HTTP_GET, DEVICE, SIGNED, NULL, NULL, Q_DEVICE_GET, ONE,
	  SESSION_ONLY,
	  DOC("getDevice", "Notifications", "Device", "Show one device") },
	{ HTTP_DELETE, DEVICE, SIGNED, NULL, NULL, Q_DEVICE_DELETE, NO_CONTENT,
	  .shows = THING(DEVICE), SESSION_ONLY,
	  DOC("deleteDevice", "Notifications", NULL, "Push to a device no more") },
	{ HTTP_POST, DEVICE "/test", SIGNED, NULL, NULL, Q_DEVICE_TEST, ACCEPTED,
	  .shows = THING(DEVICE), SESSION_ONLY,
	  DOC("testDevice", "Notifications", "Device", "Send a push to a device, to see whether it arrives", .also = "device_disabled") },
};
/* clang-format on */

RESOURCE(devices);
