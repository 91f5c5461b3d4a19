import { byteLength } from '../../device.ts';
import type { GraphStep, Value } from '../graph.ts';
import type { Draft } from './draft.ts';

/** The positions from which and to which memory is held. */
interface Held {
  readonly from: number;
  readonly to: number;
}

/** Two steps that are to become one. */
export interface Joining {
  /** Positions of the two, and of the one, which is one of them. */
  readonly first: number;
  readonly second: number;
  readonly at: number;
  readonly joined: GraphStep;
}

/** Bytes that a draft holds at each of its steps, of what is made in it. */
export class Liveness {
  readonly #draft: Draft;
  readonly #bytes: Float64Array;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#bytes = new Float64Array(draft.length);
    const seen = new Set<Value>();
    for (let i = 0; i < draft.length; i++) {
      for (const value of draft.operationAt(i)?.outputs ?? []) {
        const memory = draft.memoryOf(value);
        if (seen.has(memory)) continue;
        seen.add(memory);
        this.#add(this.#held(memory, null), byteLength(memory));
      }
    }
  }

  /**
   * Joins two steps of a draft, unless at the worst place between them more memory would be held than was at the worst
   * before. Whether it has.
   */
  join(joining: Joining): boolean {
    const { first, second, at, joined } = joining;
    const changes: [Held, number][] = [];
    for (const memory of this.#touched(joining)) {
      const bytes = byteLength(memory);
      const [before, after] = [this.#held(memory, null), this.#held(memory, joining)];
      if (before !== null) changes.push([before, -bytes]);
      if (after !== null) changes.push([after, bytes]);
    }
    let [least, most] = [0, 0];
    for (let i = first; i <= second; i++) {
      let bytes = this.#bytes[i]!;
      least = Math.max(least, bytes);
      for (const [{ from, to }, change] of changes) if (i >= from && i <= to) bytes += change;
      most = Math.max(most, bytes);
    }
    if (most > least) return false;
    for (const [held, change] of changes) this.#add(held, change);
    this.#draft.replace(at === first ? second : first, null);
    this.#draft.replace(at, joined);
    return true;
  }

  #add(held: Held | null, bytes: number): void {
    if (held === null) return;
    for (let i = held.from; i <= held.to; i++) this.#bytes[i]! += bytes;
  }

  #touched({ first, second }: Joining): Set<Value> {
    const touched = new Set<Value>();
    for (const position of [first, second]) {
      const { inputs, outputs } = this.#draft.operationAt(position)!;
      for (const value of [...inputs, ...outputs]) {
        if (value !== null) touched.add(this.#draft.memoryOf(value));
      }
    }
    return touched;
  }

  /** Where memory is held now, or would be; null for memory from outside, and for what would not be made. */
  #held(memory: Value, joining: Joining | null): Held | null {
    const draft = this.#draft;
    let from = draft.makerOf(memory);
    if (from === null) return null;
    let to = -1;
    let isKept = false;
    const { joined, first, second, at } = joining ?? {
      joined: null,
      first: -1,
      second: -1,
      at: -1,
    };
    if (from === first || from === second) {
      if (!joined!.outputs.includes(memory)) return null;
      from = at;
    }
    to = from;
    for (const value of draft.valuesOn(memory)) {
      isKept ||= draft.isOutput(value);
      for (const reader of draft.readersOf(value)) {
        if (reader !== first && reader !== second) to = Math.max(to, reader);
      }
      if (joined?.inputs.includes(value) === true) to = Math.max(to, at);
    }
    return { from, to: isKept ? draft.length - 1 : to };
  }
}
