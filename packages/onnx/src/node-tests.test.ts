import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import type { HostTensor } from './host/host-tensor.ts';
import { UnsupportedOperatorsError } from './index.ts';
import { NodeCase } from './testing/node-case.ts';

/** Where Debian's libonnx-testdata puts them, or a folder like it. */
const folder = process.env['ONNX_TESTDATA'] ?? '/usr/share/libonnx-testdata/data';
/** Of each operator; and of layers and functions of PyTorch, in its first exports. */
const kinds = ['node', 'pytorch-converted', 'pytorch-operator'];
const isThere = existsSync(folder);
const outcome = isThere ? '' : ' (not run: libonnx-testdata is not installed)';

describe.skipIf(!isThere)(`the node tests of ONNX${outcome}`, () => {
  const device = reference();
  const cases = (isThere ? kinds : [])
    .flatMap((kind) => readdirSync(join(folder, kind)).map((name) => join(kind, name)))
    .map((name) => new NodeCase(folder, name))
    .filter(({ missing }) => missing.length === 0);
  const refused = new Set<string>();

  test.each(cases)('$name', async (of) => {
    const ran = await of.run(device).catch((error: unknown) => {
      if (!(error instanceof UnsupportedOperatorsError)) throw error;
      for (const { operator, reason } of error.operators) refused.add(`${operator}: ${reason}`);
      return null;
    });
    if (ran === null) return;
    const { found, expected } = ran;
    expect(found.length).toBe(expected.length);
    for (const [i, y] of found.entries()) await compare(y, expected[i]!, drops(of));
  });

  // What would be refused without a word here would be tested by nothing.
  test('only these forms of the operators are refused', () => {
    expect([...refused].sort()).toEqual([
      'Cast: nothing here rounds to bfloat16',
      'Cast: there are no tensors of the element type 8',
      'input: it is no tensor',
      'input: there are no tensors of the element type 16',
      'input: there are no tensors of the element type 8',
    ]);
  });
});

/** Whether it draws numbers: then only the places of zeros may differ from those of another generator. */
function drops({ model }: NodeCase): boolean {
  return model.graph.nodes.some(
    ({ opType, inputs }) => opType === 'Dropout' && (inputs[2] ?? '') !== '',
  );
}

/** With the tolerance of ONNX' own tests. */
async function compare(y: Tensor, expected: HostTensor, isRandom: boolean): Promise<void> {
  expect(y.shape).toEqual(expected.shape);
  const found = await y.data();
  const isNear = (value: number, i: number): boolean => {
    const wanted = expected.data[i]!;
    if (isRandom && (value === 0 || wanted === 0)) return true;
    if (Object.is(value, wanted) || value === wanted) return true;
    return Math.abs(value - wanted) <= 1e-7 + 1e-3 * Math.abs(wanted);
  };
  const differences = Array.from(found, (value, at) => ({ at, value, wanted: expected.data[at] }));
  expect(differences.filter(({ value, at }) => !isNear(value, at))).toEqual([]);
}
