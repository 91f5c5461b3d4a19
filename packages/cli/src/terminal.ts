import type { Command } from 'commander';

import type { Interruption } from './interruption.ts';
import type { Sink } from './sink.ts';

/** Where results and where news of the work go. */
export interface Terminal {
  readonly out: Sink;
  readonly error: Sink;
}

/** What a command does once its options are understood; it says what it leaves when it is interrupted. */
export type Action = (interruption: Interruption) => Promise<void>;

/** Adds a command to the program; `start` hands over what it does. */
export type AddCommand = (
  program: Command,
  terminal: Terminal,
  start: (action: Action) => void,
) => void;
