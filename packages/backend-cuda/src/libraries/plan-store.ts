import { homedir } from 'node:os';
import { join } from 'node:path';

import { KeptFiles, type EntryKind, type Identity } from './kept-files.ts';
import type { LibraryName } from './plan-source.ts';

/** What was fastest for a shape, as it is kept. */
export interface StoredPlan {
  /** 'own' for the kernels of this package. */
  readonly by: 'own' | LibraryName;
  /** What a library makes its plan again of; '' for own kernels. */
  readonly text: string;
  /** Milliseconds that each way took, for the curious. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

const planKind: EntryKind<StoredPlan> = {
  title: 'plan',
  format: 'convnet CUDA plan 2',
  isEntry: ({ by, text, milliseconds }) =>
    typeof text === 'string' &&
    typeof milliseconds === 'object' &&
    ['own', 'cuBLASLt', 'cuDNN'].includes(by as string),
};

/**
 * The folder by convention: CONVNET_CUDA_PLANS, or `convnet/cuda-plans` in XDG_CACHE_HOME or `~/.cache`.
 * @throws SystemError where it would be in the home of a user who has none.
 */
export function defaultPlanFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  // An empty variable is as one that there is not.
  const [named, caches] = ['CONVNET_CUDA_PLANS', 'XDG_CACHE_HOME'].map((name) =>
    environment[name] === '' ? undefined : environment[name],
  );
  return named ?? join(caches ?? join(homedir(), '.cache'), 'convnet', 'cuda-plans');
}

/** Plans on disk, by shape. */
export class PlanStore extends KeptFiles<StoredPlan> {
  constructor(folder: string, identity: Identity, warn: (text: string) => void) {
    super(folder, planKind, identity, warn);
  }
}
