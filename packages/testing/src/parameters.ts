/** The text between the first '(' of `source` behind `from` and its ')'. */
function parenthesised(source: string, from: number): string {
  const start = source.indexOf('(', from);
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    if ('([{'.includes(source[i]!)) depth++;
    if (')]}'.includes(source[i]!) && --depth === 0) return source.slice(start + 1, i);
  }
  return '';
}

function splitAtCommas(list: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of list) {
    if ('([{'.includes(letter)) depth++;
    if (')]}'.includes(letter)) depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The names of the parameters of a function or a class; one that is taken apart at once is called 'options'. */
export function parametersOf(target: object): readonly string[] {
  const source = Function.prototype.toString.call(target);
  if (!/^class\b/.test(source)) {
    // An arrow function of one parameter may lack parentheses.
    const bare = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source);
    return bare === null ? namesIn(parenthesised(source, 0)) : [bare[1]!];
  }
  const base: unknown = Object.getPrototypeOf(target);
  const inherited = (): readonly string[] =>
    typeof base === 'function' && base !== Function.prototype ? parametersOf(base) : [];
  const at = source.search(/\bconstructor\s*\(/);
  if (at < 0) return inherited();
  const own = parenthesised(source, at);
  if (!/^\.\.\.\w+$/.test(own.trim())) return namesIn(own);
  // What is handed on as it came is what the base takes, behind what is given to it here.
  const handed = splitAtCommas(parenthesised(source, source.search(/\bsuper\s*\(/)));
  return handed.at(-1) === own.trim() ? inherited().slice(handed.length - 1) : namesIn(own);
}

function namesIn(list: string): readonly string[] {
  return splitAtCommas(list.replaceAll(/\/\*.*?\*\//gs, '')).map((part) => {
    if (part.startsWith('...')) return part;
    return part.startsWith('{') ? 'options' : part.split('=')[0]!.trim().replace(/^_/, '');
  });
}
