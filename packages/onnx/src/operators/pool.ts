import {
  abs,
  add,
  adaptiveAvgPool,
  avgPool,
  cast,
  conv,
  div,
  elementCount,
  full,
  max,
  maxPool,
  maxPoolWithIndices,
  mean,
  mul,
  ones,
  pad,
  pow,
  remainder,
  reshape,
  round,
  scatter,
  sub,
  sum,
  type Tensor,
} from '@convnet/tensor-core';

import { HostTensor, requireFew } from '../host/host-tensor.ts';
import type { NodeReader } from '../import/node-reader.ts';
import type { Operator } from '../import/operator.ts';
import type { Operands } from '../import/operands.ts';
import { reach, readWindows, slidingOver, type Sliding } from './windows.ts';

/** The windows over an input, and how many of them there are on each axis. */
interface Pooling extends Sliding {
  readonly counts: readonly number[];
}

/** Reads the attributes of pooling. A last window that would begin behind the input is left out, as in PyTorch. */
function readPooling(node: NodeReader): (x: Tensor) => Pooling {
  const windows = readWindows(node);
  const isCeil = node.flag('ceil_mode');
  const kernel = node.ints('kernel_shape') ?? node.refuse('it has no kernel_shape');
  return (x) => {
    const extents = x.shape.slice(2);
    const sliding = slidingOver(node.opType, windows, kernel, extents);
    const { stride, dilation, begin, end } = sliding;
    const counts = extents.map((extent, i) => {
      const room = begin[i]! + extent + end[i]! - reach(kernel[i]!, dilation[i]!);
      if (!isCeil) return Math.floor(room / stride[i]!) + 1;
      const count = Math.ceil(room / stride[i]!) + 1;
      return (count - 1) * stride[i]! >= extent + begin[i]! ? count - 1 : count;
    });
    // The windows are laid out on the host.
    for (const count of counts) requireFew(node.opType, count);
    return { ...sliding, counts };
  };
}

/** The options of the pooling here that has just these windows, or null where there is none. */
function sameHere(
  { kernel, stride, dilation, begin, end, counts }: Pooling,
  extents: readonly number[],
): {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
} | null {
  const fits = kernel.every((size, i) => begin[i] === end[i] && begin[i]! <= size / 2);
  if (!fits) return null;
  const room = extents.map((extent, i) => extent + 2 * begin[i]! - reach(kernel[i]!, dilation[i]!));
  const down = room.map((free, i) => Math.floor(free / stride[i]!) + 1);
  if (down.every((count, i) => count === counts[i]))
    return { stride, padding: begin, ceilMode: false };
  return { stride, padding: begin, ceilMode: true };
}

/** `x` with `value` around it, just as far as the windows reach. */
function padded(x: Tensor, pooling: Pooling, value: number): Tensor {
  return pad(x, amountsOf(x, pooling), value);
}

function amountsOf(
  x: Tensor,
  { kernel, stride, dilation, begin, counts }: Pooling,
): [number, number][] {
  return x.shape.slice(2).map((extent, i) => {
    const needed = (counts[i]! - 1) * stride[i]! + reach(kernel[i]!, dilation[i]!);
    return [begin[i]!, needed - begin[i]! - extent];
  });
}

const maxPoolOf: Operator = {
  prepare: (node) => {
    const poolingOf = readPooling(node);
    const columnMajor = node.flag('storage_order');
    const withIndices = node.hasOutput(1);
    return (inputs) => {
      const given = inputs.tensor(0);
      const x = cast(given, given.dtype.startsWith('float') ? given.dtype : 'float32');
      const pooling = poolingOf(x);
      const { kernel, stride, dilation } = pooling;
      const same = sameHere(pooling, x.shape.slice(2));
      if (!withIndices) {
        const y = same
          ? maxPool(x, kernel, { ...same, dilation })
          : maxPool(padded(x, pooling, -Infinity), kernel, { stride, dilation });
        return cast(y, given.dtype);
      }
      const amounts = same ? x.shape.slice(2).map(() => [0, 0]) : amountsOf(x, pooling);
      const [y, indices] = same
        ? maxPoolWithIndices(x, kernel, { ...same, dilation })
        : maxPoolWithIndices(padded(x, pooling, -Infinity), kernel, { stride, dilation });
      const spread = x.shape
        .slice(2)
        .map((extent, i) => extent + amounts[i]![0]! + amounts[i]![1]!);
      const before = amounts.map(([amount]) => amount!);
      return [cast(y, given.dtype), positions(inputs, indices, { spread, before, columnMajor })];
    };
  },
};

interface Padded {
  /** The spatial extents with their padding. */
  readonly spread: readonly number[];
  /** Padding at the beginning of each. */
  readonly before: readonly number[];
  readonly columnMajor: boolean;
}

/** Positions in the whole of the input, of those in the padded extents of each plane. */
function positions(
  inputs: Operands,
  indices: Tensor,
  { spread, before, columnMajor }: Padded,
): Tensor {
  const [batch, channels, ...extents] = inputs.tensor(0).shape as [number, number, ...number[]];
  const planes = elementCount(extents);
  let rest = indices;
  let place: Tensor | null = null;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const modulus = spread[axis]!;
    const at = remainder(rest, modulus);
    rest = wholeOf(sub(rest, at), modulus);
    const inner = columnMajor ? extents.slice(0, axis) : extents.slice(axis + 1);
    const step = inner.reduce((product, extent) => product * extent, 1);
    const term = mul(sub(at, before[axis]!), step);
    place = place === null ? term : add(place, term);
  }
  const count = batch * channels;
  const ramp = inputs.fixed(
    `0 to ${count}`,
    () =>
      new HostTensor(
        'int32',
        [count],
        Array.from({ length: count }, (_, i) => i),
      ),
  );
  const first = reshape(mul(ramp, planes), [batch, channels, ...extents.map(() => 1)]);
  return add(place!, first);
}

/** A quotient that is a whole number. */
function wholeOf(x: Tensor, divisor: number): Tensor {
  return cast(round(div(x, divisor)), 'int32');
}

const avgPoolOf: Operator = {
  prepare: (node) => {
    const poolingOf = readPooling(node);
    const countIncludePad = node.flag('count_include_pad');
    return (inputs) => {
      const x = inputs.tensor(0);
      const pooling = poolingOf(x);
      const { kernel, dilation } = pooling;
      const same = sameHere(pooling, x.shape.slice(2));
      if (same && dilation.every((distance) => distance === 1)) {
        return avgPool(x, kernel, { ...same, countIncludePad });
      }
      // What counts is an input of ones, with the padding where that counts too.
      const inside = ones([1, 1, ...x.shape.slice(2)], { device: x.device });
      const amounts = pooling.begin.map((amount, i) => [amount, pooling.end[i]!] as const);
      const counted = countIncludePad ? pad(inside, amounts, 1) : inside;
      const moved = countIncludePad ? { ...pooling, begin: kernel.map(() => 0) } : pooling;
      return div(sumPool(x, pooling), sumPool(counted, moved));
    };
  },
};

/** Sums over the windows, around which stand zeros. */
function sumPool(x: Tensor, pooling: Pooling): Tensor {
  const { kernel, stride, dilation } = pooling;
  const around = padded(x, pooling, 0);
  if (dilation.every((distance) => distance === 1)) {
    return avgPool(around, kernel, { stride, divisorOverride: 1 });
  }
  const [batch, channels, ...spatial] = around.shape as [number, number, ...number[]];
  const weight = ones([1, 1, ...kernel], { device: x.device });
  const y = conv(reshape(around, [batch * channels, 1, ...spatial]), weight, null, {
    stride,
    dilation,
  });
  return reshape(y, [batch, channels, ...y.shape.slice(2)]);
}

const lpPoolOf: Operator = {
  prepare: (node) => {
    const poolingOf = readPooling(node);
    const p = node.int('p', 2);
    return (inputs) => {
      const x = inputs.tensor(0);
      return root(sumPool(pow(abs(x), p), poolingOf(x)), p);
    };
  },
};

function root(x: Tensor, p: number): Tensor {
  return p === 1 ? x : pow(x, 1 / p);
}

function spatialAxes(x: Tensor): number[] {
  return x.shape.slice(2).map((_, i) => i + 2);
}

const globalAverage: Operator = {
  prepare: () => (inputs) => {
    const x = inputs.tensor(0);
    if (x.rank >= 3 && x.rank <= 5) return adaptiveAvgPool(x, 1);
    return mean(x, spatialAxes(x), { keepDim: true });
  },
};

const globalMax: Operator = {
  prepare: () => (inputs) => {
    const x = inputs.tensor(0);
    return max(x, spatialAxes(x), { keepDim: true });
  },
};

const globalLp: Operator = {
  prepare: (node) => {
    const p = node.int('p', 2);
    return (inputs) => {
      const x = inputs.tensor(0);
      return root(sum(pow(abs(x), p), spatialAxes(x), { keepDim: true }), p);
    };
  },
};

/** Puts each element back where MaxPool found it; the others are 0. */
const maxUnpoolOf: Operator = {
  host: [2],
  prepare: (node) => {
    const windows = readWindows(node);
    const kernel = node.ints('kernel_shape') ?? node.refuse('it has no kernel_shape');
    return (inputs) => {
      const [x, indices] = [inputs.tensor(0), cast(inputs.tensor(1), 'int32')];
      const extents = x.shape.slice(2);
      const { stride, begin, end } = slidingOver('MaxUnpool', windows, kernel, extents);
      const usual = extents.map(
        (extent, i) => (extent - 1) * stride[i]! + kernel[i]! - begin[i]! - end[i]!,
      );
      const own = [...x.shape.slice(0, 2), ...usual];
      const whole = full([elementCount(own)], 0, { device: x.device });
      const spread = scatter(whole, 0, reshape(indices, [indices.size]), reshape(x, [x.size]));
      const asked = inputs.numbers(2) ?? own;
      // Positions are those of the usual extents; what was asked for beyond them stands at the end.
      const more = own.map((extent, axis) => [0, asked[axis]! - extent] as const);
      return pad(reshape(spread, own), more);
    };
  },
};

export const poolOperators: Readonly<Record<string, Operator>> = {
  AveragePool: avgPoolOf,
  GlobalAveragePool: globalAverage,
  GlobalLpPool: globalLp,
  GlobalMaxPool: globalMax,
  LpPool: lpPoolOf,
  MaxPool: maxPoolOf,
  MaxUnpool: maxUnpoolOf,
};
