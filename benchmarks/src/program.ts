import { nearestHint } from '@convnet/tensor-core';
import { Command, CommanderError, Help } from 'commander';

import type { MergeRequest } from './merge.ts';
import { defaultJournals, type PlanRequest } from './plan.ts';
import { commonOptions, outOption, suiteOptions, type BenchOptions } from './options.ts';
import type { Suite } from './suite.ts';

/** What the user asked for. */
export interface Request {
  readonly suite: Suite;
  readonly options: BenchOptions;
}

/** The command line as it was understood, or how to end where there is nothing to run. */
export type Parsed =
  | { readonly request: Request }
  | { readonly merge: MergeRequest }
  | { readonly plan: PlanRequest }
  /** Help was shown (0), or an error in one line (2). */
  | { readonly exitCode: 0 | 2 };

export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const commonHeading = 'Options of every suite:';

/**
 * Reads the arguments of `pnpm bench`: a suite, the first of `suites` if none is named, and its options.
 * Help and errors are written to `output`.
 */
export function parseArguments(
  suites: readonly Suite[],
  args: readonly string[],
  output: Output,
): Parsed {
  let parsed: Parsed | undefined;
  const program = new Command('pnpm bench')
    .usage('[suite] [options]')
    .description('Measures convnet. Each suite is a command of its own.')
    .exitOverride()
    .configureOutput({
      writeOut: output.out,
      writeErr: output.error,
      outputError: (text, write) => write(withOwners(text, suites)),
    })
    .helpCommand(false)
    .commandsGroup('Suites:')
    .configureHelp({ showGlobalOptions: true });
  for (const [i, suite] of suites.entries()) {
    const command = program
      .command(suite.name, { isDefault: i === 0 })
      .usage('[options]')
      .summary(i === 0 ? `${suite.summary} (default)` : suite.summary)
      .description(suite.description)
      .allowExcessArguments()
      .action((options: BenchOptions, self: Command) => {
        rejectArguments(self, suites);
        parsed = { request: { suite, options } };
      });
    for (const option of suiteOptions(suite.options, suite.modelNames, suite.datasetNames))
      command.addOption(option);
    for (const option of commonOptions(suite.profiles, suite.defaultBackend, suite.otherProfiles))
      command.addOption(option.helpGroup(commonHeading));
  }
  program
    .command('merge')
    .argument('<journals...>', 'journals of shards, or of parts of a run')
    .summary('join the journals of a run that was spread over processes')
    .description(
      'Joins journals of the same recipe and samples into one that --resume goes on with, and writes its report.',
    )
    .addOption(outOption())
    .action((journals: string[], { out }: { out: string }) => {
      parsed = { merge: { journals, out } };
    });
  program
    .command('plan')
    .argument(
      '[journal]',
      'journal of the run; default: that of benchmarks/results, or the committed one',
    )
    .summary('what a run of architectures has done, and what is left of it')
    .description(
      'Tells what is finished in a journal of architectures, and how many core-hours the rest takes about, from the times of the ' +
        'networks that were timed. Reads the journal only, also while the run goes on.',
    )
    .option('--peers', 'with the trainings of PyTorch')
    .action((journal: string | undefined, { peers = false }: { peers?: boolean }) => {
      parsed = { plan: { journals: journal === undefined ? defaultJournals : [journal], peers } };
    });
  program.addHelpText('after', helpFooter(suites));
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return parsed ?? { exitCode: 2 };
}

/** An argument that is left over is a suite that there is not, or one that does not come first. */
function rejectArguments(command: Command, suites: readonly Suite[]): void {
  const [first] = command.args;
  if (first === undefined) return;
  const names = suites.map(({ name }) => name);
  command.error(
    names.includes(first)
      ? `error: unexpected '${first}'; name the suite first: pnpm bench ${first} …`
      : `error: there is no suite '${first}'${nearestHint(first, names)}; the suites are ${names.join(', ')}`,
  );
}

/** Adds to an error about an unknown option the suites that know it. */
function withOwners(text: string, suites: readonly Suite[]): string {
  const flag = /unknown option '--([a-z-]+)'/
    .exec(text)?.[1]
    ?.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const owners = suites.filter(({ options }) => options.some((option) => option === flag));
  if (owners.length === 0) return text;
  return `${text.trimEnd()}; it belongs to ${owners.map(({ name }) => name).join(', ')}\n`;
}

function helpFooter(suites: readonly Suite[]): string {
  const help = new Help();
  const options = commonOptions();
  const width = Math.max(...options.map(({ flags }) => flags.length));
  const lines = options.map((option) =>
    help.formatItem(option.flags, width, help.optionDescription(option), help),
  );
  return `
${commonHeading}
${lines.join('\n')}

Examples:
  pnpm bench                             the first suite, with its defaults
  pnpm bench ${suites[0]!.name} --help              what else it takes
  pnpm bench training --peers --threads 1

Exit code: 0, 1 where a part failed, 2 for wrong options, 130 after an
interruption.
`;
}
