import type { Tensor } from '../tensor.ts';
import type { TraceEvent } from '../trace-event.ts';

/** What the rest of the library tells whoever records a step. */
export interface Recorder {
  operation(event: TraceEvent): void;
  /** Something on the host that happens at every run of the step, and how the last time is taken back. */
  effect(run: () => void, undo: () => void): void;
  /**
   * The recording holds only while `holds` says so, which is asked before every replay. Once for each `subject`. With
   * `broken`, what no longer holds is an error with that text; without, another recording is made.
   */
  guard(subject: object, holds: () => boolean, broken?: () => string): void;
  /** Whether a leaf has a gradient decides what the step does, or it is about to be replaced. */
  gradientRead(leaf: Tensor): void;
  /** A leaf is about to forget its gradient. */
  gradientCleared(leaf: Tensor): void;
  /** A tensor made on the host, whose values are the program's: kept for the replays. */
  literal(made: Tensor): void;
  /** Something that no recording can repeat. */
  refuse(what: string): void;
}
