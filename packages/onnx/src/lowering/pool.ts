import { windowAxes, type Windows } from '@convnet/tensor-core';

import type { Attribute } from '../protobuf/messages.ts';
import { reduced } from './reduce.ts';
import { dtypeOf, int, ints, operand, type Lowering, type Site } from './site.ts';

type Sliding = Exclude<Windows, { readonly outputSize: readonly number[] }>;

const maxPool: Lowering = (site) => {
  const { windows } = site.step.attributes as { readonly windows: Windows };
  const sliding = asSliding(site, windows);
  if (sliding === null) return maxOfWindows(site, windows);
  return site.node('MaxPool', [site.inputs[0]!], {
    ...slidingAttributes(sliding),
    dilations: ints(sliding.dilation),
  });
};

const avgPool: Lowering = (site) => {
  const { windows } = site.step.attributes as { readonly windows: Windows };
  if (isGlobal(windows)) return site.node('GlobalAveragePool', [site.inputs[0]!]);
  const sliding = asSliding(site, windows);
  if (sliding === null || !averagesAlike(site, sliding)) return meanOfWindows(site, windows);
  return site.node('AveragePool', [site.inputs[0]!], {
    ...slidingAttributes(sliding),
    count_include_pad: int(Number(sliding.countIncludePad)),
  });
};

function spatialOf(site: Site): { input: readonly number[]; output: readonly number[] } {
  return {
    input: operand(site, 0).shape.slice(2),
    output: site.step.outputs[0]!.shape.slice(2),
  };
}

function isMultiple(extent: number, of: number): boolean {
  return extent % of === 0;
}

function isGlobal(windows: Windows): boolean {
  return 'outputSize' in windows && windows.outputSize.every((extent) => extent === 1);
}

/** The windows as a kernel that slides as ONNX has it, or null where they are none. */
function asSliding(site: Site, windows: Windows): Sliding | null {
  const { input, output } = spatialOf(site);
  if ('outputSize' in windows) {
    if (!input.every((extent, i) => isMultiple(extent, output[i]!))) return null;
    const kernelSize = input.map((extent, i) => extent / output[i]!);
    return {
      kernelSize,
      stride: kernelSize,
      padding: input.map(() => 0),
      dilation: input.map(() => 1),
      ceilMode: false,
      countIncludePad: true,
      divisorOverride: null,
    };
  }
  if (!windows.ceilMode) return windows;
  // PyTorch drops a last window that begins behind the input. Where all axes then have what rounding down gives, that is
  // said; for a mixture opsets below 22 have no words.
  const rounded = input.map((extent, i) => roundedWindows(windows, i, extent));
  const keepsAll = rounded.every(({ up }, i) => up === output[i]);
  const isDown = rounded.every(({ down }, i) => down === output[i]);
  if (keepsAll) return windows;
  return isDown ? { ...windows, ceilMode: false } : null;
}

function roundedWindows(
  { kernelSize, stride, padding, dilation }: Sliding,
  i: number,
  extent: number,
): { up: number; down: number } {
  const room = extent + 2 * padding[i]! - dilation[i]! * (kernelSize[i]! - 1) - 1;
  return {
    up: Math.ceil(room / stride[i]!) + 1,
    down: Math.floor(room / stride[i]!) + 1,
  };
}

/** Whether AveragePool divides as these windows do, in every version of it. */
function averagesAlike(site: Site, windows: Sliding): boolean {
  if (windows.divisorOverride !== null) return false;
  if (!windows.ceilMode || !windows.countIncludePad) return true;
  // A window that reaches beyond the padding: how many elements count there differs between versions and runtimes.
  const { input, output } = spatialOf(site);
  return input.every((extent, i) => roundedWindows(windows, i, extent).down === output[i]);
}

function slidingAttributes({
  kernelSize,
  stride,
  padding,
  ceilMode,
}: Sliding): Readonly<Record<string, Attribute>> {
  return {
    kernel_shape: ints(kernelSize),
    strides: ints(stride),
    pads: ints([...padding, ...padding]),
    ceil_mode: int(Number(ceilMode)),
  };
}

/** Windows that no kernel walks: the mean along one axis after the other, each a product with a matrix. */
function meanOfWindows(site: Site, windows: Windows): string {
  const shape = operand(site, 0).shape;
  const dtype = dtypeOf(site);
  return windowAxes('exportOnnx', windows, shape).reduce((x, { start, end, step, count }, i) => {
    const axis = i + 2;
    const [rows, columns] = [shape[axis]!, start.length];
    const matrix = new Float32Array(rows * columns);
    for (let o = 0; o < columns; o++) {
      for (let at = start[o]!; at < end[o]!; at += step) matrix[at * columns + o] = 1 / count[o]!;
    }
    const product = (from: string): string =>
      site.node('MatMul', [from, site.graph.constant(dtype, [rows, columns], matrix)]);
    if (axis === shape.length - 1) return product(x);
    const swapped = shape.map((_, j) => j);
    [swapped[axis], swapped[shape.length - 1]] = [shape.length - 1, axis];
    const there = site.node('Transpose', [x], { perm: ints(swapped) });
    return site.node('Transpose', [product(there)], { perm: ints(swapped) });
  }, site.inputs[0]!);
}

/** The greatest along one axis after the other: all elements of a window side by side, the first again where it is short. */
function maxOfWindows(site: Site, windows: Windows): string {
  const axes = windowAxes('exportOnnx', windows, operand(site, 0).shape);
  return axes.reduce((x, { start, end, step }, i) => {
    const lengths = Array.from(start, (first, o) => Math.ceil((end[o]! - first) / step));
    const longest = Math.max(...lengths);
    const positions = Array.from(start, (first, o) =>
      Array.from({ length: longest }, (_, k) => (k < lengths[o]! ? first + k * step : first)),
    ).flat();
    const index = site.graph.constant('int64', [start.length, longest], positions);
    const gathered = site.node('Gather', [x, index], { axis: int(i + 2) });
    return reduced(site, 'ReduceMax', gathered, [i + 3]);
  }, site.inputs[0]!);
}

export const poolLowerings: Readonly<Record<string, Lowering>> = { maxPool, avgPool };
