/*
 * fetch_tls_test.c: whom lib/fetch takes for a server of https, against openssl's with a
 * certificate of the test's own.
 */
#include "fetch/fetch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *fetch_tls_suite(void);

static char folder[32];
static FILE *said;
static pid_t server;
static int port;

static void
make_certificate(void)
{
	char command[512];

	snprintf(folder, sizeof(folder), "/tmp/hob-fetch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		 "-days 1 "
		 "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
		 "-keyout %s/key.pem -out %s/cert.pem 2>/dev/null",
		 folder, folder);
	ck_assert_int_eq(system(command), 0);
}

/* It says which port it has. */
static void
set_up(void)
{
	char command[256], line[128];
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	make_certificate();
	snprintf(command, sizeof(command),
		 "exec openssl s_server -accept 127.0.0.1:0 -cert %s/cert.pem -key "
		 "%s/key.pem "
		 "-www </dev/null 2>/dev/null",
		 folder, folder);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execlp("sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	said = fdopen(ends[0], "r");
	port = 0;
	while (port == 0 && fgets(line, sizeof(line), said) != NULL)
		if (sscanf(line, "ACCEPT 127.0.0.1:%d", &port) != 1)
			port = 0;
	ck_assert_int_gt(port, 0);
}

static void
tear_down(void)
{
	char path[64];

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	fclose(said);
	snprintf(path, sizeof(path), "%s/cert.pem", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/key.pem", folder);
	unlink(path);
	rmdir(folder);
}

enum ca { OF_THE_SYSTEM, OF_THE_TEST };

static enum err
ask(const char *host, enum ca ca, struct fetch_answer *answer)
{
	char url[64], file[64];
	struct fetch_request r = { .method = HTTP_GET,
				   .connect_ms = 2000,
				   .whole_ms = 5000,
				   .answer_max_bytes = 100000 };
	struct fetch *f;
	enum err e;

	snprintf(file, sizeof(file), "%s/cert.pem", folder);
	snprintf(url, sizeof(url), "https://%s:%d/", host, port);
	r.url = str_of(url);
	f = fetch_new(FETCH_ANYWHERE, ca == OF_THE_TEST ? file : NULL);
	e = fetch_send(f, &r, answer);
	fetch_free(f);
	return e;
}

START_TEST(a_certificate_must_be_vouched_for_and_bear_the_name)
{
	struct fetch_answer answer;

	ck_assert_int_eq(ask("localhost", OF_THE_TEST, &answer), ERR_OK);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_int_eq(ask("localhost", OF_THE_SYSTEM, &answer), ERR_BUSY);
	ck_assert(!answer.is_sent);
	ck_assert_int_eq(ask("127.0.0.1", OF_THE_TEST, &answer), ERR_BUSY);
	ck_assert(!answer.is_sent);
}
END_TEST

Suite *
fetch_tls_suite(void)
{
	Suite *s = suite_create("fetch_tls");
	TCase *t = tcase_create("fetch_tls");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_certificate_must_be_vouched_for_and_bear_the_name);
	suite_add_tcase(s, t);
	return s;
}
