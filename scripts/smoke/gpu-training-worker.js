/** Runs in a worker, see `gpu-training-page.js`. */
import { webgpu } from '@convnet/backend-webgpu';
import { learnDigits } from './learn-digits.js';

/** @param {{ epochs: number, maxSteps: number }} wanted */
async function lossesOf(wanted) {
  const device = await webgpu();
  const { losses } = await learnDigits(device, wanted);
  device.dispose();
  return losses;
}

self.addEventListener('message', ({ data }) => {
  lossesOf(data).then(
    (losses) => self.postMessage({ losses }),
    (error) => self.postMessage({ error: String(error) }),
  );
});
