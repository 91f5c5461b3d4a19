/** The worker that trains: the page stays smooth, whatever it does. */
import { serve } from '../rpc/serve.ts';
import type { Port } from '../rpc/messages.ts';
import type { EngineApi, EngineEvent, TaskName } from './api.ts';
import { Engine } from './engine.ts';
import { browserKeeper } from './keeper.ts';
import { digitsTask } from './tasks/digits.ts';
import type { Task } from './tasks/task.ts';

async function loadTask(name: TaskName): Promise<Task> {
  if (name === 'signals') {
    const { signalsTask } = await import('./tasks/signals.ts');
    return signalsTask();
  }
  return digitsTask(await digitsFile);
}

/** Asked for at once, beside the kernels. */
const digitsFile: Promise<Uint8Array> = fetchDigits();
digitsFile.catch(() => undefined);

async function fetchDigits(): Promise<Uint8Array> {
  const answer = await fetch(new URL('../../data/digits.bin', import.meta.url));
  if (!answer.ok || answer.body === null) {
    throw new Error(`the digits could not be loaded (${answer.status}): reload the page.`);
  }
  const unpacked = answer.body.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

let tell: (event: EngineEvent) => void = () => undefined;
const engine = new Engine({
  task: loadTask,
  keeper: browserKeeper(),
  tell: (event) => tell(event),
});
tell = serve<EngineApi>(globalThis as unknown as Port, engine);
