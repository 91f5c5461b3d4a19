import { expect, test } from 'vitest';

import {
  captureGraph,
  div,
  GraphRunner,
  gridSample,
  maxPoolWithIndices,
  maxUnpool,
  oneHot,
  squash,
  tensor,
  type DType,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

const device = reference();
const ramp = (shape: readonly number[], dtype: DType = 'float32'): Tensor => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const values = Array.from(
    { length: count },
    (_, i) => ((i * 7) % 11) - (dtype === 'int32' ? 0 : 5),
  );
  return tensor(values, shape, { device, dtype });
};

// Operations with constants inside: a captured graph has to make them where it runs.
test.each<[string, (x: Tensor) => Tensor, Tensor]>([
  ['a quotient by a number', (x) => div(x, 3), ramp([5])],
  ['squash', (x) => squash(x), ramp([2, 4])],
  ['oneHot', (x) => oneHot(x, 11), ramp([3], 'int32')],
  [
    'maxUnpool',
    (x) => {
      const [values, indices] = maxPoolWithIndices(x, 2);
      return maxUnpool(values, indices, 2);
    },
    ramp([1, 2, 4, 4]),
  ],
  ['gridSample', (x) => gridSample(x, x), ramp([1, 2, 2, 2])],
])('%s gives in a graph what it gives by itself', async (_, body, x) => {
  const graph = captureGraph(body, [x]);
  const [y] = new GraphRunner(graph, device).run([x]);
  expect([...(await y!.data())]).toEqual([...(await body(x).data())]);
});
