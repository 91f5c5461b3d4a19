/*
 * The limits of WebAssembly in a process of its own, because V8's flags hold for a whole process. With the argument
 * 'revectorize' it sets the flag that pairs vectors. On request: a JSON object a line each way.
 *
 * { "gflops": milliseconds }                  -> { "rate": GFLOP/s }
 * { "copied": bytes, "milliseconds": length } -> { "rate": GB/s }
 */
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';

import { LimitLoops } from './limit-loops.ts';

export type LimitRequest =
  | { readonly gflops: number }
  | { readonly copied: number; readonly milliseconds: number };

export interface LimitAnswer {
  readonly rate: number;
}

if (process.argv[2] === 'revectorize') setFlagsFromString('--experimental-wasm-revectorize');

const loops = new LimitLoops();

function answer(request: LimitRequest): LimitAnswer {
  const rate =
    'gflops' in request
      ? loops.gflops(request.gflops)
      : loops.copyRate(request.copied, request.milliseconds);
  return { rate };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line) as LimitRequest)));
}
