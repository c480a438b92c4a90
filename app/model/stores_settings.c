/* stores_settings.c: what stores.* must have where something is sold. Runs in every program. */
#include "model/stores_settings.h"

#include "http/url.h"

static bool
is_base(const char *text)
{
	struct http_url url;

	return http_url_parse(str_of(text), &url) && !url.has_user && !url.has_fragment;
}

void
stores_settings_check(const struct store_setting *all, struct strbuf *why)
{
	if (all->text[0] == '\0')
		return;
	for (const struct store_setting *s = all; s->name != NULL; s++)
		if (s->text[0] == '\0')
			strbuf_addf(why, "%s must be set where %s is\n", s->name,
				    all->name);
		else if (s->is_url && !is_base(s->text))
			strbuf_addf(why, "%s must be a URL without a user\n", s->name);
}
