import { tileOf, type TileRow } from '../kernels/tiled/tile.ts';

const tile = tileOf(16, 16, 4, 4, 4);

/** Tiles of one step of four terms, which Mesa's software adapter unrolls and compiles in a quarter of the time. */
export const quickTiles: TileRow = {
  large: tile,
  medium: tile,
  flat: tile,
  narrow: tile,
  small: tile,
};
