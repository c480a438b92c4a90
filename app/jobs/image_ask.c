/* image_ask.c: asks for hob-image and hears what became of it (image_ask.h). Runs in runners. */
#include "jobs/image_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"

/* The aide kills in time; what takes longer than that and this is an aide that hangs, which its master kills. */
enum { BEYOND_MS = IMAGES_BEAT_MS + 5000, SAID_SIZE = IMAGE_REPORT_SIZE + 32 };

static const char *const ends[] = {
	[IMAGE_REPORTED] = "reported",
	[IMAGE_DIED] = "died",
	[IMAGE_LATE] = "late",
	[IMAGE_LOST] = "lost",
};

const char *
image_end_name(enum image_end e)
{
	return ends[e];
}

bool
image_path(char path[IMAGE_PATH_SIZE])
{
	static const char name[] = "hob-image";
	ssize_t len = readlink("/proc/self/exe", path, IMAGE_PATH_SIZE - sizeof(name));

	if (len < 0) {
		snprintf(path, IMAGE_PATH_SIZE, "%s", name);
		return false;
	}
	while (len > 0 && path[len - 1] != '/')
		len--;
	snprintf(path + len, IMAGE_PATH_SIZE - (size_t)len, "%s", name);
	return true;
}

static bool
pass(int socket, const struct image_order *order, const int fds[IMAGE_PASSED])
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * IMAGE_PASSED)];
	} control = { 0 };
	struct image_order copy = *order;
	struct iovec part = { &copy, sizeof(copy) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	control.head =
		(struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(int) * IMAGE_PASSED) };
	memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * IMAGE_PASSED);
	/* A queue that is full has an aide that hangs. */
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

/*
 * Reads to the end, behind which nobody writes to the outputs: never less, for hob-image may say anything and go on. Of
 * what does not fit the length alone is known. False: the end has not come in time.
 */
static bool
read_said(int fd, char said[SAID_SIZE], int64_t wait_ms, size_t *len)
{
	int64_t until_ms = clock_mono_ms() + wait_ms, left_ms;
	char rest[SAID_SIZE];

	*len = 0;
	while ((left_ms = until_ms - clock_mono_ms()) > 0) {
		struct pollfd p = { fd, POLLIN, 0 };
		bool fits = *len < SAID_SIZE;
		ssize_t n;

		if (poll(&p, 1, (int)left_ms) <= 0)
			continue;
		n = read(fd, fits ? said + *len : rest,
			 fits ? SAID_SIZE - *len : SAID_SIZE);
		if (n <= 0)
			return n == 0;
		*len += (size_t)n;
	}
	return false;
}

/* The last whole line is the aide's; without one it has died. What stands before it is hob-image's, which says no more. */
static enum image_end
understand(struct str said, struct image_report *report)
{
	enum image_end end = IMAGE_LOST;
	struct str line = said, rest = said, first;

	if (said.len > SAID_SIZE)
		return IMAGE_DIED;
	if (said.len == 0 || said.ptr[said.len - 1] != '\n')
		return IMAGE_LOST;
	rest.len--;
	first = rest;
	while (rest.ptr != NULL)
		line = str_cut(&rest, '\n');
	for (int i = 0; i <= IMAGE_LOST; i++)
		if (str_is(line, ends[i]))
			end = (enum image_end)i;
	if (end == IMAGE_REPORTED && !image_report_read(str_cut(&first, '\n'), report))
		return IMAGE_DIED;
	return end;
}

enum image_end
image_ask(const struct heritage *h, const char *media_type, int in,
	  const int out[IMAGE_VARIANTS], struct image_report *report)
{
	struct image_order order = { .pixels = h->config.files_max_pixels,
				     .memory_bytes = h->config.files_image_memory_bytes,
				     .time_ms = h->config.files_image_ms };
	int fds[IMAGE_PASSED] = { [IMAGE_PASSED_IN] = in }, ends_of[2];
	char said[SAID_SIZE];
	bool heard;
	size_t len = 0;

	snprintf(order.media_type, sizeof(order.media_type), "%s", media_type);
	/* Sanitizers want all the addresses there are. */
	if (h->config.debug_attach)
		order.memory_bytes = 0;
	if (pipe2(ends_of, O_CLOEXEC) != 0)
		return IMAGE_LOST;
	fds[IMAGE_PASSED_REPORT] = ends_of[1];
	memcpy(fds + IMAGE_PASSED_OUT, out, sizeof(int) * IMAGE_VARIANTS);
	heard = pass(h->images[0], &order, fds);
	close(ends_of[1]);
	heard = heard && read_said(ends_of[0], said, order.time_ms + BEYOND_MS, &len);
	close(ends_of[0]);
	return heard ? understand((struct str){ said, len }, report) : IMAGE_LOST;
}
