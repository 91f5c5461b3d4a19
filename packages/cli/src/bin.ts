#!/usr/bin/env node
import { holdsProcess } from './device.ts';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  error: process.stderr,
});
// Threads and Dawn would keep the process; what was written has to arrive before it ends.
if (holdsProcess()) process.stdout.write('', () => process.exit());
