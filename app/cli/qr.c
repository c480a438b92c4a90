/* qr.c: a QR code of half blocks, two rows of it in a line. Light on dark, with the margin that readers want. */
#include "cli/qr.h"

#include <qrencode.h>
#include <stdbool.h>

enum { MARGIN = 2 };

static bool
is_dark(const QRcode *code, int x, int y)
{
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       code->data[y * code->width + x] & 1;
}

void
qr_print(const char *text, FILE *out)
{
	/* By upper and lower half, light where it is printed. */
	static const char *const blocks[2][2] = { { "█", "▀" }, { "▄", " " } };
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	for (int y = -MARGIN; code != NULL && y < code->width + MARGIN; y += 2) {
		for (int x = -MARGIN; x < code->width + MARGIN; x++)
			fputs(blocks[is_dark(code, x, y)][is_dark(code, x, y + 1)], out);
		fputc('\n', out);
	}
	QRcode_free(code);
}
