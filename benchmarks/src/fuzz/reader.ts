/** A reader of files, and files that it reads. To add one, write it a file in `readers/` and a line in `readers/index.ts`. */
export interface Reader {
  /** As the command line calls it. */
  readonly name: string;
  /** Good files, small ones, that are mutated. */
  seeds(): readonly Uint8Array[];
  /** Reads all that a file has. What it throws must be a `ConvnetError`. */
  read(bytes: Uint8Array): unknown;
}
