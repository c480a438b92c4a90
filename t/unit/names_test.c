/* names_test.c: names that one process looks up, and the hosts of a conninfo with their addresses. */
#include "net/names.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "db/hosts.h"

Suite *names_suite(void);

enum { PATIENCE_MS = 5000 };

static struct names *names;
static pid_t server;

static void
set_up(void)
{
	names = mmap(NULL, sizeof(*names), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(names, MAP_FAILED);
	server = 0;
}

static void
start_server(void)
{
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0)
		names_serve(names);
}

static void
tear_down(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	munmap(names, sizeof(*names));
}

static bool
await(const char *host, struct name_addresses *out)
{
	const struct timespec pause = { 0, 1000000 };
	int64_t begun_ms = clock_mono_ms();
	const char *why;

	while (!names_find(names, str_of(host), out, &why)) {
		if (clock_mono_ms() - begun_ms > PATIENCE_MS)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

/* As if it had been looked up. */
static void
know(const char *host, const char *first, const char *second)
{
	struct name_addresses none;
	struct name *n = names->list;
	const char *why;

	names_find(names, str_of(host), &none, &why);
	while (strcmp(n->text, host) != 0)
		n++;
	n->version++;
	n->found[n->version & 1] = (struct name_addresses){ .count = second ? 2 : 1 };
	snprintf(n->found[n->version & 1].text[0], NAME_ADDRESS_SIZE, "%s", first);
	if (second != NULL)
		snprintf(n->found[n->version & 1].text[1], NAME_ADDRESS_SIZE, "%s",
			 second);
}

START_TEST(names_are_told_from_addresses)
{
	ck_assert(names_is_name(STR("db.example")));
	ck_assert(names_is_name(STR("localhost")));
	ck_assert(!names_is_name(STR("127.0.0.1")));
	ck_assert(!names_is_name(STR("::1")));
	ck_assert(!names_is_name(STR("fe80::1%eth0")));
	ck_assert(!names_is_name(STR("")));
}
END_TEST

START_TEST(names_that_nobody_looked_up_are_not_waited_for)
{
	struct name_addresses found;
	int64_t begun_ms = clock_mono_ms();
	const char *why;

	for (int i = 0; i < 10000; i++)
		ck_assert(!names_find(names, STR("localhost"), &found, &why));
	ck_assert_str_eq(why, "is not looked up yet");
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 1000);
	ck_assert_str_eq(names->list[0].text, "localhost");
	ck_assert_str_eq(names->list[1].text, "");
}
END_TEST

START_TEST(names_are_looked_up_by_one_process_for_all)
{
	struct name_addresses found;

	start_server();
	ck_assert(await("localhost", &found));
	ck_assert_int_ge(found.count, 1);
	ck_assert(strcmp(found.text[0], "127.0.0.1") == 0 ||
		  strcmp(found.text[0], "::1") == 0);
}
END_TEST

START_TEST(names_beyond_the_last_place_are_refused)
{
	struct name_addresses found;
	const char *why;
	char host[16];

	for (int i = 0; i <= NAMES_MAX; i++) {
		snprintf(host, sizeof(host), "h%d", i);
		ck_assert(!names_find(names, str_of(host), &found, &why));
	}
	ck_assert_ptr_nonnull(strstr(why, "too many"));
	ck_assert(!names_find(names, STR("h0"), &found, &why));
	ck_assert_str_eq(why, "is not looked up yet");
}
END_TEST

START_TEST(a_place_that_was_left_half_taken_is_free_again)
{
	struct name_addresses found;

	names->list[0].state = 1;
	start_server();
	ck_assert(await("localhost", &found));
}
END_TEST

/* conninfo, and host, hostaddr and port as libpq gets them; NULL: the address is not known */
static const struct {
	const char *conninfo, *host, *hostaddr, *port;
} hosts[] = {
	{ "host=one.example dbname=hob", "one.example", "10.0.0.1", "5432" },
	{ "host=two.example port=6000", "two.example,two.example", "10.0.0.2,fd00::2",
	  "6000,6000" },
	{ "postgresql://u@one.example:6000,two.example:6001/hob",
	  "one.example,two.example,two.example", "10.0.0.1,10.0.0.2,fd00::2",
	  "6000,6001,6001" },
	{ "host=one.example,/run,10.9.9.9 port=6000", "one.example,/run,10.9.9.9",
	  "10.0.0.1,,", "6000,6000,6000" },
	{ "host=one.example,unknown.example", "one.example", "10.0.0.1", "5432" },
	{ "host=unknown.example", NULL, NULL, NULL },
	/* libpq needs no help with these. */
	{ "host=/run dbname=hob", "", "", "" },
	{ "host=10.9.9.9", "", "", "" },
	{ "host=one.example hostaddr=10.9.9.9", "", "", "" },
	{ "dbname=hob", "", "", "" },
	{ "hob", "", "", "" },
	{ "service=hob host=one.example", "", "", "" },
	{ "host=one.example,two.example port=1,2,3", "", "", "" },
};

START_TEST(hosts_of_a_conninfo_get_their_addresses)
{
	struct db_hosts h;
	struct strbuf why;
	enum err e;

	know("one.example", "10.0.0.1", NULL);
	know("two.example", "10.0.0.2", "fd00::2");
	db_hosts_init(&h);
	strbuf_init(&why);
	e = db_hosts_find(&h, hosts[_i].conninfo, names, &why);
	if (hosts[_i].host == NULL) {
		ck_assert_int_eq(e, ERR_NOT_FOUND);
		ck_assert_str_eq(why.ptr,
				 "the name unknown.example: is not looked up yet");
	} else {
		ck_assert_int_eq(e, ERR_OK);
		ck_assert_str_eq(h.host.ptr, hosts[_i].host);
		ck_assert_str_eq(h.hostaddr.ptr, hosts[_i].hostaddr);
		ck_assert_str_eq(h.port.ptr, hosts[_i].port);
	}
	db_hosts_release(&h);
	strbuf_release(&why);
}
END_TEST

START_TEST(the_host_of_the_environment_gets_its_address_too)
{
	struct db_hosts h;
	struct strbuf why;

	know("one.example", "10.0.0.1", NULL);
	setenv("PGHOST", "one.example", 1);
	db_hosts_init(&h);
	strbuf_init(&why);
	ck_assert_int_eq(db_hosts_find(&h, "dbname=hob", names, &why), ERR_OK);
	ck_assert_str_eq(h.hostaddr.ptr, "10.0.0.1");
	unsetenv("PGHOST");
	db_hosts_release(&h);
	strbuf_release(&why);
}
END_TEST

Suite *
names_suite(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, names_are_told_from_addresses);
	tcase_add_test(t, names_that_nobody_looked_up_are_not_waited_for);
	tcase_add_test(t, names_are_looked_up_by_one_process_for_all);
	tcase_add_test(t, names_beyond_the_last_place_are_refused);
	tcase_add_test(t, a_place_that_was_left_half_taken_is_free_again);
	tcase_add_loop_test(t, hosts_of_a_conninfo_get_their_addresses, 0,
			    sizeof(hosts) / sizeof(hosts[0]));
	tcase_add_test(t, the_host_of_the_environment_gets_its_address_too);
	suite_add_tcase(s, t);
	return s;
}
