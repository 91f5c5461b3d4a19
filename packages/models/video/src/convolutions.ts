import { BatchNorm, Conv, ReLU, Sequential, type Layer } from '@convnet/layers';

/** How the 3x3x3 convolution of a block is made, and what its stride means for the shortcut beside it. */
export interface ConvForm {
  /** `middle`: channels between the two parts of a factored convolution. */
  conv(inChannels: number, outChannels: number, middle: number, stride: number): Layer;
  /** Strides along time, height and width. */
  strides(stride: number): readonly [time: number, height: number, width: number];
}

/** Convolution over space and time at once: kernel 3x3x3. */
export const spaceTime: ConvForm = {
  conv: (inChannels, outChannels, _, stride) =>
    new Conv(3, inChannels, outChannels, 3, { stride, padding: 1, bias: false }),
  strides: (stride) => [stride, stride, stride],
};

/** Convolution over space alone: kernel 1x3x3; frames stay as many as they are. */
export const spaceOnly: ConvForm = {
  conv: (inChannels, outChannels, _, stride) => spatial(inChannels, outChannels, stride),
  strides: (stride) => [1, stride, stride],
};

/** R(2+1)D: a convolution over space, batch norm and ReLU, then one over time. Section 3.5 of the paper. */
export const spaceThenTime: ConvForm = {
  conv: (inChannels, outChannels, middle, stride) =>
    new Sequential([
      spatial(inChannels, middle, stride),
      new BatchNorm(3, middle),
      new ReLU(),
      new Conv(3, middle, outChannels, [3, 1, 1], {
        stride: [stride, 1, 1],
        padding: [1, 0, 0],
        bias: false,
      }),
    ]),
  strides: (stride) => [stride, stride, stride],
};

function spatial(inChannels: number, outChannels: number, stride: number): Conv {
  return new Conv(3, inChannels, outChannels, [1, 3, 3], {
    stride: [1, stride, stride],
    padding: [0, 1, 1],
    bias: false,
  });
}

/**
 * Channels between the two parts of a factored convolution, so many that it has the parameters of the whole one. As in
 * torchvision, they are counted once for a block, from its input, for both of its convolutions; the authors' code counts
 * them anew for the second.
 */
export function middleOf(inChannels: number, planes: number): number {
  return Math.floor((inChannels * planes * 27) / (inChannels * 9 + 3 * planes));
}

/** Convolution, batch norm and ReLU before the first stage: every frame to half its sides. Kernel 3x7x7. */
export function spaceTimeStem(inChannels: number, width: number): Sequential {
  return new Sequential([
    new Conv(3, inChannels, width, [3, 7, 7], {
      stride: [1, 2, 2],
      padding: [1, 3, 3],
      bias: false,
    }),
    new BatchNorm(3, width),
    new ReLU(),
  ]);
}

/** Channels between the two parts of the factored stem, for 64 after them. */
const stemMiddle = 45;

/** The same in two parts: 1x7x7, then 3x1x1. */
export function factoredStem(inChannels: number, width: number): Sequential {
  const middle = Math.max(1, Math.round((stemMiddle * width) / 64));
  return new Sequential([
    new Conv(3, inChannels, middle, [1, 7, 7], {
      stride: [1, 2, 2],
      padding: [0, 3, 3],
      bias: false,
    }),
    new BatchNorm(3, middle),
    new ReLU(),
    new Conv(3, middle, width, [3, 1, 1], { padding: [1, 0, 0], bias: false }),
    new BatchNorm(3, width),
    new ReLU(),
  ]);
}
