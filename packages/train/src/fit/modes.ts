import { Buffer, type AnyModule } from '@convnet/layers';

/** Puts a model into training mode, but for normalisation with frozen weights: its statistics are frozen too. */
export function trainAllButFrozen(model: AnyModule): void {
  model.train();
  for (const [, module] of model.namedModules()) {
    if (hasStatistics(module) && isFrozen(model, module)) module.training = false;
  }
}

function hasStatistics(module: AnyModule): boolean {
  return 'running_mean' in module && module.running_mean instanceof Buffer;
}

/** Whether its parameters are frozen; of one without any, those of the least module around it that has some. */
function isFrozen(model: AnyModule, module: AnyModule): boolean {
  let around = module;
  let parameters = module.parameters();
  while (parameters.length === 0) {
    const parent = parentOf(model, around);
    if (parent === null) return false;
    around = parent;
    parameters = parent.parameters();
  }
  return parameters.every(({ requiresGrad }) => !requiresGrad);
}

function parentOf(model: AnyModule, module: AnyModule): AnyModule | null {
  for (const [, candidate] of model.namedModules()) {
    for (const [, child] of candidate.namedChildren()) if (child === module) return candidate;
  }
  return null;
}

/** The mode of every module, to go back to. */
export function modesOf(model: AnyModule): () => void {
  const modes = Array.from(
    model.namedModules(),
    ([, module]) => [module, module.training] as const,
  );
  return () => {
    for (const [module, mode] of modes) module.training = mode;
  };
}
