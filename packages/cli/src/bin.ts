#!/usr/bin/env node
import { holdsProcess } from './device/open-webgpu.ts';
import { exitCodes } from './errors.ts';
import { run } from './run.ts';

// Whoever reads only the first lines, such as head, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const code = await run(process.argv.slice(2), {
  out: process.stdout,
  error: process.stderr,
});
process.exitCode = code;
// Threads, Dawn and what was interrupted would keep the process; what was written has to arrive before it ends.
const isInterrupted = code === exitCodes.interrupted || code === exitCodes.terminated;
if (isInterrupted || holdsProcess()) process.stdout.write('', () => process.exit());
