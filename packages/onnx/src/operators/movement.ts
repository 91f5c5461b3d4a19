import {
  add,
  broadcastShapes,
  cast,
  concat,
  elementCount,
  eq,
  expand,
  flatten,
  full,
  gather,
  indexSelect,
  lt,
  normalizeAxis,
  pad,
  permute,
  pixelShuffle,
  reshape,
  scatter,
  scatterAdd,
  ShapeError,
  slice,
  formatShape,
  tile,
  where,
  type PaddingMode,
  type Tensor,
} from '@convnet/tensor-core';

import { HostTensor, type HostType } from '../host/host-tensor.ts';
import { decodeElements } from '../import/elements.ts';
import type { NodeReader } from '../import/node-reader.ts';
import type { Operator } from '../import/operator.ts';
import { dtypeOn, type Operands } from '../import/operands.ts';
import { castTarget } from './cast-target.ts';
import {
  positiveAxes,
  reshapeTarget,
  sliceRanges,
  splitSizes,
  squeezed,
  unsqueezed,
} from './axes.ts';

const reshapeOf: Operator = {
  host: [1],
  prepare: (node) => {
    const target = reshapeTarget(node);
    return (inputs) => {
      const x = inputs.tensor(0);
      return reshape(x, target(x.shape, inputs.host(1).list()));
    };
  },
};

/** Axes of extent 1 taken away or put in. */
const changed = (
  change: (
    node: NodeReader,
  ) => (shape: readonly number[], axes: readonly number[] | null) => number[],
): Operator => ({
  host: [1],
  prepare: (node) => {
    const target = change(node);
    return (inputs) => {
      const x = inputs.tensor(0);
      return reshape(x, target(x.shape, inputs.numbers(1)));
    };
  },
});

const flattenOf: Operator = {
  prepare: (node) => {
    const axis = node.int('axis', 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      const first = axis < 0 ? axis + x.rank : axis;
      if (first === 1 && x.rank > 1) return flatten(x, 1);
      const rows = [elementCount(x.shape.slice(0, first)), elementCount(x.shape.slice(first))];
      return reshape(x, rows);
    };
  },
};

const transposeOf: Operator = {
  prepare: (node) => {
    const order = node.ints('perm');
    return (inputs) => {
      const x = inputs.tensor(0);
      return permute(x, order ?? x.shape.map((_, axis) => x.rank - 1 - axis));
    };
  },
};

const concatOf: Operator = {
  prepare: (node) => {
    const axis = node.int('axis', 1);
    return (inputs) => concat(inputs.tensors(), axis);
  },
};

const splitOf: Operator = {
  host: [1],
  prepare: (node) => {
    const axis = node.int('axis', 0);
    const attribute = node.opset < 13 ? node.ints('split') : null;
    const count = node.int('num_outputs', node.outputCount);
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = normalizeAxis('Split', axis, x.rank);
      const sizes = splitSizes(x.shape[along]!, count, inputs.numbers(1) ?? attribute);
      let start = 0;
      return sizes.map((size) => {
        start += size;
        return slice(x, along, start - size, start);
      });
    };
  },
};

const sliceOf: Operator = {
  host: [1, 2, 3, 4],
  prepare: (node) => {
    const ranges = sliceRanges(node);
    return (inputs) => {
      const x = inputs.tensor(0);
      const given = [1, 2, 3, 4].map((i) => inputs.numbers(i));
      return ranges(x.shape, given).reduce((part, { axis, start, step, count }) => {
        if (count === 0) return slice(part, axis, 0, 0);
        const end = start + step * count;
        return slice(part, axis, start, end < 0 ? undefined : end, step);
      }, x);
    };
  },
};

const expandOf: Operator = {
  host: [1],
  prepare: () => (inputs) => {
    const x = inputs.tensor(0);
    return expand(x, broadcastShapes('Expand', [x.shape, inputs.host(1).list()]));
  },
};

const tileOf: Operator = {
  host: [1],
  prepare: () => (inputs) => tile(inputs.tensor(0), inputs.host(1).list()),
};

const paddingModes = {
  constant: 'zeros',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
} as const satisfies Readonly<Record<string, PaddingMode>>;

const padOf: Operator = {
  host: [1, 2, 3],
  prepare: (node) => {
    const mode = node.string('mode', ['constant', 'reflect', 'edge', 'wrap'], 'constant');
    const isOld = node.opset < 11;
    const attribute = isOld ? (node.ints('pads') ?? node.refuse('it has no pads')) : null;
    const value = isOld ? node.float('value', 0) : 0;
    return (inputs) => {
      const x = inputs.tensor(0);
      const pads = attribute ?? inputs.host(1).list();
      const axes = positiveAxes('Pad', inputs.numbers(3) ?? x.shape.map((_, axis) => axis), x.rank);
      if (pads.length !== 2 * axes.length) {
        throw new ShapeError(`Pad: ${pads.length} amounts do not fit ${formatShape(x.shape)}`);
      }
      const amounts = x.shape.map((): [number, number] => [0, 0]);
      axes.forEach((axis, i) => (amounts[axis] = [pads[i]!, pads[axes.length + i]!]));
      const fill = mode === 'constant' ? (inputs.number(2) ?? value) : paddingModes[mode];
      if (mode === 'constant') return pad(x, amounts, fill);
      // What is negative cuts off first.
      const least = amounts.map(([begin, end]) => [Math.min(begin, 0), Math.min(end, 0)] as const);
      const most = amounts.map(([begin, end]) => [Math.max(begin, 0), Math.max(end, 0)] as const);
      const first = x.shape.findIndex((_, axis) => amounts[axis]!.some((amount) => amount !== 0));
      if (first < 0) return x;
      return pad(pad(x, least), most.slice(first), fill);
    };
  },
};

/** Positions as int32 from the front. */
function indexOf(inputs: Operands, i: number, extent: number): Tensor {
  const value = inputs.value(i);
  if (value instanceof HostTensor) {
    const counted = value.list().map((at) => (at < 0 ? at + extent : at));
    const positive = new HostTensor('int64', value.shape, counted);
    return inputs.made(positive);
  }
  const index = cast(value, 'int32');
  return where(lt(index, 0), add(index, extent), index);
}

const gatherOf: Operator = {
  learned: [0],
  prepare: (node) => {
    const axis = node.int('axis', 0);
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = normalizeAxis('Gather', axis, x.rank);
      const index = indexOf(inputs, 1, x.shape[along]!);
      const picked = indexSelect(x, along, reshape(index, [index.size]));
      return reshape(picked, [
        ...x.shape.slice(0, along),
        ...index.shape,
        ...x.shape.slice(along + 1),
      ]);
    };
  },
};

const gatherElements: Operator = {
  prepare: (node) => {
    const axis = node.int('axis', 0);
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = normalizeAxis('GatherElements', axis, x.rank);
      return gather(x, along, indexOf(inputs, 1, x.shape[along]!));
    };
  },
};

const scatterElements: Operator = {
  prepare: (node) => {
    const axis = node.int('axis', 0);
    const reduction = node.string('reduction', ['none', 'add'], 'none');
    return (inputs) => {
      const [x, updates] = [inputs.tensor(0), inputs.tensor(2)];
      const along = normalizeAxis('ScatterElements', axis, x.rank);
      const index = indexOf(inputs, 1, x.shape[along]!);
      return reduction === 'add'
        ? scatterAdd(x, along, index, updates)
        : scatter(x, along, index, updates);
    };
  },
};

const oneHotOf: Operator = {
  host: [1],
  prepare: (node) => {
    const axis = node.int('axis', -1);
    return (inputs) => {
      const depth = inputs.number(1)!;
      const values = inputs.tensor(2);
      const labels = indexOf(inputs, 0, depth);
      const along = normalizeAxis('OneHot', axis, labels.rank + 1);
      const shape = [...labels.shape.slice(0, along), depth, ...labels.shape.slice(along)];
      const [off, on] = [slice(values, 0, 0, 1), slice(values, 0, 1, 2)];
      const spread = labels.shape.slice();
      spread.splice(along, 0, 1);
      const ramp = inputs.made(
        new HostTensor(
          'int32',
          shape.map((extent, i) => (i === along ? extent : 1)),
          Array.from({ length: depth }, (_, i) => i),
        ),
      );
      const isHit = eq(reshape(labels, spread), ramp);
      return where(isHit, on, off);
    };
  },
};

const depthToSpace: Operator = {
  prepare: (node) => {
    const block = node.int('blocksize', 1);
    const mode = node.string('mode', ['DCR', 'CRD'], 'DCR');
    return (inputs) => {
      const x = inputs.tensor(0);
      if (mode === 'CRD') return pixelShuffle(x, block);
      const [n, c, h, w] = planesOf(node, x);
      const parts = permute(
        reshape(x, [n, block, block, c / block ** 2, h, w]),
        [0, 3, 4, 1, 5, 2],
      );
      return reshape(parts, [n, c / block ** 2, h * block, w * block]);
    };
  },
};

const spaceToDepth: Operator = {
  prepare: (node) => {
    const block = node.int('blocksize', 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      const [n, c, h, w] = planesOf(node, x);
      const parts = reshape(x, [n, c, h / block, block, w / block, block]);
      return reshape(permute(parts, [0, 3, 5, 1, 2, 4]), [n, c * block ** 2, h / block, w / block]);
    };
  },
};

function planesOf(node: NodeReader, { shape }: Tensor): [number, number, number, number] {
  if (shape.length === 4) return shape as unknown as [number, number, number, number];
  throw new ShapeError(`${node.opType}: expected input [N, C, H, W], got ${formatShape(shape)}`);
}

/** As a type of ONNX: half is rounded to half and held as float32, which computes. */
function castTo(x: Tensor, type: HostType): Tensor {
  const dtype = dtypeOn(x.device, type);
  if (type === 'float16') return cast(cast(x, 'float16'), dtype);
  const isToWhole = x.dtype.startsWith('float') && !dtype.startsWith('float') && dtype !== 'bool';
  return cast(isToWhole ? cast(x, 'int32') : x, dtype);
}

const castOf: Operator = {
  prepare: (node) => {
    const type = castTarget(node);
    if (type === 'bfloat16') node.refuse('nothing here rounds to bfloat16');
    return (inputs) => castTo(inputs.tensor(0), type);
  },
};

const castLike: Operator = {
  prepare: (node) => {
    node.ignore('saturate', 'round_mode');
    return (inputs) => {
      const [x, like] = [inputs.tensor(0), inputs.tensor(1)];
      return cast(x, like.dtype);
    };
  },
};

/** Longer constants are made on the device. */
const longestOnHost = 1024;

const constantOfShape: Operator = {
  host: [0],
  prepare: (node) => {
    const given = node.tensor('value');
    const value = given === null ? null : decodeElements(given, node.opType);
    const type: HostType = value?.type ?? 'float32';
    const number = value?.data[0] ?? 0;
    return (inputs) => {
      const shape = inputs.host(0).list();
      const size = elementCount(shape);
      if (size <= longestOnHost) {
        return new HostTensor(
          type,
          shape,
          Array.from({ length: size }, () => number),
        );
      }
      return full(shape, number, { device: inputs.device, dtype: dtypeOn(inputs.device, type) });
    };
  },
};

const identity: Operator = { learned: [], prepare: () => (inputs) => inputs.value(0) };

export const movementOperators: Readonly<Record<string, Operator>> = {
  Cast: castOf,
  CastLike: castLike,
  Concat: concatOf,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expandOf,
  Flatten: flattenOf,
  Gather: gatherOf,
  GatherElements: gatherElements,
  Identity: identity,
  OneHot: oneHotOf,
  Pad: padOf,
  Reshape: reshapeOf,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  Slice: sliceOf,
  SpaceToDepth: spaceToDepth,
  Split: splitOf,
  Squeeze: changed(squeezed),
  Tile: tileOf,
  Transpose: transposeOf,
  Unsqueeze: changed(unsqueezed),
};
