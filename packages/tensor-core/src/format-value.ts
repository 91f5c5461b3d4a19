/** A tensor, of which this is used. Its class would bring all operations with it. */
interface Described {
  readonly isTensor?: unknown;
  describe?(): string;
}

/** Entries of a list, and letters of a text, that a message shows; what is longer would bury the rest of it. */
const entriesShown = 16;
const lettersShown = 200;

/**
 * @internal What came, as errors print it: numbers (NaN and infinities too) and texts as they are, lists entry by entry,
 * tensors and typed arrays by what they hold, and everything else by what it is, never by its contents or source.
 */
export function formatValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > lettersShown ? `${value.slice(0, lettersShown)}…` : value}'`;
    case 'function':
      return isClass(value) ? `the class ${value.name}` : 'a function';
    case 'bigint':
      return `${value}n`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? formatList(value) : formatObject(value);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function formatList(list: readonly unknown[]): string {
  const shown = list.slice(0, entriesShown).map(formatValue);
  if (list.length > entriesShown) shown.push(`… ${list.length} in all`);
  return `[${shown.join(', ')}]`;
}

function formatObject(value: object): string {
  const tensor = value as Described;
  if (tensor.isTensor !== undefined && typeof tensor.describe === 'function') {
    return `a tensor ${tensor.describe()}`;
  }
  const name = classOf(value);
  if (name === undefined || name === 'Object') return 'an object';
  const length =
    ArrayBuffer.isView(value) && 'length' in value ? ` of ${String(value.length)}` : '';
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}${length}`;
}

function classOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  const made = prototype?.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : undefined;
}

const isClass = (value: object): value is { readonly name: string } =>
  Function.prototype.toString.call(value).startsWith('class');
