import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.ts';

const rows = (text: string, delimiter?: string) =>
  parseCsv(text, 'x.csv', { header: false, ...(delimiter === undefined ? {} : { delimiter }) })
    .rows;

describe('parseCsv', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '\ufeffa;b\n\n1;2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a\tb\n1\t',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    [
      '"a, ""b""","c\nd"\n,\n',
      [
        ['a, "b"', 'c\nd'],
        ['', ''],
      ],
    ],
    ['"a"\r\n"b"\r\n', [['a'], ['b']]],
    ['"a"\r"b"\rc\r', [['a'], ['b'], ['c']]],
    ['', []],
  ])('reads %j', (text, expected) => {
    expect(rows(text)).toEqual(expected);
  });

  it('counts lines through quoted ones', () => {
    const { header, lines } = parseCsv('h\n"a\nb"\nc\n', 'x.csv', { header: true });
    expect(header).toEqual(['h']);
    expect(lines).toEqual([2, 4]);
  });

  it('takes the delimiter it is given, and refuses text behind quotes', () => {
    expect(rows('a|b,c', '|')).toEqual([['a', 'b,c']]);
    expect(() => rows('"a"b,c')).toThrow('behind the quotes in the row of line 1');
  });
});
