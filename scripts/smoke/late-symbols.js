/**
 * Runs on Node 20 behind `old-engine.js`: a program brings `Symbol.dispose` when the packages are loaded already, as
 * mediabunny and other libraries do where an engine lacks it.
 */
import { wasm } from '@convnet/backend-wasm';
import { learnBars } from './learn-bars.js';

Symbol.dispose = Symbol('Symbol.dispose');
Symbol.asyncDispose = Symbol('Symbol.asyncDispose');

const device = await wasm({ threads: 1 });
console.log(await learnBars(device, 1));
device.dispose();
