/*
 * kinds.c: the mutations that take a right away or give one, and the reads that must
 * show it.
 */
#include "team.h"

#include <stdio.h>
#include <string.h>

const char *const kind_names[KIND_COUNT] = {
	[LOGOUT] = "logout",	   [ROLE] = "role",
	[REMOVAL] = "removal",	   [JOIN] = "join",
	[PASSWORD] = "password",   [LOGIN] = "login",
	[PROFILE] = "profile",	   [REVOCATION] = "revocation",
	[NARROWING] = "narrowing", [TELLING] = "telling",
	[DEAD] = "long-dead",
};

static struct probe *
add_probe(struct op *op, const char *method, const char *token, const char *path)
{
	struct probe *p = &op->probes[op->probe_count++];

	*p = (struct probe){ .method = method, .token = token };
	snprintf(p->path, sizeof(p->path), "%s", path);
	return p;
}

/* Two reads that the end of a session, or of an access token, must refuse. */
static void
add_end_probes(struct op *op, const char *token)
{
	static const char *const paths[] = { "/api/auth/me", "/api/residences" };

	for (int i = 0; i < 2; i++) {
		struct probe *p = add_probe(op, "GET", token, paths[i]);

		p->before.status = 200;
		p->after.status = 401;
	}
}

static void
bury(struct team *t, const char *token)
{
	memcpy(t->dead[t->dead_made++ % DEAD_COUNT], token, TOKEN_TEXT_SIZE);
}

static bool
race_logout(struct team *t)
{
	const char *token = household_spare(&t->household);
	struct op op = { .kind = LOGOUT,
			 .mutation = { "POST", NULL, token, NULL },
			 .done = 204 };

	snprintf(op.path, sizeof(op.path), "/api/auth/logout");
	add_end_probes(&op, token);
	if (!team_race(t, &op))
		return false;
	bury(t, token);
	return true;
}

static bool
race_revocation(struct team *t)
{
	const struct access *a = &t->household.access[LEAVER];
	struct op op = { .kind = REVOCATION,
			 .mutation = { "DELETE", NULL, t->household.token[LEAVER], NULL },
			 .done = 204 };

	household_new_access(&t->household, LEAVER);
	snprintf(op.path, sizeof(op.path), "/api/access-tokens/%s", a->id);
	add_end_probes(&op, a->token);
	if (!team_race(t, &op))
		return false;
	bury(t, a->token);
	return true;
}

/* A login with the old password while it changes. */
static void
add_login(struct team *t, struct op *op, const char *password, char body[192])
{
	snprintf(body, 192, "{\"email\":\"%s@race.example\",\"password\":\"%s\"}",
		 t->household.user_id[KEEPER], password);
	op->login = (struct probe){ .method = "POST",
				    .body = body,
				    .path = "/api/auth/login" };
	op->late = (struct probe){ .method = "GET",
				   .token = op->begun,
				   .path = "/api/auth/me" };
}

/* If that was in time, the session is one of those that ended. */
static void
count_login(struct team *t, const char *token)
{
	struct op op = { .kind = LOGIN };

	if (token[0] == '\0')
		return;
	t->tally[LOGIN].mutations++;
	add_end_probes(&op, token);
	team_count(t, &op, team_dice(t, PEERS), options.reads);
	bury(t, token);
}

static bool
race_password(struct team *t)
{
	static const char second[] = "coherence two 4711";
	struct op op = { .kind = PASSWORD,
			 .mutation = { "POST", NULL, t->household.token[KEEPER], NULL },
			 .done = 200 };
	bool back = t->has_second_password;
	char login[192];

	household_new_others(&t->household);
	add_login(t, &op, back ? second : HOUSEHOLD_PASSWORD, login);
	snprintf(op.path, sizeof(op.path), "/api/auth/change-password");
	snprintf(op.body, sizeof(op.body),
		 "{\"old_password\":\"%s\",\"new_password\":\"%s\"}",
		 back ? second : HOUSEHOLD_PASSWORD, back ? HOUSEHOLD_PASSWORD : second);
	for (int i = 0; i < OTHERS_COUNT; i++)
		add_end_probes(&op, t->household.others[i]);
	add_end_probes(&op, t->household.access[KEEPER].token);
	if (!team_race(t, &op))
		return false;
	t->has_second_password = !back;
	count_login(t, op.begun);
	for (int i = 0; i < OTHERS_COUNT; i++)
		bury(t, t->household.others[i]);
	bury(t, t->household.access[KEEPER].token);
	return true;
}

static bool
race_profile(struct team *t)
{
	struct op op = { .kind = PROFILE,
			 .mutation = { "PATCH", NULL, t->household.token[OWNER], NULL },
			 .done = 200 };
	struct sight *sights[2][2];
	struct probe *p;

	snprintf(op.path, sizeof(op.path), "/api/auth/me");
	snprintf(op.body, sizeof(op.body), "{\"first_name\":\"" HOUSEHOLD_NAME "%d\"}",
		 t->name + 1);
	p = add_probe(&op, "GET", t->household.token[OWNER], "/api/auth/me");
	sights[0][0] = &p->before;
	sights[0][1] = &p->after;
	p = add_probe(&op, "GET", t->household.token[MEMBER], "/api/residences");
	sights[1][0] = &p->before;
	sights[1][1] = &p->after;
	for (int i = 0; i < 4; i++) {
		struct sight *s = sights[i / 2][i % 2];

		s->status = 200;
		snprintf(s->text, sizeof(s->text),
			 i < 2 ? "\"first_name\":\"" HOUSEHOLD_NAME "%d\""
			       : "\"name\":\"" HOUSEHOLD_NAME "%d Racer\"",
			 t->name + i % 2);
	}
	if (!team_race(t, &op))
		return false;
	t->name++;
	return true;
}

static bool
race_role(struct team *t)
{
	static const char *const roles[] = { "\"role\":\"member\"",
					     "\"role\":\"viewer\"" };
	static const int may_edit[] = { 200, 403 };
	struct op op = { .kind = ROLE,
			 .mutation = { "PATCH", NULL, t->household.token[OWNER], NULL },
			 .done = 200 };
	struct probe *p;
	char path[112];

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/members/%s",
		 t->household.id, t->household.user_id[MEMBER]);
	snprintf(op.body, sizeof(op.body), "{%s}", roles[!t->is_viewer]);
	snprintf(path, sizeof(path), "/api/residences/%s", t->household.id);
	for (int i = 0; i < 2; i++) {
		p = add_probe(&op, "GET", t->household.token[MEMBER],
			      i ? path : "/api/residences");
		p->before.status = p->after.status = 200;
		snprintf(p->before.text, sizeof(p->before.text), "%s",
			 roles[t->is_viewer]);
		snprintf(p->after.text, sizeof(p->after.text), "%s",
			 roles[!t->is_viewer]);
	}
	op.probes[op.probe_count++] = op.probes[0];
	/* One in four tries what only a member may. */
	snprintf(path, sizeof(path), "/api/tasks/%s", t->household.task_id);
	p = add_probe(&op, "PATCH", t->household.token[MEMBER], path);
	p->body = "{\"title\":\"Run\"}";
	p->before.status = may_edit[t->is_viewer];
	p->after.status = may_edit[!t->is_viewer];
	if (!team_race(t, &op))
		return false;
	t->is_viewer = !t->is_viewer;
	return true;
}

/* A code to join by; it is shown once, and good for CODE_USES. */
static bool
new_code(struct team *t)
{
	static const char key[] = "\"code\":\"";
	struct op op = { .kind = JOIN };
	const struct ask a = { "POST", op.path, t->household.token[OWNER], op.body };
	struct answer answer;
	const char *found;

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/share-codes",
		 t->household.id);
	snprintf(op.body, sizeof(op.body),
		 "{\"role\":\"member\",\"max_uses\":%d,\"expires_in_hours\":24}",
		 CODE_USES);
	team_ask(t, &a, &answer);
	found = memmem(answer.body.ptr, answer.body.len, key, sizeof(key) - 1);
	if (answer.status != 201 || found == NULL) {
		team_fault(&t->tally[JOIN].wrong, "no share code", JOIN, op.path,
			   &answer);
		return false;
	}
	found += sizeof(key) - 1;
	snprintf(t->code, sizeof(t->code), "%.*s", (int)strcspn(found, "\""), found);
	t->code_left = CODE_USES;
	return true;
}

/* Two reads that show the residence, or not. */
static void
add_home_probes(struct team *t, struct op *op, const char *token, bool is_away)
{
	char path[112];
	struct probe *p;

	p = add_probe(op, "GET", token, "/api/residences");
	p->before = (struct sight){ .status = 200, .absent = is_away };
	p->after = (struct sight){ .status = 200, .absent = !is_away };
	snprintf(p->before.text, sizeof(p->before.text), "%s", t->household.id);
	snprintf(p->after.text, sizeof(p->after.text), "%s", t->household.id);
	snprintf(path, sizeof(path), "/api/residences/%s", t->household.id);
	p = add_probe(op, "GET", token, path);
	p->before.status = is_away ? 404 : 200;
	p->after.status = is_away ? 200 : 404;
}

static void
add_guest_probes(struct team *t, struct op *op, bool is_away)
{
	add_home_probes(t, op, t->household.token[GUEST], is_away);
	add_home_probes(t, op, t->household.access[GUEST].token, is_away);
}

static bool
race_removal(struct team *t)
{
	struct op op = { .kind = REMOVAL,
			 .mutation = { "DELETE", NULL, t->household.token[OWNER], NULL },
			 .done = 204 };

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/members/%s",
		 t->household.id, t->household.user_id[GUEST]);
	add_guest_probes(t, &op, false);
	t->is_away = team_race(t, &op);
	return t->is_away;
}

static bool
race_join(struct team *t)
{
	struct op op = { .kind = JOIN,
			 .mutation = { "POST", NULL, t->household.token[GUEST], NULL },
			 .done = 200 };

	if (t->code_left == 0 && !new_code(t))
		return false;
	t->code_left--;
	snprintf(op.path, sizeof(op.path), "/api/residences/join");
	snprintf(op.body, sizeof(op.body), "{\"code\":\"%s\"}", t->code);
	add_guest_probes(t, &op, true);
	t->is_away = !team_race(t, &op);
	return !t->is_away;
}

static bool
race_removal_or_join(struct team *t)
{
	return t->is_away ? race_join(t) : race_removal(t);
}

/* To another residence alone, and back to all. */
static bool
race_narrowing(struct team *t)
{
	const struct household *h = &t->household;
	struct op op = { .kind = NARROWING,
			 .mutation = { "PATCH", NULL, h->token[OWNER], NULL },
			 .done = 200 };

	snprintf(op.path, sizeof(op.path), "/api/access-tokens/%s", h->access[OWNER].id);
	if (t->is_narrow)
		snprintf(op.body, sizeof(op.body), "{\"residence_ids\":null}");
	else
		snprintf(op.body, sizeof(op.body), "{\"residence_ids\":[\"%s\"]}",
			 h->hut_id);
	add_home_probes(t, &op, h->access[OWNER].token, t->is_narrow);
	if (!team_race(t, &op))
		return false;
	t->is_narrow = !t->is_narrow;
	return true;
}

/* Somebody is given a task, and told so; it is taken from them before they have read of it. */
static bool
race_telling(struct team *t)
{
	const struct household *h = &t->household;
	struct op op = { .kind = TELLING,
			 .mutation = { "PATCH", NULL, h->token[OWNER], NULL },
			 .done = 200 };
	struct probe *p = add_probe(&op, "GET", h->token[LEAVER],
				    "/api/notifications/unread-count");

	snprintf(op.path, sizeof(op.path), "/api/tasks/%s", h->task_id);
	if (t->is_told)
		snprintf(op.body, sizeof(op.body), "{\"assigned_to_id\":null}");
	else
		snprintf(op.body, sizeof(op.body), "{\"assigned_to_id\":\"%s\"}",
			 h->user_id[LEAVER]);
	p->before.status = p->after.status = 200;
	snprintf(p->before.text, sizeof(p->before.text), "\"unread\":%d", t->is_told);
	snprintf(p->after.text, sizeof(p->after.text), "\"unread\":%d", !t->is_told);
	if (!team_race(t, &op))
		return false;
	t->is_told = !t->is_told;
	return true;
}

/* What ended up to a minute ago, perhaps while Redis was in another condition. */
static void
read_dead(struct team *t)
{
	int have = (int)(t->dead_made < DEAD_COUNT ? t->dead_made : DEAD_COUNT);
	struct op op = { .kind = DEAD };

	if (have == 0)
		return;
	for (int i = 0; i < DEAD_READS; i++)
		add_end_probes(&op, t->dead[team_dice(t, have)]);
	team_count(t, &op, team_dice(t, PEERS), DEAD_READS);
}

static const struct {
	const char *name;
	bool (*race)(struct team *t);
} turns[] = {
	{ "logout", race_logout },	     { "role", race_role },
	{ "removal", race_removal_or_join }, { "password", race_password },
	{ "profile", race_profile },	     { "removal", race_removal_or_join },
	{ "revocation", race_revocation },   { "narrowing", race_narrowing },
	{ "telling", race_telling },
};

bool
kinds_play(struct team *t, unsigned turn)
{
	turn %= sizeof(turns) / sizeof(turns[0]);
	if (strstr(options.kinds, turns[turn].name) == NULL)
		return true;
	if (!turns[turn].race(t))
		return false;
	read_dead(t);
	return true;
}
