/*
 * names.c: host names and their addresses, looked up by one process for all.
 *
 * Names are taken in order and never given back, so the first free place ends a search. A
 * process that finds a place just being taken tries again later. Runs everywhere;
 * names_serve in a child of the relay.
 */
#include "net/names.h"

#include <arpa/inet.h>
#include <linux/futex.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

enum { FREE, TAKEN, ASKED };

bool
names_is_name(struct str host)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char text[NAME_SIZE];

	if (host.len == 0 || host.len >= sizeof(text))
		return host.len > 0;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	text[strcspn(text, "%")] = '\0';
	return inet_pton(AF_INET, text, bytes) != 1 &&
	       inet_pton(AF_INET6, text, bytes) != 1;
}

/* --- looking up ------------------------------------------------------------ */

static int
look_up(const char *host, struct name_addresses *out)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int failure = getaddrinfo(host, NULL, &hints, &list);

	if (failure != 0)
		return failure;
	*out = (struct name_addresses){ 0 };
	for (const struct addrinfo *i = list; i != NULL && out->count < NAME_ADDRESSES;
	     i = i->ai_next)
		if (getnameinfo(i->ai_addr, i->ai_addrlen, out->text[out->count],
				NAME_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) == 0)
			out->count++;
	freeaddrinfo(list);
	return out->count > 0 ? 0 : EAI_NONAME;
}

bool
names_look_up(struct str host, struct name_addresses *out, const char **why)
{
	char text[NAME_SIZE];
	int failure = EAI_NONAME;

	if (host.len < sizeof(text)) {
		memcpy(text, host.ptr, host.len);
		text[host.len] = '\0';
		failure = look_up(text, out);
	}
	*why = failure ? gai_strerror(failure) : "";
	return failure == 0;
}

/* --- asking ---------------------------------------------------------------- */

/* False while the server is just writing over what we read. */
static bool
copy_found(const struct name *n, struct name_addresses *out)
{
	uint32_t version = __atomic_load_n(&n->version, __ATOMIC_SEQ_CST);

	*out = n->found[version & 1];
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&n->version, __ATOMIC_SEQ_CST) == version;
}

static bool
answer(const struct name *n, struct name_addresses *out, const char **why)
{
	int failure = __atomic_load_n(&n->failure, __ATOMIC_SEQ_CST);

	while (!copy_found(n, out))
		;
	*why = failure ? gai_strerror(failure) : "is not looked up yet";
	return out->count > 0;
}

static void
take(struct names *n, struct name *place, struct str host)
{
	uint32_t expected = FREE;

	if (!__atomic_compare_exchange_n(&place->state, &expected, TAKEN, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	memcpy(place->text, host.ptr, host.len);
	place->text[host.len] = '\0';
	__atomic_store_n(&place->state, ASKED, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&n->asked, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &n->asked, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool
names_find(struct names *n, struct str host, struct name_addresses *out, const char **why)
{
	*why = "is one name too many: restart";
	if (host.len >= NAME_SIZE)
		return false;
	for (int i = 0; i < NAMES_MAX; i++) {
		struct name *place = &n->list[i];
		uint32_t state = __atomic_load_n(&place->state, __ATOMIC_SEQ_CST);

		if (state == ASKED && !str_is(host, place->text))
			continue;
		if (state == ASKED)
			return answer(place, out, why);
		if (state == FREE)
			take(n, place, host);
		*why = "is not looked up yet";
		return false;
	}
	return false;
}

/* --- serving --------------------------------------------------------------- */

static void
serve(struct name *n)
{
	uint32_t next = n->version + 1;
	struct name_addresses found;
	int failure = look_up(n->text, &found);

	__atomic_store_n(&n->failure, failure, __ATOMIC_SEQ_CST);
	if (failure != 0)
		return;
	n->found[next & 1] = found;
	__atomic_store_n(&n->version, next, __ATOMIC_SEQ_CST);
}

/* A process that died while it took a place would block all names behind it. */
static void
free_abandoned(struct name *n, bool *seen)
{
	uint32_t expected = TAKEN;

	if (*seen)
		__atomic_compare_exchange_n(&n->state, &expected, FREE, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	*seen = !*seen;
}

/* Until another name is asked for, or `ms` have passed. */
static void
wait_for_names(struct names *n, uint32_t asked, int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	if (ms > 0)
		syscall(SYS_futex, &n->asked, FUTEX_WAIT, asked, &t, NULL, 0);
}

void
names_serve(struct names *n)
{
	bool abandoned[NAMES_MAX] = { false };
	int64_t due_ms = 0;

	for (;;) {
		uint32_t asked = __atomic_load_n(&n->asked, __ATOMIC_SEQ_CST);
		bool all = clock_mono_ms() >= due_ms;

		for (int i = 0; i < NAMES_MAX; i++) {
			struct name *place = &n->list[i];
			uint32_t state = __atomic_load_n(&place->state, __ATOMIC_SEQ_CST);

			if (state == ASKED && (all || place->version == 0))
				serve(place);
			else if (state == TAKEN && all)
				free_abandoned(place, &abandoned[i]);
			else
				abandoned[i] = abandoned[i] && !all;
		}
		if (all)
			due_ms = clock_mono_ms() + NAMES_EVERY_MS;
		wait_for_names(n, asked, due_ms - clock_mono_ms());
	}
}
