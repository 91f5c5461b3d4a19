import type { ConvGeometry } from '@convnet/tensor-core';

import { int, ints, number, operand, type Lowering } from './site.ts';

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
  // Beyond the padding that was asked for stands what `outputPadding` added, if it is less than a stride, as runtimes want.
  const padEnd = reach.map((extent, i) => {
    const asked = geometry.padEnd[i]!;
    const added = output[i]! - (extent - asked);
    const fits = asked >= 0 && added >= 0 && added < stride[i]!;
    return fits ? asked : Math.max(0, extent - output[i]!);
  });
  const missing = reach.map((extent, i) => output[i]! - (extent - padEnd[i]!));
  const added = missing.map((extent, i) => (extent < stride[i]! ? extent : 0));
  const y = site.node('ConvTranspose', site.inputs, {
    kernel_shape: ints(kernel),
    strides: ints(stride),
    pads: ints([...padBegin, ...padEnd]),
    output_padding: ints(added),
    dilations: ints(dilation),
    group: int(groups),
  });
  // More of it is zeros: no element of the input reaches so far.
  const zeros = missing.map((extent, i) => extent - added[i]!);
  if (zeros.every((extent) => extent === 0)) return y;
  const none = Array.from({ length: kernel.length + 4 }, () => 0);
  return site.node('Pad', [y, site.graph.list([...none, ...zeros]), number(site, 0)]);
};

/** Without an absent bias. */
function present([x, weight, bias]: readonly string[]): readonly string[] {
  return bias ? [x!, weight!, bias] : [x!, weight!];
}

export const convolutionLowerings: Readonly<Record<string, Lowering>> = { conv, convTranspose };
