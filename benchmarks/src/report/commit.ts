import { execFileSync } from 'node:child_process';

/** The commit of this checkout, with a + where files differ from it; null where that is not known. */
export function checkedOutCommit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
  } catch {
    // No git, or no checkout.
    return null;
  }
}
