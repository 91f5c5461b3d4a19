import { expect, test } from 'vitest';
import { httpsAddress, repositoryAddress, RepositoryUnknownError } from './repository.ts';

test.each([
  ['git@example.com:owner/name.git', 'https://example.com/owner/name'],
  ['ssh://git@example.com:22/owner/name.git', 'https://example.com/owner/name'],
  ['git+https://example.com/owner/name.git', 'https://example.com/owner/name'],
  ['https://example.com/owner/name', 'https://example.com/owner/name'],
])('%s is an https address', (remote, address) => {
  expect(httpsAddress(remote)).toBe(address);
});

test('a given address wins, then that of GitHub Actions', () => {
  const actions = { GITHUB_SERVER_URL: 'https://example.com', GITHUB_REPOSITORY: 'a/b' };
  expect(repositoryAddress('https://example.org/c/d', actions)).toBe('https://example.org/c/d');
  expect(repositoryAddress(undefined, actions)).toBe('https://example.com/a/b');
});

test.each(['/some/folder', '', 'https://example.com'])("nobody else could open '%s'", (given) => {
  expect(() => repositoryAddress(given, {})).toThrow(RepositoryUnknownError);
});
