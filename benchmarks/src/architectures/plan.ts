import { countsOf, type ModelCounts } from '../compare/counts.ts';
import type { Shard } from '../options.ts';
import { rowError } from '../report/failures.ts';
import type { RowError } from '../report/row.ts';
import type { NetworkKey, SetEntry, Task } from './entries.ts';
import { members, type Member } from './members.ts';
import type { Recipe } from './recipe.ts';
import { isPaired } from './pairs.ts';
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
  /** Whether the set has enough networks without it, so that it comes last. */
  readonly late: boolean;
}

/** Networks that a set has at least, before those beyond them get their turn. */
const enoughNetworks = 30;

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
  const ranked = counted
    .map((network) => ({
      ...network,
      smallest: least.get(network.member.family) === network.member,
    }))
    .toSorted(byMacs);
  const needed = (network: (typeof ranked)[number]): boolean =>
    network.smallest || isPaired(network);
  const places = Math.max(0, enoughNetworks - ranked.filter(needed).length);
  const fillers = new Set(ranked.filter((network) => !needed(network)).slice(0, places));
  return ranked
    .map((network) => ({ ...network, late: !needed(network) && !fillers.has(network) }))
    .filter((network) =>
      models === undefined
        ? network.smallest || macsOf(network) <= set.mostMacs
        : models.includes(network.member.name),
    );
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

/** Trainings of a network that differ in their seed. */
export const seedsOf = (network: PlannedNetwork, { seedsOfSmallest }: Recipe): number =>
  network.smallest || isPaired(network) ? seedsOfSmallest : 1;

/** Part of a run's work. */
export interface Phase {
  readonly title: string;
  readonly tasks: readonly Task[];
}

/**
 * All work on networks that are sorted by cost, in its order: what chooses the rate of each family's smallest member and its
 * first training; then, the cheapest first, its other seeds and the other members that bring a set to 30; then what is
 * beyond them. So wherever a run is cut, it says most for its time.
 * @param peer whether another library trains the pairs too.
 */
export function phasesOf(
  networks: readonly PlannedNetwork[],
  recipe: Recipe,
  { peer = false }: { readonly peer?: boolean } = {},
): Phase[] {
  const rest = (network: PlannedNetwork): Task[] => {
    const seeds = Array.from({ length: seedsOf(network, recipe) }, (_, seed) => seed);
    const of = (kind: 'training' | 'peer') => (seed: number) =>
      ({ ...keyFor(network), kind, seed }) as const;
    return [
      ...(network.smallest ? [] : firstTasks(keyFor(network), recipe)),
      ...seeds.slice(1).map(of('training')),
      ...(peer && isPaired(network) ? seeds.map(of('peer')) : []),
    ];
  };
  const smallest = networks.filter((network) => network.smallest);
  return [
    {
      title: 'the smallest of each family, one seed',
      tasks: smallest.flatMap((network) => firstTasks(keyFor(network), recipe)),
    },
    {
      title: `their other seeds, and ${enoughNetworks} networks a set`,
      tasks: networks.filter(({ late }) => !late).flatMap(rest),
    },
    {
      title: 'networks beyond those',
      tasks: networks.filter(({ late }) => late).flatMap(rest),
    },
  ];
}

/** The work of all phases. */
export const tasksOf = (...given: Parameters<typeof phasesOf>): Task[] =>
  phasesOf(...given).flatMap(({ tasks }) => tasks);

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
