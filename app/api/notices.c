/*
 * notices.c: what people are told: their inbox, and what they want to be told where. Notices are
 * planned and sent by another program; sql/functions/notices.sql has their words. Runs in workers.
 */
#include "api/resources.h"

#include "api/values.h"
#include "model/unsubscribe.h"
#include "serve/worker.h"
#include "statements.h"

/* Whose mails of which kind end; the database holds no such tokens. */
static enum err
read_unsubscribe(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	struct str user_id, kind;

	if (!unsubscribe_read(r->arena, secret, r->match.params[0], &user_id, &kind))
		return ERR_NOT_FOUND;
	r->values[VALUE_UNSUBSCRIBE_USER_ID] = user_id.ptr;
	r->values[VALUE_UNSUBSCRIBE_KIND] = kind.ptr;
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

#define NOTICES "/api/notifications"
#define NOTICE NOTICES "/{notification_id}"

/* clang-format off */
/* As hob.notice_kinds has them. */
static const char *const kinds[] = {
	"contractor_insurance_expiring", "member_joined", "residence_shared", "role_changed", "security", "subscription",
	"task_assigned", "task_completed", "task_due", "task_overdue", "warranty_expiring", "webhook_off", NULL
};

static const struct field notice_list[] = {
	{ "unread", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "kind", FIELD_CHOICE, 0, 0, 0, kinds, NULL, 0 },
	END
};

static const struct field read_all_fields[] = {
	{ "before_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};

const char *const remind_spans[REMIND_SPANS + 1] = { "P0D", "P1D", "P2D", "P3D", "P7D", "P14D", "P30D", NULL };

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) - 1 };

static const struct field preference_fields[] = {
	{ "inbox", FIELD_CHOICES, 0, 0, KINDS, kinds, NULL, 0 },
	{ "push", FIELD_CHOICES, 0, 0, KINDS, kinds, NULL, 0 },
	{ "mail", FIELD_CHOICES, 0, 0, KINDS, kinds, NULL, 0 },
	{ "quiet_from", FIELD_TIME, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "quiet_until", FIELD_TIME, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "remind_at", FIELD_TIME, 0, 0, 0, NULL, NULL, 0 },
	{ "remind_before", FIELD_CHOICES, 0, 0, REMIND_SPANS, remind_spans, NULL, 0 },
	END
};

/* Every account has them. */
static const struct thing preferences = { "notification_preferences", NULL, NO_STATEMENT, Q_NOTICE_PREFERENCES };

/* How many are left, which has no id. */
static const struct thing unread = { "unread_count", NULL, NO_STATEMENT, Q_NOTICE_UNREAD_COUNT };

static const struct route routes[] = {
	{ HTTP_GET, NOTICES, SIGNED, NULL, notice_list, Q_NOTICE_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listNotifications", "Notifications", "Notification", "List the caller's notifications, the newest first") },
	{ HTTP_GET, NOTICES "/unread-count", SIGNED, NULL, NULL, Q_NOTICE_UNREAD_COUNT, ONE,
	  .cached = true, SESSION_ONLY,
	  DOC("countUnread", "Notifications", "UnreadCount", "Count the unread notifications") },
	{ HTTP_GET, NOTICES "/preferences", SIGNED, NULL, NULL, Q_NOTICE_PREFERENCES, ONE,
	  SESSION_ONLY,
	  DOC("getNotificationPreferences", "Notifications", "NotificationPreferences", "Show what the caller wants to be told, where and when") },
	{ HTTP_PATCH, NOTICES "/preferences", SIGNED, preference_fields, NULL, Q_NOTICE_PREFERENCES_UPDATE, ONE,
	  .shows = &preferences, SESSION_ONLY,
	  DOC("updateNotificationPreferences", "Notifications", "NotificationPreferences", "Change what the caller wants to be told, where and when") },
	{ HTTP_POST, NOTICES "/read-all", SIGNED, read_all_fields, NULL, Q_NOTICE_READ_ALL, ONE,
	  .shows = &unread, SESSION_ONLY,
	  DOC("readAllNotifications", "Notifications", "UnreadCount", "Mark all notifications as read that are not newer than one", .also = "not_found") },
	{ HTTP_GET, NOTICE "/deliveries", SIGNED, NULL, NULL, Q_DELIVERY_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listNotificationDeliveries", "Notifications", "NotificationDelivery", "List by which ways a notification went, and what became of each") },
	{ HTTP_POST, NOTICE "/read", SIGNED, NULL, NULL, Q_NOTICE_READ, ONE,
	  .shows = THING(NOTICE), SESSION_ONLY,
	  DOC("readNotification", "Notifications", "Notification", "Mark a notification as read") },
	{ HTTP_POST, NOTICE "/unread", SIGNED, NULL, NULL, Q_NOTICE_UNREAD, ONE,
	  .shows = THING(NOTICE), SESSION_ONLY,
	  DOC("unreadNotification", "Notifications", "Notification", "Mark a notification as unread") },
	{ HTTP_DELETE, NOTICE, SIGNED, NULL, NULL, Q_NOTICE_DELETE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("deleteNotification", "Notifications", NULL, "Delete a notification") },
	{ HTTP_POST, "/api/unsubscribe/{unsubscribe_token}", ANYONE, NULL, NULL, Q_NOTICE_UNSUBSCRIBE, NO_CONTENT,
	  .prepare = read_unsubscribe, .any_body = true,
	  DOC("unsubscribe", "Notifications", NULL, "End the mails of one kind, or of all, by a link in one of them", .also = "not_found") },
};
/* clang-format on */

RESOURCE(notices);
