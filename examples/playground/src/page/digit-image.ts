/** Ink on a ground: 0 is none, 1 is full. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Extent of a digit, and of the box that it fills, as in MNIST. */
const side = 28;
const box = 20;

/** Less ink than this is ground. */
const faint = 0.15;

/** Points along an axis that a pixel is the mean of. */
const fine = 6;

/**
 * A digit as MNIST has them: scaled to fill 20 x 20 pixels, its shape kept, and its centre of mass in the middle of 28 x 28
 * (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits").
 *
 * @returns 784 values from 0 to 1; null where there is no ink.
 */
export function digitOf(ink: Ink): Float32Array | null {
  const found = boundsOf(ink);
  if (found === null) return null;
  const { left, top, right, bottom, x, y } = found;
  const scale = Math.max(right - left, bottom - top) / box;
  const digit = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let i = 0; i < fine * fine; i++) {
        const across = column + ((i % fine) + 0.5) / fine - side / 2;
        const down = row + (Math.floor(i / fine) + 0.5) / fine - side / 2;
        sum += inkAt(ink, x + across * scale, y + down * scale);
      }
      digit[row * side + column] = sum / fine ** 2;
    }
  }
  return digit;
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  /** Behind the last. */
  readonly right: number;
  readonly bottom: number;
  /** The centre of mass. */
  readonly x: number;
  readonly y: number;
}

function boundsOf({ width, height, values }: Ink): Bounds | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]!;
      if (value < faint) continue;
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
      mass += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  if (mass === 0) return null;
  return { left, top, right, bottom, x: x / mass, y: y / mass };
}

function inkAt({ width, height, values }: Ink, x: number, y: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return 0;
  return values[row * width + column]!;
}

/**
 * What is ink in a picture, whose border tells the ground: dark on light, or light on dark.
 * @param rgba four bytes a pixel, as a canvas gives them
 */
export function inkOf(rgba: ArrayLike<number>, width: number, height: number): Ink {
  const grey = Float32Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue, alpha] = [0, 1, 2, 3].map((channel) => rgba[4 * i + channel]! / 255);
    const light = 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    // What is transparent lies on white paper.
    return light * alpha! + 1 - alpha!;
  });
  const border = grey
    .filter((_, i) => {
      const [column, row] = [i % width, Math.floor(i / width)];
      return column === 0 || row === 0 || column === width - 1 || row === height - 1;
    })
    .sort((a, b) => a - b);
  const ground = border[Math.floor(border.length / 2)]!;
  const distance = grey.map((value) => Math.abs(value - ground));
  const most = distance.reduce((greatest, value) => Math.max(greatest, value), 0);
  // Paper is never quite even: what hardly differs from the ground is no ink.
  const values = distance.map((value) => {
    const share = most < 0.1 ? 0 : value / most;
    return share < 0.3 ? 0 : share;
  });
  return { width, height, values };
}
