#include "../vectors.cuh"

/**
 * Philox 4x32-10, a block of four numbers a thread; `random.ts` of tensor-core is the specification, bit by bit. The numbers go
 * to four neighbours in logical order. Where these are not neighbours in memory, `channels` is not 0 and there are `quads` times
 * four positions of each: threads that stand beside each other then write beside each other.
 */
struct RandomParams {
  float* y;
  uint32_t count_low, count_high;
  uint32_t seed_low, seed_high;
  uint32_t offset_low, offset_high;
  uint32_t channels, quads;
};

DEVICE void philox(uint64_t seed, uint64_t block, uint32_t (&words)[4]) {
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  uint32_t c0 = static_cast<uint32_t>(block), c1 = static_cast<uint32_t>(block >> 32), c2 = 0, c3 = 0;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const uint32_t high0 = __umulhi(0xd2511f53u, c0), low0 = 0xd2511f53u * c0;
    const uint32_t high1 = __umulhi(0xcd9e8d57u, c2), low1 = 0xcd9e8d57u * c2;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** Natural logarithm of x in (0, 1], each step rounded as in the specification. */
DEVICE double logarithm(double x) {
  int exponent = 0;
  double mantissa = x;
  while (mantissa < 0.70710678118654757) {
    mantissa = __dmul_rn(mantissa, 2);
    exponent -= 1;
  }
  const double s = __ddiv_rn(__dsub_rn(mantissa, 1), __dadd_rn(mantissa, 1));
  const double square = __dmul_rn(s, s);
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = __dadd_rn(__dmul_rn(sum, square), __ddiv_rn(1, n));
  return __dadd_rn(__dmul_rn(__dmul_rn(2, s), sum), __dmul_rn(exponent, 0.69314718055994529));
}

/** Two standard normal numbers (Box and Muller), each step rounded as in the specification. */
DEVICE void normals(uint32_t first, uint32_t second, float& a, float& b) {
  const double radius = __dsqrt_rn(__dmul_rn(-2, logarithm(__ddiv_rn((first >> 8) + 1, 16777216))));
  const double turns = __dmul_rn(__ddiv_rn(second >> 8, 16777216), 4);
  const double quadrant = floor(__dadd_rn(turns, 0.5));
  const double angle = __dmul_rn(__dsub_rn(turns, quadrant), 1.5707963267948966);
  const double square = __dmul_rn(angle, angle);
  double sine = 0;
  for (int n = 17; n >= 3; n -= 2) sine = __ddiv_rn(__dmul_rn(__dadd_rn(sine, 1), -square), n * (n - 1));
  sine = __dmul_rn(__dadd_rn(sine, 1), angle);
  double cosine = 0;
  for (int n = 16; n >= 2; n -= 2) cosine = __ddiv_rn(__dmul_rn(__dadd_rn(cosine, 1), -square), n * (n - 1));
  cosine = __dadd_rn(cosine, 1);
  const int quarter = static_cast<int>(quadrant) & 3;
  const double x = quarter == 0 ? cosine : quarter == 1 ? -sine : quarter == 2 ? -cosine : sine;
  const double y = quarter == 0 ? sine : quarter == 1 ? cosine : quarter == 2 ? -sine : -cosine;
  a = __double2float_rn(__dmul_rn(radius, x));
  b = __double2float_rn(__dmul_rn(radius, y));
}

template <bool normal>
DEVICE void random_numbers(const RandomParams& p) {
  const int64_t count = wide(p.count_low, p.count_high), blocks = (count + 3) / 4;
  const uint64_t seed = static_cast<uint64_t>(wide(p.seed_low, p.seed_high));
  const uint64_t offset = static_cast<uint64_t>(wide(p.offset_low, p.offset_high));
  for (int64_t i = first_element(); i < blocks; i += grid_stride()) {
    int64_t block = i, to = 4 * i, step = 1;
    if (p.channels != 0) {
      const uint32_t rest = static_cast<uint32_t>(i) / p.channels, channel = static_cast<uint32_t>(i) - rest * p.channels;
      const uint32_t sample = rest / p.quads, quad = rest - sample * p.quads;
      block = (static_cast<int64_t>(sample) * p.channels + channel) * p.quads + quad;
      to = 4 * static_cast<int64_t>(rest) * p.channels + channel;
      step = p.channels;
    }
    uint32_t words[4];
    philox(seed, offset + static_cast<uint64_t>(block), words);
    Vector<float, 4> values;
    if (normal) {
      normals(words[0], words[1], values.at[0], values.at[1]);
      normals(words[2], words[3], values.at[2], values.at[3]);
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) values.at[k] = static_cast<float>(words[k] >> 8) * (1.0f / 16777216.0f);
    }
    if (step == 1 && to + 4 <= count) {
      write_vector<4>(p.y + to, values);
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (step != 1 || to + k < count) p.y[to + k * step] = values.at[k];
      }
    }
  }
}

KERNEL(random_uniform, RandomParams, plain, 256) { random_numbers<false>(p); }
KERNEL(random_normal, RandomParams, plain, 256) { random_numbers<true>(p); }
