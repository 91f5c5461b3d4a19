/**
 * Products in float32 with ieee arithmetic. A name says the tile and along which index each factor is stored: `nt` is left and right
 * along the terms, `nn` left along the terms and right along the columns, `tn` left along the rows, `tt` both turned.
 */
#include "matmul.cuh"
#include "tiles.cuh"

#define MATMUL(tile, Tile, resident)                                                                                      \
  KERNEL_RESIDENT(matmul_##tile##_nt, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, true, true>(p); }   \
  KERNEL_RESIDENT(matmul_##tile##_nn, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, false, true>(p); }  \
  KERNEL_RESIDENT(matmul_##tile##_tn, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, false, true>(p); } \
  KERNEL_RESIDENT(matmul_##tile##_tt, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, true, true>(p); }

/** For lines that are no multiple of four elements: these are copied one by one. */
#define MATMUL_ANY(tile, Tile, resident)                                                                                       \
  KERNEL_RESIDENT(matmul_##tile##_nt_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, true, false>(p); }   \
  KERNEL_RESIDENT(matmul_##tile##_nn_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, false, false>(p); }  \
  KERNEL_RESIDENT(matmul_##tile##_tn_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, false, false>(p); } \
  KERNEL_RESIDENT(matmul_##tile##_tt_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, true, false>(p); }

MATMUL(large, ieee::Large, 2)
MATMUL(tall, ieee::Tall, 4)
MATMUL(wide, ieee::Wide, 4)
MATMUL(medium, ieee::Medium, 4)
MATMUL(narrow, ieee::Narrow, 4)
MATMUL(small, ieee::Small, 8)
MATMUL_ANY(medium, ieee::Medium, 4)
MATMUL_ANY(small, ieee::Small, 8)
