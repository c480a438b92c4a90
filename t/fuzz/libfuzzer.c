/*
 * libfuzzer.c: the entry points that libFuzzer calls. FUZZ_TARGET names the target.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzz_target *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");

	(void)argc;
	(void)argv;
	target = name != NULL ? fuzz_find(name) : NULL;
	if (target == NULL) {
		fputs("FUZZ_TARGET names no target\n", stderr);
		exit(64);
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(target, (struct str){ (const char *)data, size });
	return 0;
}
