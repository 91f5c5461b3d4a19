/** Elements from one place to the next along each logical axis, as tensors lie: axis 1 innermost where there are three or more. */
export function stridesOf(shape: readonly number[]): number[] {
  const order = shape.map((_, axis) => axis);
  if (shape.length >= 3) order.push(...order.splice(1, 1));
  const strides = shape.map(() => 0);
  let stride = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    strides[order[i]!] = stride;
    stride *= shape[order[i]!]!;
  }
  return strides;
}

/** An axis that several tensors walk together, with the stride of each. */
export interface SharedAxis {
  readonly extent: number;
  readonly strides: readonly number[];
}

/** As few axes as can be: those of extent 1 go, neighbours that all tensors walk as one become one. */
export function joinedAxes(axes: readonly SharedAxis[]): SharedAxis[] {
  const joined: SharedAxis[] = [];
  for (const axis of axes) {
    if (axis.extent === 1) continue;
    const before = joined[joined.length - 1];
    const isOne = before?.strides.every((stride, i) => stride === axis.strides[i]! * axis.extent);
    if (before === undefined || isOne !== true) joined.push(axis);
    else joined[joined.length - 1] = { extent: before.extent * axis.extent, strides: axis.strides };
  }
  return joined;
}
