import { expect, test } from 'vitest';
import { snippetsOf } from './snippets.ts';

test('examples in TypeScript are found with their lines and what the fence says of them', () => {
  const text = 'a\n\n```ts\none();\ntwo();\n```\n```sh\nls\n```\n```ts browser\nthree();\n```\n';
  expect(snippetsOf(text)).toEqual([
    { line: 4, code: 'one();\ntwo();\n', notRun: null },
    { line: 11, code: 'three();\n', notRun: 'browser' },
  ]);
});
