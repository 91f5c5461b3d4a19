/** Rotations and affine maps as Pillow computes them (`Geometry.c`), with torchvision's matrices. */
import { aPair } from '../../kinds.ts';
import {
  aBoolean,
  aFiniteNumber,
  checkOptions,
  numberAbove,
  oneOf,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { blank, requireImage, type Image } from '../image.ts';
import { aFill, paint, turn, type Fill } from './geometry.ts';

/** Interpolation where pictures are turned. */
export type AffineInterpolation = 'nearest' | 'bilinear';

/** [a, b, c, d, e, f]: the pixel (x, y) comes from (a x + b y + c, d x + e y + f). */
export type AffineMatrix = readonly [number, number, number, number, number, number];

export interface RotateOptions {
  /** Default 'nearest'. */
  readonly interpolation?: AffineInterpolation;
  /** Makes the picture as large as all of it needs; default false. */
  readonly expand?: boolean;
  /** [x, y] that stays in its place, in pixels from the upper left corner; default the middle. */
  readonly center?: readonly [x: number, y: number];
  /** Of what comes from outside; default black. */
  readonly fill?: Fill;
}

export const anAffineInterpolation: Kind = oneOf('nearest', 'bilinear');

export const rotateOptions: Readonly<Record<keyof RotateOptions, Kind>> =
  optionKinds<RotateOptions>({
    interpolation: anAffineInterpolation,
    expand: aBoolean,
    center: aPair,
    fill: aFill,
  });

/** A picture turned counter-clockwise by `angle` degrees. */
export function rotate(source: Image, angle: number, options: RotateOptions = {}): Image {
  requireImage('rotate', source);
  requireKind('rotate', 'angle', angle, aFiniteNumber);
  checkOptions('rotate', options, rotateOptions);
  const { interpolation = 'nearest', expand = false, center, fill = 0 } = options;
  const turned = angle - 360 * Math.floor(angle / 360);
  const { width, height } = source;
  if (center === undefined) {
    if (turned === 0 || turned === 180) return turn(source, turned / 90);
    const fits = expand || width === height;
    if ((turned === 90 || turned === 270) && fits) return turn(source, turned / 90);
  }
  const [centreX, centreY] = center ?? [width / 2, height / 2];
  const radians = (-turned * Math.PI) / 180;
  const [cos, sin] = [roundTo15(Math.cos(radians)), roundTo15(Math.sin(radians))];
  const matrix: [number, number, number, number, number, number] = [cos, sin, 0, -sin, cos, 0];
  const map = (x: number, y: number): readonly [number, number] => [
    matrix[0] * x + matrix[1] * y + matrix[2],
    matrix[3] * x + matrix[4] * y + matrix[5],
  ];
  [matrix[2], matrix[5]] = map(-centreX, -centreY);
  matrix[2] += centreX;
  matrix[5] += centreY;
  let [outWidth, outHeight] = [width, height];
  if (expand) {
    const corners = [map(0, 0), map(width, 0), map(width, height), map(0, height)];
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    outWidth = Math.ceil(Math.max(...xs)) - Math.floor(Math.min(...xs));
    outHeight = Math.ceil(Math.max(...ys)) - Math.floor(Math.min(...ys));
    [matrix[2], matrix[5]] = map(-(outWidth - width) / 2, -(outHeight - height) / 2);
  }
  return transform(source, outWidth, outHeight, matrix, interpolation, fill);
}

/** To 15 digits behind the point, so that a quarter of a turn is one. */
const roundTo15 = (value: number): number => Number(value.toFixed(15));

export interface AffineOptions {
  /** Degrees, clockwise; default 0. */
  readonly angle?: number;
  /** Pixels to the right and down, after the rest; default none. */
  readonly translate?: readonly [x: number, y: number];
  /** Default 1. */
  readonly scale?: number;
  /** Degrees along x and y; default none. */
  readonly shear?: readonly [x: number, y: number];
  /** [x, y] that stays in its place but for `translate`; default the middle. */
  readonly center?: readonly [x: number, y: number];
  /** Default 'nearest'. */
  readonly interpolation?: AffineInterpolation;
  /** Of what comes from outside; default black. */
  readonly fill?: Fill;
}

export const affineOptions: Readonly<Record<keyof AffineOptions, Kind>> =
  optionKinds<AffineOptions>({
    angle: aFiniteNumber,
    translate: aPair,
    scale: numberAbove(0),
    shear: aPair,
    center: aPair,
    interpolation: anAffineInterpolation,
    fill: aFill,
  });

/** A picture turned, sheared, scaled and moved about its middle: `torchvision.transforms.functional.affine`. */
export function affine(source: Image, options: AffineOptions = {}): Image {
  requireImage('affine', source);
  checkOptions('affine', options, affineOptions);
  const { interpolation = 'nearest', fill = 0 } = options;
  const center = options.center ?? [source.width * 0.5, source.height * 0.5];
  const matrix = inverseMatrix(center, options);
  return transform(source, source.width, source.height, matrix, interpolation, fill);
}

/** The inverse of: shear, turn and scale about the centre, then move. */
export function inverseMatrix(
  [centreX, centreY]: readonly [number, number],
  { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0] }: AffineOptions,
): AffineMatrix {
  const [turn, shearX, shearY] = [angle, shear[0], shear[1]].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number];
  // The matrix of turn and shear is [a, b; c, d]; its determinant is 1.
  const a = Math.cos(turn - shearY) / Math.cos(shearY);
  const b = (-Math.cos(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) - Math.sin(turn);
  const c = Math.sin(turn - shearY) / Math.cos(shearY);
  const d = (-Math.sin(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) + Math.cos(turn);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  const [moveX, moveY] = [-centreX - translate[0], -centreY - translate[1]];
  return [m0, m1, m0 * moveX + m1 * moveY + centreX, m3, m4, m3 * moveX + m4 * moveY + centreY];
}

/** A picture whose pixels come from where `matrix` says. */
export function transform(
  source: Image,
  width: number,
  height: number,
  matrix: AffineMatrix,
  interpolation: AffineInterpolation,
  fill: Fill,
): Image {
  const out = blank(width, height);
  paint(out, fill);
  if (interpolation === 'bilinear') bilinear(source, out, matrix);
  else if (matrix[1] === 0 && matrix[3] === 0) scaled(source, out, matrix);
  else nearest(source, out, matrix);
  return out;
}

function copyPixel(from: Uint8Array, at: number, to: Uint8Array, place: number): void {
  to[place] = from[at]!;
  to[place + 1] = from[at + 1]!;
  to[place + 2] = from[at + 2]!;
}

/** The same column from the same place in each row. */
function scaled(source: Image, out: Image, [a, , c, , e, f]: AffineMatrix): void {
  const columns = new Int32Array(out.width);
  let xin = c + a * 0.5;
  for (let x = 0; x < out.width; x++, xin += a) columns[x] = Math.floor(xin);
  let yin = f + e * 0.5;
  for (let y = 0; y < out.height; y++, yin += e) {
    const row = Math.floor(yin);
    if (row < 0 || row >= source.height) continue;
    for (let x = 0; x < out.width; x++) {
      const column = columns[x]!;
      if (column < 0 || column >= source.width) continue;
      copyPixel(source.data, (row * source.width + column) * 3, out.data, (y * out.width + x) * 3);
    }
  }
}

/** In fixed point of 16 bits behind the point. */
function nearest(source: Image, out: Image, matrix: AffineMatrix): void {
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5) | 0;
  const [a, b, , d, e] = matrix.map(fixed) as [number, number, number, number, number];
  let startX = fixed(matrix[2] + matrix[0] * 0.5 + matrix[1] * 0.5);
  let startY = fixed(matrix[5] + matrix[3] * 0.5 + matrix[4] * 0.5);
  for (let y = 0, to = 0; y < out.height; y++) {
    let [xx, yy] = [startX, startY];
    for (let x = 0; x < out.width; x++, to += 3) {
      const [column, row] = [xx >> 16, yy >> 16];
      if (column >= 0 && column < source.width && row >= 0 && row < source.height) {
        copyPixel(source.data, (row * source.width + column) * 3, out.data, to);
      }
      xx = (xx + a) | 0;
      yy = (yy + d) | 0;
    }
    startX = (startX + b) | 0;
    startY = (startY + e) | 0;
  }
}

function bilinear(source: Image, out: Image, [a, b, c, d, e, f]: AffineMatrix): void {
  const { width, height, data } = source;
  const within = (place: number, extent: number): number =>
    Math.min(Math.max(place, 0), extent - 1);
  for (let y = 0, to = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++, to += 3) {
      const xin = a * (x + 0.5) + b * (y + 0.5) + c;
      const yin = d * (x + 0.5) + e * (y + 0.5) + f;
      if (xin < 0 || xin >= width || yin < 0 || yin >= height) continue;
      const column = Math.floor(xin - 0.5);
      const row = Math.floor(yin - 0.5);
      const [dx, dy] = [xin - 0.5 - column, yin - 0.5 - row];
      const [left, right] = [within(column, width) * 3, within(column + 1, width) * 3];
      const upper = within(row, height) * width * 3;
      // A row below the last has no weight of its own.
      const lower = row + 1 >= 0 && row + 1 < height ? (row + 1) * width * 3 : upper;
      for (let colour = 0; colour < 3; colour++) {
        const above = mix(data[upper + left + colour]!, data[upper + right + colour]!, dx);
        const below = mix(data[lower + left + colour]!, data[lower + right + colour]!, dx);
        out.data[to + colour] = mix(above, below, dy);
      }
    }
  }
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share;
