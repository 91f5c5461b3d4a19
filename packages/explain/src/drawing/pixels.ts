import { encode } from 'fast-png';

/** Red, green, blue and opacity, each 0 to 255. */
export type Pixel = readonly [number, number, number, number];

/** Part of an SVG: pixels as a picture, sharp where it is enlarged. */
export function pixelImage(
  at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  columns: number,
  rows: number,
  pixel: (i: number) => Pixel,
): string {
  const data = new Uint8Array(columns * rows * 4);
  for (let i = 0; i < columns * rows; i++) data.set(pixel(i), i * 4);
  const png = encode({ width: columns, height: rows, data, channels: 4 });
  let binary = '';
  for (const byte of png) binary += String.fromCharCode(byte);
  return (
    `<image x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" preserveAspectRatio="none"` +
    ` image-rendering="pixelated" style="image-rendering:pixelated" href="data:image/png;base64,${btoa(binary)}"/>`
  );
}
