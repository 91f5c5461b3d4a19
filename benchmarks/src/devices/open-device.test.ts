import { afterEach, expect, test, vi } from 'vitest';

import { AbsentDeviceError } from './absent-device-error.ts';
import { openDevice, openDevices } from './open-device.ts';

afterEach(() => vi.unstubAllEnvs());

test('an unknown backend is refused with the one that was probably meant', async () => {
  await expect(openDevice('wsam')).rejects.toThrow(
    "there is no backend 'wsam' (did you mean 'wasm'?); there are wasm, webgpu, cuda, reference",
  );
});

test('a backend that is absent is named with what would bring it', async () => {
  vi.stubEnv('WEBGPU_PACKAGE', '/nowhere/webgpu');
  const error = await openDevice('webgpu').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AbsentDeviceError);
  expect(error).toMatchObject({
    backend: 'webgpu',
    message: expect.stringMatching(/names no package: .*Install 'webgpu' with npm/) as unknown,
  });
  await expect(openDevice('cuda')).rejects.toMatchObject({
    name: 'AbsentDeviceError',
    remedy: expect.stringContaining('NVIDIA GPU') as unknown,
  });
});

test('all opens what is there and names the rest', async () => {
  vi.stubEnv('WEBGPU_PACKAGE', '/nowhere/webgpu');
  const { opened, absent } = await openDevices('all', { threads: 1 });
  expect(opened.map(({ backend }) => backend)).toEqual(['wasm', 'reference']);
  expect(absent.map((sentence) => sentence.slice(0, 16))).toEqual([
    'Not here: webgpu',
    'Not here: cuda: ',
  ]);
  for (const { device } of opened) device.dispose();
});
