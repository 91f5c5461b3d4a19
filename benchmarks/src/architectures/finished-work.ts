import {
  keyOf,
  type BudgetEntry,
  type JournalEntry,
  type LatencyEntry,
  type NetworkKey,
  type PeerEntry,
  type RateEntry,
  type SessionEntry,
  type SetEntry,
  type Task,
  type TrainingEntry,
  type WorkEntry,
} from './entries.ts';
import { JournalError } from './errors.ts';
import { differenceOf } from './recipe.ts';

/** What journals say that was done: each piece of work once. */
export class FinishedWork {
  readonly #sets = new Map<string, SetEntry>();
  readonly #work = new Map<string, WorkEntry>();
  readonly #sessions = new Map<string, SessionEntry>();
  readonly #latencies = new Map<string, LatencyEntry>();

  get sessions(): readonly SessionEntry[] {
    return [...this.#sessions.values()];
  }

  get sets(): readonly SetEntry[] {
    return [...this.#sets.values()];
  }

  get work(): readonly WorkEntry[] {
    return [...this.#work.values()];
  }

  /** Of one core, in all trainings and trials of rates; PyTorch's among them. */
  get coreSeconds(): number {
    return this.work.reduce((sum, entry) => sum + coreSecondsOf(entry), 0);
  }

  has(task: Task): boolean {
    return this.#work.has(keyOf(task));
  }

  budget(key: NetworkKey): BudgetEntry | undefined {
    return this.#work.get(keyOf({ ...key, kind: 'budget' })) as BudgetEntry | undefined;
  }

  rates(key: NetworkKey): readonly RateEntry[] {
    return this.#about(key).filter((entry) => entry.kind === 'rate');
  }

  trainings(key: NetworkKey): readonly TrainingEntry[] {
    return this.#about(key).filter((entry) => entry.kind === 'training');
  }

  peers(key: NetworkKey): readonly PeerEntry[] {
    return this.#about(key).filter((entry) => entry.kind === 'peer');
  }

  /** Its time for one sample where it was taken apart from its trainings, by the newest session that did. */
  latency({ set, member }: NetworkKey): LatencyEntry | undefined {
    const dateOf = ({ session }: LatencyEntry): string => this.#sessions.get(session)?.date ?? '';
    return [...this.#latencies.values()]
      .filter((entry) => entry.set === set && entry.member === member)
      .toSorted((a, b) => dateOf(a).localeCompare(dateOf(b)))
      .at(-1);
  }

  #about({ set, member }: NetworkKey): WorkEntry[] {
    return this.work.filter((entry) => entry.set === set && entry.member === member);
  }

  /**
   * @returns whether that is new.
   * @throws JournalError with fault 'recipe' for a set whose samples are not those of the same set before.
   */
  add(entry: JournalEntry, source: string): boolean {
    if (entry.kind === 'set') return this.#addSet(entry, source);
    if (entry.kind === 'session') return addOnce(this.#sessions, entry.id, entry);
    if (entry.kind === 'latency') {
      const { set, member, session } = entry;
      return addOnce(this.#latencies, `${set} ${member} ${session}`, entry);
    }
    return addOnce(this.#work, keyOf(entry), entry);
  }

  #addSet(entry: SetEntry, source: string): boolean {
    const known = this.#sets.get(entry.set);
    const difference = known === undefined ? null : differenceOfSets(known, entry);
    if (difference === null) return addOnce(this.#sets, entry.set, entry);
    throw new JournalError(
      'recipe',
      `${source}: trainings on other samples of ${entry.set}, or by another recipe, cannot be compared (${difference})`,
    );
  }
}

/** Where one does not say how it trains, a head of its journal did, which was compared. */
function differenceOfSets(known: SetEntry, { recipe, ...entry }: SetEntry): string | null {
  const { recipe: knownRecipe, ...rest } = known;
  const samples = differenceOf(rest, entry);
  if (samples !== null || recipe === undefined || knownRecipe === undefined) return samples;
  return differenceOf(knownRecipe, recipe, 'recipe');
}

function addOnce<Value>(map: Map<string, Value>, key: string, value: Value): boolean {
  if (map.has(key)) return false;
  map.set(key, value);
  return true;
}

function coreSecondsOf(entry: WorkEntry): number {
  if (entry.kind === 'budget') return 0;
  return entry.kind === 'rate' ? entry.coreSeconds : (entry.outcome?.coreSeconds ?? 0);
}
