import {
  elementCount,
  formatShape,
  type ConvGeometry,
  type Device,
  type Operand,
} from '@convnet/tensor-core';
import { convolveByHand, outputShape, type Convolved } from './convolution-by-hand.ts';
import { everyOf, Findings, free, integers, operand, range } from './exact.ts';

/** What the convolutions of one sweep have in common; spatial lists have one entry per axis. */
interface Form {
  readonly name: string;
  readonly kernel: readonly number[];
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: number;
  /** Extents in front of the width, which is swept. */
  readonly outer: readonly number[];
  readonly widths: readonly number[];
  readonly batch?: number;
  /** Channels of one group. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly groups: readonly number[];
  /**
   * Of the greatest magnitude. Winograd's minimal filtering of four outputs divides by 6 and 24, which is not exact.
   */
  readonly tolerance?: number;
}

const one = [1];
/** Outputs that end every combination of panels of 16, 8 and 4 columns, and inputs every remainder of eight steps. */
const columns = range(1, 36);
const terms = range(1, 9);
const widths = range(1, 13);

const forms: readonly Form[] = [
  { name: '1x1', kernel: [1, 1], outer: [2], widths, inputs: terms, outputs: columns, groups: one },
  {
    name: '1 tap, stride 2, padded',
    kernel: [1],
    stride: 2,
    padding: 1,
    outer: [],
    widths,
    inputs: terms,
    outputs: columns,
    groups: one,
  },
  {
    name: '1d of 3 taps',
    kernel: [3],
    padding: 1,
    outer: [],
    widths,
    batch: 2,
    inputs: terms,
    outputs: columns,
    groups: one,
    tolerance: 1e-5,
  },
  {
    name: '2d of 3 x 3',
    kernel: [3, 3],
    padding: 1,
    outer: [3],
    widths,
    inputs: terms,
    outputs: columns,
    groups: one,
  },
  {
    name: '2d of 3 x 3, stride 2',
    kernel: [3, 3],
    stride: 2,
    padding: 1,
    outer: [4],
    widths,
    inputs: terms,
    outputs: columns,
    groups: one,
  },
  {
    name: '2d of 2 x 3, dilation 2',
    kernel: [2, 3],
    dilation: 2,
    padding: 2,
    outer: [3],
    widths,
    inputs: terms,
    outputs: columns,
    groups: one,
  },
  {
    name: '2d of 5 x 4, stride 3',
    kernel: [5, 4],
    stride: 3,
    padding: 2,
    outer: [5],
    widths: range(2, 14),
    inputs: range(1, 5),
    outputs: columns,
    groups: one,
  },
  {
    name: '3d of 2 x 2 x 3',
    kernel: [2, 2, 3],
    padding: 1,
    outer: [2, 2],
    widths: range(1, 9),
    inputs: range(1, 5),
    outputs: columns,
    groups: one,
  },
  {
    name: '3d of 3 x 1 x 2, stride 2',
    kernel: [3, 1, 2],
    stride: 2,
    padding: 1,
    outer: [3, 2],
    widths: range(1, 9),
    inputs: range(1, 5),
    outputs: columns,
    groups: one,
  },
  {
    name: 'groups',
    kernel: [3, 3],
    padding: 1,
    outer: [2],
    widths: range(1, 9),
    inputs: range(1, 5),
    outputs: range(1, 18),
    groups: [2, 3],
  },
  {
    name: 'groups, stride 2, dilation 2',
    kernel: [3],
    stride: 2,
    dilation: 2,
    padding: 2,
    outer: [],
    widths: range(1, 9),
    inputs: range(1, 5),
    outputs: range(1, 18),
    groups: [2, 5],
  },
  ...depthwise([1, 1], [1, 2]),
  ...depthwise([2, 2], [1]),
  ...depthwise([3, 3], [1, 2, 3]),
  ...depthwise([5, 5], [1, 2]),
  ...depthwise([7, 7], [1, 2]),
  ...depthwise([3], [1, 2]),
  ...depthwise([3, 3, 3], [1, 2]),
  {
    name: 'depthwise, dilation 2',
    kernel: [3, 3],
    dilation: 2,
    padding: 2,
    outer: [3],
    widths: range(1, 17),
    inputs: one,
    outputs: one,
    groups: range(2, 21),
  },
  {
    name: 'depthwise, two outputs each',
    kernel: [3],
    padding: 1,
    outer: [],
    widths: range(1, 9),
    inputs: one,
    outputs: [2, 3],
    groups: range(2, 10),
  },
  // Few, since each is large: fewer pixels or channels go the direct way.
  ...winograd([3, 3], [17, 21], [20, 21, 22, 23]),
  ...winograd([1, 3], [5], [60, 61, 62, 63]),
  ...winograd([3], [], [200, 201, 202, 203]),
  ...winogradOfVolumes([1, 3, 3], [2, 3, 3], [3, 3, 3]),
];

function depthwise(kernel: readonly number[], strides: readonly number[]): Form[] {
  return strides.map((stride) => ({
    name: `depthwise ${kernel.join(' x ')}, stride ${stride}`,
    kernel,
    stride,
    padding: Math.floor(kernel[0]! / 2),
    outer: kernel.slice(1).map(() => 3),
    widths: [...range(1, 17), 28],
    inputs: one,
    outputs: one,
    groups: range(2, 21),
  }));
}

/** Kernels with three taps along the width that go by minimal filtering. */
function winograd(
  kernel: readonly number[],
  outer: readonly number[],
  across: readonly number[],
): Form[] {
  const heights = outer.length > 1 ? outer.map((extent) => [extent]) : [outer];
  return heights.map((rows) => ({
    name: `minimal filtering ${kernel.join(' x ')}`,
    kernel,
    padding: 1,
    outer: rows,
    widths: across,
    inputs: [32, 36],
    outputs: [32, 36, 40],
    groups: one,
    tolerance: 1e-5,
  }));
}

/** The same over volumes: as many slices of their own, or summed over the taps of the depth. */
function winogradOfVolumes(...kernels: readonly (readonly number[])[]): Form[] {
  return kernels.map((kernel) => ({
    name: `minimal filtering ${kernel.join(' x ')}`,
    kernel,
    padding: 1,
    outer: [5, 9],
    widths: [12, 13],
    batch: 2,
    inputs: [32],
    outputs: [32, 36],
    groups: one,
    tolerance: 1e-5,
  }));
}

function geometryOf(
  { kernel, stride = 1, dilation = 1, padding = 0 }: Form,
  groups: number,
): ConvGeometry {
  // No padding along axes of one tap, but where a form is about that.
  const pads = kernel.map((taps) => (taps > 1 || kernel.length === 1 ? padding : 0));
  return {
    stride: kernel.map(() => stride),
    dilation: kernel.map(() => dilation),
    padBegin: pads,
    padEnd: pads,
    groups,
  };
}

/** One convolution three ways, and a fourth time where the device keeps what it derives from a weight. */
async function check(
  device: Device,
  findings: Findings,
  name: string,
  c: Convolved,
  seed: number,
  tolerance: number,
): Promise<void> {
  const { input, weight, geometry } = c;
  const shapes = [input, weight, outputShape(c), [weight[0]!]] as const;
  const arrays = shapes.map((shape, i) => integers(elementCount(shape), seed + i));
  const [x, w, dy, bias] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array];
  const expected = convolveByHand(c, x, w, dy);
  const operands = shapes.map((shape, i) => operand(device, arrays[i]!, shape));
  const [xs, ws, dys, biases] = operands as [Operand, Operand, Operand, Operand];
  const { kernels } = device;
  const spec = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const;
  const compare = async (
    what: string,
    buffer: Operand['buffer'],
    shape: readonly number[],
    values: Float32Array,
    limit: number,
  ): Promise<void> => {
    const title = `${what} ${name}: ${formatShape(input)} with ${formatShape(weight)}`;
    await findings.compare(device, title, buffer, spec(shape), values, limit);
  };
  const out = spec(shapes[2]);
  await compare(
    'conv',
    kernels.conv(xs, ws, null, geometry, out),
    out.shape,
    expected.y,
    tolerance,
  );
  const dx = kernels.convInputGrad(dys, ws, geometry, spec(input));
  await compare('input gradient', dx, input, expected.dx, tolerance);
  const dweight = kernels.convWeightGrad(xs, dys, geometry, spec(weight));
  await compare('weight gradient', dweight, weight, expected.dweight, tolerance);
  if (device.backend.kernels.willReuse !== undefined) {
    kernels.willReuse!(ws, false);
    // Small integers, which a device that rounds such weights keeps as they are.
    const reused = { ...ws, isReused: true };
    const positions = elementCount(out.shape.slice(2));
    const biased = expected.y.map((v, i) => v + bias[Math.floor(i / positions) % bias.length]!);
    // With kept weights even the 2d form divides by 6.
    const limit = tolerance || (weight[weight.length - 1] === 3 ? 1e-5 : 0);
    for (const what of ['conv, packing', 'conv, packed']) {
      const y = kernels.conv(xs, reused, biases, geometry, out);
      await compare(what, y, out.shape, biased, limit);
    }
  }
  free(device, operands);
}

/** All forms of convolution, forward and both gradients, over widths and channels: every `step`-th. */
export async function sweepConvolutions(device: Device, step: number): Promise<string[]> {
  const findings = new Findings();
  for (const form of forms) {
    const { inputs, outputs, groups, tolerance = 0 } = form;
    // Large ones are few already.
    const own = form.inputs[0]! > 9 ? Math.min(step, 7) : step;
    const choices = { outputs, width: form.widths, inputs, groups };
    for (const { index, ...size } of everyOf(choices, own)) {
      const c = {
        input: [form.batch ?? 1, size.groups * size.inputs, ...form.outer, size.width],
        weight: [size.groups * size.outputs, size.inputs, ...form.kernel],
        geometry: geometryOf(form, size.groups),
      };
      if (outputShape(c).some((extent) => extent < 1)) continue;
      await check(device, findings, form.name, c, 31 + index, tolerance);
    }
  }
  return findings.failures();
}
