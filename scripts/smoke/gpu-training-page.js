/** Runs in a page, see `smoke-gpu-training.ts`. */
import { wasm } from '@convnet/backend-wasm';
import { webgpu } from '@convnet/backend-webgpu';
import { learnDigits } from './learn-digits.js';

/** @type {Promise<{ losses: number[], accuracy: number | null }> | null} */
let training = null;

/** Starts to train on WebGPU, and does not wait for the end. @param {number} epochs */
export async function startOnGpu(epochs) {
  const device = await webgpu();
  globalThis.stepsOnGpu = 0;
  const onStep = (/** @type {number} */ step) => {
    globalThis.stepsOnGpu = step;
  };
  training = learnDigits(device, { epochs, onStep }).finally(() => device.dispose());
  // Whoever asks for the result is told of its error.
  training.catch(() => undefined);
}

/** Losses of all steps, and the accuracy on digits that test. */
export const resultOnGpu = () => training;

/**
 * Losses of the first steps on WebAssembly.
 *
 * @param {number} epochs for which the training is planned
 * @param {number} maxSteps
 */
export async function lossesOnWasm(epochs, maxSteps) {
  const device = await wasm({ threads: 1 });
  const { losses } = await learnDigits(device, { epochs, maxSteps });
  device.dispose();
  return losses;
}

/**
 * Losses of the first steps on WebGPU in a worker.
 *
 * @param {number} epochs for which the training is planned
 * @param {number} maxSteps
 * @returns {Promise<number[]>}
 */
export function lossesInWorker(epochs, maxSteps) {
  const worker = new Worker('/gpu-training-worker-bundle.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', ({ message }) => reject(new Error(`worker: ${message}`)));
    worker.addEventListener('message', ({ data }) => {
      worker.terminate();
      if (data.error === undefined) resolve(data.losses);
      else reject(new Error(`worker: ${data.error}`));
    });
    worker.postMessage({ epochs, maxSteps });
  });
}
