import type { SessionEntry, SetEntry } from '../architectures/entries.ts';
import { Journal } from '../architectures/journal.ts';
import { members } from '../architectures/members.ts';
import { tasksOf, type PlannedNetwork } from '../architectures/plan.ts';
import { recipeFor, type Recipe } from '../architectures/recipe.ts';
import { runTasks } from '../architectures/run-tasks.ts';
import { comparedSets } from '../architectures/sets.ts';
import type { PeerTrainer, Trainer } from '../architectures/trainer.ts';

const drawings = comparedSets.find(({ name }) => name === 'quickdraw100')!;

/** Three networks, the first two of which are the smallest of their families. */
export const smallNetworks: readonly PlannedNetwork[] = [
  { name: 'lenet5', smallest: true, macs: 100 },
  { name: 'nin', smallest: true, macs: 200 },
  { name: 'resnet32', smallest: false, macs: 300 },
].map(({ name, smallest, macs }) => ({
  set: drawings,
  member: members.find((member) => member.name === name)!,
  counts: { params: 10, macs, enlargement: 1, inputShape: [1, 32, 32] },
  smallest,
  late: false,
}));

export const smallSet: SetEntry = {
  kind: 'set',
  set: drawings.name,
  digest: 'abc',
  inputShape: [1, 32, 32],
  numClasses: 100,
  train: 1000,
  validation: 100,
  test: 200,
  source: { name: 'Drawings', origin: 'somebody', licence: 'CC-BY-4.0' },
};

export const session = (id: string): SessionEntry => ({
  kind: 'session',
  id,
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'Some CPU', cores: 2, memoryGiB: 8, platform: 'linux', architecture: 'x64' },
  node: '24.21.0',
  device: 'wasm (relaxed SIMD, 1 thread)',
  threads: 1,
  commit: '0123456789ab',
  packages: {},
});

/** What a run of the small networks is given besides its journal. */
export interface SmallRun {
  readonly trainer: Trainer;
  readonly peer?: PeerTrainer;
  readonly networks?: readonly PlannedNetwork[];
  readonly recipe?: Recipe;
  readonly signal?: AbortSignal;
  readonly id?: string;
  readonly lines?: string[];
}

/** Does the small run, or goes on with it, as the suite does. */
export async function smallRun(file: string, run: SmallRun): Promise<Journal> {
  const { trainer, networks = smallNetworks, recipe = recipeFor(), id = 'one', lines = [] } = run;
  const journal = Journal.open(file, recipe, true);
  try {
    journal.add(smallSet);
    journal.add(session(id));
    await runTasks({
      tasks: tasksOf(networks, recipe, { peer: run.peer !== undefined }),
      networks,
      recipe,
      journal,
      session: id,
      trainer,
      ...(run.peer === undefined ? {} : { peer: run.peer }),
      progress: {
        show: () => undefined,
        note: (line) => lines.push(line),
        milestone: () => undefined,
        close: () => undefined,
      },
      signal: run.signal ?? new AbortController().signal,
    });
  } finally {
    journal.close();
  }
  return journal;
}
