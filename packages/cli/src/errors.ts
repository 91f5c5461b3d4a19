import { SignalError } from '@convnet/data/signal';
import { ConvnetError, nearestHint } from '@convnet/tensor-core';

/** How a command ends. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

/** Something that the command line asked for and that cannot be done; its text is all that a user needs. */
export class CliError extends ConvnetError {
  override readonly name = 'CliError';
}

/** A command line that cannot be understood. */
export class UsageError extends ConvnetError {
  override readonly name = 'UsageError';
}

/** A run that Ctrl-C or SIGTERM ended. Its text says how it goes on. */
export class InterruptedError extends ConvnetError {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** More names than these nobody reads in an error. */
const mostNames = 25;

/**
 * A name that is none of those that are known, with the one that was probably meant.
 * @param listing The command that lists the names where they are many.
 */
export function unknownName(
  kind: string,
  asked: string,
  known: readonly string[],
  listing?: string,
): UsageError {
  const all = known.join(', ') || 'none';
  const some = `${known.slice(0, 5).join(', ')} and ${known.length - 5} more`;
  const many = listing === undefined ? some : `${known.length}: '${listing}' lists them`;
  const names = known.length > mostNames ? many : all;
  return new UsageError(
    `there is no ${kind} '${asked}'${nearestHint(asked, known)}; there are ${names}`,
  );
}

/** What an error says; others are shown as text. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isRefused =
    error instanceof SignalError && error.fault === 'missing' && error.message !== error.finding;
  // What a program chooses by an option of the reader, the command line does by one of its own.
  return isRefused ? `${error.finding}; --missing interpolate fills them` : error.message;
}

/** Whether an error says that a file or folder cannot be written. */
export function isWriteError(error: unknown): error is NodeJS.ErrnoException {
  const { code } = error as NodeJS.ErrnoException;
  return writeCodes.some((known) => known === code);
}

const writeCodes = [
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EFBIG',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
];
