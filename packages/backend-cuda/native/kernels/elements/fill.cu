#include "../portable.cuh"

/** Elements of 4, 2 or 1 bytes; `value` holds the element in its low bits. */
struct FillParams {
  void* out;
  uint32_t count_low, count_high;
  uint32_t value;
};

template <typename Element>
DEVICE void fill(const FillParams& p) {
  Element* out = static_cast<Element*>(p.out);
  const int64_t count = wide(p.count_low, p.count_high);
  const Element value = static_cast<Element>(p.value);
  for (int64_t i = first_element(); i < count; i += grid_stride()) out[i] = value;
}

KERNEL(fill_4, FillParams, plain, 256) { fill<uint32_t>(p); }
KERNEL(fill_2, FillParams, plain, 256) { fill<uint16_t>(p); }
KERNEL(fill_1, FillParams, plain, 256) { fill<uint8_t>(p); }
