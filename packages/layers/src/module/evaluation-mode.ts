import { aFunction, requireKind, type Kind } from '@convnet/tensor-core';

/** Something that acts in training as it does not elsewhere. */
interface HasMode {
  training: boolean;
}

/** What has a mode, and parts that have: any module. */
export interface ModeTree {
  namedModules(): Iterable<readonly [path: string, part: HasMode]>;
  eval(): unknown;
}

// Not by its class, which would import this file.
const aModel: Kind = {
  expected: 'a Module',
  accepts: (value) => typeof (value as Partial<ModeTree> | null)?.namedModules === 'function',
};

/**
 * Runs `body` with a model in evaluation mode, then puts every module back in the mode it was in; a promise
 * is awaited first.
 */
export function inEvaluation<T>(model: ModeTree, body: () => T): T {
  requireKind('inEvaluation', 'the model', model, aModel);
  requireKind('inEvaluation', 'body', body, aFunction);
  const training: HasMode[] = [];
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
