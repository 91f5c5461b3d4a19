/** Conversions and products by their definition. */

#include <bit>
#include <cmath>
#include <cstring>

#include "threads.hpp"

namespace emulator {

uint16_t half_bits(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7fffu);
  // From here on the nearest is infinity: 65520 and more.
  if (size >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  // Below 2^-14 halves are multiples of 2^-24: adding 1.5 * 2^-1 (whose last bit that is) rounds to them.
  if (size < 0x38800000u) {
    const float rounded = std::bit_cast<float>(size) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(rounded) - std::bit_cast<uint32_t>(0.5f)));
  }
  const uint32_t odd = size >> 13 & 1;
  return static_cast<uint16_t>(sign | ((size + 0xfffu + odd - 0x38000000u) >> 13));
}

float half_value(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16, size = bits & 0x7fffu;
  if (size >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | (size & 0x3ffu) << 13);
  const float value = std::ldexp(static_cast<float>(size < 0x400u ? size : (size & 0x3ffu) | 0x400u),
                                 size < 0x400u ? -24 : static_cast<int>(size >> 10) - 25);
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
}

uint32_t round_to_tf32(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7f800000u) == 0x7f800000u) return bits;
  return (bits + 0x1000u) & 0xffffe000u;
}

void multiply_add_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  uint32_t own[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  const Slot* slots = meet(0xffffffffu, own, sizeof own);
  // The bits behind the first ten of the fraction are not looked at.
  const auto part = [&](int lane, int word) {
    uint32_t bits;
    std::memcpy(&bits, slots[lane].bytes + 4 * word, 4);
    return static_cast<double>(std::bit_cast<float>(bits & 0xffffe000u));
  };
  const int row = lane() / 4, column = lane() % 4;
  for (int i = 0; i < 4; i++) {
    const int to_row = row + i / 2 * 8, to_column = 2 * column + i % 2;
    double sum = d[i];
    for (int k = 0; k < 8; k++) {
      sum += part(to_row % 8 * 4 + k % 4, k / 4 * 2 + to_row / 8) * part(to_column * 4 + k % 4, 4 + k / 4);
    }
    d[i] = static_cast<float>(sum);
  }
}

}  // namespace emulator
