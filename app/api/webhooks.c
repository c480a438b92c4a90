/*
 * webhooks.c: webhooks of a residence: where its owner wants to hear of what is done
 * there. The rows to send are written with the activity (sql/functions/webhooks.sql);
 * nothing is sent from here. A secret exists only in the request that shows it. Runs in
 * workers.
 */
#include "api/resources.h"

#include "api/values.h"
#include "core/rand.h"
#include "crypto/base64url.h"
#include "model/webhook.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum { NONCE_BYTES = 24, URL_MAX = 2000 };

static struct str
secret_of(struct req *r, struct str nonce)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	unsigned char key[WEBHOOK_KEY_SIZE];

	webhook_key(secret, nonce, key);
	return webhook_secret(r->arena, key);
}

static struct str
new_nonce(struct req *r)
{
	char bytes[NONCE_BYTES];

	rand_bytes(bytes, sizeof(bytes));
	return base64url_encode(r->arena, (struct str){ bytes, sizeof(bytes) });
}

/* A secret that a restart would change is none. */
static enum err
make_secret(struct req *r)
{
	struct str nonce = new_nonce(r), stand_in = secret_of(r, new_nonce(r));

	if (r->worker->heritage->config.cursor_secret[0] == '\0')
		return request_fail(r, ERR_CONFLICT, "webhooks_off",
				    "This server is not set up for webhooks yet.");
	r->secret = secret_of(r, nonce);
	r->stand_in = stand_in;
	r->values[VALUE_WEBHOOK_NONCE] = arena_cstr(r->arena, nonce);
	r->values[VALUE_WEBHOOK_SECRET] = arena_cstr(r->arena, stand_in);
	return ERR_OK;
}

static enum err
check_url(struct req *r)
{
	const char *url = request_field(r, "url");
	const char *fault =
		url != NULL
			? webhook_url_fault(str_of(url),
					    r->worker->heritage->config.webhooks_anywhere)
			: NULL;

	return fault == NULL ? ERR_OK : request_invalid_body(r, "url", "format", fault);
}

static enum err
prepare_webhook(struct req *r)
{
	enum err e = check_url(r);

	return e == ERR_OK ? make_secret(r) : e;
}

/* --- the table ---------------------------------------------------------------- */

#define WEBHOOKS RESIDENCE "/webhooks"
#define WEBHOOK WEBHOOKS "/{webhook_id}"
#define OWNER SCOPE(THING(RESIDENCE), ROLE_OWN)

/* clang-format off */
/* As hob.event_of names what was done. Who asks for one is told of it alone. */
static const char *const events[] = {
	"completion.undone", "completion.updated", "document.created", "document.deleted", "document.updated",
	"member.joined", "member.left", "member.removed", "member.role_changed",
	"residence.updated",
	"task.completed", "task.created", "task.deleted", "task.moved_in", "task.moved_out", "task.skipped",
	"task.updated", NULL
};

static const struct field webhook_fields[] = {
	NEW_ID,
	{ "url", FIELD_LINE, REQUIRED, 1, URL_MAX, NULL, NULL, 0 },
	{ "events", FIELD_CHOICES, REQUIRED, 1, sizeof(events) / sizeof(events[0]) - 1, events, NULL, 0 },
	{ "active", FIELD_BOOL, 0, 0, 0, NULL, "true", 0 },
	END
};

/* A webhook whose secret an answer has shown before. */
static const struct thing shown_once = { "webhook", "webhook_id", NO_STATEMENT, Q_WEBHOOK_AGAIN };

static const struct route routes[] = {
	{ HTTP_GET, WEBHOOKS, OWNER, NULL, NULL, Q_WEBHOOK_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listWebhooks", "Webhooks", "Webhook", "List the webhooks of a residence, without their secrets") },
	{ HTTP_POST, WEBHOOKS, OWNER, webhook_fields, NULL, Q_WEBHOOK_CREATE, CREATED,
	  .prepare = prepare_webhook, .limited = true, .shows = &shown_once, SESSION_ONLY,
	  DOC("createWebhook", "Webhooks", "NewWebhook", "Create a webhook; its secret is shown only now", .also = "webhooks_off") },
	{ HTTP_GET, WEBHOOK, OWNER, NULL, NULL, Q_WEBHOOK_GET, ONE,
	  SESSION_ONLY,
	  DOC("getWebhook", "Webhooks", "Webhook", "Show one webhook, without its secret") },
	{ HTTP_PATCH, WEBHOOK, OWNER, webhook_fields, NULL, Q_WEBHOOK_UPDATE, ONE,
	  .prepare = check_url, .shows = THING(WEBHOOK), SESSION_ONLY,
	  DOC("updateWebhook", "Webhooks", "Webhook", "Change where a webhook leads and what it wants, or pause it; its secret stays") },
	{ HTTP_DELETE, WEBHOOK, OWNER, NULL, NULL, Q_WEBHOOK_DELETE, NO_CONTENT,
	  .shows = THING(WEBHOOK), SESSION_ONLY,
	  DOC("deleteWebhook", "Webhooks", NULL, "End a webhook") },
	{ HTTP_POST, WEBHOOK "/rotate-secret", OWNER, NULL, NULL, Q_WEBHOOK_ROTATE, ONE,
	  .prepare = make_secret, .shows = &shown_once, SESSION_ONLY,
	  DOC("rotateWebhookSecret", "Webhooks", "NewWebhook", "Give a webhook another secret, which is shown only now", .also = "webhooks_off") },
	{ HTTP_GET, WEBHOOK "/deliveries", OWNER, NULL, NULL, Q_WEBHOOK_DELIVERY_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listWebhookDeliveries", "Webhooks", "WebhookDelivery", "List what was to be sent to a webhook, the newest first, for two weeks") },
};
/* clang-format on */

RESOURCE(webhooks);
