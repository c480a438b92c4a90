/*
 * cut.c: takes out of a file that libvips has written what it writes of its own accord, or by mistake (8.14.1 makes EXIF
 * for a WebP that is to have none). In place; the result is the new length, 0 when the file is not as its format says.
 * Runs in hob-image.
 */
#include <string.h>

#include "image/work.h"

/* --- JPEG: FF, a marker, and a length that counts itself, up to the scan --------------- */

enum { SOI_SIZE = 2, SOS = 0xda, APP1 = 0xe1 };

size_t
cut_jpeg(unsigned char *bytes, size_t len)
{
	size_t from = SOI_SIZE, to = SOI_SIZE;

	while (from + 4 <= len && bytes[from] == 0xff && bytes[from + 1] != SOS) {
		size_t size = 2 + ((size_t)bytes[from + 2] << 8 | bytes[from + 3]);
		bool kept = bytes[from + 1] != APP1;

		if (from + size > len)
			return 0;
		if (kept)
			memmove(bytes + to, bytes + from, size);
		to += kept ? size : 0;
		from += size;
	}
	if (from + 4 > len || bytes[from] != 0xff)
		return 0;
	memmove(bytes + to, bytes + from, len - from);
	return to + len - from;
}

/* --- WebP: four letters, a length, and so many bytes, made even ------------------------ */

enum { RIFF_SIZE = 12, HEAD_SIZE = 8, HAS_EXIF = 0x08, HAS_XMP = 0x04 };

static size_t
read_le32(const unsigned char *at)
{
	return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 |
	       (size_t)at[3] << 24;
}

static void
write_le32(unsigned char *at, size_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(n >> 8 * i);
}

static bool
is_kept(const unsigned char *chunk)
{
	return memcmp(chunk, "EXIF", 4) != 0 && memcmp(chunk, "XMP ", 4) != 0;
}

size_t
cut_webp(unsigned char *bytes, size_t len)
{
	size_t from = RIFF_SIZE, to = RIFF_SIZE;

	while (from + HEAD_SIZE <= len) {
		size_t size = read_le32(bytes + from + 4);

		size += HEAD_SIZE + size % 2;
		if (from + size > len)
			return 0;
		if (memcmp(bytes + from, "VP8X", 4) == 0)
			bytes[from + HEAD_SIZE] &= (unsigned char)~(HAS_EXIF | HAS_XMP);
		if (is_kept(bytes + from)) {
			memmove(bytes + to, bytes + from, size);
			to += size;
		}
		from += size;
	}
	if (from != len)
		return 0;
	write_le32(bytes + 4, to - HEAD_SIZE);
	return to;
}
