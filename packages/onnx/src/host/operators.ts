import { broadcastShapes, elementCount, normalizeAxis } from '@convnet/tensor-core';

import {
  axesOf,
  reshapeTarget,
  sliceRanges,
  splitSizes,
  squeezed,
  unsqueezed,
} from '../operators/axes.ts';
import { castTarget } from '../operators/cast-target.ts';
import type { HostOperator } from '../import/operator.ts';
import type { NodeReader } from '../import/node-reader.ts';
import { HostTensor, requireFew, isFloatingType, type HostType } from './host-tensor.ts';
import {
  broadcast,
  concatenated,
  gathered,
  reduced,
  reshaped,
  strided,
  transposed,
} from './move.ts';

type Numbers = readonly (HostTensor | null)[];

/** Of as many numbers as an operator has operands, at most three. */
type Pointwise = (a: number, b: number, c: number) => number;

/** A number as a type stores it. */
function stored(value: number, type: HostType): number {
  if (type === 'bool') return value === 0 ? 0 : 1;
  if (type === 'float32') return Math.fround(value);
  return isFloatingType(type) ? value : Math.trunc(value);
}

function mapped(inputs: Numbers, type: HostType, compute: Pointwise): readonly HostTensor[] {
  const given = inputs.filter((input) => input !== null);
  const shape = broadcastShapes(
    'importOnnx',
    given.map((input) => input.shape),
  );
  const spread = given.map((input) => broadcast(input, shape).data);
  const data = Float64Array.from({ length: elementCount(shape) }, (_, i) =>
    stored(compute(spread[0]![i]!, spread[1]?.[i] ?? 0, spread[2]?.[i] ?? 0), type),
  );
  return [new HostTensor(type, shape, data)];
}

/** Element by element, of the type of the first input. */
const pointwise =
  (compute: Pointwise): HostOperator =>
  () =>
  (inputs) =>
    mapped(inputs, inputs[0]!.type, compute);

/** Of any number of operands. */
const variadic =
  (compute: Pointwise): HostOperator =>
  () =>
  (inputs) => [
    (inputs as readonly HostTensor[]).reduce((a, b) => mapped([a, b], a.type, compute)[0]!),
  ];

const test =
  (compute: (a: number, b: number) => boolean): HostOperator =>
  () =>
  (inputs) =>
    mapped(inputs, 'bool', (a, b) => Number(compute(a, b)));

const div: HostOperator = () => (inputs) => mapped(inputs, inputs[0]!.type, (a, b) => a / b);

const mod: HostOperator = (node) => {
  const isC = node.flag('fmod');
  return (inputs) =>
    mapped(inputs, inputs[0]!.type, (a, b) => (isC ? a % b : a - Math.floor(a / b) * b));
};

const where: HostOperator = () => (inputs) =>
  mapped(inputs, inputs[1]!.type, (condition, a, b) => (condition === 0 ? b : a));

const cast: HostOperator = (node) => {
  const type = castTarget(node);
  return (inputs) => mapped(inputs, type, (x) => x);
};

const gather: HostOperator = (node) => {
  const axis = node.int('axis', 0);
  return ([x, index]) => [gathered(x!, index!, axis)];
};

const concat: HostOperator = (node) => {
  const axis = node.int('axis', 0);
  return (inputs) => [concatenated(inputs as readonly HostTensor[], axis)];
};

const slice: HostOperator = (node) => {
  const ranges = sliceRanges(node);
  return ([x, ...rest]) => [
    ranges(
      x!.shape,
      rest.map((input) => input?.list() ?? null),
    ).reduce((part, { axis, ...range }) => strided(part, axis, range), x!),
  ];
};

const reshape: HostOperator = (node) => {
  const target = reshapeTarget(node);
  return ([x, shape]) => [reshaped(x!, target(x!.shape, shape!.list()))];
};

const flattenOf =
  (
    change: (node: NodeReader) => (shape: readonly number[], axes: number[] | null) => number[],
  ): HostOperator =>
  (node) => {
    const changed = change(node);
    return ([x, axes]) => [reshaped(x!, changed(x!.shape, axes?.list() ?? null))];
  };

const transpose: HostOperator = (node) => {
  const order = node.ints('perm');
  return ([x]) => [transposed(x!, order ?? x!.shape.map((_, i) => x!.shape.length - 1 - i))];
};

const expand: HostOperator =
  () =>
  ([x, shape]) => [broadcast(x!, broadcastShapes('Expand', [x!.shape, shape!.list()]))];

const range: HostOperator =
  () =>
  ([start, limit, delta]) => {
    const [from, to, step] = [start!.data[0]!, limit!.data[0]!, delta!.data[0]!];
    const count = Math.max(0, Math.ceil((to - from) / step));
    requireFew('Range', count);
    const data = Array.from({ length: count }, (_, i) => from + i * step);
    return [new HostTensor(start!.type, [data.length], data)];
  };

const reduction =
  (axesSince: number, fold: (values: readonly number[]) => number): HostOperator =>
  (node) => {
    const axes = axesOf(node, axesSince);
    const keepDims = node.flag('keepdims', true);
    return ([x, given]) => [
      reduced(x!, axes(x!.shape.length, given?.list() ?? null), keepDims, fold),
    ];
  };

const split: HostOperator = (node) => {
  const axis = node.int('axis', 0);
  const attribute = node.ints('split');
  const count = node.int('num_outputs', node.outputCount);
  return ([x, sizes]) => {
    const along = normalizeAxis('Split', axis, x!.shape.length);
    const parts = splitSizes(x!.shape[along]!, count, sizes?.list() ?? attribute);
    let start = 0;
    return parts.map((size) => {
      const part = strided(x!, along, { start, step: 1, count: size });
      start += size;
      return part;
    });
  };
};

/** What the branch gives that was taken: its outputs stand behind the condition, then those of the other one. */
const chosen: HostOperator =
  (node) =>
  ([condition, ...given]) => {
    const first = condition!.data[0] === 0 ? node.outputCount : 0;
    return given.slice(first, first + node.outputCount).map((value) => value!);
  };

/** How nodes are run whose inputs the host knows, by operator. `Shape` and `Size` know theirs of every tensor. */
export const hostOperators: ReadonlyMap<string, HostOperator> = new Map<string, HostOperator>(
  Object.entries({
    Identity:
      () =>
      ([x]) => [x!],
    Cast: cast,
    Add: pointwise((a, b) => a + b),
    Sub: pointwise((a, b) => a - b),
    Mul: pointwise((a, b) => a * b),
    Div: div,
    Mod: mod,
    Pow: pointwise((a, b) => a ** b),
    Neg: pointwise((x) => -x),
    Abs: pointwise((x) => Math.abs(x)),
    Sign: pointwise((x) => Math.sign(x)),
    Sqrt: pointwise((x) => Math.sqrt(x)),
    Floor: pointwise((x) => Math.floor(x)),
    Ceil: pointwise((x) => Math.ceil(x)),
    Min: variadic((a, b) => Math.min(a, b)),
    Max: variadic((a, b) => Math.max(a, b)),
    Equal: test((a, b) => a === b),
    Less: test((a, b) => a < b),
    LessOrEqual: test((a, b) => a <= b),
    Greater: test((a, b) => a > b),
    GreaterOrEqual: test((a, b) => a >= b),
    And: test((a, b) => a !== 0 && b !== 0),
    Or: test((a, b) => a !== 0 || b !== 0),
    Not: test((x) => x === 0),
    If: chosen,
    Where: where,
    Gather: gather,
    Concat: concat,
    Slice: slice,
    Split: split,
    Reshape: reshape,
    Squeeze: flattenOf(squeezed),
    Unsqueeze: flattenOf(unsqueezed),
    Transpose: transpose,
    Expand: expand,
    Range: range,
    ReduceSum: reduction(13, (values) => values.reduce((sum, value) => sum + value, 0)),
    ReduceProd: reduction(18, (values) => values.reduce((product, value) => product * value, 1)),
    ReduceMax: reduction(18, (values) => Math.max(...values)),
    ReduceMin: reduction(18, (values) => Math.min(...values)),
  }),
);
