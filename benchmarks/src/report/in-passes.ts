import type { SuiteContext } from '../suite.ts';
import { measuredOrFailure } from './failures.ts';
import type { Row } from './row.ts';
import type { Turns } from './timing.ts';

/** Times of whatever took turns, in the order in which it did. */
export interface MeasuredTurns {
  readonly turns: readonly Turns[];
}

/** What is measured in passes. */
export interface PassedItem<Item, Measured> {
  /** The row of an item, for its error. */
  rowOf(item: Item): Row;
  /** Measures it once. `pass` and `index` count from 0. */
  measure(item: Item, pass: number, index: number): Promise<Measured>;
}

/** An item with what all passes have measured, or the rows with the error that ended one of them. */
export type Passed<Item, Measured> =
  | { readonly item: Item; readonly measured: Measured }
  | { readonly item: Item; readonly failure: readonly Row[] };

/**
 * Measures items in passes over all of them: what changes on a machine over minutes then shows between the times of one. Each is given
 * in the last pass; one that failed is not measured again. After an interruption those that were measured at all are given with the
 * passes that they had.
 * @throws the reason of the signal, and the errors of an interrupted measurement.
 */
export async function* inPasses<Item, Measured extends MeasuredTurns>(
  context: Pick<SuiteContext, 'progress' | 'signal'>,
  passes: number,
  items: readonly Item[],
  { rowOf, measure }: PassedItem<Item, Measured>,
): AsyncGenerator<Passed<Item, Measured>> {
  const before = new Map<Item, Passed<Item, Measured>>();
  const given = new Set<Item>();
  try {
    for (let pass = 0; pass < passes; pass++) {
      for (const [index, item] of items.entries()) {
        context.signal.throwIfAborted();
        const known = before.get(item);
        if (known === undefined || 'measured' in known) {
          const outcome = await measuredOrFailure(context, rowOf(item), () =>
            measure(item, pass, index),
          );
          const isFurther = known !== undefined && 'measured' in outcome;
          const all = isFurther ? { measured: joined(known.measured, outcome.measured) } : outcome;
          before.set(item, { item, ...all });
        }
        if (pass < passes - 1) continue;
        given.add(item);
        yield before.get(item)!;
      }
    }
  } catch (error) {
    for (const [item, passed] of before) if (!given.has(item)) yield passed;
    throw error;
  }
}

/** What a pass has measured, with the turns of those before; alone, where others took turns then: a library that came or went. */
const joined = <Measured extends MeasuredTurns>(before: Measured, after: Measured): Measured =>
  before.turns.length === after.turns.length
    ? { ...after, turns: after.turns.map((turns, i) => [...before.turns[i]!, ...turns]) }
    : after;
