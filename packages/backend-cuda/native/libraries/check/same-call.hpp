/** Whether a function is called as ours says it is. */
#pragma once

#include <type_traits>

/** Whether a parameter or result is passed in the same way: both a pointer or a handle, or both an integer or enumeration of one size. */
template <typename Ours, typename Theirs>
constexpr bool is_passed_alike() {
  if constexpr (std::is_void_v<Ours> || std::is_void_v<Theirs>) return std::is_void_v<Ours> && std::is_void_v<Theirs>;
  else {
    return sizeof(Ours) == sizeof(Theirs) && std::is_pointer_v<Ours> == std::is_pointer_v<Theirs> &&
           std::is_floating_point_v<Ours> == std::is_floating_point_v<Theirs>;
  }
}

template <typename Ours, typename Theirs>
struct SameCall : std::false_type {};

template <typename OurResult, typename... Ours, typename TheirResult, typename... Theirs>
struct SameCall<OurResult(Ours...), TheirResult(Theirs...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs)) return false;
    else return is_passed_alike<OurResult, TheirResult>() && (is_passed_alike<Ours, Theirs>() && ...);
  }();
};

#define CHECK_CALL(name, result, parameters) \
  static_assert(SameCall<result parameters, std::remove_pointer_t<decltype(&name)>>::value, #name " is called otherwise");
