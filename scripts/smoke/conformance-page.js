/** Runs in a page, see `smoke-browser.ts`. */
import { wasm } from '@convnet/backend-wasm';
import { webgpu } from '@convnet/backend-webgpu';
import { conformanceCases, pytorchCases, randomCases } from '@convnet/conformance';
import { learnBars } from './learn-bars.js';

/** Random programs for each operation. */
const programsPerOperation = 5;

/**
 * @param {string} file
 * @returns {Promise<ArrayBuffer>}
 */
async function loadFixture(file) {
  const url = import.meta.resolve(`@convnet/conformance/fixtures/${file}`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return response.arrayBuffer();
}

/**
 * Runs the conformance suite, the comparison with PyTorch and, on WebAssembly, random programs (WebGPU cannot throw
 * where they expect errors of positions), and trains LeNet, on one kind of device.
 *
 * @param {{ webgpu: true } | { build: 'simd' | 'relaxed', threads: number }} options
 * @returns {Promise<{ device: string, passed: number, cases: number, failures: string[], learned: string }>}
 */
export async function runConformance(options) {
  const onGpu = 'webgpu' in options;
  const device = onGpu ? await webgpu() : await wasm(options);
  const cases = [
    ...conformanceCases(),
    ...(await pytorchCases(loadFixture)),
    ...(onGpu ? [] : randomCases(programsPerOperation, 2)),
  ];
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
