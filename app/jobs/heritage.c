/* heritage.c: what the children of hob-jobs have in common. */
#include "jobs/heritage.h"

#include "core/die.h"
#include "log/log.h"

void
heritage_settle(const struct heritage *h, const char *program, int index,
		enum confine_kept kept)
{
	log_process(program, index);
	if (!h->config.debug_attach && confine_calls(kept) != ERR_OK)
		die("no seccomp filter: the kernel has none; debug.attach = on does "
		    "without");
}

void
heritage_tend_log(const struct heritage *h, uint32_t *seen)
{
	uint32_t reopen = __atomic_load_n(&h->block->board.reopen, __ATOMIC_RELAXED);

	if (*seen != reopen)
		settings_open_log(&h->config);
	*seen = reopen;
}
