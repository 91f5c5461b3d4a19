import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mustRun } from './own-program.ts';

/** Another version of the repository in a temporary folder, installed; it goes when it is disposed of. */
export interface OldCheckout extends AsyncDisposable {
  readonly folder: string;
  /** Its commit, and the subject of it. */
  readonly title: string;
}

/**
 * Checks `commit` out beside the repository at `root`, and installs what its lockfile names, from pnpm's store where
 * that has it.
 *
 * @throws Error where there is no such commit, or it can't be installed.
 */
export async function openCheckout(root: string, commit: string): Promise<OldCheckout> {
  const git = (...args: readonly string[]): Promise<string> => mustRun('git', args, root);
  const title = await git('log', '-1', '--format=%h %s', commit, '--');
  const parent = await mkdtemp(join(tmpdir(), 'convnet-against-'));
  const folder = join(parent, 'checkout');
  const close = async (): Promise<void> => {
    await rm(parent, { recursive: true, force: true });
    // What git noted about the folder.
    await git('worktree', 'prune');
  };
  try {
    await git('worktree', 'add', '--detach', folder, commit);
    const [program, ...args] = pnpm();
    await mustRun(program!, [...args, 'install', '--frozen-lockfile', '--prefer-offline'], folder);
  } catch (error) {
    await close();
    throw error;
  }
  return { folder, title: title.trim(), [Symbol.asyncDispose]: close };
}

/** The pnpm that runs this program, or one from npm; where it is a script, Node runs it. */
function pnpm(): readonly string[] {
  const own = process.env['npm_execpath'];
  if (own?.includes('pnpm') !== true) return ['npx', '-y', 'pnpm@12'];
  return /\.[cm]?js$/.test(own) ? [process.execPath, own] : [own];
}
