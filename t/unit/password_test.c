/*
 * password_test.c: argon2id of lib/crypto, and its gate between real processes.
 *
 * Holders hash with so many passes that they never end by themselves; they are
 * killed, and die with the test if it fails. Nothing here sleeps for a fixed
 * time: the shared gate itself tells when a process has got where it should.
 */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "crypto/password.h"

Suite *password_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

enum { LONG_MS = 60000 };

/* The least argon2 takes; what it costs is not what is tested here. */
static const struct password_cost cheap = { .memory_kib = 64, .passes = 1, .lanes = 1 };
static const struct password_cost endless = { .memory_kib = 64,
					      .passes = 1u << 31,
					      .lanes = 1 };

static struct password_gate *gates;
static struct permits *gate; /* the usual one */

static void
set_up(void)
{
	gates = mmap(NULL, sizeof(*gates), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(gates, MAP_FAILED);
	gate = &gates->usual;
	permits_init(gate, 1, 1);
	permits_init(&gates->dear, 1, 0);
}

static void
tear_down(void)
{
	munmap(gates, sizeof(*gates));
}

/* A child that hashes at `cost` and exits with the error it got. */
static pid_t
start_hashing(struct password_cost cost, int wait_ms)
{
	char phc[PASSWORD_PHC_SIZE];
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit((int)password_hash(gate, wait_ms, cost, STR("child"), phc));
}

/* Waits until `pid` is in one of the slots. */
static void
await(const int32_t *slots, pid_t pid)
{
	for (;;) {
		for (int i = 0; i < PERMITS_MAX; i++)
			if (__atomic_load_n(&slots[i], __ATOMIC_ACQUIRE) == pid)
				return;
		sched_yield();
	}
}

static pid_t
start_holder(void)
{
	pid_t pid = start_hashing(endless, 0);

	await(gate->holder, pid);
	return pid;
}

static void
kill_and_reap(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static enum err
exit_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return (enum err)WEXITSTATUS(status);
}

static bool
gate_is_empty(void)
{
	for (int i = 0; i < PERMITS_MAX; i++)
		if (gate->holder[i] != 0 || gate->waiter[i] != 0)
			return false;
	return true;
}

/* As the holder of `phc` does: its salt goes out, a proof comes back. */
static enum err
verify(struct password_cost cost, const char *phc, struct str password, bool *stale)
{
	const char *hash = phc != NULL ? strrchr(phc, '$') : NULL;
	char salt[PASSWORD_PHC_SIZE], proof[PASSWORD_PHC_SIZE];
	enum err e;

	snprintf(salt, sizeof(salt), "%.*s", hash ? (int)(hash - phc + 1) : 0,
		 phc ? phc : "");
	e = password_prove(gates, 0, cost, hash ? salt : phc, password, proof, stale);
	if (e == ERR_OK && phc != NULL && strcmp(proof, phc) != 0)
		return ERR_UNAUTHORIZED;
	return e;
}

/* --- hashes --------------------------------------------------------------- */

START_TEST(a_password_matches_its_hash_and_another_does_not)
{
	char phc[PASSWORD_PHC_SIZE];
	bool stale = true;

	ck_assert_int_eq(password_hash(gate, 0, cheap, STR("correct horse"), phc),
			 ERR_OK);
	ck_assert_int_eq(verify(cheap, phc, STR("correct horse"), &stale), ERR_OK);
	ck_assert(!stale);
	ck_assert_int_eq(verify(cheap, phc, STR("correct horsf"), &stale),
			 ERR_UNAUTHORIZED);
	ck_assert_int_eq(verify(cheap, phc, STR("correct hors"), &stale),
			 ERR_UNAUTHORIZED);
	ck_assert(gate_is_empty());
}
END_TEST

START_TEST(the_hash_is_a_phc_string_with_its_cost)
{
	struct password_cost cost = { .memory_kib = 19456, .passes = 2, .lanes = 1 };
	char phc[PASSWORD_PHC_SIZE];

	ck_assert_int_eq(password_hash(gate, 0, cost, STR("x"), phc), ERR_OK);
	ck_assert_mem_eq(phc, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	ck_assert_uint_lt(strlen(phc), PASSWORD_PHC_SIZE);
}
END_TEST

START_TEST(every_hash_has_a_salt_of_its_own)
{
	char a[PASSWORD_PHC_SIZE], b[PASSWORD_PHC_SIZE];

	ck_assert_int_eq(password_hash(gate, 0, cheap, STR("same"), a), ERR_OK);
	ck_assert_int_eq(password_hash(gate, 0, cheap, STR("same"), b), ERR_OK);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(no_byte_of_a_long_password_is_cut_off)
{
	char phc[PASSWORD_PHC_SIZE], password[256];
	struct str whole = { password, sizeof(password) };
	bool stale;

	memset(password, 'x', sizeof(password));
	ck_assert_int_eq(password_hash(gate, 0, cheap, whole, phc), ERR_OK);
	ck_assert_int_eq(verify(cheap, phc, whole, &stale), ERR_OK);
	password[255] = 'y';
	ck_assert_int_eq(verify(cheap, phc, whole, &stale), ERR_UNAUTHORIZED);
}
END_TEST

/* By the reference command: printf password | argon2 somesalt -id -t 2 -m 16 -p 1 */
START_TEST(a_hash_made_elsewhere_is_verified)
{
	static const char phc[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
				  "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
	bool stale;

	ck_assert_int_eq(verify(cheap, phc, STR("password"), &stale), ERR_OK);
	ck_assert(!stale);
}
END_TEST

/* clang-format off */
static const struct {
	struct password_cost cost;
	bool stale;
} stale_cases[] = {
	{ { 64, 2, 1 }, false }, { { 32, 2, 1 }, false }, { { 64, 1, 1 }, false },
	{ { 65, 2, 1 }, true }, { { 64, 3, 1 }, true }, { { 64, 2, 2 }, true },
	{ { 32, 1, 2 }, true },
};
/* clang-format on */

static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The time of a proof under `salt` (NULL: no user) when today's cost is `cost`. */
static int64_t
proof_us(struct password_cost cost, const char *salt)
{
	char proof[PASSWORD_PHC_SIZE];
	bool stale;
	int64_t start_us = cpu_us();

	password_prove(gates, 0, cost, salt, STR("x"), proof, &stale);
	return cpu_us() - start_us;
}

START_TEST(a_proof_under_a_stale_salt_takes_as_long_as_one_under_none)
{
	static const char *const salts[] = {
		"$argon2id$v=19$m=8,t=1,p=1$aG9iIHRlc3Qgc2FsdCAxNg$",
		"$argon2id$v=19$m=8192,t=2,p=1$aG9iIHRlc3Qgc2FsdCAxNg$",
		"$argon2id$v=19$m=16384,t=1,p=1$aG9iIHRlc3Qgc2FsdCAxNg$",
	};
	struct password_cost cost = { .memory_kib = 16384, .passes = 4, .lanes = 1 };
	int64_t none_us = proof_us(cost, NULL), us = proof_us(cost, salts[_i]);

	ck_assert_msg(us * 2 > none_us && us < none_us * 2, "%lld us, and %lld for none",
		      (long long)us, (long long)none_us);
}
END_TEST

START_TEST(a_hash_made_with_less_is_stale_and_one_made_with_more_is_not)
{
	struct password_cost made = { .memory_kib = 64, .passes = 2, .lanes = 1 };
	char phc[PASSWORD_PHC_SIZE];
	bool stale = !stale_cases[_i].stale;

	ck_assert_int_eq(password_hash(gate, 0, made, STR("x"), phc), ERR_OK);
	ck_assert_int_eq(verify(stale_cases[_i].cost, phc, STR("x"), &stale), ERR_OK);
	ck_assert_int_eq(stale, stale_cases[_i].stale);
}
END_TEST

/* clang-format off */
static const char *const no_hashes[] = {
	NULL, "", "!", "plain", "$argon2id$v=19$m=64,t=1,p=1$",
	"$argon2id$v=19$m=64,t=1,p=1$xx$",
	"pbkdf2_sha1$600000$salt$aGFzaA==", "pbkdf2_sha256$0$salt$", "$2b$12$",
};
/* clang-format on */

/*
 * The work is seen in the processor time: 8 MiB four times over is 15 ms and more
 * of it anywhere, refusing at once is some microseconds.
 */
START_TEST(who_does_not_exist_is_refused_after_the_same_work)
{
	struct password_cost cost = { .memory_kib = 8192, .passes = 4, .lanes = 1 };
	clock_t begun = clock();
	bool stale = true;

	ck_assert_int_eq(verify(cost, no_hashes[_i], STR("x"), &stale), ERR_UNAUTHORIZED);
	ck_assert(!stale);
	ck_assert_int_gt((clock() - begun) * 1000 / CLOCKS_PER_SEC, 2);
	ck_assert(gate_is_empty());
}
END_TEST

START_TEST(a_cost_that_argon2_cannot_pay_is_an_internal_error_and_frees_the_permit)
{
	struct password_cost absurd = { .memory_kib = 64, .passes = 0, .lanes = 1 };
	char phc[PASSWORD_PHC_SIZE];

	ck_assert_int_eq(password_hash(gate, 0, absurd, STR("x"), phc), ERR_INTERNAL);
	ck_assert(gate_is_empty());
}
END_TEST

/* --- the gate ------------------------------------------------------------- */

START_TEST(permits_and_waiters_never_exceed_the_slots)
{
	permits_init(gate, 1000, 1000);
	ck_assert_uint_eq(gate->permits, PERMITS_MAX);
	ck_assert_uint_eq(gate->waiters_max, PERMITS_MAX);
	ck_assert(gate_is_empty());
}
END_TEST

START_TEST(who_waits_longer_than_the_limit_is_told_busy)
{
	pid_t holder = start_holder();
	int64_t begun = clock_mono_ms();
	char phc[PASSWORD_PHC_SIZE];

	ck_assert_int_eq(password_hash(gate, 100, cheap, STR("x"), phc), ERR_BUSY);
	ck_assert_int_ge(clock_mono_ms() - begun, 99);
	ck_assert_int_eq(gate->waiter[0], 0);
	kill_and_reap(holder);
}
END_TEST

START_TEST(who_cannot_even_wait_is_told_busy_at_once)
{
	pid_t holder = start_holder(), waiter = start_hashing(cheap, LONG_MS);
	int64_t begun;
	char phc[PASSWORD_PHC_SIZE];
	bool stale = true;

	await(gate->waiter, waiter);
	begun = clock_mono_ms();
	ck_assert_int_eq(password_hash(gate, LONG_MS, cheap, STR("x"), phc), ERR_BUSY);
	ck_assert_int_eq(password_prove(gates, LONG_MS, cheap, NULL, STR("x"), phc,
					&stale),
			 ERR_BUSY);
	ck_assert(!stale);
	ck_assert_int_lt(clock_mono_ms() - begun, LONG_MS / 10);
	kill_and_reap(holder);
	kill_and_reap(waiter);
}
END_TEST

START_TEST(a_waiter_gets_the_permit_of_a_killed_holder_once_it_is_forgotten)
{
	pid_t holder = start_holder(), waiter = start_hashing(cheap, LONG_MS);
	int64_t begun;

	await(gate->waiter, waiter);
	kill_and_reap(holder);
	ck_assert_int_eq(gate->holder[0], holder);
	begun = clock_mono_ms();
	permits_forget(gate, holder);
	ck_assert_int_eq(exit_of(waiter), ERR_OK);
	ck_assert_int_lt(clock_mono_ms() - begun, LONG_MS / 10);
	ck_assert(gate_is_empty());
}
END_TEST

START_TEST(a_waiter_gets_the_permit_that_is_given_back)
{
	char phc[PASSWORD_PHC_SIZE];
	int64_t begun = clock_mono_ms();
	pid_t waiter;

	/* This process holds: its own slot is all that a permit is. */
	gate->holder[0] = (int32_t)getpid();
	waiter = start_hashing(cheap, LONG_MS);
	await(gate->waiter, waiter);
	/* One slot is left for two: who comes second gets what the first gives back. */
	gate->waiters_max = gate->permits = 2;
	ck_assert_int_eq(password_hash(gate, LONG_MS, cheap, STR("x"), phc), ERR_OK);
	ck_assert_int_eq(exit_of(waiter), ERR_OK);
	ck_assert_int_lt(clock_mono_ms() - begun, LONG_MS / 10);
	ck_assert_int_eq(gate->waiter[0], 0);
}
END_TEST

START_TEST(a_killed_waiter_frees_its_place_once_it_is_forgotten)
{
	pid_t holder = start_holder(), waiter = start_hashing(cheap, LONG_MS);

	await(gate->waiter, waiter);
	kill_and_reap(waiter);
	permits_forget(gate, waiter);
	ck_assert_int_eq(gate->waiter[0], 0);
	ck_assert_int_eq(gate->holder[0], holder);
	waiter = start_hashing(cheap, LONG_MS);
	await(gate->waiter, waiter);
	kill_and_reap(holder);
	permits_forget(gate, holder);
	ck_assert_int_eq(exit_of(waiter), ERR_OK);
}
END_TEST

START_TEST(forgetting_a_stranger_changes_nothing)
{
	pid_t holder = start_holder();

	permits_forget(gate, holder + 1);
	ck_assert_int_eq(gate->holder[0], holder);
	kill_and_reap(holder);
}
END_TEST

/* clang-format off */
static const struct {
	const char *salt;
	bool is_dear;
} salts[] = {
	{ NULL, false },
	{ "!", false },
	{ "$argon2id$v=19$m=64,t=1,p=1$aG9iIHRlc3Qgc2FsdCAxNg$", false },
	{ "$argon2id$v=19$m=32,t=2,p=1$aG9iIHRlc3Qgc2FsdCAxNg$", false },
	{ "$argon2id$v=19$m=64,t=2,p=1$aG9iIHRlc3Qgc2FsdCAxNg$", false },
	{ "$argon2id$v=19$m=19456,t=3,p=1$aG9iIHRlc3Qgc2FsdCAxNg$", true },
	{ "pbkdf2_sha256$1000$salt$", true },
	{ "$2b$04$M.sxqpYfzvnkUoYfFZ2QIO", true },
	{ "bcrypt_sha256$$2b$04$M.sxqpYfzvnkUoYfFZ2QIO", true },
};
/* clang-format on */

/* Whoever holds all permits of one kind keeps nobody from the other. */
START_TEST(what_takes_more_than_todays_work_has_permits_of_its_own)
{
	char proof[PASSWORD_PHC_SIZE];
	bool stale;
	struct permits *mine = salts[_i].is_dear ? &gates->dear : &gates->usual;

	gates->usual.waiters_max = 0;
	mine->holder[0] = (int32_t)getppid();
	ck_assert_int_eq(password_prove(gates, LONG_MS, cheap, salts[_i].salt, STR("x"),
					proof, &stale),
			 ERR_BUSY);
	mine->holder[0] = 0;
	mine = salts[_i].is_dear ? &gates->usual : &gates->dear;
	mine->holder[0] = (int32_t)getppid();
	ck_assert_int_ne(password_prove(gates, LONG_MS, cheap, salts[_i].salt, STR("x"),
					proof, &stale),
			 ERR_BUSY);
}
END_TEST

/* If one wake-up were lost, a process would wait out the whole minute. */
START_TEST(a_crowd_gets_through_and_every_permit_comes_back)
{
	enum { CROWD = 12, ROUNDS = 20, PERMITS = 3 };
	int64_t begun = clock_mono_ms();
	pid_t crowd[CROWD];

	permits_init(gate, PERMITS, PERMITS_MAX);
	for (int i = 0; i < CROWD; i++) {
		char phc[PASSWORD_PHC_SIZE];

		crowd[i] = fork();
		if (crowd[i] != 0)
			continue;
		for (int round = 0; round < ROUNDS; round++)
			if (password_hash(gate, LONG_MS, cheap, STR("x"), phc) != ERR_OK)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < CROWD; i++)
		ck_assert_int_eq(exit_of(crowd[i]), 0);
	ck_assert(gate_is_empty());
	ck_assert_uint_eq(gate->freed, CROWD * ROUNDS);
	ck_assert_int_lt(clock_mono_ms() - begun, LONG_MS / 2);
}
END_TEST

Suite *
password_suite(void)
{
	Suite *s = suite_create("password");
	TCase *t = tcase_create("password");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_password_matches_its_hash_and_another_does_not);
	tcase_add_test(t, the_hash_is_a_phc_string_with_its_cost);
	tcase_add_test(t, every_hash_has_a_salt_of_its_own);
	tcase_add_test(t, no_byte_of_a_long_password_is_cut_off);
	tcase_add_test(t, a_hash_made_elsewhere_is_verified);
	tcase_add_loop_test(t,
			    a_hash_made_with_less_is_stale_and_one_made_with_more_is_not,
			    0, COUNT(stale_cases));
	tcase_add_loop_test(t, a_proof_under_a_stale_salt_takes_as_long_as_one_under_none,
			    0, 3);
	tcase_add_loop_test(t, who_does_not_exist_is_refused_after_the_same_work, 0,
			    COUNT(no_hashes));
	tcase_add_test(
		t,
		a_cost_that_argon2_cannot_pay_is_an_internal_error_and_frees_the_permit);
	tcase_add_test(t, permits_and_waiters_never_exceed_the_slots);
	tcase_add_test(t, who_waits_longer_than_the_limit_is_told_busy);
	tcase_add_test(t, who_cannot_even_wait_is_told_busy_at_once);
	tcase_add_test(t,
		       a_waiter_gets_the_permit_of_a_killed_holder_once_it_is_forgotten);
	tcase_add_test(t, a_waiter_gets_the_permit_that_is_given_back);
	tcase_add_test(t, a_killed_waiter_frees_its_place_once_it_is_forgotten);
	tcase_add_test(t, forgetting_a_stranger_changes_nothing);
	tcase_add_loop_test(t, what_takes_more_than_todays_work_has_permits_of_its_own, 0,
			    COUNT(salts));
	tcase_add_test(t, a_crowd_gets_through_and_every_permit_comes_back);
	suite_add_tcase(s, t);
	return s;
}
