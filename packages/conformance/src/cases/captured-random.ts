import {
  capture,
  ConvnetError,
  Generator,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';
import { difference, type HostTensor } from '../compare.ts';
import { inputElements, inputType, type Program } from '../program.ts';
import { randomOperations, randomProgram } from '../random/index.ts';
import { toleranceOf } from '../tolerances.ts';

const programsPerOperation = 2;
const numbersPerProgram = 60;

async function readAll(result: Tensor | readonly Tensor[]): Promise<HostTensor[]> {
  const outputs = 'shape' in result ? [result] : result;
  return Promise.all(
    outputs.map(async (t) => ({ shape: t.shape, dtype: t.dtype, values: await t.data() })),
  );
}

/** What three runs of a captured program give, each on tensors of its own; null where the use is a wrong one. */
async function replays(
  program: Program,
  device: Device,
  fuse: boolean,
): Promise<HostTensor[][] | null> {
  const captured = capture(
    (...given: Tensor[]) => {
      const result = program.body(...given);
      return 'shape' in result ? [result] : [...result];
    },
    { otherwise: 'eager', fuse },
  );
  const seen: HostTensor[][] = [];
  try {
    for (let run = 0; run < 3; run++) {
      await scope(async () => {
        const inputs = program.inputs.map((input, i) => {
          const dtype = inputType(input, 'float32');
          return tensor(inputElements(program, i, 'float32'), input.shape, { device, dtype });
        });
        seen.push(await readAll(captured(...inputs)));
      });
    }
  } catch (error) {
    // What it throws is checked elsewhere.
    if (error instanceof ConvnetError) return null;
    throw error;
  } finally {
    captured.dispose();
  }
  return seen;
}

/** Where a program that is captured gives something else joined than step by step. */
async function check(program: Program, device: Device): Promise<string[]> {
  const { forward } = toleranceOf(program.op, 'float32');
  const [apart, joined] = [
    await replays(program, device, false),
    await replays(program, device, true),
  ];
  if (apart === null || joined === null) {
    return apart === joined ? [] : ['only one of them is refused'];
  }
  return apart.flatMap((expected, run) =>
    expected.flatMap((wanted, i) => {
      const { error, at } = difference(joined[run]![i]!, wanted);
      return error <= forward ? [] : [`run ${run}, result ${i}: ${at}`];
    }),
  );
}

/** Random uses of every operation give the same with neighbours joined as step by step. */
export const capturedRandomCases: readonly ConformanceCase[] = randomOperations.flatMap((op) => {
  const generator = new Generator(31);
  return Array.from({ length: programsPerOperation }, (_, i) => {
    const numbers = Array.from(generator.uniform(numbersPerProgram), (u) => Math.floor(u * 1000));
    return checkCase(`captured random ${op} ${i}`, op, (device) =>
      check(randomProgram(op, numbers), device),
    );
  });
});
