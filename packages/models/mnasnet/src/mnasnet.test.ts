import { BatchNorm } from '@convnet/layers';
import { describeShapes, familyOf } from '@convnet/model-testing';
import { expect, test } from 'vitest';

import * as mnasnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, mnasnet));

test('the running statistics keep 0.9997 of themselves at each step', () => {
  const norms = Array.from(mnasnet.mnasnet0_5().namedModules(), ([, module]) => module).filter(
    (module) => module instanceof BatchNorm,
  );
  expect(norms).toHaveLength(52);
  for (const { momentum } of norms) expect(momentum).toBeCloseTo(0.0003, 10);
});
