import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test.each(['--dry-run', '--provenance'])(
  '%s without an address says in one line what is missing',
  (option) => {
    // An address that is given and empty stands for a clone without a remote, wherever the test runs.
    const args = [join(import.meta.dirname, 'cli.ts'), option, '--repository', ''];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toMatch(
      /^release: .*--repository, GITHUB_REPOSITORY or the git remote "origin".*\n$/,
    );
    expect(status).toBe(1);
  },
);
