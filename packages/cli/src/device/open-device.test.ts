import { expect, test } from 'vitest';

import { CliError } from '../errors.ts';
import { findPackage } from './find-package.ts';
import { openDevice } from './open-device.ts';

test('auto opens whatever is here, and says which', async () => {
  const { device, description } = await openDevice('auto', 1);
  expect(description).toMatch(/^(cuda|webgpu|wasm)/);
  expect(description.startsWith(device.name)).toBe(true);
  device.dispose();
});

test.each(['cuda', 'webgpu'] as const)(
  '%s opens, or says in words what is missing',
  async (name) => {
    const opened = await openDevice(name).catch((error: unknown) => error);
    const text =
      opened instanceof CliError ? opened.message : (opened as { description: string }).description;
    expect(text.startsWith(name)).toBe(true);
  },
);

test('a package is found beside this one; one that is nowhere is not', () => {
  expect(findPackage('@convnet/tensor-core')).toMatch(/tensor-core.*index\.ts$/);
  expect(findPackage('no-such-package-anywhere')).toBeNull();
});
