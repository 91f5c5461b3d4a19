import { describe, expect, test } from 'vitest';
import { guardTraining } from './guards.ts';

const condition = '(typeof __CONVNET_INFERENCE__ !== "undefined" && __CONVNET_INFERENCE__)';

describe('gradient rules', () => {
  test.each([
    [
      'a method',
      'const o = { gradient({ g, x }) { return [g, x]; } };',
      `const o = { gradient(given0) {if (!${condition}) {const { g, x } = given0; return [g, x]; }} };`,
    ],
    [
      'a function of one expression',
      'const o = { gradient: ({ g }) => [g], name: 1 };',
      `const o = { gradient: (given0) => {if (!${condition}) {const { g } = given0; return  [g]; } }, name: 1 };`,
    ],
    [
      'an object literal in parentheses',
      'const o = { gradient: (g) => ({ g }) };',
      `const o = { gradient: (g) => {if (!${condition}) { return  ({ g }); } } };`,
    ],
    [
      'more than one parameter',
      'const o = { gradient: (g, _, { axes }) => [f(g, axes)] };',
      `const o = { gradient: (g, _, given2) => {if (!${condition}) {const { axes } = given2; return  [f(g, axes)]; } } };`,
    ],
  ])('%s', (_, code, expected) => {
    expect(guardTraining(code)?.replace(/=> {2}\{/g, '=> {')).toBe(expected);
  });

  test.each([
    ['a value of that name', 'const o = { gradient, saves: 1, n: { gradient: x.grad } };'],
    ['a constant that a namespace hands out', 'const o = { gradient: () => gradient };'],
    ['another name', 'const o = { gradients({ g }) { return g; } };'],
  ])('%s is none', (_, code) => {
    expect(guardTraining(code)).toBeNull();
  });
});

test('the constant becomes the condition where it is read', () => {
  const code =
    'import { forInference } from "./inference.js";\nif (!forInference) f({ forInference: () => forInference });\nexport { forInference };\n';
  expect(guardTraining(code)).toBe(
    `import { forInference } from "./inference.js";\nif (!${condition}) f({ forInference: () => ${condition} });\nexport { forInference };\n`,
  );
});

describe('what a guard does', () => {
  const code = guardTraining('export const o = { gradient: ({ g }, n = 2) => [g * n] };')!;
  const rule = async (prelude: string): Promise<unknown> => {
    const url = `data:text/javascript,${encodeURIComponent(`${prelude}${code}`)}`;
    const { o } = (await import(url)) as { o: { gradient(given: { g: number }): unknown } };
    return o.gradient({ g: 3 });
  };

  test('nothing where the flag is not defined, or false', async () => {
    expect(await rule('')).toEqual([6]);
    expect(await rule('const __CONVNET_INFERENCE__ = false;')).toEqual([6]);
  });

  test('the rule is empty where it is true', async () => {
    expect(await rule('const __CONVNET_INFERENCE__ = true;')).toBeUndefined();
  });
});
