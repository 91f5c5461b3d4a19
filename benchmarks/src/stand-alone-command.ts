import { Command } from 'commander';

import { exitCodes } from './exit-codes.ts';

/** A program with options of its own: a wrong one ends the process as in all of them. */
export const standAloneCommand = (name: string): Command =>
  new Command(name).exitOverride((error) =>
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage),
  );
