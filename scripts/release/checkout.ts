import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../workspace.ts';

/** A copy of the repository with nothing in it that git does not know, and a history of its own. */
export interface Checkout extends Disposable {
  readonly folder: string;
  /** Commits whatever was changed. */
  commit(message: string): void;
  /** Runs pnpm there, showing what it says. @throws Where it fails. */
  pnpm(...parameters: readonly string[]): void;
}

/** Variables that tell pnpm and its scripts about the repository this one was started in. */
const ofThisRun = /^(?:npm_|pnpm_|NODE_PATH$|INIT_CWD$|GITHUB_)/i;

/** The environment of this process without what npm, pnpm and a host of workflows have put there. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name)));
}

/**
 * Copies what git knows of the working tree, and what it would add, into a new folder under the system's temporary one.
 *
 * @param environment Of the commands that run there.
 */
export function createCheckout(environment: NodeJS.ProcessEnv): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-checkout-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const names = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  for (const name of new Set(names.split('\0').filter((each) => each !== ''))) {
    const source = join(root, name);
    // A file that was deleted and not yet committed is listed, too.
    if (lstatSync(source, { throwIfNoEntry: false }) !== undefined)
      cpSync(source, join(folder, name));
  }
  const git = (...parameters: readonly string[]): void => {
    const author = ['-c', 'user.name=convnet', '-c', 'user.email=convnet@localhost'];
    execFileSync('git', [...author, ...parameters], { cwd: folder, env: environment });
  };
  git('init', '--quiet', '--initial-branch', 'main');
  const owned = cleanUp.move();
  return {
    folder,
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--message', message);
    },
    pnpm: (...parameters) => {
      execFileSync('npx', ['-y', 'pnpm@12', ...parameters], {
        cwd: folder,
        env: environment,
        stdio: 'inherit',
      });
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}
