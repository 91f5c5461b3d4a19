import type { ConvGeometry } from '@convnet/tensor-core';

import { channelsLast, toChannelsLast } from '../channels-last.ts';
import { Inexpressible } from '../errors.ts';
import { activations, paddings } from '../operators.ts';
import { metEdges } from './padding.ts';
import { operand, requireImages, resultOf, type Lowering } from './site.ts';

/** A convolution of images, ordinary or of each channel by itself. */
const conv: Lowering = (site) => {
  const { graph, step } = site;
  const { stride, padBegin, dilation, groups } = step.attributes as ConvGeometry;
  const [input, kernel] = [operand(site, 0), operand(site, 1)];
  requireImages(input);
  const channels = input.shape[1]!;
  const [outputs, perGroup, ...kernelSize] = kernel.shape as [number, number, ...number[]];
  const isDepthwise = groups > 1 && perGroup === 1;
  if (groups > 1 && !isDepthwise) {
    throw new Inexpressible(`${groups} groups of ${perGroup} channels`);
  }
  const { place, padding } = metEdges(
    site,
    { kernelSize, stride, dilation, padBegin },
    (x, amounts, shape) => {
      const rows = graph.constant([4, 2], Int32Array.from(amounts.flat()));
      return graph.operator('PAD', [x, rows], shape, {});
    },
  );
  // [1, O, H, W] of a depthwise one becomes [1, H, W, O].
  const ordered = isDepthwise ? [1, outputs, ...kernelSize] : kernel.shape;
  const weight = graph.constant(channelsLast(ordered), toChannelsLast(site.constant(1)!, ordered));
  const bias = graph.constant([outputs], site.constant(2) ?? new Float32Array(outputs));
  const shape = channelsLast(resultOf(site).shape);
  const common = {
    padding: paddings[padding],
    strideH: stride[0]!,
    strideW: stride[1]!,
    dilationH: dilation[0]!,
    dilationW: dilation[1]!,
    activation: activations[site.activation],
  };
  return isDepthwise
    ? graph.operator('DEPTHWISE_CONV_2D', [place, weight, bias], shape, {
        ...common,
        depthMultiplier: outputs / channels,
      })
    : graph.operator('CONV_2D', [place, weight, bias], shape, common);
};

export const convolutionLowerings: Readonly<Record<string, Lowering>> = { conv };
