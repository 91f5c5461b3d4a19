/** What is needed of WebAssembly's binary format to write a small module by hand. */

/** Bytes of an instruction, or of any other part of a module. */
export type Code = readonly number[];

export const valueType = { i32: 0x7f, v128: 0x7b } as const;
export type ValueType = (typeof valueType)[keyof typeof valueType];

/** An unsigned number in LEB128. */
function leb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Instructions one after another. */
export const sequence = (...parts: readonly Code[]): Code => parts.flat();

const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
const section = (id: number, body: Code): Code => [id, ...leb(body.length), ...body];
const simd = (operation: number): Code => [0xfd, ...leb(operation)];

/** Instructions, by their names in the specification. */
export const op = {
  get: (local: number): Code => [0x20, ...leb(local)],
  set: (local: number): Code => [0x21, ...leb(local)],
  /** Positive and small: its sign bit must not be set. */
  i32Const: (value: number): Code => [0x41, ...leb(value), ...(value & 0x40 ? [0] : [])],
  memoryCopy: [0xfc, 10, 0, 0] as Code,
  v128Load: (offset: number): Code => [...simd(0x00), 4, ...leb(offset)],
  v128Load32Splat: (offset: number): Code => [...simd(0x09), 2, ...leb(offset)],
  v128Store: (offset: number): Code => [...simd(0x0b), 4, ...leb(offset)],
  f32x4Add: (): Code => simd(0xe4),
  f32x4Mul: (): Code => simd(0xe6),
  f32x4RelaxedMadd: (): Code => simd(0x105),
  /** Repeats `body` as often as the local, which counts down to 0. */
  repeat: (counter: number, body: Code): Code =>
    sequence(
      [0x03, 0x40],
      body,
      op.get(counter),
      [0x41, 1, 0x6b, 0x22, ...leb(counter)],
      [0x0d, 0],
      [0x0b],
    ),
} as const;

/** A function of i32 parameters that returns nothing. */
export interface FunctionSpec {
  readonly name: string;
  readonly parameters: number;
  /** Locals behind the parameters, which are v128. */
  readonly vectors: number;
  readonly body: Code;
}

/** A module of functions with one memory of `pages`, exported as 'memory'. */
export function moduleOf(
  functions: readonly FunctionSpec[],
  pages: number,
): Uint8Array<ArrayBuffer> {
  const text = (name: string): Code =>
    list([...new TextEncoder().encode(name)].map((byte) => [byte]));
  const types = functions.map(({ parameters }): Code => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [valueType.i32])),
    0,
  ]);
  const bodies = functions.map(({ vectors, body }): Code => {
    const code = [...list([[...leb(vectors), valueType.v128]]), ...body, 0x0b];
    return [...leb(code.length), ...code];
  });
  const exported = functions.map(({ name }, i): Code => [...text(name), 0, ...leb(i)]);
  const code = sequence(
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, list(types)),
    section(3, list(functions.map((_, i) => leb(i)))),
    section(5, list([[0, ...leb(pages)]])),
    section(7, list([[...text('memory'), 2, 0], ...exported])),
    section(10, list(bodies)),
  );
  return new Uint8Array(code);
}
