#ifndef HOB_CORE_DIE_H
#define HOB_CORE_DIE_H

/*
 * Ends this process with one line on stderr and exit code 70 (EX_SOFTWARE).
 * For what cannot be answered: no memory, no randomness, a broken build.
 */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
