import { expect, test } from 'vitest';
import { askedBumps, lostLines, neededBump, unannounced } from './bumps.ts';
import { sortedDeclarations } from './public-types.ts';

const before = 'declare function a(x: number): void;\ninterface B {\n  c: string;\n}\n';

test('what is the same needs no version', () => {
  expect(neededBump('0.1.0', before, before)).toBe('none');
});

test('what is added may come with any version', () => {
  expect(neededBump('1.0.0', before, before.replace('}', '  d?: number;\n}'))).toBe('patch');
});

test.each([
  ['taken away', before.replace('  c: string;\n', '')],
  ['altered', before.replace('string', 'number')],
  ['gone', ''],
])('what is %s may break somebody', (_, after) => {
  expect(neededBump('0.1.0', before, after)).toBe('minor');
  expect(neededBump('1.4.0', before, after)).toBe('major');
});

test('lost lines are those that went', () => {
  expect(lostLines('a\nb\nc', 'a\nx\nc')).toEqual(['b']);
  expect(lostLines('a\nb', 'b\na')).toEqual(['b']);
});

test('changesets are read, the greatest change counts', () => {
  const asked = askedBumps([
    `---\n'@convnet/lenet': patch\n"@convnet/layers": minor\n---\n\n'@convnet/vgg': major\n`,
    `---\n'@convnet/lenet': minor\n---\n\nText.\n`,
    '---\n---\n\nNothing.\n',
  ]);
  expect([...asked]).toEqual([
    ['@convnet/lenet', 'minor'],
    ['@convnet/layers', 'minor'],
  ]);
});

test('a change that is not announced as what it is, is named', () => {
  const after = before.replace('string', 'number');
  const change = { name: '@convnet/lenet', version: '0.1.0', kind: 'types', before, after };
  const words = '@convnet/lenet: its types were changed or taken away, the first "c: string;": ';
  expect(unannounced([change], new Map())).toEqual([
    `${words}expected a changeset with at least minor, but no changeset names it; run "pnpm changeset"`,
  ]);
  expect(unannounced([change], new Map([['@convnet/lenet', 'patch']]))).toEqual([
    `${words}expected a changeset with at least minor, but its changesets say patch; run "pnpm changeset"`,
  ]);
  expect(unannounced([change], new Map([['@convnet/lenet', 'minor']]))).toEqual([]);
});

test('types are compared without comments and without the order of files', () => {
  const one =
    '/** A. */\ndeclare const a: 1;\n//#region x\nexport interface B {\n  /** C. */\n  c: 2;\n}\n';
  const two = 'export interface B {\n  c: 2;\n}\ndeclare const a: 1;\n';
  expect(sortedDeclarations(one)).toBe(sortedDeclarations(two));
  expect(sortedDeclarations(one)).toBe(
    'interface B {\n  c: 2;\n}\n'.replace('interface', 'export interface') +
      'declare const a: 1;\n',
  );
});
