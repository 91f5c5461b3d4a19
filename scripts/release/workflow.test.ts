import { expect, test } from 'vitest';
import { publishingCommands, releaseWorkflow } from './workflow.ts';

const { permissions, jobs } = releaseWorkflow();

test('publishes with provenance, after all checks', () => {
  expect(publishingCommands()).toEqual([
    ['install', '--frozen-lockfile'],
    ['release', '--provenance'],
  ]);
  expect(jobs['publish']?.needs).toBe('check');
  expect(jobs['check']?.steps.at(-1)?.run).toBe('.ci/run');
});

test('may write no more than tags, and sign', () => {
  expect(permissions).toEqual({ contents: 'read' });
  expect(jobs['check']?.permissions).toBeUndefined();
  expect(jobs['publish']?.permissions).toEqual({ contents: 'write', 'id-token': 'write' });
});

test('every action is pinned to a commit', () => {
  const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
});
