/** What a scanner met that it does not take. */
export type ScanFault = 'syntax' | 'duplicate';

/** Nesting of values that are skipped. */
const deepest = 64;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads JSON (RFC 8259) from front to back in the form that its caller expects. Against `JSON.parse` it tells that a
 * name stands twice, it makes nothing that was not expected, so that no text needs many times its length of memory,
 * and it says where the text is wrong.
 */
export class JsonScanner {
  readonly #text: string;
  readonly #fail: (fault: ScanFault, message: string) => Error;
  #at = 0;

  /** `fail` makes the error that is thrown. */
  constructor(text: string, fail: (fault: ScanFault, message: string) => Error) {
    this.#text = text;
    this.#fail = fail;
  }

  /** Reads an object; `member` reads the value of each name. */
  object(member: (name: string) => void): void {
    this.#open('{', 'an object');
    const names = new Set<string>();
    this.#list('}', () => {
      const name = this.string();
      if (names.has(name)) {
        throw this.#fail('duplicate', `the name ${JSON.stringify(name)} stands twice`);
      }
      names.add(name);
      this.#open(':', "':'");
      member(name);
    });
  }

  /** Reads an array; `item` reads each of its values. */
  array(item: () => void): void {
    this.#open('[', 'an array');
    this.#list(']', item);
  }

  string(): string {
    const start = this.#at;
    this.#open('"', 'a string');
    const from = this.#at - 1;
    let isPlain = true;
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === quote) break;
      // Past the end of the text it is NaN.
      if (!(code >= 0x20)) throw this.#expected('a string', start);
      if (code === backslash) {
        isPlain = false;
        this.#at++;
      }
    }
    this.#at++;
    const token = this.#text.slice(from, this.#at);
    if (isPlain) return this.#requireCharacters(token.slice(1, -1), from);
    try {
      return this.#requireCharacters(JSON.parse(token) as string, from);
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#expected('a string', from);
      throw error;
    }
  }

  /** Half of a surrogate pair is no character, and no UTF-8 could say it. */
  #requireCharacters(value: string, from: number): string {
    if (!/[\ud800-\udfff]/.test(value) || isWellFormed(value)) return value;
    throw this.#expected('a string of Unicode characters', from);
  }

  /** Reads an integer from 0 to 2^53 - 1. */
  count(): number {
    this.#skipSpace();
    const token = match(/0(?![\d.eE])|[1-9]\d*(?![\d.eE])/y, this.#text, this.#at);
    const value = Number(token ?? Number.NaN);
    if (!Number.isSafeInteger(value)) throw this.#expected('an integer from 0 to 2^53 - 1');
    this.#at += token!.length;
    return value;
  }

  /** Reads a number of any kind. */
  number(): number {
    this.#skipSpace();
    const token = match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y, this.#text, this.#at);
    if (token === null) throw this.#expected('a number');
    this.#at += token.length;
    return Number(token);
  }

  /** Reads a value that nobody wants. */
  skip(depth = 0): void {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (depth > deepest) throw this.#expected(`at most ${deepest} values in each other`);
    if (first === '{') this.object(() => this.skip(depth + 1));
    else if (first === '[') this.array(() => this.skip(depth + 1));
    else if (first === '"') this.string();
    else {
      const token = match(
        /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
        this.#text,
        this.#at,
      );
      if (token === null) throw this.#expected('a value');
      this.#at += token.length;
    }
  }

  /** Checks that nothing follows but white space. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#expected('the end');
  }

  #list(close: string, item: () => void): void {
    if (this.#takes(close)) return;
    do item();
    while (this.#takes(','));
    this.#open(close, `',' or '${close}'`);
  }

  #open(character: string, expected: string): void {
    if (!this.#takes(character)) throw this.#expected(expected);
  }

  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character !== ' ' && character !== '\n' && character !== '\t' && character !== '\r')
        return;
    }
  }

  #expected(what: string, at: number = this.#at): Error {
    const rest = this.#text.slice(at, at + 20);
    const came = rest === '' ? 'the end of the text' : JSON.stringify(rest);
    return this.#fail('syntax', `expected ${what} at character ${at}, got ${came}`);
  }
}

/** Whether surrogates stand in pairs only. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
