/*
 * status.c: the pages that the master shows on a socket of its own, by HTTP/1.0: so they are there
 * while every worker is busy, stopped or dead.
 *
 * A connection is one GET. Whoever is slow, silent or talks nonsense loses it after some seconds,
 * there are few at a time, and none may keep the master from the front: nothing here waits, and
 * when pages take more than a twentieth of its time the next ones wait in the backlog. Runs in the
 * master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "log/log.h"
#include "supervise/listen.h"

enum { BACKLOG = 64, PACE = 20 };

/* A client has so long for its request and for reading the answer; a page takes some ms at most. */
static const int64_t patience_ns = 2000 * MS;
/* So far pages may be ahead of their pace, for those who ask for several at once. */
static const int64_t ahead_ns = 100 * MS;

static void
write_ok(void *arg, struct strbuf *out)
{
	(void)arg;
	strbuf_add_cstr(out, "ok\n");
}

static void
write_pong(void *arg, struct strbuf *out)
{
	(void)arg;
	strbuf_add_cstr(out, "pong\n");
}

/* Besides those of the program. */
static const struct status_page own_pages[] = { { "/livez", "text/plain", write_ok },
						{ "/ping", "text/plain", write_pong },
						{ NULL } };

/* --- making ----------------------------------------------------------------- */

static bool
watch(struct master *m, int op, int fd, uint32_t events, int source)
{
	struct epoll_event ev = { .events = events,
				  .data.u64 = STATUS_DATA + (unsigned)source };

	return epoll_ctl(m->epoll_fd, op, fd, &ev) == 0;
}

static struct status_conn *
free_conn(struct status *s)
{
	for (int i = 0; i < STATUS_CONNS; i++)
		if (s->conns[i].fd < 0)
			return &s->conns[i];
	return NULL;
}

/* Listens or not: by whether there is room, and whether pages take too much. */
static void
settle(struct master *m)
{
	struct status *s = &m->status;
	bool wanted = s->listen_fd >= 0 && free_conn(s) != NULL &&
		      s->paced_ns - m->now < ahead_ns;

	if (wanted == s->listening)
		return;
	if (wanted)
		s->listening = watch(m, EPOLL_CTL_ADD, s->listen_fd, EPOLLIN, 0);
	else
		s->listening = !watch(m, EPOLL_CTL_DEL, s->listen_fd, 0, 0);
}

/* A socket in the group of nginx, or, where we may not give it away, in our own. */
static int
listen_for(const struct supervisor *s)
{
	int fd = listen_at(s->status_path, s->status_group, BACKLOG);

	return fd < 0 && errno == EPERM ? listen_at(s->status_path, NULL, BACKLOG) : fd;
}

/* The program does its work without it, too. */
void
status_open(struct master *m)
{
	struct status *s = &m->status;

	s->listen_fd = -1;
	for (int i = 0; i < STATUS_CONNS; i++)
		s->conns[i].fd = -1;
	if (m->s->status_path == NULL)
		return;
	s->listen_fd = listen_for(m->s);
	if (s->listen_fd < 0)
		log_say(LOG_ERROR, "no_status_socket", "%s: %s", m->s->status_path,
			strerror(errno));
	settle(m);
}

void
status_forget(const struct master *m)
{
	if (m->status.listen_fd >= 0)
		close(m->status.listen_fd);
	for (int i = 0; i < STATUS_CONNS; i++)
		if (m->status.conns[i].fd >= 0)
			close(m->status.conns[i].fd);
}

void
status_close(struct master *m)
{
	if (m->status.listen_fd >= 0)
		unlink(m->s->status_path);
	status_forget(m);
}

/* --- one request ------------------------------------------------------------- */

static void
drop(struct status_conn *c)
{
	close(c->fd);
	c->fd = -1;
	strbuf_release(&c->reply);
}

static const struct status_page *
find_in(const struct status_page *pages, struct str target)
{
	while (pages != NULL && pages->target != NULL && !str_is(target, pages->target))
		pages++;
	return pages != NULL && pages->target != NULL ? pages : NULL;
}

static void
list(const struct status_page *pages, struct strbuf *out)
{
	for (; pages != NULL && pages->target != NULL; pages++)
		strbuf_addf(out, "%s\n", pages->target);
}

static void
reply(struct status_conn *c, const char *status, const char *type, struct str body,
      bool with_body)
{
	strbuf_addf(&c->reply,
		    "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		    "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
		    status, type, body.len);
	if (with_body)
		strbuf_add(&c->reply, body);
}

static void
show(struct master *m, struct status_conn *c, struct str target, bool with_body)
{
	const struct status_page *page = find_in(m->s->status_pages, target);
	struct strbuf body;

	strbuf_init(&body);
	if (page == NULL)
		page = find_in(own_pages, target);
	if (page != NULL) {
		page->write(m->s->arg, &body);
		reply(c, "200 OK", page->type, strbuf_str(&body), with_body);
	} else {
		list(m->s->status_pages, &body);
		list(own_pages, &body);
		reply(c, "404 Not Found", "text/plain", strbuf_str(&body), with_body);
	}
	strbuf_release(&body);
}

static void
answer(struct master *m, struct status_conn *c)
{
	struct str line = { c->request, c->got };
	struct str method = str_cut(&line, ' '), target = str_cut(&line, ' ');
	int64_t began_ns = clock_mono_ns();

	if (str_is(method, "GET") || str_is(method, "HEAD"))
		show(m, c, target, str_is(method, "GET"));
	else
		reply(c, "405 Method Not Allowed\r\nAllow: GET, HEAD", "text/plain",
		      STR("GET\n"), true);
	if (m->status.paced_ns < m->now)
		m->status.paced_ns = m->now;
	m->status.paced_ns += PACE * (clock_mono_ns() - began_ns);
}

/* Sends what the socket takes. */
static void
send_some(struct master *m, struct status_conn *c)
{
	ssize_t n = send(c->fd, c->reply.ptr + c->sent, c->reply.len - c->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		c->sent += (size_t)n;
	if ((n < 0 && errno != EAGAIN) || c->sent == c->reply.len ||
	    !watch(m, EPOLL_CTL_MOD, c->fd, EPOLLOUT, 1 + (int)(c - m->status.conns)))
		drop(c);
}

static bool
is_whole(const struct status_conn *c)
{
	return memmem(c->request, c->got, "\r\n\r\n", 4) != NULL ||
	       memmem(c->request, c->got, "\n\n", 2) != NULL;
}

static void
receive(struct master *m, struct status_conn *c)
{
	ssize_t n = recv(c->fd, c->request + c->got, sizeof(c->request) - c->got,
			 MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->got += (size_t)n;
	if (is_whole(c))
		answer(m, c);
	else if (c->got == sizeof(c->request))
		reply(c, "431 Request Header Fields Too Large", "text/plain", STR(""),
		      true);
	if (c->reply.len > 0)
		send_some(m, c);
}

static void
go_on(struct master *m, struct status_conn *c)
{
	if (c->fd >= 0 && c->reply.len > 0)
		send_some(m, c);
	else if (c->fd >= 0)
		receive(m, c);
}

/* One in a turn: the front's connections come first. */
static void
accept_one(struct master *m)
{
	struct status_conn *c = free_conn(&m->status);
	int fd = c == NULL ? -1
			   : accept4(m->status.listen_fd, NULL, NULL,
				     SOCK_CLOEXEC | SOCK_NONBLOCK);

	/* Out of descriptors: asking again at once would only spin. */
	if (fd < 0 && c != NULL && errno != EAGAIN)
		m->status.paced_ns = m->now + 2 * ahead_ns;
	if (fd < 0)
		return;
	c->fd = fd;
	c->got = c->sent = 0;
	c->until_ns = m->now + patience_ns;
	strbuf_init(&c->reply);
	if (!watch(m, EPOLL_CTL_ADD, fd, EPOLLIN, 1 + (int)(c - m->status.conns)))
		drop(c);
}

/* --- for the loop ------------------------------------------------------------- */

void
status_event(struct master *m, uint64_t data)
{
	unsigned source = (unsigned)(data - STATUS_DATA);

	if (source == 0)
		accept_one(m);
	else
		go_on(m, &m->status.conns[source - 1]);
	settle(m);
}

void
status_tick(struct master *m)
{
	struct status_conn *c;

	for (c = m->status.conns; c < m->status.conns + STATUS_CONNS; c++)
		if (c->fd >= 0 && m->now > c->until_ns)
			drop(c);
	settle(m);
}
