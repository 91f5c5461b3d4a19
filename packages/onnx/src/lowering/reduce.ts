import { int, ints, type Lowering, type Site } from './site.ts';

/** A reduction that removes its axes, which are an attribute or an input depending on the opset. */
export function reduced(
  site: Site,
  opType: string,
  x: string,
  axes: readonly number[],
  keepDims = false,
): string {
  const asInput = site.graph.opset >= (opType === 'ReduceSum' ? 13 : 18);
  const keepdims = int(Number(keepDims));
  if (asInput) return site.node(opType, [x, site.graph.list(axes)], { keepdims });
  return site.node(opType, [x], { axes: ints(axes), keepdims });
}

const reduction =
  (opType: string): Lowering =>
  (site) => {
    const { axes } = site.step.attributes as { readonly axes: readonly number[] };
    return reduced(site, opType, site.inputs[0]!, axes);
  };

/** The position of an extreme, int32 here and int64 there. */
const position =
  (opType: string): Lowering =>
  (site) => {
    const { axes } = site.step.attributes as { readonly axes: readonly number[] };
    const found = site.node(opType, [site.inputs[0]!], {
      axis: int(axes[0]!),
      keepdims: int(0),
      select_last_index: int(0),
    });
    return site.node('Cast', [found], { to: int(6) });
  };

export const reduceLowerings: Readonly<Record<string, Lowering>> = {
  sum: reduction('ReduceSum'),
  mean: reduction('ReduceMean'),
  max: reduction('ReduceMax'),
  min: reduction('ReduceMin'),
  prod: reduction('ReduceProd'),
  argmax: position('ArgMax'),
  argmin: position('ArgMin'),
};
