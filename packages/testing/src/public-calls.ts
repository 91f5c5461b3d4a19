import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { parametersOf } from './parameters.ts';
import {
  asPlace,
  plain,
  sortOf,
  type Arguments,
  type Place,
  type Sample,
  type Samples,
} from './sample.ts';

/** What callers without types may give in any place. */
const others: readonly unknown[] = [
  undefined,
  null,
  true,
  'no such thing',
  0,
  -1,
  1.5,
  2 ** 40,
  Number.NaN,
  Infinity,
  {},
  [],
  ['no such thing'],
  [null],
  () => undefined,
];

const unknownName = 'notAnOption';

export interface PublicCalls {
  /** A package as its users import it. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** A call of each exported function and class. */
  readonly samples: Samples;
  /** The class of all errors that name what is wrong. */
  readonly errorClass: abstract new (...given: never[]) => Error;
  /** `import.meta.dirname` of the test, which lies in the `src` of the package: it says what is internal. */
  readonly folder: string;
}

type Callable = (...given: unknown[]) => unknown;

/** One function, class or method that is called. */
interface Target {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly make: Arguments;
  call(args: readonly unknown[]): unknown;
}

const isClass = (value: unknown): value is new (...given: unknown[]) => object =>
  typeof value === 'function' && /^class\b/.test(String(value));

/**
 * The tests of a package's public calls. Each argument of each exported function, class and method, and each option, is
 * replaced by values of every other sort. Each must be refused by an error that names the argument; another value of the
 * right sort must be taken or refused so. An export, a method, a parameter or an option that the samples lack fails.
 */
export function describePublicCalls({ exports, samples, errorClass, folder }: PublicCalls): void {
  const internal = internalsOf(folder);
  const callable = Object.entries(exports).filter(
    ([name, value]) =>
      typeof value === 'function' && !internal.exports.has(name) && !isError(value, errorClass),
  );

  it('have a sample each', () => {
    expect(Object.keys(samples).toSorted()).toEqual(callable.map(([name]) => name).toSorted());
  });

  const targets = callable
    .filter(([name]) => name in samples)
    .flatMap(([name, value]) => targetsOf(name, value as Callable, samples[name]!));

  describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
    it('takes its sample, which leaves no parameter out', async () => {
      await target.call(target.make().map(plain));
      const named = target.parameters.filter((name) => !name.startsWith('...'));
      expect(target.make().length).toBeGreaterThanOrEqual(named.length);
    });

    it('refuses arguments of another sort by name', async () => {
      const faults: string[] = [];
      for (const path of pathsIn(target.make())) {
        const found: string[] = [];
        for (const given of others) {
          const fault = await faultOf(target, path, given, errorClass);
          if (fault !== null) found.push(fault);
        }
        // The first one says it.
        if (found.length > 0) faults.push(`${found[0]!} (${found.length} of ${others.length})`);
      }
      expect(faults).toEqual([]);
    });

    it('refuses what is in no object of its arguments, of which the sample has all', async () => {
      for (const path of pathsIn(target.make())) {
        const inner = placeAt(target.make(), path).value;
        if (sortOf(inner) !== 'object') continue;
        const more = { ...(plain(inner) as object), [unknownName]: 1 };
        const { message } = await errorOf(() => target.call(argumentsWith(target, path, more)));
        expect(message).toContain(`there is no option '${unknownName}'`);
        const known = /the options are (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
        expect(Object.keys(inner as object).toSorted()).toEqual(known.toSorted());
      }
    });
  });

  const classes = callable.filter(([name, value]) => isClass(value) && name in samples);
  it.each(classes)('%s has a sample of each method', (name, value) => {
    const sample = samples[name]!;
    const given = typeof sample === 'function' ? {} : (sample.methods ?? {});
    const missing = methodsOf(value as { readonly prototype: object }).filter(
      (method) => !(method in given) && !internal.members.has(method),
    );
    expect(missing).toEqual([]);
  });
}

function targetsOf(name: string, value: Callable, sample: Sample): Target[] {
  const parameters = parametersOf(value);
  if (!isClass(value)) return targetsOfFunction(name, value, sample as FunctionSample);
  const construct = (args: readonly unknown[]): object => Reflect.construct(value, args);
  const given = typeof sample === 'function' ? { make: sample } : sample;
  const make = 'make' in given ? given.make : null;
  const own = 'instance' in given ? given.instance : undefined;
  const instance = own ?? ((): object => construct(make!().map(plain)));
  const methods = Object.entries('methods' in given ? given.methods : {});
  return [
    ...(make === null ? [] : [{ name: `new ${name}`, parameters, make, call: construct }]),
    ...methods.map(([method, given]): Target => {
      const on = (): Record<string, Callable> => instance() as Record<string, Callable>;
      const { set, value: own } = descriptorOf(on(), method);
      return {
        name: `${name}.${method}`,
        parameters: set ? [method] : parametersOf(own as object),
        make: given,
        call: (args) => (set ? Reflect.set(on(), method, args[0]) : on()[method]!(...args)),
      };
    }),
  ];
}

type FunctionSample = Arguments | { readonly make: Arguments; readonly result?: Arguments };

function targetsOfFunction(name: string, value: Callable, sample: FunctionSample): Target[] {
  const { make, result } = typeof sample === 'function' ? { make: sample } : sample;
  const own: Target = {
    name,
    parameters: parametersOf(value),
    make,
    call: (args) => value(...args),
  };
  if (result === undefined) return [own];
  const made = (): Callable => value(...make().map(plain)) as Callable;
  const parameters = parametersOf(made());
  return [own, { name: `${name}(…)`, parameters, make: result, call: (args) => made()(...args) }];
}

/** Of a method or a property of an instance, whichever of its classes has it. */
function descriptorOf(instance: object, name: string): PropertyDescriptor {
  for (let at = instance; at !== null; at = Object.getPrototypeOf(at) as object) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  throw new TypeError(`there is no method '${name}'`);
}

/** Methods of its own that take arguments, and properties of its own that can be set. */
function methodsOf({ prototype }: { readonly prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { set, value }]) => {
      if (name === 'constructor') return false;
      return set !== undefined || (typeof value === 'function' && parametersOf(value).length > 0);
    })
    .map(([name]) => name);
}

/** Errors are made by the package, not by its callers. */
function isError(value: object, errorClass: PublicCalls['errorClass']): boolean {
  const prototype: unknown = Reflect.get(value, 'prototype');
  return value === errorClass || prototype instanceof errorClass;
}

/** What the sources mark as internal, protected or private: no call of users. */
function internalsOf(folder: string): {
  readonly exports: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
} {
  const source = globSync('**/*.ts', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const namesIn = (marked: RegExp): ReadonlySet<string> =>
    new Set(Array.from(source.matchAll(marked), ([, name]) => name!));
  return {
    exports: namesIn(
      /@internal(?:(?!\*\/).)*\*\/\s*(?:\/\* @__NO_SIDE_EFFECTS__ \*\/\s*)?export (?:abstract )?(?:(?:function|class|const) |\{ \w+ as )(\w+)/gs,
    ),
    members: namesIn(
      /(?:@internal(?:(?!\*\/).)*\*\/\s*|\b(?:protected|private) )(?:(?:protected|private|override|abstract|readonly|async|static|set|get) )*\*?(\w+)/gs,
    ),
  };
}

/** Where a value stands: the number of the argument, and the names of options. */
type Path = readonly [argument: number, ...options: string[]];

/** The places of arguments, and of what is in objects of named places. */
function pathsIn(args: readonly unknown[]): Path[] {
  const within = (value: unknown, path: Path): Path[] => {
    const inner = asPlace(value).value;
    const named = sortOf(inner) === 'object' ? Object.entries(inner as object) : [];
    return [path, ...named.flatMap(([name, item]) => within(item, [...path, name]))];
  };
  return args.flatMap((value, at) => within(value, [at]));
}

function placeAt(args: readonly unknown[], [argument, ...options]: Path): Place {
  return options.reduce(
    (place, name) => asPlace((place.value as Readonly<Record<string, unknown>>)[name]),
    asPlace(args[argument]),
  );
}

function replaced(value: unknown, options: readonly string[], given: unknown): unknown {
  const [name, ...rest] = options;
  if (name === undefined) return given;
  const inside = value as Readonly<Record<string, unknown>>;
  return { ...inside, [name]: replaced(inside[name], rest, given) };
}

function argumentsWith(target: Target, [at, ...names]: Path, given: unknown): unknown[] {
  const args = target.make().map(plain);
  args[at] = replaced(args[at], names, given);
  return args;
}

async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return new Error('nothing was thrown');
}

async function faultOf(
  target: Target,
  path: Path,
  given: unknown,
  errorClass: PublicCalls['errorClass'],
): Promise<string | null> {
  const place = placeAt(target.make(), path);
  const args = argumentsWith(target, path, given);
  const last = path[path.length - 1]!;
  const name = place.name ?? String(typeof last === 'number' ? target.parameters[last] : last);
  const where = `${path.slice(1).join('.') || name}: ${shown(given)}`;
  let error: unknown;
  try {
    await target.call(args);
  } catch (thrown) {
    error = thrown;
    if (!(error instanceof errorClass)) return `${where} -> ${String(error).split('\n')[0]}`;
  }
  if (!mustRefuse(place, given)) return null;
  if (error === undefined) return `${where} -> taken`;
  const { message } = error as Error;
  const isNamed = message.includes(name) || (isTensor(place.value) && message.includes('tensor'));
  return isNamed ? null : `${where} -> does not name ${name}: ${message}`;
}

/** Whether a place takes nothing like `given`. */
function mustRefuse({ value, takes }: Place, given: unknown): boolean {
  const sort = sortOf(given);
  if (sort === 'undefined' || takes.has(sort)) return false;
  const own = sortOf(value);
  if (sort === 'string') return own !== 'string' || !takes.has('any string');
  if (own !== sort) return true;
  if (sort !== 'list') return false;
  // A list with what is none of its elements.
  const [item] = given as readonly unknown[];
  const [first] = value as readonly unknown[];
  return (given as readonly unknown[]).length > 0 && sortOf(item) !== sortOf(plain(first));
}

const isTensor = (value: unknown): boolean =>
  (value as { readonly isTensor?: unknown } | null)?.isTensor !== undefined;

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
