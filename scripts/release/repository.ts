import { spawnSync } from 'node:child_process';
import { root } from '../workspace.ts';

/** Thrown where nothing says at which address the sources of a release stand. */
export class RepositoryUnknownError extends Error {
  override readonly name = 'RepositoryUnknownError';

  constructor(found: string) {
    super(
      'a published package says where its sources are, and provenance is checked against it: expected an https address ' +
        `from --repository, GITHUB_REPOSITORY or the git remote "origin", got ${found}`,
    );
  }
}

/** `git@host:owner/name.git` and `ssh://git@host/owner/name.git` as `https://host/owner/name`; others unchanged. */
export function httpsAddress(remote: string): string {
  return remote
    .trim()
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/](?:\d+\/)?/, 'https://$1/')
    .replace(/^git\+/, '')
    .replace(/\.git$/, '');
}

/** The `origin` of this checkout, or nothing. */
function originRemote(): string | undefined {
  const { status, stdout } = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** What GitHub Actions calls the repository that it runs in. */
function actionsRepository(environment: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: path } = environment;
  return path === undefined ? undefined : `${server}/${path}`;
}

/**
 * The https address of the repository that a release is made from: the one given, that of GitHub Actions, or `origin`.
 *
 * @throws RepositoryUnknownError where there is none, or one that nobody else could open.
 */
export function repositoryAddress(
  given: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const found = given ?? actionsRepository(environment) ?? originRemote();
  const address = httpsAddress(found ?? '');
  if (!/^https:\/\/[^/]+\/[^/]+\/.+/.test(address)) {
    throw new RepositoryUnknownError(found ?? 'none of them');
  }
  return address;
}
