import { Module } from '@convnet/layers';
import { anyNumbers, aString, instanceOf, oneOf, Tensor, type Kind } from '@convnet/tensor-core';

import { colourMaps } from './drawing/colours.ts';

export const aModule: Kind = instanceOf('a Module', Module);

/** What of an output is explained. */
export const aTarget: Kind = {
  expected: 'a class, a list or tensor of classes, or a function of the output',
  accepts: (value) =>
    typeof value === 'number' ||
    typeof value === 'function' ||
    value instanceof Tensor ||
    anyNumbers.accepts(value),
};

/** What every picture accepts. */
export const drawingKinds: Readonly<Record<'theme' | 'title', Kind>> = {
  theme: oneOf('auto', 'light', 'dark'),
  title: aString,
};

export const aColourMap: Kind = oneOf(...colourMaps);
