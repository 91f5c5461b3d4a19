import {
  channelShuffle,
  conv,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  repeat,
  roll,
  tile,
  type Padding,
  type PaddingMode,
  type Tensor,
} from '@convnet/tensor-core';
import { uniform } from '../inputs.ts';
import { operationIn, type Program } from '../program.ts';

interface Rearrangement {
  readonly name: string;
  readonly shape: readonly number[];
  body(x: Tensor): Tensor;
}

const rearrangements: readonly Rearrangement[] = [
  { name: 'repeat', shape: [2, 3], body: (x) => repeat(x, [2, 3]) },
  { name: 'repeat with new axes', shape: [3], body: (x) => repeat(x, [2, 1, 2]) },
  { name: 'repeat no time', shape: [2, 3], body: (x) => repeat(x, [0, 2]) },
  { name: 'tile of the last axis', shape: [2, 3], body: (x) => tile(x, [2]) },
  { name: 'roll along one axis', shape: [3, 5], body: (x) => roll(x, 2, 1) },
  { name: 'roll back along two axes', shape: [3, 5], body: (x) => roll(x, [-1, 7], [0, -1]) },
  { name: 'roll of nothing', shape: [0, 5], body: (x) => roll(x, 1, 0) },
  { name: 'channelShuffle', shape: [2, 6, 3, 2], body: (x) => channelShuffle(x, 3) },
  { name: 'channelShuffle of a signal', shape: [2, 8, 5], body: (x) => channelShuffle(x, 2) },
  { name: 'pixelShuffle', shape: [2, 12, 3, 2], body: (x) => pixelShuffle(x, 2) },
  { name: 'pixelShuffle of a signal', shape: [2, 6, 4], body: (x) => pixelShuffle(x, 3) },
  {
    name: 'pixelShuffle by two factors',
    shape: [1, 12, 3, 2],
    body: (x) => pixelShuffle(x, [3, 2]),
  },
  { name: 'pixelShuffle of a volume', shape: [1, 16, 2, 1, 3], body: (x) => pixelShuffle(x, 2) },
  { name: 'pixelUnshuffle', shape: [2, 3, 6, 4], body: (x) => pixelUnshuffle(x, 2) },
  {
    name: 'pixelUnshuffle by two factors',
    shape: [2, 1, 6, 4],
    body: (x) => pixelUnshuffle(x, [3, 2]),
  },
];

const modes: readonly PaddingMode[] = ['reflect', 'replicate', 'circular'];

const pads: Program[] = modes.flatMap((mode): Program[] => [
  {
    name: `pad ${mode} of a signal`,
    op: 'pad',
    inputs: [uniform([2, 3, 5])],
    body: (x) => pad(x, [[4, 2]], mode),
  },
  {
    name: `pad ${mode} of an image`,
    op: 'pad',
    inputs: [uniform([2, 3, 4, 5])],
    body: (x) =>
      pad(
        x,
        [
          [1, 3],
          [0, 2],
        ],
        mode,
      ),
  },
  {
    name: `pad ${mode} of a volume`,
    op: 'pad',
    inputs: [uniform([1, 2, 3, 4, 2])],
    body: (x) =>
      pad(
        x,
        [
          [2, 1],
          [3, 0],
          [1, 1],
        ],
        mode,
      ),
  },
]);

const paddings: readonly Padding[] = [1, 'same', [[2, 0], 1]];

const convs: Program[] = modes.flatMap((paddingMode) =>
  paddings.map((padding): Program => ({
    name: `conv with padding ${JSON.stringify(padding)} ${paddingMode}`,
    op: 'conv',
    inputs: [uniform([2, 3, 5, 6]), uniform([4, 3, 3, 2]), uniform([4])],
    body: (x, weight, bias) => conv(x, weight, bias, { padding, paddingMode }),
  })),
);

/** Elements in another order or several times. */
export const rearrangementPrograms: readonly Program[] = [
  ...rearrangements.map(({ name, shape, body }): Program => ({
    name,
    op: operationIn(name),
    inputs: [uniform(shape)],
    body,
  })),
  ...pads,
  ...convs,
];
