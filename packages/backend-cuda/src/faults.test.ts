import { add, DeviceError, DisposedError, full, ones, zeros } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { cuda } from './cuda.ts';
import {
  AddonMissingError,
  CudaOutOfMemoryError,
  DeviceIndexError,
  DeviceLostError,
  DriverSymbolError,
  DriverTooOldError,
  KernelFaultError,
  NoDeviceError,
  NoDriverError,
} from './errors.ts';
import { platform, hasEmulator, openEmulated } from './testing/emulated-device.ts';
import { withVariables } from './testing/environment.ts';

test('without the package of the platform the error names it', async () => {
  const asked = cuda({ nativeFolder: '/no/such/folder' });
  await expect(asked).rejects.toThrow(AddonMissingError);
  await expect(asked).rejects.toThrow("'/no/such/folder'");
});

describe.runIf(hasEmulator)('what goes wrong with a driver', () => {
  test('no driver: what was looked for, and why it did not serve', async () => {
    const { nativeFolder } = platform();
    const driver = '/no/such/libcuda.so.1';
    const asked = cuda({ driver, nativeFolder });
    await expect(asked).rejects.toThrow(NoDriverError);
    await expect(asked).rejects.toThrow(`${driver}: cannot open shared object file`);
    await expect(asked).rejects.toMatchObject({ attempts: [{ path: driver }] });
  });

  test('a file that is no driver', async () => {
    const { nativeFolder } = platform();
    const asked = cuda({ driver: `${nativeFolder}/convnet-cuda.node`, nativeFolder });
    await expect(asked).rejects.toThrow('no cuDriverGetVersion, so it is no CUDA driver');
  });

  test('a driver that is too old: both versions', async () => {
    await withVariables({ EMULATED_CUDA_VERSION: '11080' }, async () => {
      const asked = openEmulated();
      await expect(asked).rejects.toThrow(DriverTooOldError);
      await expect(asked).rejects.toMatchObject({ found: '11.8', needed: '12.0' });
      await expect(asked).rejects.toThrow('is of CUDA 11.8, but CUDA 12.0 or newer is needed');
    });
  });

  test('a driver of CUDA 12 compiles the PTX', async () => {
    await withVariables({ EMULATED_CUDA_VERSION: '12000' }, async () => {
      const { device } = await openEmulated();
      expect([...(await ones([2], { device }).data())]).toEqual([1, 1]);
      device.dispose();
    });
  });

  test('a symbol that is missing is named; one that nobody needs is not missed', async () => {
    await withVariables({ EMULATED_CUDA_ABSENT: 'cuGraphLaunch,cuFuncGetParamInfo' }, async () => {
      const { device } = await openEmulated();
      expect([...(await ones([2], { device }).data())]).toEqual([1, 1]);
      device.dispose();
    });
    await withVariables({ EMULATED_CUDA_ABSENT: 'cuStreamCreate' }, async () => {
      await expect(openEmulated()).rejects.toThrow(DriverSymbolError);
      await expect(openEmulated()).rejects.toThrow('the driver has no cuStreamCreate');
    });
  });

  test('no device, and a number that there is not', async () => {
    await withVariables({ EMULATED_CUDA_DEVICES: '0' }, async () => {
      await expect(openEmulated()).rejects.toThrow(NoDeviceError);
    });
    const asked = openEmulated({ device: 2 });
    await expect(asked).rejects.toThrow(DeviceIndexError);
    await expect(asked).rejects.toThrow(
      'no device 2: expected 0 to 1, of 0 (Emulated GPU 0), 1 (Emulated GPU 1)',
    );
  });
});

describe.runIf(hasEmulator)('what goes wrong with a device', () => {
  test('no room: what was asked for, live and free, and the device goes on', async () => {
    await withVariables({ EMULATED_CUDA_MEMORY: String(64 << 20) }, async () => {
      const { device } = await openEmulated();
      const held = full([4 << 20], 3, { device });
      const ask = (): unknown => zeros([14 << 20], { device });
      expect(ask).toThrow(CudaOutOfMemoryError);
      expect(ask).toThrow(
        /asked for 56.0 MiB with 16.0 MiB live in 20.0 MiB reserved; of 64.0 MiB of the device 44.0 MiB are free/,
      );
      expect((await held.data()).every((value) => value === 3)).toBe(true);
      // What is kept for reuse makes room.
      held.dispose();
      const large = zeros([14 << 20], { device });
      expect((await large.data()).every((value) => value === 0)).toBe(true);
      device.dispose();
    });
  });

  test('the n-th allocation fails, and the one behind it does not', async () => {
    const { device } = await openEmulated();
    await withVariables({ EMULATED_CUDA_FAULT: 'allocate:1' }, async () => {
      // Twice, with and without room for more than what is asked for.
      process.env['EMULATED_CUDA_FAULT'] = 'allocate:1';
      expect([...(await ones([3], { device }).data())]).toEqual([1, 1, 1]);
    });
    device.dispose();
  });

  test('a kernel that fails is told once; then the device is lost; it is disposed of in peace', async () => {
    const { device } = await openEmulated();
    const x = ones([10], { device });
    await x.data();
    await withVariables({ EMULATED_CUDA_FAULT: 'launch:2' }, async () => {
      ones([10], { device });
      const y = ones([10], { device });
      await expect(y.data()).rejects.toThrow(KernelFaultError);
      await expect(y.data()).rejects.toThrow(DeviceLostError);
      expect(() => ones([10], { device })).toThrow(DeviceLostError);
      await expect(device.synchronize()).rejects.toThrow('CUDA_ERROR_ILLEGAL_ADDRESS');
    });
    x.dispose();
    device.dispose();
    // A new device begins anew.
    const { device: next } = await openEmulated();
    expect([...(await ones([2], { device: next }).data())]).toEqual([1, 1]);
    next.dispose();
  });

  test('a fault that shows when nobody reads is told by the next call', async () => {
    const { device } = await openEmulated();
    await withVariables({ EMULATED_CUDA_FAULT: 'lost:1' }, async () => {
      ones([10], { device });
      await expect(device.synchronize()).rejects.toThrow(DeviceLostError);
      await expect(device.synchronize()).rejects.toThrow('CUDA_ERROR_UNKNOWN');
    });
    device.dispose();
  });

  test('two devices in one operation', async () => {
    const { device: first } = await openEmulated();
    const { device: second } = await openEmulated({ device: 1 });
    const a = ones([2, 3], { device: first });
    const b = ones([2, 3], { device: second });
    expect(() => add(a, b)).toThrow(DeviceError);
    expect(() => add(a, b)).toThrow(/cuda#\d+.* and .*cuda#\d+/);
    first.dispose();
    second.dispose();
  });

  test('disposing of a device while a read is under way', async () => {
    const { device } = await openEmulated();
    const x = full([1 << 20], 2, { device });
    const read = x.data();
    device.dispose();
    await expect(read).rejects.toThrow(DisposedError);
    await expect(device.synchronize()).rejects.toThrow(DisposedError);
    device.dispose();
  });
});
