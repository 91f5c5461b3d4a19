import { wasm } from '@convnet/backend-wasm';
import { learnBars, lookAtBars } from './learn-bars.js';
import { options } from './options.js';

/**
 * Trains LeNet on as many threads as the page's address asks for, or with `infer` in it looks at bars, and leaves what came of it
 * to the test.
 */
export async function run() {
  try {
    const query = new URLSearchParams(location.search);
    const threads = Number(query.get('threads'));
    const device = await wasm({ threads, ...options });
    const name = String(device);
    const said = await (query.has('infer') ? lookAtBars(device, 2) : learnBars(device, 2));
    device.dispose();
    globalThis.outcome = { device: name, said };
  } catch (error) {
    globalThis.outcome = { error: String(error.stack ?? error) };
  }
}
