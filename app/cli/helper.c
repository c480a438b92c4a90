/* helper.c: other programs that `hob` runs. fork and exec: nothing of this process but three files is theirs. */
#include "cli/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

enum { EXIT_NO_PROGRAM = 127 };

bool
helper_pipe_make(int ends[2])
{
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(ends, O_CLOEXEC) == 0)
		return true;
	complain("pipe: %s", strerror(errno));
	return false;
}

/* Runs in the child. */
static void
become(const struct helper *c, int in, int out)
{
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	for (char *const *e = c->env; e != NULL && *e != NULL; e++)
		putenv(*e);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execvp(c->argv[0], (char *const *)(const void *)c->argv);
	complain("%s: %s", c->argv[0], strerror(errno));
	_exit(EXIT_NO_PROGRAM);
}

pid_t
helper_start(const struct helper *c, int in, int out)
{
	pid_t pid = fork();

	if (pid == 0)
		become(c, in, out);
	if (pid < 0)
		complain("%s: %s", c->argv[0], strerror(errno));
	return pid;
}

bool
helper_end(pid_t pid, const struct helper *c)
{
	int status = 0;

	if (pid < 0)
		return false;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status))
		complain("%s was ended by signal %d", c->argv[0], WTERMSIG(status));
	else
		complain("%s failed (%d)", c->argv[0], WEXITSTATUS(status));
	return false;
}

bool
helper_pipe(const struct helper *helpers, int count, int in, int out)
{
	pid_t pids[HELPERS_MOST] = { 0 };
	int from = in, started = 0;
	bool good = count <= HELPERS_MOST;

	for (int i = 0; i < count && good; i++) {
		int ends[2] = { -1, out };

		good = i == count - 1 || helper_pipe_make(ends);
		if (good)
			pids[i] = helper_start(&helpers[i], from, ends[1]);
		if (from != in)
			close(from);
		if (ends[1] != out)
			close(ends[1]);
		from = ends[0];
		good = good && pids[i] >= 0;
		started += good;
	}
	if (from >= 0 && from != in)
		close(from);
	for (int i = 0; i < started; i++)
		good = helper_end(pids[i], &helpers[i]) && good;
	return good;
}
