import { ShapeError, Tensor, aString, requireKind } from '@convnet/tensor-core';

import { inferOutput } from './least-extent.ts';
import type { Module } from './module.ts';
import { requireInputShape, requireModule } from './require-module.ts';

/**
 * The shape that a network gives for an input shape (batch included), without computing anything. `name`
 * stands for the network in errors, where it is a part of a larger one.
 * @throws InputTooSmallError that names the layer and the least extent that works on every spatial axis;
 * the network's other errors.
 */
export function outputShape(
  network: Module,
  inputShape: readonly number[],
  name: string = network?.architecture,
): readonly number[] {
  requireModule('outputShape', network);
  requireInputShape('outputShape', inputShape);
  requireKind('outputShape', 'name', name, aString);
  const before = network.architecture;
  network.architecture = name;
  try {
    const y = inferOutput(network, inputShape);
    if (!(y instanceof Tensor))
      throw new ShapeError('outputShape: expected a network of one output');
    y.dispose();
    return y.shape;
  } finally {
    network.architecture = before;
  }
}
