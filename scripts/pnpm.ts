import { execFileSync, spawnSync } from 'node:child_process';
import { root } from './workspace.ts';

/** The pnpm that runs this script, or the one on the path. */
const pnpm = process.env['npm_execpath']?.includes('pnpm') ? process.env['npm_execpath'] : 'pnpm';

/** pnpm is a program, or a script for Node, depending on how it was installed. */
function commandLine(parameters: readonly string[]): readonly [string, readonly string[]] {
  return /\.[cm]?js$/.test(pnpm) ? [process.execPath, [pnpm, ...parameters]] : [pnpm, parameters];
}

/** Runs pnpm in the root folder, showing its output; true when it succeeded. */
export function runPnpm(parameters: readonly string[]): boolean {
  const [command, rest] = commandLine(parameters);
  return spawnSync(command, rest, { cwd: root, stdio: 'inherit' }).status === 0;
}

/**
 * Runs pnpm and returns what it printed.
 *
 * @throws When pnpm fails; the error holds its output.
 */
export function pnpmOutput(parameters: readonly string[], folder: string): string {
  const [command, rest] = commandLine(parameters);
  return execFileSync(command, rest, { cwd: folder, encoding: 'utf8' });
}
