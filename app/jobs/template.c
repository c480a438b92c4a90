/*
 * template.c: fills the templates of mails in. Pure; runs in runners.
 */
#include "jobs/template.h"

#include <string.h>

#include "core/strbuf.h"

const struct mail_template *
template_find(const char *name, const char *language)
{
	const struct mail_template *english = NULL;

	for (int i = 0; i < MAIL_TEMPLATE_COUNT; i++) {
		const struct mail_template *t = &mail_templates[i];

		if (strcmp(t->name, name) != 0)
			continue;
		if (strcmp(t->language, language) == 0)
			return t;
		if (strcmp(t->language, "en") == 0)
			english = t;
	}
	return english;
}

static void
add_escaped(struct strbuf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		switch (s.ptr[i]) {
		case '&':
			strbuf_add_cstr(out, "&amp;");
			break;
		case '<':
			strbuf_add_cstr(out, "&lt;");
			break;
		case '>':
			strbuf_add_cstr(out, "&gt;");
			break;
		case '"':
			strbuf_add_cstr(out, "&quot;");
			break;
		default:
			strbuf_add_char(out, s.ptr[i]);
		}
}

/* Where a text is filled in. */
struct filling {
	const struct letter_value *values;
	size_t count;
	enum template_form form;
	struct strbuf out;
	bool is_inside, is_left_out; /* a part that may be left out */
};

static const struct letter_value *
find_value(const struct filling *f, struct str name)
{
	for (size_t i = 0; i < f->count; i++)
		if (str_is(name, f->values[i].name))
			return &f->values[i];
	return NULL;
}

/* {{name}}, what stands between the braces; false when it cannot be. */
static bool
put_value(struct filling *f, struct str name)
{
	const struct letter_value *v = find_value(f, name);

	if (v == NULL)
		return false;
	if (f->is_left_out)
		return true;
	if (f->form == TEMPLATE_HTML)
		add_escaped(&f->out, v->text);
	else
		strbuf_add(&f->out, v->text);
	return true;
}

/* {{?name}} or {{/}} */
static bool
turn(struct filling *f, struct str mark)
{
	const struct letter_value *v =
		find_value(f, (struct str){ mark.ptr + 1, mark.len - 1 });
	bool is_begin = mark.ptr[0] == '?';

	if (is_begin == f->is_inside || (is_begin && v == NULL))
		return false;
	f->is_inside = is_begin;
	f->is_left_out = is_begin && v->text.len == 0;
	return true;
}

/* One mark and what stands before it; where the text goes on, NULL at the fault. */
static const char *
step(struct filling *f, const char *text, const char *mark)
{
	const char *end = strstr(mark, "}}");
	struct str word = { mark + 2, end != NULL ? (size_t)(end - mark - 2) : 0 };
	bool turns = word.len > 0 && (word.ptr[0] == '?' || word.ptr[0] == '/');

	if (!f->is_left_out)
		strbuf_add_bytes(&f->out, text, (size_t)(mark - text));
	if (end == NULL || !(turns ? turn(f, word) : put_value(f, word)))
		return NULL;
	return end + 2 + (turns && end[2] == '\n');
}

bool
template_fill(struct arena *a, const char *text, enum template_form form,
	      const struct letter_value *values, size_t count, struct str *out,
	      const char **fault)
{
	struct filling f = { .values = values, .count = count, .form = form };
	const char *at = text, *mark = NULL;

	strbuf_init(&f.out);
	while (at != NULL && (mark = strstr(at, "{{")) != NULL)
		at = step(&f, at, mark);
	*fault = at == NULL ? mark : f.is_inside ? "{{/}}" : NULL;
	if (*fault == NULL)
		strbuf_add_cstr(&f.out, at);
	*out = arena_str(a, strbuf_str(&f.out));
	strbuf_release(&f.out);
	return *fault == NULL;
}
