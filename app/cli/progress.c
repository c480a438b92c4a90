/*
 * progress.c: a progress bar for commands that take their time. Says how much
 * is done and how long the rest should take, supposing that it goes on as it
 * went. Runs in `hob` only.
 */
#include "cli/progress.h"

#include <unistd.h>

#include "core/clock.h"

enum { BAR_WIDTH = 30 };

void
progress_begin(struct progress *p, FILE *to, const char *what, int64_t total)
{
	*p = (struct progress){
		.to = to,
		.what = what,
		.total = total,
		.start_ms = clock_mono_ms(),
		.terminal = isatty(fileno(to)) == 1,
	};
	progress_show(p, 0);
}

static void
draw_bar(const struct progress *p, int64_t done, int64_t elapsed_s, int64_t left_s)
{
	static const char full[] = "##############################";
	int filled = (int)(done * BAR_WIDTH / p->total);

	fprintf(p->to, "\r%s [%-*.*s] %lld/%lld  %lld s, %lld s left \033[K", p->what,
		BAR_WIDTH, filled, full, (long long)done, (long long)p->total,
		(long long)elapsed_s, (long long)left_s);
	if (done == p->total)
		fputc('\n', p->to);
}

void
progress_show(struct progress *p, int64_t done)
{
	int64_t elapsed_ms = clock_mono_ms() - p->start_ms;
	int64_t left_ms = done > 0 ? elapsed_ms * (p->total - done) / done : 0;
	int tenths = (int)(done * 10 / p->total);

	if (p->terminal) {
		draw_bar(p, done, elapsed_ms / 1000, left_ms / 1000);
	} else if (tenths > p->tenths) {
		p->tenths = tenths;
		fprintf(p->to, "%s: %lld of %lld (%d %%), %lld s\n", p->what,
			(long long)done, (long long)p->total, tenths * 10,
			(long long)elapsed_ms / 1000);
	}
	fflush(p->to);
}
