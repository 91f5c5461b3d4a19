import type { Accelerator, PageLibraryName } from '../browser/page-session.ts';

/** A package of another library that pages load. */
export interface PagePackage {
  readonly name: PageLibraryName;
  readonly version: string;
  /** How it computes, for the reader: the best that its documentation has for networks of one image. */
  readonly settings: Readonly<Record<Accelerator, string>>;
  /** The folder with the files that a page asks for. */
  readonly files: string;
  /** A script of them that imports other packages by name, which pages can't: it needs to be bundled. */
  readonly script?: string;
}
