import { countsOf, type ModelCounts } from '../compare/counts.ts';
import type { Shard } from '../options.ts';
import { rowError } from '../report/failures.ts';
import type { RowError } from '../report/row.ts';
import type { NetworkKey, SetEntry, Task } from './entries.ts';
import { members, type Member } from './members.ts';
import type { Recipe } from './recipe.ts';
import { comparedSets, type ComparedSet } from './sets.ts';

/** Shape and classes of a set's samples. */
export type SampleForm = Pick<SetEntry, 'inputShape' | 'numClasses'>;

/** A network on a set. */
export interface PlannedNetwork {
  readonly set: ComparedSet;
  readonly member: Member;
  /** Or why it cannot be built for the set. */
  readonly counts: ModelCounts | RowError;
  /** Whether it has the fewest MACs of its family on the set. */
  readonly smallest: boolean;
}

/** What to compare. */
export interface Selection {
  /** Names of members; default: all that the sets' limits of MACs admit. */
  readonly models?: readonly string[];
}

const macsOf = ({ counts }: PlannedNetwork): number =>
  'macs' in counts ? counts.macs : Number.POSITIVE_INFINITY;

/** The networks that train on a set, the cheapest first. */
export function networksOn(
  set: ComparedSet,
  form: SampleForm,
  { models }: Selection = {},
  table: readonly Member[] = members,
): PlannedNetwork[] {
  const counted = table.map((member) => ({ set, member, counts: countsOn(set, form, member) }));
  const least = new Map<string, Member>();
  for (const network of counted.toSorted(byMacs)) {
    if (!least.has(network.member.family)) least.set(network.member.family, network.member);
  }
  return counted
    .map((network) => ({
      ...network,
      smallest: least.get(network.member.family) === network.member,
    }))
    .filter((network) =>
      models === undefined
        ? network.smallest || macsOf(network) <= set.mostMacs
        : models.includes(network.member.name),
    )
    .toSorted(byMacs);
}

function byMacs(a: Pick<PlannedNetwork, 'counts'>, b: Pick<PlannedNetwork, 'counts'>): number {
  const of = ({ counts }: typeof a): number =>
    'macs' in counts ? counts.macs : Number.MAX_SAFE_INTEGER;
  return of(a) - of(b);
}

function countsOn(
  { dims, stem }: ComparedSet,
  { inputShape, numClasses }: SampleForm,
  { build }: Member,
): ModelCounts | RowError {
  const [inChannels, ...inputSize] = inputShape;
  try {
    return countsOf((options) => build({ ...options, stem }), {
      dims,
      inChannels: inChannels!,
      numClasses,
      inputSize,
    });
  } catch (error) {
    return rowError(error);
  }
}

/**
 * The share of a shard. A network is one shard's alone, because its rate is chosen from its own trials; shards take
 * turns, to and fro, down the list of costs, so that they get about as much.
 */
export function shardOf<Item>(sorted: readonly Item[], { index, count }: Shard): Item[] {
  return sorted.filter((_, i) => {
    const place = i % (2 * count);
    return (place < count ? place : 2 * count - 1 - place) === index - 1;
  });
}

/** The networks on sets whose samples were read, sorted by what they cost beside each other. */
export function networksOnSets(
  entries: readonly SetEntry[],
  selection: Selection = {},
): PlannedNetwork[] {
  return comparedSets
    .flatMap((set) => {
      const form = entries.find((entry) => entry.set === set.name);
      return form === undefined ? [] : networksOn(set, form, selection);
    })
    .toSorted(byMacs);
}

/**
 * All work on networks that are sorted by cost, in its order: first what chooses the rate of each family's smallest
 * member and its first training, then its other seeds, then the other members.
 */
export function tasksOf(networks: readonly PlannedNetwork[], recipe: Recipe): Task[] {
  const smallest = networks.filter((network) => network.smallest);
  const others = networks.filter((network) => !network.smallest);
  const moreSeeds = Array.from({ length: recipe.seedsOfSmallest - 1 }, (_, i) => i + 1);
  return [
    ...smallest.flatMap((network) => firstTasks(keyFor(network), recipe)),
    ...smallest.flatMap((network) =>
      moreSeeds.map((seed) => ({ ...keyFor(network), kind: 'training', seed }) as const),
    ),
    ...others.flatMap((network) => firstTasks(keyFor(network), recipe)),
  ];
}

export const keyFor = ({ set, member }: PlannedNetwork): NetworkKey => ({
  set: set.name,
  member: member.name,
});

function firstTasks(key: NetworkKey, { rates }: Recipe): Task[] {
  return [
    { ...key, kind: 'budget' },
    ...rates.map((rate) => ({ ...key, kind: 'rate', rate }) as const),
    { ...key, kind: 'training', seed: 0 },
  ];
}
