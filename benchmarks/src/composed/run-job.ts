import { ConvnetError, Tensor, type Device } from '@convnet/tensor-core';

import type { Job, Verdicts } from './jobs/support.ts';

type Numbers = Tensor | readonly number[] | number;

async function listOf(numbers: Numbers): Promise<number[]> {
  if (numbers instanceof Tensor) return Array.from<number>(await numbers.data());
  return typeof numbers === 'number' ? [numbers] : [...numbers];
}

/** Where two lists of numbers differ by more than rounding does, relative to the greatest. */
function difference(actual: readonly number[], expected: readonly number[]): string | null {
  if (actual.length !== expected.length) return `${actual.length} numbers, not ${expected.length}`;
  const scale = Math.max(1e-3, ...expected.filter(Number.isFinite).map(Math.abs));
  const at = actual.findIndex(
    (value, i) =>
      !(Object.is(value, expected[i]) || Math.abs(value - expected[i]!) <= 1e-5 * scale),
  );
  return at < 0 ? null : `[${at}] is ${actual[at]}, not ${expected[at]}`;
}

/** Runs a job on a device; `open` makes others like it. Gives what was wrong. */
export async function faultsOf(
  job: Job,
  device: Device,
  open: () => Promise<Device>,
): Promise<string[]> {
  const faults: string[] = [];
  const others: Device[] = [];
  const verdicts: Verdicts = {
    async same(what, actual, expected) {
      const found = difference(await listOf(actual), await listOf(expected));
      if (found !== null) faults.push(`${what}: ${found}`);
    },
    async refuses(what, body, text) {
      try {
        await body();
      } catch (error) {
        if (!(error instanceof ConvnetError)) faults.push(`${what}: ${String(error)}`);
        else if (!error.message.includes(text)) faults.push(`${what}: says ${error.message}`);
        return;
      }
      faults.push(`${what}: was not refused`);
    },
  };
  const other = async (): Promise<Device> => {
    const opened = await open();
    others.push(opened);
    return opened;
  };
  try {
    await job(device, verdicts, other);
  } finally {
    for (const opened of others) opened.dispose();
  }
  return faults;
}
