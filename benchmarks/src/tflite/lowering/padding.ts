import { channelsLast } from '../channels-last.ts';
import type { PaddingName } from '../operators.ts';
import { operand, resultOf, type Site } from './site.ts';

/** A window that slides over images; lists have an entry for each spatial axis. */
export interface Sliding {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Elements in front of the first of each axis. */
  readonly padBegin: readonly number[];
}

/** What windows slide over, and how they meet its edges. */
interface Met {
  readonly place: number;
  readonly padding: PaddingName;
}

/**
 * Lets windows meet the edges as the step has it: by a rule of TensorFlow Lite where one is the same, else by padding the
 * images before windows slide over them. Its SAME puts the odd element behind, where PyTorch's symmetric padding with
 * stride 2 has it in front.
 *
 * @param pads adds the operator that pads: rows of elements in front of and behind each axis, channels last.
 */
export function metEdges(
  site: Site,
  sliding: Sliding,
  pads: (
    x: number,
    amounts: readonly (readonly [number, number])[],
    shape: readonly number[],
  ) => number,
): Met {
  const x = site.place(0);
  const [batch, channels, ...input] = operand(site, 0).shape as [number, number, ...number[]];
  const output = resultOf(site).shape.slice(2);
  const sides = input.map((extent, axis) => sidesOf(sliding, axis, extent, output[axis]!));
  if (sides.every(([begin, end]) => begin === 0 && end === 0)) {
    return { place: x, padding: 'valid' };
  }
  const isSame = input.every((extent, axis) => {
    const stride = sliding.stride[axis]!;
    const [begin, end] = sides[axis]!;
    return output[axis] === Math.ceil(extent / stride) && begin === Math.floor((begin + end) / 2);
  });
  if (isSame) return { place: x, padding: 'same' };
  const padded = input.map((extent, axis) => extent + sides[axis]![0] + sides[axis]![1]);
  const shape = channelsLast([batch, channels, ...padded]);
  return { place: pads(x, [[0, 0], ...sides, [0, 0]], shape), padding: 'valid' };
}

/** Elements in front, and as many behind as the last window reads. */
function sidesOf(
  { kernelSize, stride, dilation, padBegin }: Sliding,
  axis: number,
  input: number,
  output: number,
): readonly [number, number] {
  const begin = padBegin[axis]!;
  const reach = (kernelSize[axis]! - 1) * dilation[axis]! + 1;
  return [begin, Math.max(0, (output - 1) * stride[axis]! + reach - begin - input)];
}
