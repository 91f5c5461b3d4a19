/** The tiles that products are built for. Names and sizes stand also in `src/kernels/product/tiles.ts`, which chooses among them. */
#pragma once

#include "tile.cuh"

namespace ieee {
/** 8 x 8 sums a thread: 4 FMA for each element read from shared memory. Two blocks a multiprocessor. */
using Large = ThreadTile<128, 128, 16, 8, 8>;
using Tall = ThreadTile<128, 64, 16, 8, 8>;
using Wide = ThreadTile<64, 128, 16, 8, 8>;
using Medium = ThreadTile<64, 64, 16, 8, 4>;
using Narrow = ThreadTile<128, 32, 16, 8, 4>;
using Small = ThreadTile<32, 32, 16, 4, 4>;
}  // namespace ieee

namespace tf32 {
using Large = WarpTile<128, 128, 16, 32, 64>;
using Tall = WarpTile<128, 64, 16, 32, 64>;
using Wide = WarpTile<64, 128, 16, 32, 64>;
using Medium = WarpTile<64, 64, 16, 32, 32>;
using Narrow = WarpTile<128, 32, 16, 32, 32>;
using Small = WarpTile<32, 32, 16, 32, 16>;
}  // namespace tf32
