/** Elements that are read and written several at a time. */
#pragma once

#include "portable.cuh"

/** `width` neighbours, aligned as one. */
template <typename T, int width>
struct alignas(sizeof(T) * width) Vector {
  T at[width];
};

template <int width, typename T>
DEVICE Vector<T, width> read_vector(const T* from) {
  return *reinterpret_cast<const Vector<T, width>*>(from);
}

template <int width, typename T>
DEVICE void write_vector(T* to, const Vector<T, width>& values) {
  *reinterpret_cast<Vector<T, width>*>(to) = values;
}
