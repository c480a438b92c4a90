/*
 * page.c: of a PDF the first page is shown, and the bytes stay as they are: whoever signs or scans one wants the same
 * bytes back. Nothing of it is run. Runs in hob-image.
 */
#include <string.h>

#include "image/work.h"

/*
 * A page with the fourteen fonts that a PDF need not hold, so that poppler and fontconfig have read what they configure
 * themselves from, and the files of those are open (fonts.c).
 */
#define FONT(name, font) "/" name "<</Type/Font/Subtype/Type1/BaseFont/" font ">>"
static const char sample[] =
	"%PDF-1.4\n"
	"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 60 20]/Contents 4 0 R/Resources"
	"<</Font<<" FONT("A", "Helvetica") FONT("B", "Helvetica-Bold") FONT(
		"C",
		"Helvetica-Oblique") FONT("D",
					  "Helvetica-BoldOblique") FONT("E",
									"Times-Roman")
		FONT("F", "Times-Bold") FONT("G", "Times-Italic") FONT("H",
								       "Times-BoldItalic")
			FONT("I", "Courier") FONT("J",
						  "Courier-Bold") FONT("K",
								       "Courier-Oblique")
				FONT("L", "Courier-BoldOblique") FONT("M", "Symbol")
					FONT("N",
					     "ZapfDingbats") ">>>>>>endobj\n"
							     "4 0 obj<</Length "
							     "243>>stream\n"
							     "BT 4 6 Td /A 9 Tf (a) Tj "
							     "/B 9 Tf (a) Tj /C 9 Tf (a) "
							     "Tj /D 9 Tf (a) Tj "
							     "/E 9 Tf (a) Tj /F 9 Tf (a) "
							     "Tj /G 9 Tf (a) Tj /H 9 Tf "
							     "(a) Tj /I 9 Tf (a) Tj "
							     "/J 9 Tf (a) Tj /K 9 Tf (a) "
							     "Tj /L 9 Tf (a) Tj /M 9 Tf "
							     "(a) Tj /N 9 Tf (a) Tj ET\n"
							     "endstream endobj\n"
							     "trailer<</Root 1 0 R>>\n";

/* Its page is so large at 72 dpi; enlarged at most so far that a line of text can be read. */
enum { SCALE_MOST = 4 };

static VipsImage *
open_page(struct str bytes, double scale)
{
	VipsImage *page = NULL;

	if (vips_pdfload_buffer((void *)(uintptr_t)bytes.ptr, bytes.len, &page, "page", 0,
				"n", 1, "scale", scale, NULL) != 0)
		return NULL;
	return page;
}

void
page_warm(void)
{
	VipsImage *page;

	fonts_keep();
	page = open_page(str_of(sample), 1);
	if (page != NULL)
		vips_image_wio_input(page);
	fonts_shut();
	vips_error_clear();
}

static enum image_verdict
fault_of_page(void)
{
	const char *why = vips_error_buffer();

	return strcasestr(why, "encrypted") != NULL || strcasestr(why, "password") != NULL
		       ? IMAGE_ENCRYPTED
		       : IMAGE_DAMAGED;
}

static double
scale_of(const VipsImage *page)
{
	int side = VIPS_MAX(page->Xsize, page->Ysize);

	return VIPS_MIN((double)IMAGE_DISPLAY_SIDE / side, SCALE_MOST);
}

enum image_verdict
page_make(struct work *w)
{
	VipsImage *page = open_page(w->bytes, 1), *flat = NULL, *held;

	if (page == NULL)
		return fault_of_page();
	page = open_page(w->bytes, scale_of(page));
	if (page == NULL)
		return IMAGE_DAMAGED;
	if (picture_is_too_large(w, page))
		return IMAGE_TOO_LARGE;
	/* White paper. */
	if (vips_flatten(page, &flat, "background", vips_array_double_newv(1, 255.0),
			 NULL) != 0)
		return IMAGE_DAMAGED;
	held = vips_image_copy_memory(flat);
	if (held == NULL)
		return IMAGE_DAMAGED;
	if (!output_write(IMAGE_MAIN, w->bytes.ptr, w->bytes.len))
		return IMAGE_TOO_LARGE;
	return picture_write_small(w, held);
}
