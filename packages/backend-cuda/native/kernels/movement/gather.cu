#include "../axes.cuh"

/**
 * y = x with the position on one axis taken from the index, beside which y lies. The walk goes over the index; its tensor is x
 * without that axis. `missing` holds what a position outside the axis reads as.
 */
struct GatherParams {
  const void* x;
  const int32_t* index;
  void* y;
  uint32_t count, extent;
  int32_t stride;
  uint32_t missing;
  Axes<1> axes;
};

template <typename Element>
DEVICE void gather(const GatherParams& p) {
  const Element* x = static_cast<const Element*>(p.x);
  Element* y = static_cast<Element*>(p.y);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const int32_t along = p.index[i];
    const int64_t line = find(p.axes, static_cast<uint32_t>(i));
    // A negative position is a great one without a sign.
    y[i] = static_cast<uint32_t>(along) < p.extent ? x[line + static_cast<int64_t>(along) * p.stride]
                                                   : static_cast<Element>(p.missing);
  }
}

KERNEL(gather_4, GatherParams, plain, 256) { gather<uint32_t>(p); }
KERNEL(gather_2, GatherParams, plain, 256) { gather<uint16_t>(p); }
KERNEL(gather_1, GatherParams, plain, 256) { gather<uint8_t>(p); }
