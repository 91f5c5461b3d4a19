import { holdsProcess } from './devices/open-webgpu.ts';
import { runMerge } from './merge.ts';
import { runPlan } from './plan.ts';
import { parseArguments } from './program.ts';
import { exitCodes } from './exit-codes.ts';
import { errorText } from './report/failures.ts';
import { runSuite } from './run-suite.ts';
import { suites } from './suites/index.ts';

// A reader that ends early, as of `pnpm bench --help | head`, takes no results away: they are files.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const parsed = parseArguments(suites, process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
});

if ('exitCode' in parsed) {
  process.exitCode = parsed.exitCode;
} else if ('merge' in parsed) {
  await reportingErrors(async () => {
    await runMerge(parsed.merge, process.stdout);
    return exitCodes.ok;
  });
} else if ('plan' in parsed) {
  await reportingErrors(async () => {
    process.stdout.write(runPlan(parsed.plan));
    return exitCodes.ok;
  });
} else {
  const { suite, options } = parsed.request;
  const interruption = new AbortController();
  process.on('SIGINT', () => {
    // The first Ctrl-C lets the suite stop between two steps, a second one does not wait.
    if (interruption.signal.aborted) {
      process.stderr.write('ended at once; the results of this run are not written\n');
      process.exit(exitCodes.interrupted);
    }
    process.stderr.write(
      'finishes the step, writes what is there and ends (again: ends at once)\n',
    );
    interruption.abort();
  });
  await reportingErrors(() => runSuite(suite, options, process.stdout, interruption.signal));
  if (holdsProcess()) process.exit();
}

/** Ends with the exit code of the work, or with its error in one line. */
async function reportingErrors(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.stderr.write(`error: ${errorText(error)}\n`);
    process.exitCode = exitCodes.failed;
  }
}
