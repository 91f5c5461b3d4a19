/** Runs in a page, see `smoke-browser.ts`. */
import { wasm } from '@convnet/backend-wasm';
import { conformanceCases } from '@convnet/tensor-core/conformance';
import { learnBars } from './learn-bars.js';

/**
 * Runs the conformance suite and trains LeNet on one kind of device.
 *
 * @param {import('@convnet/backend-wasm').WasmOptions} options
 * @returns {Promise<{ device: string, passed: number, cases: number, failures: string[], learned: string }>}
 */
export async function runConformance(options) {
  const device = await wasm(options);
  const cases = conformanceCases();
  const failures = [];
  let passed = 0;
  for (const { name, run } of cases) {
    const found = (await run(device)).failures;
    if (found.length === 0) passed++;
    failures.push(...found.map((failure) => `${name}: ${failure}`));
  }
  const learned = await learnBars(device, 2);
  const found = { device: String(device), passed, cases: cases.length, failures, learned };
  device.dispose();
  return found;
}

/**
 * Asks for threads where memory cannot be shared.
 *
 * @returns {Promise<string | null>} The name of the error, or null where there was none.
 */
export async function refusalOfThreads() {
  try {
    (await wasm({ threads: 2 })).dispose();
    return null;
  } catch (error) {
    return error.name;
  }
}
