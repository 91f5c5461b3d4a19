import { SampleError } from '@convnet/data';
import { aString, listOf, requireKind, withMethods, type Kind } from '@convnet/tensor-core';
import { Command, CommanderError } from 'commander';

import { addEval } from './commands/eval.ts';
import { addExplain } from './commands/explain.ts';
import { addFeatures } from './commands/features.ts';
import { addFinetune } from './commands/finetune.ts';
import { addModels } from './commands/models.ts';
import { addPredict } from './commands/predict.ts';
import { addPublish } from './commands/publish.ts';
import { addResume } from './commands/resume.ts';
import { addSummary } from './commands/summary.ts';
import { addTrain } from './commands/train.ts';
import { addTune } from './commands/tune.ts';
import { exitCodes, InterruptedError, messageOf, UsageError } from './errors.ts';
import { Interruption } from './interruption.ts';
import { ownVersion } from './own-version.ts';
import type { Action, AddCommand, Terminal } from './terminal.ts';

const aSink: Kind = withMethods('what has write', 'write');

const aTerminal: Kind = {
  expected: 'an object { out, error }, each with write',
  accepts: (value) => {
    const { out, error } = (value ?? {}) as Partial<Terminal>;
    return aSink.accepts(out) && aSink.accepts(error);
  },
};

const commands: readonly AddCommand[] = [
  addTrain,
  addResume,
  addFinetune,
  addEval,
  addPredict,
  addExplain,
  addFeatures,
  addPublish,
  addModels,
  addSummary,
  addTune,
];

/**
 * Runs the command line `convnet`.
 * @param args those behind the program's name
 * @returns the exit code: 0, 1 where the work failed, 2 for a command line that cannot be understood, 130 after Ctrl-C, 143
 *   after SIGTERM
 * @throws ArgumentError for arguments of another kind, and nothing else
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  requireKind('run', 'args', args, listOf(aString));
  requireKind('run', 'terminal', terminal, aTerminal);
  let action: Action | undefined;
  const program = programOf(terminal);
  for (const add of commands) {
    add(program, terminal, (found) => {
      action = found;
    });
  }
  for (const command of program.commands) {
    command.option('--verbose', 'show where an error comes from');
  }
  program.hook('preAction', (_, command) => requireNoEmpty(command));
  const isVerbose = args.includes('--verbose');
  try {
    await program.parseAsync(args, { from: 'user' });
    if (action !== undefined) await interruptible(action, terminal);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    if (error instanceof InterruptedError) {
      terminal.error.write(`${error.message}\n`);
      return error.exitCode;
    }
    const command = program.commands.find((known) => known.name() === args[0]);
    const mayLeaveOut = command?.options.some(({ long }) => long === '--on-error') === true;
    const hint =
      error instanceof SampleError && mayLeaveOut ? '; --on-error skip leaves such files out' : '';
    const text =
      isVerbose && error instanceof Error ? traceOf(error) : oneLine(messageOf(error)) + hint;
    terminal.error.write(`error: ${text}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

/** @throws UsageError for an argument or an option that is empty, as a variable of a shell that is not set leaves it. */
function requireNoEmpty(command: Command): void {
  const values = command.options.map((option) => [
    option.long ?? option.flags,
    command.getOptionValue(option.attributeName()) as unknown,
  ]);
  const given = command.args.map((value, i) => [
    command.registeredArguments[i]?.name() ?? 'argument',
    value,
  ]);
  const empty = [...values, ...given].find(([, value]) => value === '');
  if (empty !== undefined) throw new UsageError(`${String(empty[0])}: expected a value, got ''`);
}

/** @throws InterruptedError, at once, while the action may go on; and what the action throws. */
async function interruptible(action: Action, { error }: Terminal): Promise<void> {
  const interruption = new Interruption(error);
  try {
    await Promise.race([action(interruption), interruption.ended]);
  } finally {
    interruption.release();
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');

function traceOf(error: Error): string {
  const { cause } = error;
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  return cause instanceof Error ? `${stack}\ncaused by ${traceOf(cause)}` : stack;
}

/** Whether bold text is understood; see https://no-color.org. */
const hasColours = ({ isTTY }: Terminal['out']): boolean =>
  isTTY === true && (process.env['NO_COLOR'] ?? '') === '';

function programOf({ out, error }: Terminal): Command {
  return new Command('convnet')
    .description(
      'Convolutional networks for signals and pictures: from a folder of files to a trained network.',
    )
    .usage('<command> [options]')
    .version(ownVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => error.write(text),
      getOutHelpWidth: () => out.columns ?? 100,
      getErrHelpWidth: () => error.columns ?? 100,
      getOutHasColors: () => hasColours(out),
      getErrHasColors: () => hasColours(error),
    })
    .configureHelp({ styleTitle: (title) => `\u001B[1m${title}\u001B[22m` })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  convnet train --data ./recordings --dims 1     recordings/<class>/*.wav, .csv or .npy
  convnet train --data ./photos --model mobilenet_v2 --size 96
  convnet predict runs/resnet18 ./new/*.wav
  convnet eval runs/resnet18                     accuracy, per class, who is taken for whom
  convnet explain runs/resnet18                  pictures of what it looks at
  convnet <command> --help

Exit code: 0, 1 where the work failed, 2 for a wrong command line, 130 after Ctrl-C, 143 after SIGTERM.
`,
    );
}
