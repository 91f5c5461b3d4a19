import type { Image } from '../image.ts';

/** Grey values, one a pixel, as a picture. */
export function fromGrey(grey: ArrayLike<number>, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, to = 0; to < data.length; i++, to += 3) {
    data[to] = data[to + 1] = data[to + 2] = grey[i]!;
  }
  return { width, height, data };
}

/** Ink of four colours as a picture: red is what cyan and black leave of it (Pillow, `Convert.c`: `cmyk2rgb`). */
export function fromCmyk(ink: Uint8Array, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const light = 255 - ink[from + 3]!;
    for (let colour = 0; colour < 3; colour++) {
      const product = ink[from + colour]! * light + 128;
      data[to + colour] = light - ((product + (product >> 8)) >> 8);
    }
  }
  return { width, height, data };
}
