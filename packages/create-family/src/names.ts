import { CreateFamilyError } from './errors.ts';

/** The names of a family, in the ways that they are written. */
export interface FamilyNames {
  /** Of the package: `@scope/wave-net`. */
  readonly packageName: string;
  /** Of the file: `wave-net`. */
  readonly kebab: string;
  /** Of the builders: `wave_net`. */
  readonly snake: string;
  /** Of the class: `WaveNet`. */
  readonly pascal: string;
}

/** What npm takes for a name, with or without a scope, as far as TypeScript takes the rest for an identifier. */
const pattern = /^(?:@[a-z0-9][a-z0-9._-]*\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/** @throws CreateFamilyError for a name that a package or a class could not have. */
export function namesOf(packageName: string): FamilyNames {
  const kebab = pattern.exec(packageName)?.[1];
  if (kebab === undefined || packageName.length > 214) {
    throw new CreateFamilyError(
      `expected the name of a package in lower case, such as wave-net or @you/wave-net, got '${packageName}'`,
    );
  }
  const words = kebab.split('-');
  return {
    packageName,
    kebab,
    snake: words.join('_'),
    pascal: words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(''),
  };
}
