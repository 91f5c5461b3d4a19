import { describe, expect, test } from 'vitest';

import {
  avgPool,
  capture,
  checkpoint,
  ConvnetError,
  enableGrad,
  flip,
  inferShapes,
  interpolate,
  maxPool,
  noGrad,
  ones,
  permute,
  randn,
  reshape,
  scope,
  sum,
  trace,
} from './index.ts';
import { reference } from './reference/index.ts';

const device = reference();
const x = () => ones([1, 1, 3], { device });

/** What callers without types may put in a place that is no tensor and no bag of options. */
const places: Readonly<Record<string, (given: never) => unknown>> = {
  'body of noGrad': (given) => noGrad(given),
  'body of enableGrad': (given) => enableGrad(given),
  'body of inferShapes': (given) => inferShapes(given),
  'body of scope': (given) => scope(given),
  'body of trace': (given) => trace(() => undefined, given),
  'body of checkpoint': (given) => checkpoint(given, x()),
  'input of checkpoint': (given) => checkpoint((t) => t, given),
  'step of capture': (given) => capture(given),
  'gradient of backward': (given) => sum(ones([1], { device, requiresGrad: true })).backward(given),
  'generator of randn': (given) => randn([1], { device, generator: given }),
  'shape of reshape': (given) => reshape(x(), given),
  'axes of permute': (given) => permute(x(), given),
  'axes of flip': (given) => flip(x(), given),
  'axes of sum': (given) => sum(x(), given),
  'kernel of avgPool': (given) => avgPool(x(), given),
  'kernel of maxPool': (given) => maxPool(x(), given),
  'size of interpolate': (given) => interpolate(x(), { size: given }),
};

describe.each(Object.entries(places))('%s', (_, call) => {
  test.each([null, 'x', {}, Number.NaN, ['x']])('refuses %j in words', (given) => {
    expect(() => call(given as never)).toThrow(ConvnetError);
  });
});
