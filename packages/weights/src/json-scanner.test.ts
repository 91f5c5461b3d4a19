import { describe, expect, it } from 'vitest';

import { JsonScanner, type ScanFault } from './json-scanner.ts';

class Failure extends Error {
  readonly fault: ScanFault;

  constructor(fault: ScanFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const scannerOf = (text: string): JsonScanner =>
  new JsonScanner(text, (fault, message) => new Failure(fault, message));

function failure(read: () => unknown): Failure {
  try {
    read();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JsonScanner', () => {
  it('reads what it is asked to, in order', () => {
    const scanner = scannerOf(
      ' {"a":[1, 20,\n300], "b" : "\\u00fc\\n\\"", "__proto__": {}, "c": []}\t',
    );
    const seen: unknown[] = [];
    scanner.object((name) => {
      seen.push(name);
      if (name === 'b') seen.push(scanner.string());
      else if (name === '__proto__') scanner.object(() => seen.push('a member'));
      else scanner.array(() => seen.push(scanner.count()));
    });
    scanner.end();
    expect(seen).toEqual(['a', 1, 20, 300, 'b', 'ü\n"', '__proto__', 'c']);
  });

  it('skips what JSON.parse takes, and nothing else', () => {
    const good = ['null', 'true', '-0.5e+7', '[1,[2,{"a":null}]]', '"\\ud83d\\ude00"', '{}', '0'];
    for (const text of good) {
      const scanner = scannerOf(text);
      scanner.skip();
      scanner.end();
    }
    const bad = [
      '',
      'nul',
      '01',
      '.5',
      '[1,]',
      '{"a"}',
      '{,}',
      '"\u0001"',
      '"\\x"',
      '"',
      "'a'",
      '[',
      '1 2',
    ];
    for (const text of bad) {
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
      const found = failure(() => {
        const scanner = scannerOf(text);
        scanner.skip();
        scanner.end();
      });
      expect(found.fault).toBe('syntax');
    }
  });

  it('reads numbers of any kind', () => {
    expect(scannerOf(' -1.5e-3').number()).toBe(-0.0015);
    expect(failure(() => scannerOf('NaN').number()).message).toMatch(/^expected a number/);
  });

  it('tells a name that stands twice, also spelt in another way', () => {
    const found = failure(() => scannerOf('{"a":1,"\\u0061":2}').skip());
    expect(found.fault).toBe('duplicate');
    expect(found.message).toBe('the name "a" stands twice');
  });

  it.each(['-1', '1.5', '1e3', '01', '9007199254740992', '"1"', 'null', ''])(
    'takes no %s for a count',
    (text) => {
      expect(failure(() => scannerOf(text).count()).message).toMatch(/^expected an integer from 0/);
    },
  );

  it.each(['"\\ud800"', '"\\udc00x"', '"\ud800"'])('takes no half of a surrogate pair', (text) => {
    expect(failure(() => scannerOf(text).string()).message).toMatch(/Unicode characters/);
  });

  it('says where and what it met', () => {
    const { message } = failure(() => scannerOf('{"a": [1, x]}').skip());
    expect(message).toBe('expected a value at character 10, got "x]}"');
  });

  it('ends with values in each other without end', () => {
    expect(failure(() => scannerOf('['.repeat(1e6)).skip()).message).toMatch(/at most 64 values/);
    expect(failure(() => scannerOf('{"a":'.repeat(1e5)).skip()).message).toMatch(/at most 64/);
  });
});
