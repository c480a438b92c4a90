/*
 * world.c: a name server and a wall clock that a test holds in its hand, laid over libc by
 * LD_PRELOAD. In the folder HOB_FAULT_WORLD a file "<name>.test" holds the address of that name;
 * while there is a file "slow" no name is answered. Addresses need no name server and are answered
 * always. While there is a file "back" the wall clock is an hour behind.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int lookup(const char *, const char *, const struct addrinfo *,
		   struct addrinfo **);

static void
wait_until_quick(const char *folder)
{
	const struct timespec pause = { 0, 5000000 };
	char path[512];

	snprintf(path, sizeof(path), "%s/slow", folder);
	while (access(path, F_OK) == 0)
		nanosleep(&pause, NULL);
}

static const char *
address_of(const char *folder, const char *node, char text[64])
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, node);
	f = fopen(path, "re");
	if (f == NULL)
		return node;
	if (fgets(text, 64, f) == NULL)
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

lookup getaddrinfo;
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	    struct addrinfo **out)
{
	lookup *real = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
	const char *folder = getenv("HOB_FAULT_WORLD");
	char text[64];

	if (folder == NULL || node == NULL || strstr(node, ".test") == NULL)
		return real(node, service, hints, out);
	wait_until_quick(folder);
	return real(address_of(folder, node, text), service, hints, out);
}

typedef int read_clock(clockid_t, struct timespec *);

read_clock clock_gettime;
int
clock_gettime(clockid_t which, struct timespec *out)
{
	read_clock *real = (read_clock *)dlsym(RTLD_NEXT, "clock_gettime");
	const char *folder = getenv("HOB_FAULT_WORLD");
	char path[512];
	int result = real(which, out);

	if (folder == NULL || which != CLOCK_REALTIME)
		return result;
	snprintf(path, sizeof(path), "%s/back", folder);
	if (access(path, F_OK) == 0)
		out->tv_sec -= 3600;
	return result;
}
