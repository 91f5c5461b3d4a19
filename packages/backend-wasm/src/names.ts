/** Numbers of the kernels and of the pointwise operations by their names. */
export interface Names {
  readonly kernels: ReadonlyMap<string, number>;
  readonly operations: ReadonlyMap<string, number>;
}

/** Kernels write names of their enums as Rust does, the host as TypeScript does. */
export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const numbered = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, i) => [name, i]));

/**
 * The names that a binary gives its kernels and operations, in its description of itself
 * (`rust/src/queue/description.rs`): a page would otherwise load the list twice. Null where the description is not there.
 */
export function namesIn(module: WebAssembly.Module): Names | null {
  const [section] = WebAssembly.Module.customSections(module, 'convnet-interface');
  if (section === undefined) return null;
  const text = new TextDecoder().decode(section);
  const [, operations = ''] = /^numbers operations (.*)$/m.exec(text) ?? [];
  return {
    kernels: numbered(Array.from(text.matchAll(/^kernel (\w+)/gm), ([, name]) => name!)),
    operations: numbered(operations.split(' ').map(lowerFirst)),
  };
}
