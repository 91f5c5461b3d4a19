import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

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

/** What plans depend on beside shapes: versions, the device, and options. */
export type Identity = Readonly<Record<string, string | number | boolean | null>>;

interface PlanFile extends StoredPlan {
  readonly format: typeof format;
  readonly identity: Identity;
  readonly key: string;
}

/** The first thing in a file; another form of them gets another number. */
const format = 'convnet CUDA plan 1';

/** Drafts of this thread, whose names no other has. */
let drafts = 0;

/** The folder by convention: CONVNET_CUDA_PLANS, or `convnet/cuda-plans` in XDG_CACHE_HOME or `~/.cache`. */
export function defaultPlanFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { CONVNET_CUDA_PLANS: named, XDG_CACHE_HOME: caches } = environment;
  return named ?? join(caches ?? join(homedir(), '.cache'), 'convnet', 'cuda-plans');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/**
 * Plans on disk: a file for each shape in a folder for each identity. A file comes whole or not at all, so that processes may write the
 * same; one that is damaged or another's is ignored with a warning, and written anew.
 */
export class PlanStore {
  readonly #folder: string;
  readonly #identity: Identity;
  readonly #warn: (text: string) => void;
  /** A folder that cannot be written to is told once. */
  #isWritable = true;

  constructor(folder: string, identity: Identity, warn: (text: string) => void) {
    this.#folder = join(folder, hashOf(JSON.stringify(identity)));
    this.#identity = identity;
    this.#warn = warn;
  }

  /** Null where there is none that serves. */
  read(key: string): StoredPlan | null {
    const path = this.#pathOf(key);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#warn(`${path} is not readable: ${String(error)}`);
      return null;
    }
    const found = planIn(text);
    if (found === null) this.#warn(`${path} is damaged, or no plan of this version: it is ignored`);
    else if (found.key !== key || JSON.stringify(found.identity) !== JSON.stringify(this.#identity))
      this.#warn(`${path} is a plan for something else: it is ignored`);
    else return found;
    return null;
  }

  write(key: string, plan: StoredPlan): void {
    if (!this.#isWritable) return;
    const path = this.#pathOf(key);
    const draft = `${path}.${process.pid}-${threadId}-${drafts++}`;
    const file: PlanFile = { format, identity: this.#identity, key, ...plan };
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(draft, JSON.stringify(file));
      renameSync(draft, path);
    } catch (error) {
      this.#isWritable = false;
      if (existsSync(draft)) rmSync(draft);
      this.#warn(`plans are not kept: ${String(error)}`);
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${hashOf(key)}.json`);
  }
}

function planIn(text: string): PlanFile | null {
  let value: Partial<PlanFile> | null;
  try {
    value = JSON.parse(text) as Partial<PlanFile> | null;
  } catch {
    return null;
  }
  const isPlan =
    typeof value === 'object' &&
    value?.format === format &&
    typeof value.key === 'string' &&
    typeof value.identity === 'object' &&
    typeof value.text === 'string' &&
    typeof value.milliseconds === 'object' &&
    ['own', 'cuBLASLt', 'cuDNN'].includes(value.by as string);
  return isPlan ? (value as PlanFile) : null;
}
