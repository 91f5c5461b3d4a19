/** Products whose factors are rounded to TF32 and added up in float32, for devices made with `tf32: true`. */
#include "matmul.cuh"
#include "tiles.cuh"

#define MATMUL(tile, Tile, resident)                                                                                            \
  KERNEL_RESIDENT(matmul_tf32_##tile##_nt, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, true, true>(p); }   \
  KERNEL_RESIDENT(matmul_tf32_##tile##_nn, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, false, true>(p); }  \
  KERNEL_RESIDENT(matmul_tf32_##tile##_tn, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, false, true>(p); } \
  KERNEL_RESIDENT(matmul_tf32_##tile##_tt, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, true, true>(p); }

#define MATMUL_ANY(tile, Tile, resident)                                                                                             \
  KERNEL_RESIDENT(matmul_tf32_##tile##_nt_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, true, false>(p); }   \
  KERNEL_RESIDENT(matmul_tf32_##tile##_nn_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, true, false, false>(p); }  \
  KERNEL_RESIDENT(matmul_tf32_##tile##_tn_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, false, false>(p); } \
  KERNEL_RESIDENT(matmul_tf32_##tile##_tt_any, MatmulParams, barriers, Tile::threads, resident) { matmul<Tile, false, true, false>(p); }

MATMUL(large, tf32::Large, 2)
MATMUL(tall, tf32::Tall, 3)
MATMUL(wide, tf32::Wide, 3)
MATMUL(medium, tf32::Medium, 4)
MATMUL(narrow, tf32::Narrow, 4)
MATMUL(small, tf32::Small, 8)
MATMUL_ANY(medium, tf32::Medium, 4)
MATMUL_ANY(small, tf32::Small, 8)
