import {
  add,
  conv,
  convTranspose,
  pad,
  reshape,
  ShapeError,
  type Tensor,
} from '@convnet/tensor-core';

import type { Operator } from '../import/operator.ts';
import { reach, readWindows, slidingOver } from './windows.ts';

const convOf: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const windows = readWindows(node);
    const groups = node.int('group', 1);
    const kernel = node.ints('kernel_shape');
    return (inputs) => {
      const [x, weight] = [inputs.tensor(0), inputs.tensor(1)];
      requireKernel('Conv', kernel, weight);
      const { stride, dilation, begin, end } = slidingOver(
        'Conv',
        windows,
        weight.shape.slice(2),
        x.shape.slice(2),
      );
      const padding = begin.map((amount, i) => [amount, end[i]!] as const);
      return conv(x, weight, inputs.optional(2), { stride, padding, dilation, groups });
    };
  },
};

function requireKernel(op: string, kernel: readonly number[] | null, weight: Tensor): void {
  if (kernel === null || kernel.join() === weight.shape.slice(2).join()) return;
  throw new ShapeError(
    `${op}: expected a weight with kernel ${kernel.join(' x ')}, got ${weight.describe()}`,
  );
}

/**
 * All of the result is computed, without padding; then what is padding is cut off, and what no element reaches is zeros
 * or the bias: so any extents can be asked for.
 */
const convTransposeOf: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const windows = readWindows(node);
    const groups = node.int('group', 1);
    const kernelShape = node.ints('kernel_shape');
    const added = node.ints('output_padding');
    const asked = node.ints('output_shape');
    return (inputs) => {
      const [x, weight, bias] = [inputs.tensor(0), inputs.tensor(1), inputs.optional(2)];
      requireKernel('ConvTranspose', kernelShape, weight);
      const kernel = weight.shape.slice(2);
      const extents = x.shape.slice(2);
      const plain = slidingOver(
        'ConvTranspose',
        { ...windows, autoPad: 'NOTSET' },
        kernel,
        extents,
      );
      const { stride, dilation } = plain;
      const extra = added ?? kernel.map(() => 0);
      const whole = extents.map(
        (extent, i) => (extent - 1) * stride[i]! + reach(kernel[i]!, dilation[i]!),
      );
      const isSame = windows.autoPad.startsWith('SAME');
      const goal =
        asked?.slice(-kernel.length) ?? (isSame ? extents.map((e, i) => e * stride[i]!) : null);
      let { begin, end } = plain;
      if (windows.autoPad === 'VALID') begin = end = kernel.map(() => 0);
      if (goal !== null) {
        const total = whole.map((extent, i) => extent + extra[i]! - goal[i]!);
        const half = total.map((amount) => Math.floor(amount / 2));
        const rest = total.map((amount, i) => amount - half[i]!);
        [begin, end] = windows.autoPad === 'SAME_UPPER' ? [half, rest] : [rest, half];
      }
      const cut = end.map((amount, i) => amount - extra[i]!);
      const options = { stride, dilation, groups };
      if ([...begin, ...cut].every((amount) => amount >= 0)) {
        const padding = begin.map((amount, i) => [amount, cut[i]!] as const);
        return convTranspose(x, weight, bias, { ...options, padding });
      }
      const fits =
        begin.every((amount) => amount >= 0) &&
        extra.every((amount, i) => amount < Math.max(stride[i]!, dilation[i]!)) &&
        end.every((amount) => amount >= 0);
      if (fits) {
        const padding = begin.map((amount, i) => [amount, end[i]!] as const);
        return convTranspose(x, weight, bias, { ...options, padding, outputPadding: extra });
      }
      return cropped(convTranspose(x, weight, null, options), begin, cut, bias);
    };
  },
};

/** Without so much of each spatial axis, or with zeros where it is negative; then the bias. */
function cropped(
  y: Tensor,
  begin: readonly number[],
  end: readonly number[],
  bias: Tensor | null,
): Tensor {
  const sized = pad(
    y,
    begin.map((amount, i) => [-amount, -end[i]!] as const),
  );
  if (bias === null) return sized;
  return add(sized, reshape(bias, [1, bias.size, ...begin.map(() => 1)]));
}

export const convolutionOperators: Readonly<Record<string, Operator>> = {
  Conv: convOf,
  ConvTranspose: convTransposeOf,
};
