import type { Windows } from '@convnet/tensor-core';

import { channelsLast } from '../channels-last.ts';
import { Inexpressible } from '../errors.ts';
import { activations, paddings } from '../operators.ts';
import type { TfliteGraph } from '../tflite-graph.ts';
import { metEdges } from './padding.ts';
import { operand, requireImages, resultOf, type Lowering } from './site.ts';

const maxPool: Lowering = (site) => {
  const { graph, step } = site;
  const { windows } = step.attributes as { readonly windows: Windows };
  requireImages(operand(site, 0));
  if ('outputSize' in windows) throw new Inexpressible('windows that adapt to the input');
  const { kernelSize, stride, padding: padBegin, dilation } = windows;
  if (dilation.some((extent) => extent !== 1)) throw new Inexpressible('dilated windows');
  const { place, padding } = metEdges(
    site,
    { kernelSize, stride, dilation, padBegin },
    (x, amounts, shape) => padForMaximum(graph, x, amounts, shape),
  );
  const pooled = graph.operator('MAX_POOL_2D', [place], channelsLast(resultOf(site).shape), {
    padding: paddings[padding],
    strideH: stride[0]!,
    strideW: stride[1]!,
    filterH: kernelSize[0]!,
    filterW: kernelSize[1]!,
    activation: activations.none,
  });
  if (graph.isNonNegative(site.place(0))) graph.markNonNegative(pooled);
  return pooled;
};

/** Pads with what no maximum is: with zeros behind an activation that gives nothing below, since XNNPACK pads with nothing else. */
function padForMaximum(
  graph: TfliteGraph,
  x: number,
  amounts: readonly (readonly [number, number])[],
  shape: readonly number[],
): number {
  const rows = graph.constant([4, 2], Int32Array.from(amounts.flat()));
  if (graph.isNonNegative(x)) return graph.operator('PAD', [x, rows], shape, {});
  const least = graph.constant([1], Float32Array.of(Number.NEGATIVE_INFINITY));
  return graph.operator('PADV2', [x, rows, least], shape, {});
}

/** The mean of all positions. */
const avgPool: Lowering = (site) => {
  const { windows } = site.step.attributes as { readonly windows: Windows };
  requireImages(operand(site, 0));
  const { shape } = resultOf(site);
  const isGlobal = 'outputSize' in windows && windows.outputSize.every((extent) => extent === 1);
  if (!isGlobal) throw new Inexpressible('averages of other windows than all positions');
  const spatial = site.graph.list([1, 2]);
  return site.graph.operator('MEAN', [site.place(0), spatial], channelsLast(shape), {
    keepDims: 1,
  });
};

export const poolLowerings: Readonly<Record<string, Lowering>> = { maxPool, avgPool };
