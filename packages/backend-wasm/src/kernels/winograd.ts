import { elementCount, type ConvGeometry } from '@convnet/tensor-core';

/** Extent of the output tiles of a convolution by Winograd's minimal filtering; 0 for the direct way. */
export type WinogradTile = 0 | 2 | 4;

/*
 * Costs in multiply-accumulates of the direct way, fitted to measurements; see docs/decisions/0013.
 */
const transformed = 12;
const weightRead = 10;
const weightTransformed = 30;

/** Bytes that the transformed weights of one layer may take: more speed is not worth more memory. */
const mostBytes = 20e6;

const isOne = (step: number): boolean => step === 1;

/** Positions of the transform, for each output tile: products instead of taps. */
function planesOf(tile: number, weight: readonly number[]): number {
  return weight[weight.length - 2] === 3 && weight.length > 3 ? (tile + 2) ** 2 : tile + 2;
}

/** Bytes of the transformed and packed weights. */
export function winogradBytes(tile: WinogradTile, weight: readonly number[]): number {
  return planesOf(tile, weight) * weight[0]! * weight[1]! * 4;
}

/**
 * The quickest tile for a convolution. 3 taps along the width, 3 or 1 along the height, stride 1, one group, and
 * channels by fours can go by Winograd.
 * @param weight [O, C, k…]
 * @param output [N, O, …], or for the gradient of the input that input, [N, C, …]
 * @param isKept whether the transformed weights are kept from call to call. Where they are not, as in training,
 *   4 x 4 is left out: it does not round well enough for gradients.
 */
export function winogradTile(
  weight: readonly number[],
  output: readonly number[],
  { groups, stride, dilation }: ConvGeometry,
  isKept: boolean,
): WinogradTile {
  const [outputs, inputs, ...taps] = weight as [number, number, ...number[]];
  const fits =
    groups === 1 &&
    taps.length <= 2 &&
    taps[taps.length - 1] === 3 &&
    (taps.length === 1 || taps[0] === 3 || taps[0] === 1) &&
    stride.every(isOne) &&
    dilation.every(isOne) &&
    inputs % 4 === 0 &&
    outputs % 4 === 0;
  if (!fits) return 0;
  const pairs = inputs * outputs;
  const pixels = output[0]! * elementCount(output.slice(2));
  let best: WinogradTile = 0;
  let least = elementCount(taps) * pairs * (pixels + weightRead);
  const perWeight = isKept ? weightRead : weightTransformed;
  for (const tile of [2, 4] as const) {
    if (tile === 4 && !isKept && taps.length === 2 && taps[0] === 3) continue;
    const planes = planesOf(tile, weight);
    const down =
      output.length > 3 ? (taps[0] === 3 ? Math.ceil(output[2]! / tile) : output[2]!) : 1;
    const tiles = output[0]! * down * Math.ceil(output[output.length - 1]! / tile);
    const cost = planes * (pairs * (tiles + perWeight) + tiles * (inputs + outputs) * transformed);
    if (cost < least && winogradBytes(tile, weight) <= mostBytes) {
      best = tile;
      least = cost;
    }
  }
  return best;
}
