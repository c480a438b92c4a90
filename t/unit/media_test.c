/*
 * media_test.c: what files are by their first bytes.
 */
#include "media/media.h"

#include <check.h>
#include <string.h>

Suite *media_suite(void);

/* clang-format off */
#define BYTES(text) { "" text, sizeof(text) - 1 }
static const struct {
	struct str head;
	const char *type;
} cases[] = {
	{ BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0"), "image/jpeg" },
	{ BYTES("\xff\xd8"), "text/plain" },
	{ BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png" },
	{ BYTES("\x89PNG\n\x1a\n"), "application/octet-stream" },
	{ BYTES("RIFF\x10\0\0\0WEBPVP8 "), "image/webp" },
	{ BYTES("RIFF\x10\0\0\0WAVEfmt "), "application/octet-stream" },
	{ BYTES("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic"), "image/heic" },
	{ BYTES("\0\0\0\x18" "ftypmif1\0\0\0\0mif1heic"), "image/heic" },
	{ BYTES("\0\0\0\x18" "ftypavif\0\0\0\0mif1avif"), "application/octet-stream" },
	{ BYTES("\0\0\0\x18" "ftypmp42\0\0\0\0isom"), "application/octet-stream" },
	{ BYTES("%PDF-1.7\n"), "application/pdf" },
	{ BYTES("a note\n"), "text/plain" },
	{ BYTES("K\xc3\xbc" "che\n"), "text/plain" },
	{ BYTES("#include <stdio.h>\nint main(void) { return 0; }\n"), "text/plain" },
	{ BYTES("#!/bin/sh\necho\n"), "text/plain" },
	{ BYTES("a,b\n1,2\n"), "text/plain" },
	{ BYTES("{\"a\": 1}"), "text/plain" },
	{ BYTES("\n\n <!DOCTYPE html><p>"), "text/html" },
	{ BYTES("hello <ScRiPt>"), "text/html" },
	{ BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "image/svg+xml" },
	{ BYTES("<?xml version=\"1.0\"?><a/>"), "text/xml" },
	{ BYTES("\x7f" "ELF\x02\x01\x01\0"), "application/octet-stream" },
	{ BYTES("PK\x03\x04\x14\0\0\0"), "application/octet-stream" },
	{ BYTES("GIF89a\x01\0\x01\0"), "application/octet-stream" },
	{ BYTES(""), "application/x-empty" },
};
/* clang-format on */

START_TEST(a_file_is_what_it_begins_with)
{
	struct media *m = media_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *type = media_type(m, cases[i].head);

		ck_assert_msg(strcmp(type, cases[i].type) == 0, "%.*s: %s, not %s",
			      STR_FMT(cases[i].head), type, cases[i].type);
	}
	media_free(m);
}
END_TEST

Suite *
media_suite(void)
{
	Suite *s = suite_create("media");
	TCase *t = tcase_create("media");

	tcase_add_test(t, a_file_is_what_it_begins_with);
	suite_add_tcase(s, t);
	return s;
}
