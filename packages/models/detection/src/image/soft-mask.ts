/**
 * Where an object is in an image or a signal, which is an image of one row: probabilities in a window around its box, 0 elsewhere. `full` gives them for the whole image,
 * as torchvision's `masks` are; a threshold, 0.5 as a rule, is left to the caller.
 */
export class SoftMask {
  /** Place and extents of the window in the image. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Of the window, row by row. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** [H, W] of the image, or [L] of the signal. */
  readonly #imageSize: readonly number[];

  constructor(
    left: number,
    top: number,
    width: number,
    probabilities: Float32Array<ArrayBuffer>,
    imageSize: readonly number[],
  ) {
    this.left = left;
    this.top = top;
    this.width = width;
    this.height = width === 0 ? 0 : probabilities.length / width;
    this.probabilities = probabilities;
    this.#imageSize = imageSize;
  }

  /** [H, W] of the image, row by row, or [L] of the signal. */
  full(): Float32Array<ArrayBuffer> {
    const width = this.#imageSize[this.#imageSize.length - 1]!;
    const whole = new Float32Array(this.#imageSize.reduce((size, extent) => size * extent, 1));
    for (let y = 0; y < this.height; y++) {
      const row = this.probabilities.subarray(y * this.width, (y + 1) * this.width);
      whole.set(row, (this.top + y) * width + this.left);
    }
    return whole;
  }
}

const f = Math.fround;

/**
 * Stretches a square mask over its box: a border of zeros, the box grown as much and cut to whole pixels, bilinear. torchvision's
 * paste_masks_in_image. In signals the same along their one axis.
 * @param box [x1, y1, x2, y2] in pixels of the image, or [begin, end] in samples
 * @param imageSize [H, W] or [L]
 */
export function pasteMask(
  mask: Float32Array,
  box: ArrayLike<number>,
  imageSize: readonly number[],
): SoftMask {
  const dims = imageSize.length;
  const side = Math.round(mask.length ** (1 / dims));
  const scale = f((side + 2) / side);
  const taps = Array.from({ length: dims }, (_, axis): Tap[] => {
    // In single precision, as where pixels are cut off follows from it.
    const half = f(f((box[axis + dims]! - box[axis]!) * 0.5) * scale);
    const centre = f(f(box[axis + dims]! + box[axis]!) * 0.5);
    const [from, to] = [Math.trunc(f(centre - half)), Math.trunc(f(centre + half))];
    const extent = Math.max(to - from + 1, 1);
    const first = Math.max(from, 0);
    const last = Math.min(to + 1, imageSize[dims - 1 - axis]!);
    return Array.from({ length: Math.max(last - first, 0) }, (__, i) => ({
      at: first + i,
      ...tapOf(first + i - from, extent, side + 2),
    }));
  });
  const across = taps[0]!;
  // A signal has one row, the first behind the border.
  const down = taps[1] ?? [{ at: 0, low: 1, share: 0 }];
  const rows = dims === 1 ? 1 : side;
  // The border lies one element outside the mask.
  const read = (y: number, x: number): number =>
    y < 1 || x < 1 || y > rows || x > side ? 0 : mask[(y - 1) * side + x - 1]!;
  const probabilities = new Float32Array(across.length * down.length);
  for (const [i, { low: y, share: v }] of down.entries()) {
    for (const [j, { low: x, share: u }] of across.entries()) {
      const above = read(y, x) * (1 - u) + read(y, x + 1) * u;
      const below = read(y + 1, x) * (1 - u) + read(y + 1, x + 1) * u;
      probabilities[i * across.length + j] = above * (1 - v) + below * v;
    }
  }
  return new SoftMask(
    across[0]?.at ?? 0,
    down[0]?.at ?? 0,
    across.length,
    probabilities,
    imageSize,
  );
}

interface Tap {
  /** Pixel of the image. */
  readonly at: number;
  readonly low: number;
  readonly share: number;
}

/** Where pixel `o` of `extent` reads a line of `count` elements. */
function tapOf(o: number, extent: number, count: number): { low: number; share: number } {
  const position = Math.max((count / extent) * (o + 0.5) - 0.5, 0);
  const low = Math.min(Math.floor(position), count - 1);
  return { low, share: low === count - 1 ? 0 : position - low };
}
