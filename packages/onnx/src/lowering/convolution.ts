import type { ConvGeometry } from '@convnet/tensor-core';

import { int, ints, operand, type Lowering } from './site.ts';

const conv: Lowering = (site) => {
  const geometry = site.step.attributes as ConvGeometry;
  const { stride, padBegin, padEnd, dilation, groups } = geometry;
  return site.node('Conv', present(site.inputs), {
    kernel_shape: ints(operand(site, 1).shape.slice(2)),
    strides: ints(stride),
    pads: ints([...padBegin, ...padEnd]),
    dilations: ints(dilation),
    group: int(groups),
  });
};

const convTranspose: Lowering = (site) => {
  const { geometry } = site.step.attributes as { readonly geometry: ConvGeometry };
  const { stride, padBegin, dilation, groups } = geometry;
  const kernel = operand(site, 1).shape.slice(2);
  const input = operand(site, 0).shape.slice(2);
  const output = site.step.outputs[0]!.shape.slice(2);
  // What the result would be without anything at its end.
  const reach = input.map(
    (extent, i) => stride[i]! * (extent - 1) + dilation[i]! * (kernel[i]! - 1) + 1 - padBegin[i]!,
  );
  // Beyond the padding that was asked for stands what `outputPadding` added, if that can be told apart.
  const padEnd = reach.map((extent, i) => {
    const asked = geometry.padEnd[i]!;
    const added = output[i]! - (extent - asked);
    const fits = asked >= 0 && added >= 0 && added < Math.max(stride[i]!, dilation[i]!);
    return fits ? asked : Math.max(0, extent - output[i]!);
  });
  return site.node('ConvTranspose', site.inputs, {
    kernel_shape: ints(kernel),
    strides: ints(stride),
    pads: ints([...padBegin, ...padEnd]),
    output_padding: ints(reach.map((extent, i) => output[i]! - (extent - padEnd[i]!))),
    dilations: ints(dilation),
    group: int(groups),
  });
};

/** Without an absent bias. */
function present([x, weight, bias]: readonly string[]): readonly string[] {
  return bias ? [x!, weight!, bias] : [x!, weight!];
}

export const convolutionLowerings: Readonly<Record<string, Lowering>> = { conv, convTranspose };
