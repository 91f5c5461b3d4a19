#!/usr/bin/env node
import { holdsProcess } from './device/open-webgpu.ts';
import { run } from './run.ts';

// Whoever reads only the first lines, such as head, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  error: process.stderr,
});
// Threads and Dawn would keep the process; what was written has to arrive before it ends.
if (holdsProcess()) process.stdout.write('', () => process.exit());
