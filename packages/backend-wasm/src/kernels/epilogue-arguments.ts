import { ArgumentError, type Epilogue } from '@convnet/tensor-core';
import * as at from '../layout/epilogue.generated.ts';
import type { Machine } from '../machine.ts';

/**
 * Writes what follows a kernel, for the next call.
 * @param kernel whose arguments they are, for errors; `word` is where they stand among these, and `residual` the address of the
 * residual, or 0.
 */
export function writeEpilogue(
  machine: Machine,
  kernel: string,
  word: number,
  activation: Epilogue['activation'],
  residual: number,
): void {
  const { words, doubles } = machine;
  const base = machine.argumentWord + word;
  words[base + at.residual] = residual;
  words[base + at.hasOp] = 0;
  words[base + at.op] = 0;
  if (activation === null) return;
  const number = machine.operations.get(activation.name);
  if (number === undefined) {
    throw new ArgumentError(`${kernel}: no operation '${activation.name}'`);
  }
  words[base + at.hasOp] = 1;
  words[base + at.op] = number;
  doubles[(base + at.scalars) / 2] = activation.scalars[0] ?? 0;
  doubles[(base + at.scalars) / 2 + 1] = activation.scalars[1] ?? 0;
}
