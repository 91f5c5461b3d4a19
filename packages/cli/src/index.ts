export { CliError, exitCodes, InterruptedError, UsageError } from './errors.ts';
export { run } from './run.ts';
export type { Sink } from './sink.ts';
export type { Terminal } from './terminal.ts';
