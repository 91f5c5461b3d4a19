import { wasm } from '@convnet/backend-wasm';
import { learnBars } from './learn-bars.js';
import { options } from './options.js';

/** Trains LeNet on as many threads as the page's address asks for, and leaves what came of it to the test. */
export async function run() {
  try {
    const threads = Number(new URLSearchParams(location.search).get('threads'));
    const device = await wasm({ threads, ...options });
    const name = String(device);
    const learned = await learnBars(device, 2);
    device.dispose();
    globalThis.outcome = { device: name, learned };
  } catch (error) {
    globalThis.outcome = { error: String(error.stack ?? error) };
  }
}
