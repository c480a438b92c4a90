// uuid.ts: ids made by a client, offline perhaps.

/** RFC 9562, version 7: later ones sort behind earlier ones. */
export function uuidv7(now = Date.now()): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	for (let i = 0; i < 6; i++)
		bytes[i] = Math.floor(now / 2 ** (40 - 8 * i)) % 256;
	bytes[6] = (bytes[6]! & 0x0f) | 0x70;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
