import type { AnyModule, ArchitectureInfo, Rank } from '@convnet/layers';

/** A builder of some family, whatever options it takes. */
export type Builder = (options?: never) => AnyModule;

/** What the shared tests need to know of a family. */
export interface Family {
  /** `import.meta.dirname` of the family's tests, which lie in its `src`. */
  readonly folder: string;
  readonly builders: Readonly<Record<string, Builder>>;
  readonly architectures: Readonly<Record<string, ArchitectureInfo>>;
  /** What `dims` may be. */
  readonly ranks: readonly Rank[];
}

/** Torchvision's way to write the names of builders. */
const builderName = /^[a-z0-9_]+$/;

/**
 * The family in the package whose `index.ts` exports these: its builders are the functions in snake case.
 *
 * ```ts
 * const family = familyOf(import.meta.dirname, await import('./index.ts'));
 * ```
 */
export function familyOf(
  folder: string,
  exported: Pick<Family, 'architectures' | 'ranks'>,
): Family {
  const builders = Object.entries(exported as Readonly<Record<string, unknown>>).filter(
    (entry): entry is [string, Builder] =>
      builderName.test(entry[0]) && typeof entry[1] === 'function',
  );
  return {
    folder,
    builders: Object.fromEntries(builders),
    architectures: exported.architectures,
    ranks: exported.ranks,
  };
}

/** Calls a builder by name. */
export function build(
  { builders }: Family,
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): AnyModule {
  const builder = builders[name];
  if (builder === undefined) throw new Error(`there is no builder ${name}`);
  return builder(options as never);
}

/** Whether a builder has an option. */
export function takes(family: Family, name: string, option: string): boolean {
  try {
    // Undefined stands for an option left out, but of one that exists.
    build(family, name, { [option]: undefined });
    return true;
  } catch (error) {
    if (String(error).includes(`there is no option '${option}'`)) return false;
    throw error;
  }
}

/** Every builder in every rank: the rows of a table of tests. */
export function buildersByRank<Dims extends Rank = Rank>(
  family: Family,
  ranks: readonly Dims[] = family.ranks as readonly Dims[],
): (readonly [name: string, dims: Dims])[] {
  return Object.keys(family.builders).flatMap((name) => ranks.map((dims) => [name, dims] as const));
}

/**
 * The ranks that a family is compared and costed in: those of signals and images, or the one that it has. A volume of an
 * image's extent is nothing that anybody computes.
 */
export function comparedRanks({ ranks }: Pick<Family, 'ranks'>): readonly Rank[] {
  return ranks.length === 1 ? ranks : ranks.filter((rank) => rank !== 3);
}

/**
 * The input that a builder's facts are stated for; in another rank one of the same extent along every axis, in 1D a
 * signal, in 3D a volume.
 */
export function inputShapeOf(
  { architectures }: Family,
  name: string,
  dims: Rank,
): readonly number[] {
  const stated = architectures[name]!.inputShape;
  if (stated.length === dims + 2) return stated;
  const [batch, channels, extent] = stated as [number, number, number];
  return [batch, channels, ...Array.from({ length: dims }, () => extent)];
}
