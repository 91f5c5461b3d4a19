import { head, type Binding, type Shader } from './shader.ts';

/**
 * A shader whose buffers are bound in several ranges, where one is larger than a binding may be: buffer k in `counts[k]`.
 * Elements are read and written by functions that find the range. Nothing else of a kernel changes, so that each of them works
 * on any size.
 */
export function splitShader(shader: Shader, counts: readonly number[]): Shader {
  const bindings: Binding[] = [];
  const functions: string[] = [];
  const split = new Set<string>();
  const layout: string[] = [];
  const code = shader.code.replaceAll(
    declaration,
    (_, binding: string, name: string, type: string) => {
      const count = counts[Number(binding)]!;
      const access = shader.layout[Number(binding)]!;
      const writes = access === 'w';
      layout.push(access.repeat(count));
      const names = Array.from({ length: count }, (_range, k) =>
        count === 1 ? name : `${name}_range${k}`,
      );
      for (const each of names)
        bindings.push({ name: each, type: type as Binding['type'], writes });
      if (count > 1) {
        split.add(name);
        functions.push(reader(name, names, type), ...(writes ? [writer(name, names, type)] : []));
      }
      return '';
    },
  );
  // The functions of `head` stand in the code already.
  const declarations = head(bindings)
    .split('\n')
    .filter((line) => line.startsWith('@group(1)'));
  // Directives stand in front of everything.
  const [directives = ''] = /^(enable \w+;\n)*/.exec(code) ?? [];
  const rest = code.slice(directives.length);
  return {
    name: `${shader.name}, in ranges ${counts.join(' ')}`,
    code: directives + [...declarations, ...functions, throughFunctions(rest, split)].join('\n'),
    layout: layout.join(''),
  };
}

/** A buffer of group 1 with its number, name and type. */
const declaration = /@group\(1\) @binding\((\d+)\) var<storage, \w+> (\w+): array<(\w+)>;\n/g;

function reader(name: string, ranges: readonly string[], type: string): string {
  return `fn read_of_${name}(at: i32) -> ${type} {
${walk(ranges, (range) => `return ${range}[k];`)}
}`;
}

function writer(name: string, ranges: readonly string[], type: string): string {
  return `fn write_of_${name}(at: i32, value: ${type}) {
${walk(ranges, (range) => `${range}[k] = value; return;`)}
}`;
}

/** Statements that do something with the range in which element `at` is element `k`. What lies outside is of the first or last. */
function walk(ranges: readonly string[], act: (range: string) => string): string {
  const last = ranges.length - 1;
  const lines = ranges.slice(0, last).map((range) => {
    const size = `i32(arrayLength(&${range}))`;
    return `  if (k < ${size}) { ${act(range)} }\n  k -= ${size};`;
  });
  return ['  var k = at;', ...lines, `  ${act(ranges[last]!)}`].join('\n');
}

/** Code in which elements of the named buffers are read and written by the functions for it. */
function throughFunctions(code: string, names: ReadonlySet<string>): string {
  let text = '';
  let at = 0;
  for (const { 0: found, 1: name, index } of code.matchAll(/(?<![\w.])(\w+)\[/g)) {
    // What stands inside another access has been dealt with.
    if (index < at || !names.has(name!)) continue;
    const end = endOf(code, index + found.length, ']');
    const place = throughFunctions(code.slice(index + found.length, end), names);
    text += code.slice(at, index);
    at = end + 1;
    const assignment = /^\s*([-+*/]?)=(?!=)/.exec(code.slice(at, at + 8));
    if (assignment === null) {
      text += `read_of_${name}(${place})`;
      continue;
    }
    const [sign, operator] = assignment;
    const stop = endOf(code, at + sign.length, ';');
    const value = throughFunctions(code.slice(at + sign.length, stop).trim(), names);
    const whole = operator === '' ? value : `read_of_${name}(${place}) ${operator} (${value})`;
    text += `write_of_${name}(${place}, ${whole})`;
    at = stop;
  }
  return text + code.slice(at);
}

/** Where the next `closing` stands from `from` on that no bracket between encloses. */
function endOf(code: string, from: number, closing: ']' | ';'): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const letter = code[at]!;
    if (depth === 0 && letter === closing) return at;
    if (letter === '[' || letter === '(') depth++;
    if (letter === ']' || letter === ')') depth--;
  }
  throw new Error(`no ${closing} in ${code.slice(from, from + 80)}`);
}
