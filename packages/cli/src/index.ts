export { CliError, exitCodes, InterruptedError, UsageError } from './errors.ts';
export { run } from './run.ts';
export type { Sink, Terminal } from './terminal.ts';
