import { wasm } from '@convnet/backend-wasm';
import type { AnyModule, PretrainedWeights } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';
import { encodeSafetensors, encodeTorch, loadWeights, type WeightsFile } from '@convnet/weights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { build, type Family } from './family.ts';
import { readFixtures } from './fixture.ts';

/** Whether two models have the same elements, bit for bit. */
async function areEqual(one: AnyModule, other: AnyModule): Promise<boolean> {
  const copies = other.stateDict();
  for (const [key, tensor] of one.stateDict()) {
    const [expected, found] = [await tensor.data(), await copies.get(key)!.data()];
    if (Buffer.compare(bytesOf(expected), bytesOf(found)) !== 0) return false;
  }
  return true;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * That what a family says of its published files holds together, and that its weights go through files: those of its
 * smallest builder, as narrow as that of the cases with PyTorch's numbers. Call it once for a family.
 */
export function describeWeights(family: Family, exported: object): void {
  const files = Object.entries(family.architectures).flatMap(([name, { weights = {} }]) =>
    Object.entries(weights).map(([version, file]) => [name, version, file] as const),
  );

  describe('published weights', () => {
    test.each(files)('%s, %s', (name, version, file) => {
      const own = (
        exported as Readonly<Record<string, Readonly<Record<string, PretrainedWeights>>>>
      )[`${name}Weights`];
      expect(own?.[version]).toBe(file);
      // Of the form that `loadWeights` takes.
      const published: WeightsFile = file;
      expect(published.sha256).toMatch(/^[0-9a-f]{8,10}$/);
      expect(published.url).toBe(`https://download.pytorch.org/models/${published.file}`);
      expect(published.file.endsWith(`-${published.sha256}.pth`)).toBe(true);
      // Four bytes a parameter, two in a file of halves, and a little for names and statistics.
      const { parameters } = family.architectures[name]!;
      const bytesEach = published.bytes / parameters;
      const width = bytesEach < 3 ? 2 : 4;
      expect(bytesEach / width).toBeGreaterThan(0.98);
      expect(bytesEach / width).toBeLessThan(1.2);
      const made = build(family, name, { ...file.builderOptions });
      expect(made.architecture).toBe(name);
    });
  });

  describe('weights through files', () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    const smallest = readFixtures(family.folder)
      .filter(({ builder }) => builder in family.architectures)
      .toSorted((a, b) => size(family, a.builder) - size(family, b.builder))[0]!;
    const { builder: name, caseOptions, numClasses, options } = smallest;
    const make = (): AnyModule =>
      build(family, name, { ...options, ...caseOptions, numClasses, device });

    test.each([
      ['a file of PyTorch', encodeTorch],
      ['safetensors', encodeSafetensors],
    ])(`${name} in %s`, async (_, encode) => {
      const model = make();
      const copy = make();
      const { loaded, left } = await loadWeights(copy, await encode(model.stateDict()));
      expect(loaded.toSorted()).toEqual([...model.stateDict().keys()].toSorted());
      expect(left).toEqual([]);
      expect(await areEqual(model, copy)).toBe(true);
      model.dispose();
      copy.dispose();
    });
  });
}

function size({ architectures }: Family, builder: string): number {
  return architectures[builder]!.parameters;
}
