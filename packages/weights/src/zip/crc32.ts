/** The remainders of all bytes by the polynomial 0x04C11DB7, its bits turned around (ISO 3309). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 as zip archives have it. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    remainder = table[(remainder ^ bytes[i]!) & 255]! ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
