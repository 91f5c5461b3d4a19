import type { AnyModule } from './module.ts';

/**
 * Runs `body` with a model in evaluation mode, then puts every module back in the mode it was in; a promise
 * is awaited first.
 */
export function inEvaluation<T>(model: AnyModule, body: () => T): T {
  const training: AnyModule[] = [];
  for (const [, module] of model.namedModules()) if (module.training) training.push(module);
  const restore = (): void => {
    for (const module of training) module.training = true;
  };
  model.eval();
  let result: T;
  try {
    result = body();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}
