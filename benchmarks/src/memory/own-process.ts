/*
 * Training steps of convnet in a process of its own, so that its memory can be compared with that of another. The
 * arguments are the backend, the threads, 'captured' or 'eager', and 'revectorize' where wanted. On request: a JSON
 * object a line each way.
 *
 * { "build": batch } -> { "parameters": n }
 * { "steps": n }     -> { "ms": [...] }
 * { "memory": true } -> { "resident": bytes, "peak": bytes }, or nulls
 */
import { createInterface } from 'node:readline';

import { openDevice } from '../devices/open-device.ts';
import { networkOf, type TrainedBatch } from '../training/networks.ts';
import { OwnSteps, type StepMode } from '../training/own-steps.ts';
import { processMemory } from './process-memory.ts';

interface Request {
  readonly build?: TrainedBatch;
  readonly steps?: number;
}

const [backend, threads, mode, flag] = process.argv.slice(2);
const { device } = await openDevice(backend!, {
  threads: Number(threads),
  revectorize: flag === 'revectorize',
});
let steps: OwnSteps | null = null;

async function answer({ build, steps: count }: Request): Promise<object> {
  if (build !== undefined) {
    steps = new OwnSteps(build, device, (on) => networkOf(build, on), { mode: mode as StepMode });
    return { parameters: steps.model.parameters().reduce((sum, { size }) => sum + size, 0) };
  }
  if (count !== undefined) return { ms: await steps!.steps(count) };
  return processMemory();
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Request)));
}
device.dispose();
