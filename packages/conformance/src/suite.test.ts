import { describe, expect, test } from 'vitest';
import { Device, type Backend, type DeviceBuffer, type Kernels } from '@convnet/tensor-core';
import { reference, valuesOf } from '@convnet/tensor-core/reference';
import type { ConformanceCase } from './case.ts';
import { requiredKernels } from './cases/kernels.ts';
import { conformanceCases } from './index.ts';

type AnyKernel = (...args: never[]) => unknown;
type KernelTable = Readonly<Record<string, AnyKernel>>;

const good: Backend = reference().backend;
const table = good.kernels as unknown as KernelTable;
const names = Object.keys(table);

function deviceWith(kernels: KernelTable): Device {
  return new Device({ ...good, kernels: kernels as unknown as Partial<Kernels> });
}

/** Some cases that call each kernel, found by running all of them once. */
async function callersOfKernels(): Promise<Map<string, ConformanceCase[]>> {
  const callers = new Map<string, ConformanceCase[]>(names.map((name) => [name, []]));
  const called = new Set<string>();
  const counting = names.map((name): [string, AnyKernel] => [
    name,
    function count(this: unknown, ...args) {
      called.add(name);
      return table[name]!.apply(this, args);
    },
  ]);
  const device = deviceWith(Object.fromEntries(counting));
  for (const item of conformanceCases()) {
    called.clear();
    await item.run(device);
    for (const name of called) callers.get(name)!.push(item);
  }
  return callers;
}

/** The kernel with every result changed a little. */
function sabotaged(name: string): AnyKernel {
  return function sabotage(this: unknown, ...args) {
    const result = table[name]!.apply(this, args) as
      | DeviceBuffer
      | readonly DeviceBuffer[]
      | undefined;
    // In-place kernels give nothing: they change their first argument.
    const changed = result ?? (args[0] as unknown as { readonly buffer: DeviceBuffer }).buffer;
    for (const buffer of [changed].flat()) {
      const values = valuesOf({ buffer, shape: [], dtype: 'float32' });
      for (let i = 0; i < values.length; i++) values[i] = values[i] === 0 ? 1 : values[i]! * 2;
    }
    return result;
  };
}

describe('the suite notices', async () => {
  const callers = await callersOfKernels();

  test.each(requiredKernels)('that the kernel %s is missing, by its name', async (name) => {
    const without = { ...table };
    delete without[name];
    const device = deviceWith(without);
    const failing = callers.get(name)!;
    expect(failing.length).toBeGreaterThan(1);
    for (const { run } of failing.slice(0, 5)) {
      expect((await run(device)).failures.join()).toContain(`has no kernel '${name}'`);
    }
  });

  test.each(names)('that the kernel %s is wrong', async (name) => {
    const device = deviceWith({ ...table, [name]: sabotaged(name) });
    const failed: boolean[] = [];
    for (const { run } of callers.get(name)!.slice(0, 10)) {
      failed.push((await run(device)).failures.length > 0);
    }
    expect(failed).toContain(true);
  });
});
