import { requireElements } from '../elements.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import type { Operation } from '../operation.ts';
import { spliced } from '../lists.ts';
import { either, anyNumber, listOf, oneOf, requireKind, type Kind } from '../kinds.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatValue } from '../format-value.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './broadcast.ts';
import { concat, slice } from './move.ts';
import { moveOperation, straight } from './move-operation.ts';

interface PadAttributes {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly value: number;
}

const padOperation: Operation<PadAttributes> = moveOperation<PadAttributes>('pad', {
  shape: ([x], { begin, end }) =>
    x!.shape.map((extent, axis) => begin[axis]! + extent + end[axis]!),
  // Negative padding crops, as in PyTorch.
  box: (x, _, __, { begin, end }) =>
    straight(
      x.shape.map((extent, i) => extent + Math.min(begin[i]!, 0) + Math.min(end[i]!, 0)),
      { from: begin.map((b) => Math.max(-b, 0)), to: begin.map((b) => Math.max(b, 0)) },
    ),
  fill: ({ value }) => value,
  gradient: (g, _, { begin, end }) => [
    apply(padOperation, [g], {
      begin: begin.map((b) => -b),
      end: end.map((e) => -e),
      value: 0,
    })[0]!,
  ],
});

/**
 * What stands around a tensor: zeros; its elements mirrored at the first and the last, which are not
 * repeated; the first and the last repeated; or its elements again from the other end.
 */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** What padding may be made of. */
export const aPaddingMode: Kind = oneOf('zeros', 'reflect', 'replicate', 'circular');

const aFill = either(anyNumber, aPaddingMode);
const beginAndEnd: Kind = {
  expected: '[begin, end] in integers',
  accepts: (sides) =>
    Array.isArray(sides) && sides.length === 2 && sides.every(Number.isSafeInteger),
};

/**
 * Surrounds `x` with a value, or with elements of its own: `[begin, end]` of them for each of the last
 * axes, first to last. Around a value, negative amounts crop. torch.nn.functional.pad.
 * @throws ShapeError where more axes are named than there are, cropping leaves less than nothing, or there
 * are too few elements to reflect or to wrap around; ArgumentError for amounts that are not integers.
 */
export function pad(
  x: Tensor,
  amounts: readonly (readonly [number, number])[],
  fill: number | PaddingMode = 0,
): Tensor {
  requireTensor('pad', x);
  requireKind('pad', 'amounts', amounts, listOf(beginAndEnd));
  requireKind('pad', 'fill', fill, aFill);
  const lead = x.rank - amounts.length;
  const begin = x.shape.map((_, axis) => amounts[axis - lead]?.[0] ?? 0);
  const end = x.shape.map((_, axis) => amounts[axis - lead]?.[1] ?? 0);
  const left = x.shape.map(
    (extent, axis) => extent + Math.min(begin[axis]!, 0) + Math.min(end[axis]!, 0),
  );
  if (lead < 0 || left.some((extent) => extent < 0)) {
    throw new ShapeError(
      `pad: amounts ${formatValue(amounts)} do not fit a tensor ${formatShape(x.shape)}`,
    );
  }
  const value = fill === 'zeros' ? 0 : fill;
  if (typeof value === 'number') {
    requireElements('pad', [value], x.dtype);
    return apply(padOperation, [x], { begin, end, value })[0]!;
  }
  return scope(() =>
    begin.reduce((padded, before, axis) => padAxis(padded, axis, before, end[axis]!, value), x),
  );
}

/** Surrounds one axis with its own elements. @throws ShapeError, ArgumentError. */
function padAxis(
  x: Tensor,
  axis: number,
  begin: number,
  end: number,
  mode: Exclude<PaddingMode, 'zeros'>,
): Tensor {
  if (begin === 0 && end === 0) return x;
  if (begin < 0 || end < 0) {
    throw new ArgumentError(`pad: mode '${mode}' cannot crop, got [${begin}, ${end}]`);
  }
  const extent = x.shape[axis]!;
  const least = { reflect: Math.max(begin, end) + 1, replicate: 1, circular: Math.max(begin, end) };
  if (extent < least[mode]) {
    throw new ShapeError(
      `pad: mode '${mode}' by [${begin}, ${end}] needs at least ${least[mode]} elements on axis ` +
        `${axis}, got ${formatShape(x.shape)}`,
    );
  }
  const parts = [x];
  if (begin > 0) parts.unshift(sideOf(x, axis, begin, 'begin', mode));
  if (end > 0) parts.push(sideOf(x, axis, end, 'end', mode));
  return concat(parts, axis);
}

/** The `count` elements that stand before or behind `x`. */
function sideOf(
  x: Tensor,
  axis: number,
  count: number,
  side: 'begin' | 'end',
  mode: Exclude<PaddingMode, 'zeros'>,
): Tensor {
  const extent = x.shape[axis]!;
  if (mode === 'circular') {
    return side === 'begin' ? slice(x, axis, extent - count, extent) : slice(x, axis, 0, count);
  }
  if (mode === 'replicate') {
    const edge = side === 'begin' ? slice(x, axis, 0, 1) : slice(x, axis, extent - 1, extent);
    return expand(edge, spliced(x.shape, axis, 1, count));
  }
  if (side === 'begin') return slice(x, axis, count, 0, -1);
  const behind = extent - 2 - count;
  return slice(x, axis, extent - 2, behind < 0 ? undefined : behind, -1);
}
