/*
 * hosts.c: the hosts of a conninfo with their addresses, in place of their names.
 *
 * libpq looks names up where it connects, and a name server may take its time. With `hostaddr`
 * beside `host` it does not, and the name still serves TLS and the password file. Runs in workers.
 */
#include "db/hosts.h"

#include <libpq-fe.h>
#include <string.h>

struct place {
	struct str host, hostaddr, port;
};

/* The three settings as they came, lists with commas; absent is STR_NONE. */
struct given {
	struct str host, hostaddr, port;
	int hosts, hostaddrs, ports;
};

void
db_hosts_init(struct db_hosts *h)
{
	strbuf_init(&h->host);
	strbuf_init(&h->hostaddr);
	strbuf_init(&h->port);
}

void
db_hosts_release(struct db_hosts *h)
{
	strbuf_release(&h->host);
	strbuf_release(&h->hostaddr);
	strbuf_release(&h->port);
}

static struct str
option(const PQconninfoOption *options, const char *keyword)
{
	for (; options != NULL && options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val != NULL &&
		    options->val[0] != '\0')
			return str_of(options->val);
	return STR_NONE;
}

static int
count_items(struct str list)
{
	int count = 0;

	for (; list.ptr != NULL; count++)
		str_cut(&list, ',');
	return count;
}

/* The conninfo's value, else the environment's. */
static struct str
find_option(const PQconninfoOption *said, const PQconninfoOption *fallback,
	    const char *keyword)
{
	struct str value = option(said, keyword);

	return value.ptr != NULL ? value : option(fallback, keyword);
}

static void
read_given(struct given *g, const PQconninfoOption *said,
	   const PQconninfoOption *fallback)
{
	g->host = find_option(said, fallback, "host");
	g->hostaddr = find_option(said, fallback, "hostaddr");
	g->port = find_option(said, fallback, "port");
	g->hosts = count_items(g->host);
	g->hostaddrs = count_items(g->hostaddr);
	g->ports = count_items(g->port);
}

/* Lists that do not fit each other are libpq's to refuse. */
static bool
is_sound(const struct given *g)
{
	return g->hosts > 0 && (g->hostaddrs == 0 || g->hostaddrs == g->hosts) &&
	       (g->ports <= 1 || g->ports == g->hosts);
}

static void
add_item(struct strbuf *list, struct str item, bool first)
{
	if (!first)
		strbuf_add_char(list, ',');
	if (item.ptr != NULL)
		strbuf_add(list, item);
}

static void
add_place(struct db_hosts *h, const struct place *p, int *count)
{
	add_item(&h->host, p->host, *count == 0);
	add_item(&h->hostaddr, p->hostaddr, *count == 0);
	add_item(&h->port, p->port, *count == 0);
	++*count;
}

/* A folder of sockets, an abstract socket, an address: libpq needs no lookup here. */
static bool
wants_lookup(const struct place *p)
{
	return p->hostaddr.len == 0 && p->host.len > 0 && p->host.ptr[0] != '/' &&
	       p->host.ptr[0] != '@' && names_is_name(p->host);
}

static void
add_addresses(struct db_hosts *h, struct place *p, struct names *names, int *count,
	      struct strbuf *why)
{
	struct name_addresses found;
	const char *reason;

	if (!names_find(names, p->host, &found, &reason)) {
		strbuf_clear(why, 0);
		strbuf_addf(why, "the name %.*s: %s", STR_FMT(p->host), reason);
		return;
	}
	for (int i = 0; i < found.count; i++) {
		p->hostaddr = str_of(found.text[i]);
		add_place(h, p, count);
	}
}

static enum err
expand(struct db_hosts *h, struct given *g, struct names *names, struct strbuf *why)
{
	struct str port = g->ports == 1 ? g->port : STR_NONE;
	bool helped = false;
	int count = 0;

	for (int i = 0; i < g->hosts; i++) {
		struct place p = { .host = str_cut(&g->host, ','),
				   .hostaddr = str_cut(&g->hostaddr, ','),
				   .port = g->ports > 1 ? str_cut(&g->port, ',') : port };

		if (wants_lookup(&p)) {
			add_addresses(h, &p, names, &count, why);
			helped = true;
		} else {
			add_place(h, &p, &count);
		}
	}
	if (!helped) {
		strbuf_clear(&h->host, 0);
		strbuf_clear(&h->hostaddr, 0);
		strbuf_clear(&h->port, 0);
	}
	return count > 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
db_hosts_find(struct db_hosts *h, const char *conninfo, struct names *names,
	      struct strbuf *why)
{
	PQconninfoOption *said = PQconninfoParse(conninfo, NULL);
	PQconninfoOption *fallback = PQconndefaults();
	struct given g;
	enum err e = ERR_OK;

	strbuf_clear(&h->host, 0);
	strbuf_clear(&h->hostaddr, 0);
	strbuf_clear(&h->port, 0);
	read_given(&g, said, fallback);
	if (option(said, "service").ptr == NULL && is_sound(&g))
		e = expand(h, &g, names, why);
	PQconninfoFree(said);
	PQconninfoFree(fallback);
	return e;
}
