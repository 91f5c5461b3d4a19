import type { EngineApi, EngineEvent } from '../engine/api.ts';
import { Remote } from '../rpc/remote.ts';

export type Engine = Remote<EngineApi, EngineEvent>;

/** Starts the worker that trains. @param onEnd is told why, where it ends by itself. */
export function startEngine(
  onEvent: (event: EngineEvent) => void,
  onEnd: (reason: string) => void,
): Engine {
  const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module' });
  const engine: Engine = new Remote(worker, onEvent);
  worker.addEventListener('error', (event) => {
    const reason = event.message || 'its script could not be loaded';
    engine.fail(new Error(reason));
    onEnd(reason);
  });
  return engine;
}
