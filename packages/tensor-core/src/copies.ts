import { TwoCopiesError } from './errors.ts';
import { version } from './version.ts';

/** @internal One copy of a package in a program; another one has another of these, even of the same version. */
export interface PackageCopy {
  readonly package: string;
  readonly version: string;
}

/** @internal The copy of tensor-core that this module is of. Its tensors and devices carry it. */
export const tensorCoreCopy: PackageCopy = { package: '@convnet/tensor-core', version };

/** What tensors, devices and modules carry, each under a name of its own. */
type Marks = Readonly<Record<'isTensor' | 'isDevice' | 'isModule', Partial<PackageCopy>>>;

function copyOf(value: unknown): Partial<PackageCopy> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { isTensor, isDevice, isModule } = value as Partial<Marks>;
  return isTensor ?? isDevice ?? isModule;
}

/**
 * @internal Called where something was given that cannot be used here: tells a tensor, a device or a module of another copy of
 * the package, which looks the same and is not, from what is plainly something else.
 * @param where what the message begins with
 * @param mine the copy that it had to be of
 * @throws TwoCopiesError for what another copy of that package made.
 */
export function refuseOtherCopy(
  where: string,
  value: unknown,
  mine: PackageCopy = tensorCoreCopy,
): void {
  const copy = copyOf(value);
  if (copy === undefined || copy === mine || copy.package !== mine.package) return;
  throw new TwoCopiesError(where, mine.package, mine.version, String(copy.version));
}
