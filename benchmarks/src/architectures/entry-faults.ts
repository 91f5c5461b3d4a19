import { isRecord } from '../is-record.ts';
import type { JournalEntry } from './entries.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What a field holds. */
type Kind = 'string' | 'number' | 'list' | 'record';

const about = { set: 'string', member: 'string', session: 'string' } as const;

/** Fields that the entries of each kind have, of those that reports are made of. */
const fields: Readonly<Record<JournalEntry['kind'], Readonly<Record<string, Kind>>>> = {
  session: {
    id: 'string',
    date: 'string',
    machine: 'record',
    node: 'string',
    device: 'string',
    threads: 'number',
    packages: 'record',
  },
  set: {
    set: 'string',
    digest: 'string',
    inputShape: 'list',
    numClasses: 'number',
    train: 'number',
    validation: 'number',
    test: 'number',
    source: 'record',
  },
  budget: { ...about, epochs: 'number' },
  rate: { ...about, rate: 'number', epochs: 'number', seconds: 'number', coreSeconds: 'number' },
  training: { ...about, seed: 'number', epochs: 'number' },
  peer: {
    ...about,
    peer: 'string',
    version: 'string',
    seed: 'number',
    rate: 'number',
    epochs: 'number',
  },
  latency: { ...about, inference: 'record' },
};

/** Of a recipe, what work on the journal needs. */
const recipeFields = {
  batchSize: 'number',
  rates: 'list',
  rateShare: 'number',
  seedsOfSmallest: 'number',
  coreMinutes: 'number',
  sets: 'record',
} as const;

const outcomeFields = {
  accuracy: 'number',
  curve: 'list',
  seconds: 'number',
  coreSeconds: 'number',
} as const;

/** What an entry of a known kind lacks, such as "expected 'seed' to be a number, got nothing", or null. */
export function faultOfEntry(entry: Facts): string | null {
  const kind = entry['kind'] as JournalEntry['kind'];
  const fault = faultOf(entry, fields[kind]);
  if (fault !== null) return fault;
  if (kind === 'latency') return faultOfTiming(entry, 'inference');
  if (kind !== 'training' && kind !== 'peer') return null;
  const { outcome, error } = entry;
  // What failed has an error in place of an outcome.
  if (outcome === null) return isRecord(error) ? null : 'it has neither an outcome nor an error';
  if (!isRecord(outcome)) return "expected 'outcome' to be a record or null";
  return (
    faultOf(outcome, outcomeFields) ??
    ((outcome['curve'] as unknown[]).length === 0 ? 'its curve has no pass' : null) ??
    (kind === 'peer'
      ? null
      : (faultOfTiming(outcome, 'step') ?? faultOfTiming(outcome, 'inference')))
  );
}

/** The same of the first line. */
export function faultOfHead({ recipe }: Facts): string | null {
  return isRecord(recipe) ? faultOf(recipe, recipeFields) : 'it has no recipe';
}

function faultOfTiming(facts: Facts, field: string): string | null {
  const timing = facts[field];
  if (!isRecord(timing)) return `expected '${field}' to be a record, got ${wordFor(timing)}`;
  return faultOf(timing, { median: 'number', min: 'number' });
}

function faultOf(facts: Facts, expected: Readonly<Record<string, Kind>>): string | null {
  for (const [field, kind] of Object.entries(expected)) {
    const value = facts[field];
    if (!is[kind](value)) return `expected '${field}' to be a ${kind}, got ${wordFor(value)}`;
  }
  return null;
}

const is: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  list: (value) => Array.isArray(value),
  record: isRecord,
};

const wordFor = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40);
