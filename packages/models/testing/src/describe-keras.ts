import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wasm } from '@convnet/backend-wasm';
import type { AnyModule, KerasTwin } from '@convnet/layers';
import {
  noGrad,
  scope,
  tensor,
  type Device,
  type Tensor,
  type UrlLike,
} from '@convnet/tensor-core';
import {
  encodeSafetensors,
  loadWeights,
  openSafetensors,
  type HostTensor,
  type TensorFile,
} from '@convnet/weights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hashedValues } from './hashed.ts';

/** What `keras_twins.py` writes. */
interface Fixture {
  readonly side: number;
  readonly shape: readonly number[];
  readonly outputs: readonly number[];
  readonly variables: readonly (readonly [name: string, shape: readonly number[]])[];
}

/** A network of Keras that a builder has a twin of. */
export interface KerasRun {
  /** The builder, called with the options of the twin and sizes. */
  readonly build: (options: object) => AnyModule;
  /** What the family exports. */
  readonly twin: KerasTwin<object>;
  /** What the file has no classifier for: how the output is computed without. */
  readonly features?: (model: AnyModule, x: Tensor) => Tensor;
}

/** The values of a variable, as `value_of` of keras_twins.py computes them. */
function variableOf(name: string, shape: readonly number[]): HostTensor {
  const count = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);
  const last = name.slice(name.lastIndexOf('/') + 1);
  const mapped = (map: (u: number) => number): Float32Array =>
    Float32Array.from(hashedValues(name, count(shape)), map);
  const data = ((): Float32Array => {
    if (last === 'kernel') {
      const bound = Math.sqrt((shape.length > 2 ? 6 : 3) / count(shape.slice(0, -1)));
      return hashedValues(name, count(shape), bound);
    }
    if (last === 'depthwise_kernel') {
      return hashedValues(name, count(shape), Math.sqrt(6 / count(shape.slice(0, -2))));
    }
    if (last === 'moving_variance') return mapped((u) => 1 + 0.25 * u);
    if (last === 'gamma') return mapped((u) => 0.65 * (1 + 0.2 * u));
    if (last === 'beta') return mapped((u) => 1 + 0.2 * u);
    return hashedValues(name, count(shape), 0.1);
  })();
  return { dtype: 'float32', shape, data };
}

/** A file with the variables of a network of Keras. */
async function fileOf({ variables }: Fixture): Promise<TensorFile> {
  const values = variables.map(([name, shape]) => [name, variableOf(name, shape)] as const);
  const file = await openSafetensors(await encodeSafetensors(values));
  // A safetensors file has its tensors by size; that of Keras by layer.
  const tensors = new Map(variables.map(([name]) => [name, file.tensors.get(name)!]));
  return { ...file, format: 'keras', name: 'twin.keras', tensors, close: () => file.close() };
}

/**
 * That networks of `keras.applications` give their outputs here once their variables are loaded: `runs` by the names of builders.
 * `fixtures` is the folder with what keras_twins.py wrote.
 */
export function describeKeras(fixtures: UrlLike, runs: Readonly<Record<string, KerasRun>>): void {
  describe('the twin in Keras of', () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    test.each(Object.entries(runs))('%s', async (name, { build, twin, features }) => {
      const path = fileURLToPath(new URL(`${name}.json`, fixtures.href));
      const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;
      const { side, shape, outputs } = fixture;
      const isWhole = features === undefined;
      // The head of a network without one in its file is left as it is, and small.
      const size = isWhole ? { numClasses: shape[1] } : { numClasses: 2, hidden: 4 };
      const model = build({ ...twin.options, ...size, device }).eval();
      const report = await loadWeights(model, await fileOf(fixture), {
        map: twin.map,
        strict: isWhole,
      });
      expect(report.unexpected).toEqual([]);
      const left = report.left.filter((key) => !key.startsWith('classifier.'));
      expect(left).toEqual([]);
      expect(report.left.length > 0).toBe(!isWhole);

      const x = tensor(hashedValues(`input ${name}`, 3 * side * side), [1, 3, side, side], {
        device,
      });
      const output = scope(() =>
        noGrad(() => features?.(model, x) ?? (model.forward(x) as Tensor)),
      );
      expect(output.shape).toEqual(shape);
      const found = await output.data();
      const largest = Math.max(...outputs.map(Math.abs));
      const error = Math.max(...outputs.map((value, i) => Math.abs(value - found[i]!)));
      expect(error / largest).toBeLessThan(1e-4);
      model.dispose();
    });
  });
}
