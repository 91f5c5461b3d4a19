import { expect, it } from 'vitest';

import { densenet121 } from '../../packages/models/densenet/src/index.ts';
import { resnet18 } from '../../packages/models/resnet/src/index.ts';
import { blockPicture } from './block-picture.ts';

it('draws what a residual block computes, with the path around it', () => {
  const { dot, description } = blockPicture(resnet18(), 'layer2.0', [1, 3, 224, 224]);
  expect(description).toBe(
    'BasicBlock: 1×1 conv / 2, 128, batch norm, 3×3 conv / 2, 128, batch norm, ReLU, 3×3 conv, 128, batch norm, +, ReLU',
  );
  expect(dot).toContain('input0 [label="64 × 56 × 56"');
  expect(dot).toContain('output [label="128 × 28 × 28"');
  // Both ways end in the sum.
  expect(dot.match(/-> step7\b/g)).toHaveLength(2);
});

it('draws a layer that joins several tensors', () => {
  const path = 'features.denseblock1.denselayer2';
  const { dot } = blockPicture(densenet121(), path, [1, 3, 224, 224]);
  expect(dot).toContain('input1 [label="32 × 56 × 56"');
  expect(dot).toContain('label="concatenate"');
});

it('says which path is not there', () => {
  expect(() => blockPicture(resnet18(), 'layer9', [1, 3, 224, 224])).toThrow("has no 'layer9'");
});
