import { ArgumentError, ShapeError } from './errors.ts';
import { formatValue } from './format-value.ts';

/** Extents of a tensor, outermost first. A scalar has none. */
export type Shape = readonly number[];

/** @internal Number of elements. */
export function elementCount(shape: Shape): number {
  let count = 1;
  // Asked for at every call: an iterator would be memory each time.
  for (let i = 0; i < shape.length; i++) count *= shape[i]!;
  return count;
}

/** @internal `[2, 3]`, as errors and summaries print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** @internal */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @internal Elements between neighbours along each axis of a contiguous tensor. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = Array.from<number>({ length: shape.length });
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/**
 * @internal The common shape of operands under NumPy's broadcasting rule.
 * @throws ShapeError where two extents differ and neither is 1.
 */
export function broadcastShapes(op: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const out = Array.from({ length: rank }, () => 1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const extent = shape[axis]!;
      if (extent === 1) continue;
      if (out[lead + axis] !== 1 && out[lead + axis] !== extent) {
        throw new ShapeError(
          `${op}: shapes ${shapes.map(formatShape).join(' and ')} do not broadcast together`,
        );
      }
      out[lead + axis] = extent;
    }
  }
  return out;
}

/**
 * @internal An axis counted from the front; negative axes count from the back.
 * @throws ShapeError outside -rank … rank - 1.
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      `${op}: expected an axis from ${-rank} to ${rank - 1} for a tensor of rank ${rank}, got ${axis}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** @internal Ascending, distinct axes from one axis, several, or all (undefined). */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const given = typeof axes === 'number' ? [axes] : axes;
  requireNumbers(op, 'axes', given);
  const list = given.map((axis) => normalizeAxis(op, axis, rank));
  if (new Set(list).size !== list.length) {
    throw new ShapeError(`${op}: axes ${formatShape(list)} name an axis twice`);
  }
  return list.slice().sort((a, b) => a - b);
}

/** @internal @throws ArgumentError for anything but a list of numbers. */
export function requireNumbers(op: string, name: string, list: unknown): void {
  if (Array.isArray(list) && list.every((item) => typeof item === 'number')) return;
  throw new ArgumentError(`${op}: expected ${name} as a list of numbers, got ${formatValue(list)}`);
}
